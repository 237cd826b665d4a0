import numpy as np
import pytest


@pytest.fixture
def make_inputs():
    """A function that draws random inputs of generators and discriminators."""

    def make(size, joints=17, batch=2, seed=0, **images):
        rng = np.random.default_rng(seed)
        inputs = {
            name: rng.uniform(-1, 1, (batch, *size, 3)).astype(np.float32)
            for name in ("source_image", "image", "background")
        }
        for which in ("source", "target"):
            keypoints = rng.uniform(0, 1, (batch, joints, 3)) * (*size, 1)
            inputs[f"{which}_keypoints"] = keypoints.astype(np.float32)
        inputs["source_mask"] = rng.choice(np.float32([-1, 1]), (batch, *size, 1))
        return inputs | images

    return make
