"""Poses to take: one from a photograph, many from a clip or a dataset's annotations."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from deformable_gan.data.annotations import read_annotations
from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.data.posed_frames import posed_frames
from deformable_gan.data.usable_pose import keep_seen_joints, why_unusable
from deformable_gan.data.video import clip_information, read_frames
from deformable_gan.errors import MediaError, PoseError
from deformable_gan.pose.body_box import BodyBox
from deformable_gan.pose.clip_crops import crop_clip
from deformable_gan.pose.interpolation import interpolate_missing
from deformable_gan.pose.skeleton import COCO17, Skeleton, convert_keypoints
from deformable_gan.reposing.posed_image import THRESHOLD, PosedImage

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
    """

    keypoints: np.ndarray
    skeleton: Skeleton
    rate: float | None = None

    def in_layout(self, skeleton: Skeleton) -> "PoseSequence":
        """Return the same with joints in another layout."""
        keypoints = convert_keypoints(self.keypoints, self.skeleton, skeleton)
        return PoseSequence(keypoints, skeleton, self.rate)

    @classmethod
    def of_image(cls, posed: PosedImage, image_size: tuple[int, int]) -> "PoseSequence":
        """Return the one pose of a picture, as it is in a crop of that size."""
        return cls(posed.cropped(image_size).keypoints[None], posed.skeleton)

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
    def of_clip(
        cls, path: Path, movenet, image_size: tuple[int, int], rate: float | None = None
    ) -> "PoseSequence":
        """Find the poses of a clip; joints missing in a frame are interpolated in time.

        Args:
            path: the video.
            movenet: a `MoveNet`.
            image_size: (height, width) of the crop the poses are placed in.
            rate: poses per second; None for the clip's own.

        Raises:
            MediaError: the clip cannot be read.
            PoseError: nobody's shoulders and hips are seen in any frame.
        """
        times, poses = [], []
        size = None
        for frame in posed_frames(read_frames(path, rate, _FRAME_HEIGHT), movenet):
            size = frame.image.shape[:2]
            joints = keep_seen_joints(frame.keypoints, size, THRESHOLD)
            # Half a person, or somebody else's arm, would pull the interpolation astray.
            poses.append(joints if why_unusable(joints, COCO17) is None else np.zeros_like(joints))
            times.append(frame.time)
        if not poses:
            raise MediaError(f"{path} holds no frames")
        if not any(pose.any() for pose in poses):
            raise PoseError(
                f"{path}: no person with both shoulders and both hips in view in any of "
                f"{len(poses)} frames"
            )
        keypoints = interpolate_missing(np.array(poses), np.array(times))
        boxes = [BodyBox.of_pose(pose, COCO17).within(size) for pose in keypoints]
        _, crops = crop_clip(boxes, times, size, image_size)
        placed = [
            keep_seen_joints(crop.to_crop(pose), image_size, 0.0)
            for crop, pose in zip(crops, keypoints, strict=True)
        ]
        own_rate = clip_information(path).rate or _ANNOTATIONS_RATE
        return cls(np.array(placed), COCO17, min(rate, own_rate) if rate else own_rate)
