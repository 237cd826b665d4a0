"""The poses of other people in which each image is generated again."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from deformable_gan.data.annotations import person_of
from deformable_gan.data.dataset_folder import Split
from deformable_gan.data.usable_pose import why_unusable
from deformable_gan.errors import ConfigurationError, DatasetError
from deformable_gan.pose.skeleton import Skeleton

# Market-1501: 0002_c1s1_000451_03.jpg shows person 2, seen by camera 1.
_CAMERA = re.compile(r"[^_]*_c(\d+)")


def camera_of(name: str) -> str:
    """Return the camera in an image's name, as in Market-1501; "" if the name does not tell it.

    Args:
        name: such as `0002_c1s1_000451_03.jpg`.
    """
    match = _CAMERA.match(PurePosixPath(name).name)
    return match[1] if match else ""


@dataclass(frozen=True)
class DrawnPoses:
    """Images of other people whose poses a split's images take.

    Attributes:
        sources: int [S], increasing positions in the split's names: the images with a usable pose.
        poses: int [S, N], positions in the split's names; all different in each row.
    """

    sources: np.ndarray
    poses: np.ndarray

    @classmethod
    def draw(
        cls, split: Split, skeleton: Skeleton, count: int, seed: int, same_camera: bool = False
    ) -> "DrawnPoses":
        """Draw poses at random, without repetition for any image.

        An image's poses depend only on the arguments and its position in the split, so that an
        interrupted run can be continued.

        Args:
            split: images with their joints.
            skeleton: the joints' layout.
            count: number of poses for each image.
            seed: the seed of the random selection.
            same_camera: whether to use only poses recorded by the image's own camera, which sees
                people from a similar height and side.

        Raises:
            DatasetError: no image of the split has a usable pose.
            ConfigurationError: there are fewer poses of other people than requested, or
                `same_camera` is set and a name has no camera.
        """
        usable = np.array(
            [i for i, joints in enumerate(split.keypoints) if not why_unusable(joints, skeleton)],
            np.int64,
        )
        if not len(usable):
            raise DatasetError(
                f"{split.folder}: no image has a usable pose (both shoulders and both hips)"
            )
        people = np.array([person_of(name) for name in split.names])
        cameras = np.array([camera_of(name) if same_camera else "" for name in split.names])
        if same_camera and (unknown := np.flatnonzero(cameras == "")).size:
            raise ConfigurationError(
                "--same-camera needs names with a camera, such as 0002_c1s1_000451_03.jpg; "
                f"received {split.names[unknown[0]]}"
            )
        rows = np.empty((len(usable), count), np.int64)
        for camera in np.unique(cameras[usable]):
            members = np.flatnonzero(cameras[usable] == camera)
            rows[members] = _draw_for(usable[members], people, split.names, count, seed)
        return cls(usable, rows)


def _draw_for(
    images: np.ndarray, people: np.ndarray, names: Sequence[str], count: int, seed: int
) -> np.ndarray:
    """For each image, draw `count` images of other people; return int [len(images), count]."""
    # After sorting by person, a person's images are adjacent; other people's lie on both sides.
    by_person = images[np.argsort(people[images], kind="stable")]
    sorted_people = people[by_person]
    rows = np.empty((len(images), count), np.int64)
    for row, image in zip(rows, images, strict=True):
        begin = np.searchsorted(sorted_people, people[image], "left")
        own = np.searchsorted(sorted_people, people[image], "right") - begin
        others = len(by_person) - own
        if others < count:
            raise ConfigurationError(
                f"{names[image]} can take {others} usable poses of other people, fewer than the "
                f"{count} requested: lower --poses-per-image, leave out --same-camera if you gave "
                "it, or use a dataset with more people"
            )
        drawn = np.random.default_rng([seed, image]).choice(others, count, replace=False)
        row[:] = by_person[drawn + own * (drawn >= begin)]
    return rows
