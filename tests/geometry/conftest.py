"""The original implementation's numbers for random poses."""

from dataclasses import dataclass

import numpy as np
import pytest

from deformable_gan.pose.skeleton import COCO17, OPENPOSE18, convert_keypoints

_SIZES = {"128x64": (128, 64), "256x256": (256, 256)}


@dataclass
class ReferencePoses:
    """Poses of one image size in both layouts, with the original's results by name."""

    size: tuple[int, int]
    source: np.ndarray
    target: np.ndarray
    results: dict[str, np.ndarray]

    @property
    def source_coco17(self) -> np.ndarray:
        return convert_keypoints(self.source, OPENPOSE18, COCO17)

    @property
    def target_coco17(self) -> np.ndarray:
        return convert_keypoints(self.target, OPENPOSE18, COCO17)

    @property
    def corners(self) -> np.ndarray:
        """The image's corners as rows (x, y, 1)."""
        height, width = self.size
        return np.array([[x, y, 1.0] for x in (0, width - 1) for y in (0, height - 1)])

    def map_corners(self, transforms) -> np.ndarray:
        """Apply transforms [..., 8] to the corners in float64: [..., 4, 2] of (x, y)."""
        transforms = np.asarray(transforms, np.float64)
        assert not transforms[..., 6:].any()
        matrices = transforms[..., :6].reshape(*transforms.shape[:-1], 2, 3)
        return self.corners @ np.swapaxes(matrices, -1, -2)

    def all_outside(self, transforms) -> np.ndarray:
        """Return which transforms move the whole image beyond its right edge."""
        return self.map_corners(transforms)[..., 0].min(-1) > self.size[1]


def _keypoints(positions):
    confidence = (positions >= 0).all(axis=-1, keepdims=True)
    return np.concatenate([positions, confidence], axis=-1).astype(np.float32)


@pytest.fixture(scope="session", params=list(_SIZES))
def reference(request, reference_folder) -> ReferencePoses:
    with np.load(reference_folder / "geometry.npz") as numbers:
        prefix = request.param + "_"
        results = {
            name.removeprefix(prefix): numbers[name]
            for name in numbers.files
            if name.startswith(prefix)
        }
    return ReferencePoses(
        _SIZES[request.param],
        _keypoints(results.pop("source")),
        _keypoints(results.pop("target")),
        results,
    )


#: A person standing upright, facing the camera, in COCO's order, as (y, x).
STANDING_JOINTS = [
    (18, 32),
    (16, 34),
    (16, 30),
    (17, 37),
    (17, 27),
    (30, 42),
    (30, 22),
    (48, 46),
    (48, 18),
    (64, 48),
    (64, 16),
    (66, 38),
    (66, 26),
    (92, 39),
    (92, 25),
    (118, 39),
    (118, 25),
]


@pytest.fixture
def standing() -> np.ndarray:
    """Key points [1, 17, 3] of a complete standing person in a 128 x 64 image."""
    return np.array([[(y, x, 1) for y, x in STANDING_JOINTS]], np.float32)
