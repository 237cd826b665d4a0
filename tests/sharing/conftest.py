import numpy as np
import pytest

from deformable_gan.pose.skeleton import COCO17


@pytest.fixture(scope="session")
def inputs(tiny_config):
    """Return inputs of the tiny generator, in the order of its arguments."""
    rng = np.random.default_rng(3)
    size = tiny_config.image_size
    joints = (rng.random((2, 3, len(COCO17), 3)) * (*size, 1)).astype(np.float32)
    return rng.integers(0, 256, (3, *size, 3), np.uint8), joints[0], joints[1]


@pytest.fixture(scope="session")
def expected(tiny_run, inputs):
    """Return the run's own results for these inputs."""
    from deformable_gan.trained_model import TrainedModel

    return TrainedModel.load(tiny_run.path).generate(*inputs)
