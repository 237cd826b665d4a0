import numpy as np
import pytest

from deformable_gan.pose.skeleton import COCO17
from deformable_gan.reposing.reposer import Reposer


@pytest.fixture
def red_mark():
    """A function that makes an image with a red mark, at which `marker_movenet` finds a person."""

    def make(size, y, x, background=90):
        picture = np.full((*size, 3), background, np.uint8)
        picture[y - 1 : y + 2, x - 1 : x + 2] = (255, 0, 0)
        return picture

    return make


@pytest.fixture
def copying_reposer(marker_movenet):
    """A reposer whose model returns the source image and whose MoveNet finds a red mark."""
    reposer = Reposer(lambda image, *_: image, (64, 36), COCO17)
    reposer._movenet = marker_movenet
    return reposer
