"""The photographs and clips of one person, and which of them to use."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import Protocol

import numpy as np

from deformable_gan.data.posed_frames import posed_frames
from deformable_gan.data.video import VIDEO_SUFFIXES, read_frames
from deformable_gan.errors import ConfigurationError, DeformableGANError, MediaError
from deformable_gan.pose.movenet import MoveNet
from deformable_gan.pose.skeleton import COCO17, convert_keypoints
from deformable_gan.reposing.pose_sequence import usable_poses
from deformable_gan.reposing.posed_image import PosedImage
from deformable_gan.reposing.sources.source_costs import source_costs

# Of a clip, frames a second that are looked at.
_RATE = 4.0


class PersonFinder(Protocol):
    """What finds a person in a picture: a `Reposer`.

    Attributes:
        wants_mask: whether a mask of the person is needed, too.
    """

    wants_mask: bool

    def person(self, photo: Path | PosedImage) -> PosedImage:
        """Return the person in a picture, at the model's size and in its layout."""

    def find_movenet(self) -> MoveNet:
        """Return MoveNet."""


@dataclass(frozen=True)
class _Found:
    """Where a person was found.

    Attributes:
        path: a photograph, or a clip.
        keypoints: float32 [17, 3] of (y, x, confidence): of a photograph in pixels of the model's
            image, of a clip in heights of the frame, from its upper left corner.
        frame: of a clip: the frame's place among those looked at.
        person: what was found in a photograph, unless there are too many to keep.
    """

    path: Path
    keypoints: np.ndarray
    frame: int | None = None
    person: PosedImage | None = None


def gather_sources(
    paths: Sequence[Path],
    finder: PersonFinder,
    most: int,
    report: Callable[[str], object] = lambda reason: None,
    until: Mapping[Path, float] | None = None,
) -> PosedImage:
    """Return one person as seen in many photographs and clips.

    Args:
        paths: photographs, and clips, of which four frames a second are looked at.
        finder: finds the person in one.
        most: sources that are used.
        report: told of photographs that cannot be used, of what was left out of clips, and how
            many sources were found and used.
        until: of clips, the time in seconds after which no frame is taken; others are looked at
            to their end.

    Returns:
        The first source, with the others in `more`: those whose poses represent all best.

    Raises:
        MediaError: none of the files can be used, or a clip cannot be read.
        PoseError: MoveNet cannot be had.
        ConfigurationError: the model wants masks.
        ValueError: `most` is not positive.
    """
    if finder.wants_mask:
        raise ConfigurationError(
            "a model trained with masks takes one photograph of a person, not several: leave out "
            "--one-person"
        )
    if most < 1:
        raise ValueError(f"at least one source must be used, received {most}")
    found: list[_Found] = []
    reasons = []
    for path in paths:
        if _is_clip(path):
            end = (until or {}).get(path, np.inf)
            frames, count = _look_at_clip(path, finder.find_movenet(), end)
            found += frames
            if len(frames) < count:
                reasons.append(
                    f"{path}: {count - len(frames)} of {count} frames do not show the person with "
                    "both shoulders and both hips"
                )
            continue
        try:
            person = finder.person(path)
        except DeformableGANError as error:
            reasons.append(str(error))
            continue
        keypoints = convert_keypoints(person.keypoints, person.skeleton, COCO17)
        found.append(_Found(path, keypoints, person=person if len(paths) <= most else None))
    if not found:
        more = f"; and {len(reasons) - 5} more" if len(reasons) > 5 else ""
        raise MediaError(f"no source can be used: {'; '.join(reasons[:5])}{more}")
    for reason in reasons:
        report(reason)
    poses = np.stack([one.keypoints for one in found])
    used = choose_representatives(source_costs(poses, poses, COCO17), most)
    sources = _load([found[index] for index in used], finder)
    report(f"{len(sources)} of {len(found)} pictures of the person are used")
    return replace(sources[0], more=tuple(sources[1:]))


def choose_representatives(costs: np.ndarray, most: int) -> list[int]:
    """Return which sources serve all poses best, the first one and then one after the other.

    Each next one lowers the sum, over all poses, of the least cost the most.

    Args:
        costs: float [N, N], of each source (second axis) for each of their poses.
        most: how many are chosen at most.

    Returns:
        Their numbers, increasing.
    """
    used = [0]
    least = costs[:, 0]
    while len(used) < min(most, costs.shape[1]):
        totals = np.minimum(least[:, None], costs).sum(axis=0)
        totals[used] = np.inf
        used.append(int(totals.argmin()))
        least = np.minimum(least, costs[:, used[-1]])
    return sorted(used)


def _is_clip(path: Path) -> bool:
    return path.suffix.lower() in VIDEO_SUFFIXES


def _look_at_clip(path: Path, movenet: MoveNet, end: float) -> tuple[list[_Found], int]:
    """Return the frames that show the person seen longest, and how many were looked at."""
    found, times, size = [], [], (0, 0)
    shown = takewhile(lambda one: one[0] <= end, read_frames(path, _RATE))
    for frame in posed_frames(shown, movenet):
        found.append(frame.keypoints)
        times.append(frame.time)
        size = frame.image.shape[:2]
    if not found:
        raise MediaError(f"{path} holds no frames")
    poses = usable_poses(found, times, size)
    height = np.float32(size[0])
    frames = []
    for number, pose in enumerate(poses):
        if pose.any():
            # In frame heights: the frame is decoded again, as large as it is.
            places = np.where(pose[:, 2:] > 0, (pose[:, :2] + 0.5) / height, 0)
            frames.append(_Found(path, np.concatenate([places, pose[:, 2:]], axis=1), number))
    return frames, len(poses)


def _load(found: Sequence[_Found], finder: PersonFinder) -> list[PosedImage]:
    """Return the persons as the model wants them."""
    people = {
        index: one.person or finder.person(one.path)
        for index, one in enumerate(found)
        if one.frame is None
    }
    for clip in dict.fromkeys(one.path for one in found if one.frame is not None):
        frames = {one.frame: index for index, one in enumerate(found) if one.path == clip}
        for number, (_, image) in enumerate(read_frames(clip, _RATE, None)):
            if number in frames:
                keypoints = found[frames[number]].keypoints.copy()
                keypoints[:, :2] = keypoints[:, :2] * image.shape[0] - 0.5
                keypoints[keypoints[:, 2] <= 0] = 0
                posed = PosedImage(image, keypoints.astype(np.float32), COCO17)
                people[frames[number]] = finder.person(posed)
    return [people[index] for index in range(len(found))]
