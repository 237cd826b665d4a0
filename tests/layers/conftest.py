import numpy as np
import pytest


@pytest.fixture
def make_poses():
    """A function that draws key points [count, 17, 3] of roughly standing people."""
    # (y, x) as fractions of the image's size, in COCO's order.
    standing = np.array(
        [
            *((0.14, 0.5), (0.12, 0.53), (0.12, 0.47), (0.13, 0.58), (0.13, 0.42)),
            *((0.23, 0.66), (0.23, 0.34), (0.38, 0.72), (0.38, 0.28), (0.5, 0.75), (0.5, 0.25)),
            *((0.52, 0.6), (0.52, 0.4), (0.72, 0.61), (0.72, 0.39), (0.92, 0.61), (0.92, 0.39)),
        ]
    )

    def make(size, count=2, seed=0, spread=0.05):
        rng = np.random.default_rng(seed)
        positions = (standing + rng.normal(0, spread, (count, 17, 2))) * size
        keypoints = np.concatenate([positions, np.ones((count, 17, 1))], axis=-1)
        # One in twenty knees and ankles is missing.
        keypoints[rng.random((count, 17)) < 0.05 * (np.arange(17) > 12)] = (-1, -1, 0)
        return keypoints.astype(np.float32)

    return make
