"""Checking that a dataset shows enough of a person to learn from."""

from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.errors import DatasetError
from deformable_gan.personalizing.recipe import LEAST_IMAGES


def require_enough_frames(dataset: DatasetFolder) -> None:
    """Check that there are enough images in different poses.

    Raises:
        DatasetError: there are too few images, or all show one pose.
    """
    images, pairs = len(dataset.train.names), len(dataset.train.pairs)
    if images < LEAST_IMAGES:
        raise DatasetError(
            f"too few frames to learn a person from: {images} usable training images, but at least "
            f"{LEAST_IMAGES} are needed: add a clip of five seconds or more, or photographs in "
            f"other poses ({dataset.path / 'report.json'} lists what was left out, and why)"
        )
    if not pairs:
        raise DatasetError(
            f"the person has the same pose in all {images} training images, from which nothing can "
            "be learned: add a clip in which the person moves"
        )
