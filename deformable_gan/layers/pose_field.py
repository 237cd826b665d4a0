"""The warp between two poses, at every level of a network."""

from typing import Any, Protocol


class Warp(Protocol):
    """The part of `PoseWarp` that a `PoseField` uses."""

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        """Warp features."""

    def transforms(self, source_keypoints: Any, target_keypoints: Any) -> Any:
        """Return the regions' transforms."""

    def masks(self, keypoints: Any, size: Any, stride: Any, offset: Any) -> Any:
        """Return the region masks."""


class PoseField:
    """The warp of feature maps from one pose to another, made by `PoseWarp.field`.

    The transforms, which are the same at every level, are computed once.

    Args:
        pose_warp: the layer.
        source_keypoints: float32 [B, J, 3].
        target_keypoints: float32 [B, J, 3].

    Attributes:
        transforms: float32 [B, R, 8], target pixel -> source pixel at full image size.
    """

    def __init__(self, pose_warp: Warp, source_keypoints, target_keypoints):
        self._pose_warp = pose_warp
        self._poses = source_keypoints, target_keypoints
        self.transforms = pose_warp.transforms(source_keypoints, target_keypoints)

    def warp(self, features, level: int, logits=None):
        """Warp the features of an encoder's level.

        Args:
            features: float [B, h, w, C].
            level: 0 for the finest. Each coarser level is the result of a 4x4 convolution with
                stride 2 and padding 1: pixel j of a level covers the pixels 2j - 1 to 2j + 2 of
                the level before. The centre of a level's pixel is the centre of a block of
                2^level x 2^level image pixels.
            logits: float [B, h, w, R], with `soft` aggregation only.

        Returns:
            float [B, h, w, C].
        """
        return self.warp_at(features, *_sampling(level), logits)

    def warp_at(self, features, stride: int, offset: float, logits=None):
        """Warp features whose pixels are `stride` image pixels apart; the first is at `offset`."""
        return self._pose_warp(
            features, self.transforms, *self._poses, stride=stride, offset=offset, logits=logits
        )

    def masks(self, size: tuple[int, int], level: int):
        """Return the region masks at a level of size (h, w), float32 [B, R, h, w]."""
        stride, offset = _sampling(level)
        return self._pose_warp.masks(self._poses[1], size, (stride, stride), (offset, offset))


def _sampling(level: int) -> tuple[int, float]:
    """Return the distance between a level's pixels and the position of the first, in the image."""
    return 2**level, (2**level - 1) / 2
