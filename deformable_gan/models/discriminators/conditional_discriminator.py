"""The base class of the discriminators that see the pose and the source image."""

import keras
from keras import ops

from deformable_gan.errors import ConfigurationError
from deformable_gan.layers.pose_image import PoseImage


class ConditionalDiscriminator(keras.Model):
    """The base class of the original's three discriminators.

    Args:
        image_size: (H, W).
        skeleton: the joints' layout, by name.
        filters: the filters of the first convolution and of the blocks after it.
        normalization: `sample` or `channel`.
        source_pose: whether the source pose is an input.
        pose_representation: `heatmaps` or `stick_figure`.
        heatmap_sigma: the standard deviation of heat maps, in pixels.
        background: whether the target's background is an input.
        mask: whether the person mask of the source image is an input.

    Raises:
        ConfigurationError: there are fewer than two levels, or the images are too small to leave a
            patch.
    """

    #: The number of blocks after those of `filters`: 1 for a block that returns a logit per patch,
    #: 0 if there is none.
    verdict_blocks = 1

    def __init__(
        self,
        image_size: tuple[int, int],
        skeleton: str = "coco17",
        filters: tuple[int, ...] = (64, 128, 256, 512),
        normalization: str = "sample",
        source_pose: bool = True,
        pose_representation: str = "heatmaps",
        heatmap_sigma: float = 6.0,
        background: bool = False,
        mask: bool = False,
        name: str = "discriminator",
        **kwargs,
    ):
        # Key points must not be rounded to half precision; convolutions cast for themselves.
        super().__init__(name=name, autocast=False, **kwargs)
        if len(filters) < 2:
            raise ConfigurationError(
                f"filters must have two entries or more, received {tuple(filters)}"
            )
        # The first convolution reduces n pixels to n // 2 - 1, each block to n // 2. TensorFlow
        # raises no error for empty feature maps: its convolutions return uninitialised memory.
        smallest = 2 ** (len(filters) + self.verdict_blocks) + 2
        if min(image_size) < smallest:
            raise ConfigurationError(
                f"this discriminator of {len(filters)} levels needs images of at least "
                f"{smallest}x{smallest} pixels, received {image_size[0]}x{image_size[1]}: use "
                "larger images, fewer levels or another kind of discriminator"
            )
        self.image_size = (image_size[0], image_size[1])
        self.skeleton = skeleton
        self.filters = tuple(filters)
        self.normalization = normalization
        self.source_pose = source_pose
        self.pose_representation = pose_representation
        self.heatmap_sigma = heatmap_sigma
        self.background = background
        self.mask = mask
        self.pose_image = PoseImage(
            image_size, skeleton, pose_representation, heatmap_sigma, name="pose_image"
        )

    def source_view(self, inputs):
        """Return the source image (with its pose and person mask), float [B, H, W, C]."""
        parts = [ops.cast(inputs["source_image"], self.compute_dtype)]
        if self.source_pose:
            parts.append(self.pose_image(ops.cast(inputs["source_keypoints"], "float32")))
        if self.mask:
            parts.append(ops.cast(inputs["source_mask"], self.compute_dtype))
        return ops.concatenate(parts, axis=-1) if len(parts) > 1 else parts[0]

    def target_view(self, inputs):
        """Return the judged image with the target pose (and the background), float [B, H, W, C]."""
        parts = [
            ops.cast(inputs["image"], self.compute_dtype),
            self.pose_image(ops.cast(inputs["target_keypoints"], "float32")),
        ]
        if self.background:
            parts.append(ops.cast(inputs["background"], self.compute_dtype))
        return ops.concatenate(parts, axis=-1)

    @property
    def source_channels(self) -> int:
        """The number of channels of `source_view`."""
        return 3 + (self.pose_image.channels if self.source_pose else 0) + (1 if self.mask else 0)

    @property
    def target_channels(self) -> int:
        """The number of channels of `target_view`."""
        return 3 + self.pose_image.channels + (3 if self.background else 0)

    def get_config(self):
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "image_size": self.image_size,
            "skeleton": self.skeleton,
            "filters": self.filters,
            "normalization": self.normalization,
            "source_pose": self.source_pose,
            "pose_representation": self.pose_representation,
            "heatmap_sigma": self.heatmap_sigma,
            "background": self.background,
            "mask": self.mask,
        }


def flatten_logits(features):
    """Return patch logits as float32 [B, P]."""
    logits = ops.cast(features, "float32")
    return ops.reshape(logits, (-1, features.shape[1] * features.shape[2] * features.shape[3]))
