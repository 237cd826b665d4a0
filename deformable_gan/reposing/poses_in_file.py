"""Reading poses from a file of any kind."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from deformable_gan.data.media import PHOTO_SUFFIXES
from deformable_gan.data.video import VIDEO_SUFFIXES
from deformable_gan.errors import MediaError
from deformable_gan.pose.tracking import LookingEstimator
from deformable_gan.reposing.pose_sequence import PoseSequence
from deformable_gan.reposing.posed_image import PosedImage, annotated_image

_POSE_FILE = ".json"


class PoseFinder(Protocol):
    """The methods of a `Reposer` that find poses in photographs and clips.

    Attributes:
        image_size: (H, W) of the model's images.
    """

    image_size: tuple[int, int]

    def posed(self, photo: Path) -> PosedImage:
        """Return the person in a photograph."""

    def find_movenet(self) -> LookingEstimator:
        """Return MoveNet."""


def poses_in_file(
    path: Path,
    finder: PoseFinder,
    rate: float | None,
    smooth: float,
    progress: Callable[[int], object] | None,
    seconds: float | None,
) -> PoseSequence:
    """Return the pose or poses in a file; poses that MoveNet found are marked for retargeting.

    Args:
        path: a photograph, a clip, a dataset's `annotations-*.csv` or a pose file.
        finder: finds poses in photographs and clips.
        rate: see `Reposer.poses`.
        smooth: see `Reposer.poses`.
        progress: see `Reposer.poses`.
        seconds: see `Reposer.poses`.

    Raises:
        MediaError: the file is absent, of an unknown kind, or cannot be read.
        PoseError: no person is found, a photograph shows several people, a pose file is invalid, a
            dataset's annotations are empty or for images of another size, or no MoveNet is
            available.
        DatasetError: a dataset's annotations cannot be read.
    """
    suffix = path.suffix.lower()
    if not path.is_file():
        raise MediaError(f"{path} does not exist or is not a file")
    if suffix == ".csv":
        return PoseSequence.of_annotations(path, finder.image_size)
    if suffix == _POSE_FILE:
        return PoseSequence.of_file(path, finder.image_size)
    if suffix in VIDEO_SUFFIXES:
        movenet = finder.find_movenet()
        poses = PoseSequence.of_clip(
            path, movenet, finder.image_size, rate, smooth, progress, seconds
        )
        return replace(poses, retarget=True)
    if suffix in PHOTO_SUFFIXES:
        annotated = annotated_image(path)
        poses = PoseSequence.of_image(annotated or finder.posed(path), finder.image_size)
        return replace(poses, retarget=annotated is None)
    raise MediaError(
        f"{path} does not contain poses: expected a photograph "
        f"({', '.join(sorted(PHOTO_SUFFIXES))}), a clip ({', '.join(sorted(VIDEO_SUFFIXES))}), "
        f"a dataset's annotations-*.csv or a pose file ({_POSE_FILE})"
    )
