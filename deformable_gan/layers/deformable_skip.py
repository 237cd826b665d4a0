"""The deformable skip connection (paper section 3.2)."""

import keras
from keras import ops

from deformable_gan.errors import ConfigurationError
from deformable_gan.geometry.warp import (
    INTERPOLATIONS,
    apply_transforms,
    coordinates_of,
    sample,
    warp,
)

AGGREGATIONS = ("max", "avg")
METHODS = ("dense", "sparse")


@keras.saving.register_keras_serializable(package="deformable_gan")
class DeformableSkip(keras.layers.Layer):
    """Moves appearance features to where the target pose's body regions are.

    Each region's warp of the whole feature map is multiplied by the region's mask; the results
    are combined over the regions (equations 3 and 4):

    - `max`: the maximum. Since a region contributes zeros outside its mask, negative features
      survive only where every mask is 1, as in the original.
    - `avg`: the sum divided by the number of masks that cover the pixel (zero where none does).

    The result does not depend on `method`, only the cost: `dense` warps every region everywhere
    and has static shapes, as XLA needs; `sparse` reads features only at the pixels under each
    mask (about a ninth of them for a person) and is the faster one in ordinary graphs on a CPU.

    Call arguments:
        features: float [B, h, w, C].
        transforms: float32 [B, R, 8], output -> input pixel of the features' grid.
        masks: float32 [B, R, h, w] of zeros and ones.

    Returns:
        float [B, h, w, C].

    Args:
        aggregation: `max` or `avg`.
        interpolation: `bilinear`, or `nearest` as the original.
        method: `dense` or `sparse`.

    Raises:
        ConfigurationError: an argument is not one of those named.
    """

    #: Finds the places of a tensor that are not zero; replaced on export to a format that lacks the
    #: operations of this one.
    nonzero = staticmethod(ops.nonzero)

    def __init__(
        self,
        aggregation: str = "max",
        interpolation: str = "bilinear",
        method: str = "dense",
        **kwargs,
    ):
        super().__init__(autocast=False, **kwargs)
        for argument, value, allowed in (
            ("aggregation", aggregation, AGGREGATIONS),
            ("interpolation", interpolation, INTERPOLATIONS),
            ("method", method, METHODS),
        ):
            if value not in allowed:
                raise ConfigurationError(f"{argument} must be one of {allowed}, received {value!r}")
        self.aggregation = aggregation
        self.interpolation = interpolation
        self.method = method

    def call(self, features, transforms, masks):
        """Warp, mask and combine; see the class."""
        if self.method == "sparse":
            return self._sparse(features, transforms, masks)
        masks = ops.cast(masks, features.dtype)[..., None]
        regions = warp(features, transforms, self.interpolation) * masks
        if self.aggregation == "max":
            return ops.max(regions, axis=1)
        return ops.sum(regions, axis=1) / ops.maximum(ops.sum(masks, axis=1), 1)

    def _sparse(self, features, transforms, masks):
        height, width, channels = features.shape[1:]
        item, region, row, column = self.nonzero(masks > 0)
        item, region, row, column = (ops.cast(i, "int32") for i in (item, region, row, column))
        regions = transforms.shape[1]
        transforms = coordinates_of(transforms)
        own_transforms = ops.take(ops.reshape(transforms, (-1, 8)), item * regions + region, axis=0)
        y, x = apply_transforms(
            own_transforms, ops.cast(row, transforms.dtype), ops.cast(column, transforms.dtype)
        )
        values = sample(features, item, y, x, self.interpolation)
        pixel = (item * height + row) * width + column
        pixels = ops.shape(features)[0] * height * width
        covering = ops.reshape(ops.sum(masks, axis=1), (-1, 1))
        if self.aggregation == "max":
            combined = ops.segment_max(values, pixel, num_segments=pixels)
            # Regions that do not cover a pixel contribute zeros to it.
            combined = ops.where(covering < regions, ops.relu(combined), combined)
        else:
            combined = ops.segment_sum(values, pixel, num_segments=pixels)
            combined = combined / ops.cast(ops.maximum(covering, 1.0), combined.dtype)
        return ops.reshape(combined, (-1, height, width, channels))

    def compute_output_shape(self, features_shape, transforms_shape, masks_shape):
        """The features' own."""
        return features_shape

    def get_config(self):
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "aggregation": self.aggregation,
            "interpolation": self.interpolation,
            "method": self.method,
        }
