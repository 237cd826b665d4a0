"""Finding and selecting photographs and clips of one person."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import Protocol

import numpy as np

from deformable_gan.data.posed_frames import posed_frames
from deformable_gan.data.video import VIDEO_SUFFIXES, read_frames
from deformable_gan.errors import ConfigurationError, DeformableGANError, MediaError
from deformable_gan.pose.skeleton import COCO17, convert_keypoints
from deformable_gan.pose.tracking import LookingEstimator
from deformable_gan.reposing.pose_sequence import usable_poses
from deformable_gan.reposing.posed_image import PosedImage
from deformable_gan.reposing.sources.source_costs import source_costs

# The number of a clip's frames per second in which the person is searched for.
_RATE = 4.0
# Poses are compared in the estimator's layout, which may differ from the model's.
_LAYOUT = COCO17


class PersonFinder(Protocol):
    """The methods of a `Reposer` that find a person in an image.

    Attributes:
        wants_mask: whether a person mask is also needed.
    """

    wants_mask: bool

    def person(self, photo: Path | PosedImage) -> PosedImage:
        """Return the person in an image, at the model's size and in its layout."""

    def find_movenet(self) -> LookingEstimator:
        """Return MoveNet."""


@dataclass(frozen=True)
class _Found:
    """A person found in a photograph or a clip.

    Attributes:
        path: a photograph, or a clip.
        keypoints: float32 [J, 3] of (y, x, confidence) in the estimator's layout. For a photograph
            they are in pixels of the model's image. For a clip they are multiples of the frame's
            height, counted from its upper left corner.
        frame: for a clip, the frame's position among the searched frames.
        person: the person in a photograph; None for a clip, and if there are too many photographs
            to keep all in memory.
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
    """Return one person from many photographs and clips.

    Args:
        paths: photographs, and clips, of which four frames per second are searched.
        finder: finds the person in an image.
        most: number of sources to use.
        report: called with a message for each unusable photograph, for each clip that has unusable
            frames, and for the numbers of sources found and used.
        until: for some clips, the time in seconds after which no frame is used; other clips are
            searched to their end.

    Returns:
        The first source; its `more` has the other chosen sources (`choose_representatives`).

    Raises:
        MediaError: no file is usable, or a clip cannot be read.
        PoseError: no MoveNet is available.
        ConfigurationError: the model needs person masks.
        ValueError: `most` is not positive.
    """
    if finder.wants_mask:
        raise ConfigurationError(
            "a model trained with person masks takes only one photograph of a person: leave out "
            "--one-person"
        )
    if most < 1:
        raise ValueError(f"most must be at least 1, received {most}")
    found: list[_Found] = []
    reasons = []
    for path in paths:
        if _is_clip(path):
            end = (until or {}).get(path, np.inf)
            frames, count = _search_clip(path, finder.find_movenet(), end)
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
        keypoints = convert_keypoints(person.keypoints, person.skeleton, _LAYOUT)
        found.append(_Found(path, keypoints, person=person if len(paths) <= most else None))
    if not found:
        more = f"; and {len(reasons) - 5} more" if len(reasons) > 5 else ""
        raise MediaError(f"no source is usable: {'; '.join(reasons[:5])}{more}")
    for reason in reasons:
        report(reason)
    poses = np.stack([one.keypoints for one in found])
    used = choose_representatives(source_costs(poses, poses, _LAYOUT), most)
    sources = _load([found[index] for index in used], finder)
    report(f"{len(sources)} of {len(found)} images of the person are used")
    return replace(sources[0], more=tuple(sources[1:]))


def choose_representatives(costs: np.ndarray, most: int) -> list[int]:
    """Return the sources that suit all poses best, chosen one by one after the first source.

    The cost of a pose is the cost of the best source chosen so far. Each step adds the source that
    lowers the sum of these costs the most.

    Args:
        costs: float [N, N], the cost of each source (second axis) for the pose of each source
            (first axis).
        most: the largest number of sources to choose.

    Returns:
        The indices of the sources, in increasing order.
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


def _search_clip(path: Path, movenet: LookingEstimator, end: float) -> tuple[list[_Found], int]:
    """Return the frames that show the person seen longest, and the number of frames searched."""
    found, times, size = [], [], (0, 0)
    shown = takewhile(lambda one: one[0] <= end, read_frames(path, _RATE))
    for frame in posed_frames(shown, movenet):
        found.append(frame.keypoints)
        times.append(frame.time)
        size = frame.image.shape[:2]
    if not found:
        raise MediaError(f"{path} holds no frames")
    poses = usable_poses(found, times, size, movenet.skeleton)
    height = np.float32(size[0])
    frames = []
    for number, pose in enumerate(poses):
        if pose.any():
            # In frame heights, because the frame is decoded again at full size later.
            places = np.where(pose[:, 2:] > 0, (pose[:, :2] + 0.5) / height, 0)
            frames.append(_Found(path, np.concatenate([places, pose[:, 2:]], axis=1), number))
    return frames, len(poses)


def _load(found: Sequence[_Found], finder: PersonFinder) -> list[PosedImage]:
    """Return the people at the model's size and in its layout."""
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
                posed = PosedImage(image, keypoints.astype(np.float32), _LAYOUT)
                people[frames[number]] = finder.person(posed)
    return [people[index] for index in range(len(found))]
