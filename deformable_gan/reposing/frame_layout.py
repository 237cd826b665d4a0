"""The layout of a written result: its size, and what is shown beside it."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from deformable_gan.pose.person_crop import PersonCrop
from deformable_gan.pose.skeleton import Skeleton
from deformable_gan.reposing.posed_image import PosedImage
from deformable_gan.reposing.repose_options import CROP, NETWORK, PHOTOGRAPH
from deformable_gan.reposing.window import Window
from deformable_gan.visualize import draw_skeleton


@dataclass(frozen=True)
class FrameLayout:
    """The layout of the images that are written from a `Reposer`'s results.

    Only one of the last three attributes has an effect; a later one has priority.

    Attributes:
        side_by_side: whether to show source, skeleton and result.
        scale: factor by which an image of the network's size is enlarged.
        original_size: whether the result gets the size that the crop has in the photograph. It
            has no effect for a source that is not cropped from a photograph.
        in_photograph: whether the result is laid over the photograph, at the crop's position. It
            has no effect for a source that is not cropped from a photograph.
    """

    side_by_side: bool = False
    scale: int = 1
    original_size: bool = False
    in_photograph: bool = False

    @property
    def size(self) -> str | int:
        """The size of results to request from a composing model; see `Reposer.images`."""
        if self.in_photograph:
            return PHOTOGRAPH
        if self.original_size:
            return CROP
        return self.scale if self.scale > 1 else NETWORK

    def frame(
        self, person: PosedImage, keypoints: np.ndarray, image: np.ndarray, skeleton: Skeleton
    ) -> np.ndarray:
        """Return one image to write.

        Args:
            person: the source.
            keypoints: float [J, 3], the target pose in pixels of the network's images.
            image: uint8 [H, W, 3], the result, at the network's size or composed at the size at
                which it is shown.
            skeleton: the layout of the joints.

        Returns:
            uint8 [H', W', 3].
        """
        if self._whole(person):
            shown = image
            if image.shape != person.photograph.shape:
                shown = _put_back(person.photograph, person.crop, image)
        else:
            shown = _resized(image, self._size(person))
        if not self.side_by_side:
            return shown
        parts = [self.source(person), self.skeleton(person, keypoints, skeleton), shown]
        return np.concatenate(parts, axis=1)

    def source(self, person: PosedImage) -> np.ndarray:
        """Return the image of the source that is shown beside results."""
        if self._whole(person):
            return person.photograph
        size = self._size(person)
        if person.crop is None:
            return _resized(person.image, size)
        # The photograph has more details than the crop made from it.
        if self.original_size:
            return Window.of_crop(person.crop).of(person.photograph)
        return replace(person.crop, output_size=size).apply(person.photograph)

    def skeleton(self, person: PosedImage, keypoints: np.ndarray, skeleton: Skeleton) -> np.ndarray:
        """Return the drawing of a target pose that is shown beside results of a person."""
        if self._whole(person):
            size = person.photograph.shape[:2]
            joints = person.crop.from_crop(keypoints)
        else:
            size = self._size(person)
            joints = np.array(keypoints, np.float32)
            scale = np.array(size) / person.image.shape[:2]
            joints[:, :2] = (joints[:, :2] + 0.5) * scale - 0.5
        return draw_skeleton(np.zeros((*size, 3), np.uint8), joints, skeleton)

    def _whole(self, person: PosedImage) -> bool:
        return self.in_photograph and person.crop is not None

    def _size(self, person: PosedImage) -> tuple[int, int]:
        if self.original_size and person.crop is not None:
            window = Window.of_crop(person.crop)
            return window.height, window.width
        height, width = person.image.shape[:2]
        return height * self.scale, width * self.scale


def _resized(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    if image.shape[:2] == tuple(size):
        return image
    method = cv2.INTER_AREA if size[0] < image.shape[0] else cv2.INTER_CUBIC
    return cv2.resize(image, size[::-1], interpolation=method)


def _put_back(photograph: np.ndarray, crop: PersonCrop, image: np.ndarray) -> np.ndarray:
    """Lay a result over the part of the photograph that was cropped."""
    edges = np.array([crop.top, crop.left, crop.top + crop.height, crop.left + crop.width])
    top, left, bottom, right = np.round(edges + 0.5).astype(int)
    patch = _resized(image, (max(1, bottom - top), max(1, right - left)))
    # The crop may extend beyond the photograph.
    height, width = photograph.shape[:2]
    rows = slice(max(top, 0), min(bottom, height))
    columns = slice(max(left, 0), min(right, width))
    whole = photograph.copy()
    whole[rows, columns] = patch[
        rows.start - top : rows.stop - top, columns.start - left : columns.stop - left
    ]
    return whole
