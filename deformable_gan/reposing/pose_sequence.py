"""Poses to take: one from a photograph, many from a clip or a dataset's annotations."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path

import numpy as np

from deformable_gan.data.annotations import read_annotations
from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.data.posed_frames import posed_frames
from deformable_gan.data.preparing.person_stretches import person_stretches
from deformable_gan.data.usable_pose import SEEN, keep_seen_joints, why_unusable
from deformable_gan.data.video import clip_information, read_frames
from deformable_gan.errors import MediaError, PoseError
from deformable_gan.pose.adaptive_smoothing import smooth_adaptively
from deformable_gan.pose.body_box import BodyBox
from deformable_gan.pose.clip_crops import crop_clip
from deformable_gan.pose.interpolation import interpolate_missing
from deformable_gan.pose.skeleton import COCO17, Skeleton, convert_keypoints
from deformable_gan.reposing.even_times import at_even_times, even_rate
from deformable_gan.reposing.options import SMOOTHING
from deformable_gan.reposing.pose_file import read_poses, write_poses
from deformable_gan.reposing.posed_image import PosedImage

_ANNOTATIONS_RATE = 6.0
# Lines that frames are scaled down to; MoveNet sees no more than 192 or 256.
_FRAME_HEIGHT = 480


@dataclass(frozen=True)
class PoseSequence:
    """Poses in crops of the network's size.

    Attributes:
        keypoints: float32 [T, J, 3] of (y, x, confidence) in pixels of the crop.
        skeleton: the joints' layout.
        rate: poses per second; None for a single pose.
        retarget: whether these are another person's, to be brought to the proportions and the
            place of whoever takes them (`fit_poses`).
    """

    keypoints: np.ndarray
    skeleton: Skeleton
    rate: float | None = None
    retarget: bool = False

    def in_layout(self, skeleton: Skeleton) -> "PoseSequence":
        """Return the same with joints in another layout."""
        keypoints = convert_keypoints(self.keypoints, self.skeleton, skeleton)
        return replace(self, keypoints=keypoints, skeleton=skeleton)

    def save(self, path: Path, image_size: tuple[int, int]) -> None:
        """Write the poses for `of_file`, or to be edited; see `pose_file`.

        Raises:
            MediaError: the file cannot be written.
        """
        write_poses(path, self.keypoints, self.skeleton, image_size, self.rate)

    @classmethod
    def of_image(cls, posed: PosedImage, image_size: tuple[int, int]) -> "PoseSequence":
        """Return the one pose of a picture, as it is in a crop of that size."""
        return cls(posed.cropped(image_size).keypoints[None], posed.skeleton)

    @classmethod
    def of_keypoints(cls, keypoints: np.ndarray, skeleton: Skeleton) -> "PoseSequence":
        """Return poses given as numbers, in pixels of the crop.

        Args:
            keypoints: float [J, 3] or [T, J, 3] of (y, x, confidence).
            skeleton: their layout.

        Raises:
            PoseError: another shape.
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
        """Read all poses of a dataset's annotations file, in its order.

        Raises:
            DatasetError: the file or its dataset cannot be read.
            PoseError: the dataset's images have another size.
        """
        dataset = DatasetFolder(path.parent)
        if dataset.image_size != tuple(image_size):
            raise PoseError(
                f"{path} has poses for images of {dataset.image_size[0]}x{dataset.image_size[1]}, "
                f"the model makes {image_size[0]}x{image_size[1]}"
            )
        _, keypoints = read_annotations(path, len(dataset.skeleton))
        if not len(keypoints):
            raise PoseError(f"{path} holds no poses")
        return cls(keypoints, dataset.skeleton, _ANNOTATIONS_RATE)

    @classmethod
    def of_file(cls, path: Path, image_size: tuple[int, int]) -> "PoseSequence":
        """Read poses that somebody wrote down (see `pose_file`).

        Poses on a picture of the crop's own size are taken as they are; of any other they are
        placed in crops like those of a photograph or a clip.

        Raises:
            PoseError: the file holds no poses, or one without shoulders and hips.
        """
        keypoints, skeleton, size, rate = read_poses(path)
        for number, pose in enumerate(keypoints):
            if reason := why_unusable(pose, skeleton):
                place = path if rate is None else f"{path}, frame {number}"
                raise PoseError(
                    f"{place}: {reason}; expected both shoulders and both hips among the joints"
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
        """Find the poses of a clip.

        Of several people who follow one another the one seen longest is taken, from the first
        frame to the last; joints missing in between are interpolated in time, and all are smoothed.
        Frames that are not shown at even times give poses that are (see `even_times`).

        Args:
            path: the video.
            movenet: a `MoveNet`.
            image_size: (height, width) of the crop the poses are placed in.
            rate: poses per second, no more than the clip's own; None for the clip's own.
            smooth: seconds over which joints are smoothed; see `smooth_adaptively`; 0 for none.
            progress: called with 1 after each frame.
            seconds: of the clip, what comes later is left out; None for the whole clip.

        Raises:
            MediaError: the clip cannot be read.
            PoseError: nobody's shoulders and hips are seen in any frame.
        """
        times, found = [], []
        size = None
        frames = read_frames(path, rate, _FRAME_HEIGHT)
        if seconds is not None:
            frames = takewhile(lambda timed: timed[0] < seconds, frames)
        for frame in posed_frames(frames, movenet):
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
                f"{len(poses)} frames"
            )
        seen = slice(present[0], present[-1] + 1)
        times = np.array(times)[seen]
        keypoints = interpolate_missing(poses[seen], times)
        keypoints = smooth_adaptively(keypoints, times, smooth)
        clip = clip_information(path)
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
    skeleton: Skeleton = COCO17,
) -> np.ndarray:
    """Keep the joints seen of the person seen longest, of the frames that show the body.

    Args:
        found: float [J, 3] of (y, x, confidence) by frame, as a tracker gives them.
        times: when the frames are shown, in seconds.
        size: (height, width) of the frames.
        skeleton: the tracker's layout.

    Returns:
        float32 [T, J, 3], all 0 in the other frames.
    """
    stretches = person_stretches(np.array(found), times)
    poses = np.zeros((len(found), len(skeleton), 3), np.float32)
    for index, joints in enumerate(found):
        joints = keep_seen_joints(joints, size, SEEN)
        # Half a person, or somebody else's arm, would pull the interpolation astray.
        if why_unusable(joints, skeleton) is None:
            poses[index] = joints
    usable = Counter(one for one, pose in zip(stretches, poses, strict=True) if pose.any())
    longest = usable.most_common(1)[0][0] if usable else None
    poses[[one != longest for one in stretches]] = 0
    return poses


def _placed(keypoints, skeleton: Skeleton, times, size, image_size) -> np.ndarray:
    """Bring poses from pictures of one size into crops round the person."""
    boxes = [BodyBox.of_pose(pose, skeleton).within(size) for pose in keypoints]
    _, crops = crop_clip(boxes, times, size, image_size)
    return np.array(
        [
            keep_seen_joints(crop.to_crop(pose), image_size, 0.0)
            for crop, pose in zip(crops, keypoints, strict=True)
        ]
    )
