"""A split's images with the people filled in, for datasets without backgrounds."""

import math
import threading

import numpy as np
import tensorflow as tf

from deformable_gan.backgrounds.fill_person import fill_person
from deformable_gan.data.image_store import ImageStore
from deformable_gan.pose.skeleton import Skeleton


class FilledImages:
    """A source of batches of a split's images without the person; see `fill_person`.

    An image is filled in on first use (2 to 3 ms at 128 x 72) and then kept in memory.

    Args:
        store: the images.
        keypoints: float [N, J, 3] of (y, x, confidence) in pixels of the images.
        skeleton: the joints' layout.
        image_size: (H, W) of the images.
        memory_budget: the most bytes that the filled images may take; if they need more, they are
            filled in on every use.
    """

    def __init__(
        self,
        store: ImageStore,
        keypoints: np.ndarray,
        skeleton: Skeleton,
        image_size: tuple[int, int],
        memory_budget: int = 2 << 30,
    ):
        self._store = store
        self._keypoints = keypoints
        self._skeleton = skeleton
        self._shape = (*image_size, 3)
        self._filled: np.ndarray | None = None
        if len(keypoints) * math.prod(self._shape) <= memory_budget:
            # The operating system allocates memory only for pages that are written.
            self._filled = np.empty((len(keypoints), *self._shape), np.uint8)
            self._known = np.zeros(len(keypoints), bool)
            self._lock = threading.Lock()

    def take(self, indices: tf.Tensor) -> tf.Tensor:
        """Return images of the split with the person filled in.

        Args:
            indices: int32 [B], the images' positions in the split.

        Returns:
            uint8 [B, H, W, 3].
        """
        images = self._store.take(indices)
        filled = tf.numpy_function(self._fill, [indices, images], tf.uint8, stateful=False)
        return tf.ensure_shape(filled, (indices.shape[0], *self._shape))

    def check(self) -> None:
        """Check every image for damage; see `ImageStore.check`."""
        self._store.check()

    def _fill(self, indices: np.ndarray, images: np.ndarray) -> np.ndarray:
        filled = np.empty_like(images)
        for place, (index, image) in enumerate(zip(indices, images, strict=True)):
            filled[place] = self._fill_one(int(index), image)
        return filled

    def _fill_one(self, index: int, image: np.ndarray) -> np.ndarray:
        if self._filled is None:
            return fill_person(image, self._keypoints[index], self._skeleton)
        with self._lock:
            known = self._known[index]
        if not known:
            filled = fill_person(image, self._keypoints[index], self._skeleton)
            with self._lock:  # a second thread writes the same values
                self._filled[index] = filled
                self._known[index] = True
        return self._filled[index]
