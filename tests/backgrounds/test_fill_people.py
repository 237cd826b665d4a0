import numpy as np
import pytest

from deformable_gan.backgrounds.fill_people import fill_people
from deformable_gan.backgrounds.fill_person import fill_person
from deformable_gan.pose.skeleton import COCO17


@pytest.mark.parametrize("processes", [1, 2])
def test_every_image_is_filled_as_it_would_be_alone(processes):
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (70, 24, 20, 3), np.uint8)
    joints = np.concatenate(
        [random.uniform(4, 16, (70, 17, 2)), np.ones((70, 17, 1))], axis=-1
    ).astype(np.float32)
    filled = fill_people(images, joints, COCO17, processes)
    assert filled.shape == images.shape
    for index in (0, 63, 64, 69):  # processes get 64 images at a time
        alone = fill_person(images[index], joints[index], COCO17)
        np.testing.assert_array_equal(filled[index], alone)
    assert fill_people(images[:0], joints[:0], COCO17).shape == (0, 24, 20, 3)
