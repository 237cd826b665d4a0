"""The background plate of a clip whose camera moves, and the alignment of frames with it."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from deformable_gan.backgrounds.background_plate import BackgroundPlate
from deformable_gan.backgrounds.camera_motion import CameraMotion, corners
from deformable_gan.backgrounds.plate_builder import PlateBuilder
from deformable_gan.pose.skeleton import Skeleton

# The panorama extends at most this many frame sizes beyond the first frame.
_MOST_REACH = 1.0
# Transforms map output pixels to input pixels.
_RESAMPLING = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP


@dataclass(frozen=True)
class Panorama:
    """The plate of a clip with a moving camera.

    Attributes:
        plate: the plate of the scene; its frames were aligned with the first frame.
        motion: the camera's motion through the clip.
        corner: (x, y) of the plate's first pixel, in pixels of the first frame.
    """

    plate: BackgroundPlate
    motion: CameraMotion
    corner: tuple[int, int]

    @classmethod
    def of_frames(
        cls,
        frames: Iterable[tuple[int, np.ndarray, np.ndarray]],
        motion: CameraMotion,
        skeleton: Skeleton,
    ) -> "Panorama":
        """Make the plate of some frames.

        Args:
            frames: the frames to use: their position in the clip, the image (uint8 [H, W, 3]) and
                the joints (float [J, 3] of (y, x, confidence) in its pixels).
            motion: the camera's motion.
            skeleton: the joints' layout.

        Raises:
            ValueError: there are no frames.
        """
        frames = list(frames)
        corner, size = _extent([position for position, *_ in frames], motion)
        builder = PlateBuilder(skeleton)
        for position, image, keypoints in frames:
            to_frame = _from_corner(motion.transforms[position], corner)
            placed = cv2.warpAffine(
                image, to_frame, size[::-1], flags=_RESAMPLING, borderMode=cv2.BORDER_REPLICATE
            )
            inside = cv2.warpAffine(
                *(np.full(image.shape[:2], 255, np.uint8), to_frame, size[::-1]),
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            )
            builder.add(placed, _moved(keypoints, to_frame), hidden=inside < 255)
        return cls(builder.build(), motion, corner)

    def place(self, position: int, keypoints: np.ndarray) -> np.ndarray:
        """Return a frame's joints in pixels of the plate.

        Args:
            position: the frame's position in the clip.
            keypoints: float [J, 3] of (y, x, confidence) in pixels of the frame.
        """
        return _moved(keypoints, self._to_frame(position))

    def steady(self, position: int, image: np.ndarray) -> np.ndarray:
        """Return a frame aligned with the plate; the plate fills the area outside the frame.

        Args:
            position: the frame's position in the clip.
            image: uint8 [H, W, 3].

        Returns:
            uint8, of the plate's shape.
        """
        placed = self.plate.image.copy()
        cv2.warpAffine(
            *(image, self._to_frame(position), placed.shape[1::-1], placed),
            flags=_RESAMPLING,
            borderMode=cv2.BORDER_TRANSPARENT,
        )
        return placed

    def seen_from(
        self, viewpoint: int, position: int, image: np.ndarray, keypoints: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return a frame and its joints as seen from the camera's position in another frame.

        Args:
            viewpoint: the other frame's position in the clip.
            position: the position in the clip of the frame to return.
            image: uint8 [H, W, 3], the frame to return as it was recorded.
            keypoints: float [J, 3] of (y, x, confidence) in the image's pixels.
        """
        back = cv2.invertAffineTransform(self.motion.transforms[viewpoint])
        here = self.motion.transforms[position]
        to_frame = np.hstack([here[:, :2] @ back[:, :2], here[:, :2] @ back[:, 2:] + here[:, 2:]])
        moved = cv2.warpAffine(
            *(image, to_frame, self.motion.size[::-1]),
            flags=_RESAMPLING,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return moved, _moved(keypoints, to_frame)

    def _to_frame(self, position: int) -> np.ndarray:
        return _from_corner(self.motion.transforms[position], self.corner)


def _extent(positions: list[int], motion: CameraMotion) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the corner (x, y) and the size (height, width) of the area that some frames cover."""
    size = np.array(motion.size[::-1])
    places = np.concatenate(
        [
            cv2.transform(corners(motion.size)[:, None], cv2.invertAffineTransform(transform))[:, 0]
            for transform in motion.transforms[positions]
        ]
    )
    first = np.floor(np.maximum(places.min(axis=0), -_MOST_REACH * size)).astype(int)
    last = np.ceil(np.minimum(places.max(axis=0), (1 + _MOST_REACH) * size - 1)).astype(int)
    width, height = (last - first + 1).tolist()
    return tuple(first.tolist()), (height, width)


def _from_corner(transform: np.ndarray, corner: tuple[int, int]) -> np.ndarray:
    """Convert a transform from pixels of the first frame into one from pixels of the plate."""
    moved = transform.copy()
    moved[:, 2] += transform[:, :2] @ corner
    return moved


def _moved(keypoints: np.ndarray, to_frame: np.ndarray) -> np.ndarray:
    """Return a frame's joints in pixels of the image that `to_frame` maps to the frame."""
    back = cv2.invertAffineTransform(to_frame)
    places = np.array(keypoints, np.float64)
    places[:, :2] = (places[:, 1::-1] @ back[:, :2].T + back[:, 2])[:, ::-1]
    return places
