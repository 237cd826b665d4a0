"""Drawing a generator's intermediate results for a person, from source to result."""

from collections.abc import Sequence

import cv2
import numpy as np
from keras import ops

from deformable_gan.errors import ConfigurationError
from deformable_gan.geometry.background_mask import background_mask
from deformable_gan.geometry.warp import warp, warp_image
from deformable_gan.models.generator import Generator
from deformable_gan.models.pixels import images_to_floats, to_uint8
from deformable_gan.pose.skeleton import Skeleton
from deformable_gan.reposing.posed_image import PosedImage
from deformable_gan.visualize import draw_skeleton, image_grid

# Space between the parts of a strip, in pixels.
_GAP = 8


class Strip:
    """A drawer of strips of images that show a generator's intermediate results for one person.

    Strips for all kinds of skips show the source, the joints of source and target (as a skeleton,
    and as the network sees them), and the result. For deformable skips (`mask`) they also show the
    source image as the skips assemble it (except with the aggregation `soft`) and, below it, for
    each region the image warped by the region's transform, the region mask, and their product. For
    a single transform (`full`, `stn`) they show the image warped by it. The generator warps the
    features of each level as the image is warped here. With `still_background` the strips also show
    the pixels outside the person in both poses, which are not warped. For a composite generator the
    last two rows show the candidates of the result and their weights.

    Args:
        generator: the network.
        person: the person at the network's size, with joints in its layout.
        skeleton: the layout.
    """

    def __init__(self, generator: Generator, person: PosedImage, skeleton: Skeleton):
        self._generator = generator
        self._person = person
        self._skeleton = skeleton

    @staticmethod
    def require(generator: Generator | None) -> None:
        """Check that there is a network to visualise.

        Raises:
            ConfigurationError: only an exported model is available.
        """
        if generator is None:
            raise ConfigurationError(
                "--strip shows intermediate results, which an exported model does not have: give "
                "the run that it was exported from with --run"
            )

    def draw(self, keypoints: np.ndarray, image: np.ndarray) -> np.ndarray:
        """Draw the strip of a pose.

        Args:
            keypoints: float [J, 3], the target's key points.
            image: uint8 [H, W, 3], the result.

        Returns:
            uint8 [H', W', 3].
        """
        source, generator = self._person, self._generator
        cells = {
            "source": source.image,
            "source joints": draw_skeleton(source.image, source.keypoints, self._skeleton),
            "source pose": self._pose_image(source.keypoints),
            "target joints": draw_skeleton(np.zeros_like(image), keypoints, self._skeleton),
            "target pose": self._pose_image(keypoints),
        }
        rows = []
        if generator.skip != "none":
            warped, rows = self._warps(keypoints)
            cells |= warped
        cells["result"] = image
        parts = [image_grid([list(cells.values())], column_titles=list(cells))]
        if rows:
            names = [region.name for region in self._skeleton.regions]
            parts.append(image_grid(rows, column_titles=_titles(names)))
        if generator.composite:
            titles = _titles(generator.composite.candidates)
            parts.append(image_grid(self._candidates(keypoints), column_titles=titles))
        return _stacked(parts)

    def _pose_image(self, keypoints: np.ndarray) -> np.ndarray:
        """Return a pose as the network sees it; for heat maps, the maximum over the joints."""
        channels = np.asarray(self._generator.pose_image(keypoints[None]))[0]
        if channels.shape[-1] != 3:
            return _grey(channels.max(axis=-1))
        return _bytes((channels - channels.min()) / max(np.ptp(channels), 1e-6))

    def _warps(self, keypoints: np.ndarray) -> tuple[dict[str, np.ndarray], list[list[np.ndarray]]]:
        """Return images of the whole warp by their titles, and rows of images of the regions."""
        pose_warp = self._generator.pose_warp
        image = (self._person.image[None] / 255).astype(np.float32)
        poses = self._person.keypoints[None], keypoints[None]
        field = pose_warp.field(*poses)
        regions = np.asarray(warp(image, field.transforms, pose_warp.interpolation))[0]
        cells = {}
        if not self._generator.arrange:  # `soft` weights depend on features, not on the image
            whole = field.warp(ops.convert_to_tensor(image), level=0)
            cells["warped source"] = _bytes(np.asarray(whole)[0])
        size = image.shape[1:3]
        if pose_warp.still_background:
            still = background_mask(*poses, size, self._skeleton)
            cells = {"not warped": _grey(np.asarray(still)[0]), **cells}
        if pose_warp.kind != "mask":
            return cells, []
        masks = np.asarray(field.masks(size, level=0))[0]
        masked = regions * masks[..., None]
        return cells, [
            [_bytes(region) for region in regions],
            [_grey(mask) for mask in masks],
            [_bytes(region) for region in masked],
        ]

    def _candidates(self, keypoints: np.ndarray) -> list[list[np.ndarray]]:
        """Return images of a composite generator's candidates and of their weights."""
        person, background = self._person, self._person.background_image
        inputs = {
            "source_image": person.image[None],
            "source_keypoints": person.keypoints[None],
            "target_keypoints": np.asarray(keypoints, np.float32)[None],
        }
        if background is not None:
            inputs["background"] = background[None]
        if person.mask is not None:
            inputs["source_mask"] = person.mask[None, ..., None]
        inputs = {name: ops.convert_to_tensor(value) for name, value in inputs.items()}
        parts = self._generator.compose(images_to_floats(inputs))
        image = ops.convert_to_tensor(person.image[None] / np.float32(255))
        regions = np.asarray(warp_image(image, parts["transforms"]))[0]
        candidates = [_bytes(region) for region in regions]
        candidates += [] if background is None else [background]
        candidates += [person.image, np.asarray(to_uint8(parts["drawn"]))[0]]
        weights = np.asarray(parts["weights"])[0]
        return [candidates, [_grey(weights[..., k]) for k in range(weights.shape[-1])]]


def _titles(names: Sequence[str]) -> list[str]:
    return [name.replace("_", " ") for name in names]


def _bytes(image: np.ndarray) -> np.ndarray:
    return np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)


def _grey(values: np.ndarray) -> np.ndarray:
    return _bytes(values)[..., None].repeat(3, axis=-1)


def _stacked(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Stack images on white, all scaled to the width of the last one."""
    width = parts[-1].shape[1]
    gap = np.full((_GAP, width, 3), 255, np.uint8)
    rows = []
    for part in parts:
        scale = width / part.shape[1]
        if scale != 1:
            method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
            part = cv2.resize(part, (width, round(part.shape[0] * scale)), interpolation=method)
        rows += [gap, part]
    return np.concatenate(rows[1:])
