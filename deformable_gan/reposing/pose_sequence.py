"""A sequence of poses: one from a photograph, many from a clip or a dataset's annotations."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path

import numpy as np

from deformable_gan.data.annotations import read_annotations
from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.data.posed_frames import posed_frames
from deformable_gan.data.preparing.person_tracks import person_tracks
from deformable_gan.data.usable_pose import SEEN, keep_seen_joints, why_unusable
from deformable_gan.data.video import clip_information, read_frames
from deformable_gan.errors import MediaError, PoseError
from deformable_gan.pose.adaptive_smoothing import smooth_adaptively
from deformable_gan.pose.body_box import BodyBox
from deformable_gan.pose.clip_crops import crop_clip
from deformable_gan.pose.interpolation import interpolate_missing
from deformable_gan.pose.skeleton import Skeleton, convert_keypoints
from deformable_gan.reposing.even_times import at_even_times, even_rate
from deformable_gan.reposing.pose_file import read_poses, write_poses
from deformable_gan.reposing.posed_image import PosedImage
from deformable_gan.reposing.repose_options import SMOOTHING

# Poses per second of a dataset's annotations and of key points, which state no rate.
_ANNOTATIONS_RATE = 6.0
# Frames are scaled down to this height in pixels; MoveNet's input is 192 or 256 pixels high.
_FRAME_HEIGHT = 480
# At this many frames per second or more, MoveNet skips every other frame while the person hardly
# moves, and the skipped poses are interpolated.
_DENSE = 20.0


@dataclass(frozen=True)
class PoseSequence:
    """A sequence of poses in crops of the network's size.

    Attributes:
        keypoints: float32 [T, J, 3] of (y, x, confidence) in pixels of the crop.
        skeleton: the joints' layout.
        rate: poses per second; None for a single pose.
        retarget: whether these poses are to be converted to the proportions and the place of the
            source person (`fit_poses`), because they come from another person.
    """

    keypoints: np.ndarray
    skeleton: Skeleton
    rate: float | None = None
    retarget: bool = False

    def in_layout(self, skeleton: Skeleton) -> "PoseSequence":
        """Return the poses with joints in another layout."""
        keypoints = convert_keypoints(self.keypoints, self.skeleton, skeleton)
        return replace(self, keypoints=keypoints, skeleton=skeleton)

    def save(self, path: Path, image_size: tuple[int, int]) -> None:
        """Write the poses to a file for editing or for `of_file`; see `pose_file`.

        Raises:
            MediaError: the file cannot be written.
        """
        write_poses(path, self.keypoints, self.skeleton, image_size, self.rate)

    @classmethod
    def of_image(cls, posed: PosedImage, image_size: tuple[int, int]) -> "PoseSequence":
        """Return the pose of an image, in a crop of a given size."""
        return cls(posed.cropped(image_size).keypoints[None], posed.skeleton)

    @classmethod
    def of_keypoints(cls, keypoints: np.ndarray, skeleton: Skeleton) -> "PoseSequence":
        """Return a sequence of poses given as key points, in pixels of the crop.

        Args:
            keypoints: float [J, 3] or [T, J, 3] of (y, x, confidence).
            skeleton: the joints' layout.

        Raises:
            PoseError: the key points have another shape.
        """
        many = np.asarray(keypoints, np.float32)
        many = many[None] if many.ndim == 2 else many
        if many.ndim != 3 or many.shape[1:] != (len(skeleton), 3) or not len(many):
            raise PoseError(
                f"key points must have the shape [{len(skeleton)}, 3] or [T, {len(skeleton)}, 3] "
                f"of the layout {skeleton.name}, received {list(np.shape(keypoints))}"
            )
        return cls(many, skeleton, _ANNOTATIONS_RATE if len(many) > 1 else None)

    @classmethod
    def of_annotations(cls, path: Path, image_size: tuple[int, int]) -> "PoseSequence":
        """Read all poses of a dataset's annotations file, in the order of its lines.

        Raises:
            DatasetError: the file or its dataset cannot be read.
            PoseError: the dataset's images have another size, or the file holds no poses.
        """
        dataset = DatasetFolder(path.parent)
        if dataset.image_size != tuple(image_size):
            raise PoseError(
                f"{path} has poses for images of {dataset.image_size[0]}x{dataset.image_size[1]}, "
                f"but the model makes {image_size[0]}x{image_size[1]}: choose another dataset"
            )
        _, keypoints = read_annotations(path, len(dataset.skeleton))
        if not len(keypoints):
            raise PoseError(f"{path} holds no poses: choose another annotations file")
        return cls(keypoints, dataset.skeleton, _ANNOTATIONS_RATE)

    @classmethod
    def of_file(cls, path: Path, image_size: tuple[int, int]) -> "PoseSequence":
        """Read the poses in a pose file (see `pose_file`).

        Poses whose image already has the size `image_size` are used unchanged. Other poses are
        placed in crops around the person, as for a photograph or a clip.

        Raises:
            PoseError: the file is not a pose file, or a pose lacks a shoulder or a hip.
        """
        keypoints, skeleton, size, rate = read_poses(path)
        for number, pose in enumerate(keypoints):
            if reason := why_unusable(pose, skeleton):
                place = path if rate is None else f"{path}, frame {number}"
                raise PoseError(
                    f"{place}: {reason}, but both shoulders and both hips are needed: add them"
                )
        if size != tuple(image_size):
            times = np.arange(len(keypoints)) / (rate or 1.0)
            keypoints = _placed(keypoints, skeleton, times, size, image_size)
        return cls(keypoints, skeleton, rate)

    @classmethod
    def of_clip(
        cls,
        path: Path,
        movenet,
        image_size: tuple[int, int],
        rate: float | None = None,
        smooth: float = SMOOTHING,
        progress: Callable[[int], object] | None = None,
        seconds: float | None = None,
    ) -> "PoseSequence":
        """Find the poses in a clip.

        If several people follow one another, the person seen longest is used, from their first
        frame to the last. Joints missing in between are interpolated in time, and all joints are
        smoothed. Frames at uneven times give poses at even times (see `even_times`).

        Args:
            path: the video.
            movenet: a `MoveNet`.
            image_size: (height, width) of the crop in which the poses are placed.
            rate: poses per second, at most the clip's own rate; None for the clip's own rate.
            smooth: seconds over which joints are smoothed; see `smooth_adaptively`; 0 for no
                smoothing.
            progress: called with 1 after each frame.
            seconds: duration of the part to use, from the beginning; None for the whole clip.

        Raises:
            MediaError: the clip cannot be read or has no frames.
            PoseError: no frame shows a person with shoulders and hips.
        """
        times, found = [], []
        size = None
        clip = clip_information(path)
        dense = min(rate or clip.rate or 0.0, clip.rate or 0.0) >= _DENSE
        frames = read_frames(path, rate, _FRAME_HEIGHT)
        if seconds is not None:
            frames = takewhile(lambda timed: timed[0] < seconds, frames)
        for frame in posed_frames(frames, movenet, halve=dense):
            size = frame.image.shape[:2]
            found.append(frame.keypoints)
            times.append(frame.time)
            if progress:
                progress(1)
        if not found:
            raise MediaError(f"{path} holds no frames")
        poses = usable_poses(found, times, size, movenet.skeleton)
        present = np.flatnonzero(poses.any(axis=(1, 2)))
        if not len(present):
            raise PoseError(
                f"{path}: no person with both shoulders and both hips in view in any of "
                f"{len(poses)} frames: choose another clip"
            )
        seen = slice(present[0], present[-1] + 1)
        times = np.array(times)[seen]
        keypoints = interpolate_missing(poses[seen], times)
        keypoints = smooth_adaptively(keypoints, times, smooth)
        rate = even_rate(times, clip.rate, rate)
        to_end = seconds is None and seen.stop == len(poses)
        until = clip.shown_until if to_end else None
        keypoints = at_even_times(keypoints, times, rate, until)
        times = np.arange(len(keypoints)) / rate
        skeleton = movenet.skeleton
        return cls(_placed(keypoints, skeleton, times, size, image_size), skeleton, rate)


def usable_poses(
    found: list[np.ndarray],
    times: list[float],
    size: tuple[int, int],
    skeleton: Skeleton,
) -> np.ndarray:
    """Return the visible joints of the person seen longest, for each frame that shows the torso.

    Args:
        found: float [J, 3] of (y, x, confidence) per frame, from a tracker.
        times: the times at which the frames are shown, in seconds.
        size: (height, width) of the frames.
        skeleton: the tracker's layout.

    Returns:
        float32 [T, J, 3], all 0 in frames that do not show this person's shoulders and hips.
    """
    tracks = person_tracks(np.array(found), times, skeleton)
    poses = np.zeros((len(found), len(skeleton), 3), np.float32)
    for index, joints in enumerate(found):
        joints = keep_seen_joints(joints, size, SEEN)
        # A partly visible person, or another person's arm, would distort the interpolation.
        if why_unusable(joints, skeleton) is None:
            poses[index] = joints
    usable = Counter(one for one, pose in zip(tracks, poses, strict=True) if pose.any())
    longest = usable.most_common(1)[0][0] if usable else None
    poses[[one != longest for one in tracks]] = 0
    return poses


def _placed(keypoints, skeleton: Skeleton, times, size, image_size) -> np.ndarray:
    """Convert poses from images of one size into crops around the person."""
    boxes = [BodyBox.of_pose(pose, skeleton).within(size) for pose in keypoints]
    _, crops = crop_clip(boxes, times, size, image_size)
    return np.array(
        [
            keep_seen_joints(crop.to_crop(pose), image_size, 0.0)
            for crop, pose in zip(crops, keypoints, strict=True)
        ]
    )
