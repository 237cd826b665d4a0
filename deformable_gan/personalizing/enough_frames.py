"""Checking that a dataset has enough images of a person to fine-tune a model."""

from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.errors import DatasetError
from deformable_gan.personalizing.recipe import LEAST_IMAGES


def require_enough_frames(dataset: DatasetFolder) -> None:
    """Check that the training split has enough images in different poses.

    Raises:
        DatasetError: there are too few images, or all show the same pose.
    """
    images, pairs = len(dataset.train.names), len(dataset.train.pairs)
    if images < LEAST_IMAGES:
        raise DatasetError(
            f"too few frames to learn a person from: {images} usable training images, but at least "
            f"{LEAST_IMAGES} are needed. Add a clip of five seconds or more, or photographs in "
            f"other poses. {dataset.path / 'report.json'} lists what was left out, and why"
        )
    if not pairs:
        raise DatasetError(
            f"the person has the same pose in all {images} training images, so the model cannot "
            "learn to change the pose: add a clip in which the person moves"
        )
