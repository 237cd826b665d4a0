"""The part of a place that a camera sees."""

import cv2
import numpy as np

from deformable_gan.dancers.camera import Camera
from deformable_gan.dancers.places.scenery import Scenery

_MARGIN = 0.3  # size of the place beyond the image, in image heights, for cameras that move


class Place:
    """A painted scenery that cameras see.

    Args:
        scenery: the scenery.
        image_size: (height, width) of images in pixels.
        camera: the camera for which the scenery is arranged.
        oversampling: painted pixels per pixel of the image, along each axis.
        moving: whether cameras other than `camera` see other parts of the scenery; otherwise all
            cameras see the same part.
    """

    def __init__(
        self,
        scenery: Scenery,
        image_size: tuple[int, int],
        camera: Camera,
        oversampling: int,
        moving: bool,
    ):
        self._size = (image_size[0] * oversampling, image_size[1] * oversampling)
        self._camera = camera
        self._oversampling = oversampling
        self._moving = moving
        self._margin = round(_MARGIN * self._size[0]) if moving else 0
        fine = camera.oversampled(oversampling)
        height, width = (length + 2 * self._margin for length in self._size)
        self._image = scenery.paint(height, width, fine.origin[1] + self._margin, fine.scale)

    def seen_by(self, camera: Camera) -> np.ndarray:
        """Return the image that a camera sees, uint8 [H, W, 3] of the oversampled size."""
        if not self._moving:
            return self._image
        own, other = (one.oversampled(self._oversampling) for one in (self._camera, camera))
        zoom = own.scale / other.scale
        shift = [own.origin[axis] - zoom * other.origin[axis] + self._margin for axis in (0, 1)]
        motion = np.array([[zoom, 0, shift[0]], [0, zoom, shift[1]]], np.float32)
        return cv2.warpAffine(
            self._image,
            motion,
            self._size[::-1],
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REFLECT_101,
        )
