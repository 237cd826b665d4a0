"""The deformable skip connection (paper section 3.2)."""

import keras
from keras import ops

from deformable_gan.errors import ConfigurationError
from deformable_gan.geometry.index_type import index_type
from deformable_gan.geometry.warp import (
    INTERPOLATIONS,
    apply_transforms,
    coordinates_of,
    sample,
    warp,
)

AGGREGATIONS = ("max", "avg", "soft")
METHODS = ("dense", "sparse")


def largest_by_selection(first, second, zeros_compete):
    """Return the largest of `first` (unless None), `second` and, where `zeros_compete`, zero.

    This is written as selections. Their gradient needs to know only which number was the largest,
    while the gradient of a maximum keeps all the numbers compared.

    Args:
        first: float [B, h, w, C], or None.
        second: float [B, h, w, C].
        zeros_compete: bool [B, h, w, 1].
    """
    if first is None:
        return ops.where((second > 0) | ~zeros_compete, second, 0)
    positive = (ops.maximum(first, second) > 0) | ~zeros_compete
    first_wins = first >= second
    return ops.where(first_wins & positive, first, 0) + ops.where(~first_wins & positive, second, 0)


@keras.saving.register_keras_serializable(package="deformable_gan")
class DeformableSkip(keras.layers.Layer):
    """A layer that moves appearance features to the body regions of the target pose.

    Each region's warp of the whole feature map is multiplied by the region mask; the results are
    combined over the regions (equations 3 and 4):

    - `max`: the maximum. Since a region contributes zeros outside its mask, negative features
      survive only where every mask is 1, as in the original.
    - `avg`: the sum divided by the number of masks that cover the pixel (zero where none does).
    - `soft`: the sum weighted by the softmax of the logits over the regions that cover the pixel
      (zero where none does). Not in the paper: negative features survive, and a network that sees
      the target pose can decide which region lies in front.

    `method` changes the cost, not the result: `dense` warps every region everywhere and has static
    shapes, which XLA needs; `sparse` reads features only at the pixels under each region mask
    (about a ninth of all pixels for a person) and is faster in ordinary graphs on a CPU.

    Call arguments:
        features: float [B, h, w, C].
        transforms: float32 [B, R, 8], output -> input pixel of the features' grid.
        masks: float32 [B, R, h, w] of zeros and ones, the region masks.
        logits: float [B, h, w, R], for `soft` only.

    Returns:
        float [B, h, w, C].

    Args:
        aggregation: `max`, `avg` or `soft`.
        interpolation: `bilinear`, or `nearest` as in the original.
        method: `dense` or `sparse`.
        first_covers_all: whether the first region's mask is 1 everywhere, as the body's is. Then
            `sparse` need not search for its pixels.

    Raises:
        ConfigurationError: an argument is not one of the values named.
    """

    #: Returns the positions where a tensor is not zero. Exports replace it for formats that lack an
    #: operation that `keras.ops.nonzero` uses.
    nonzero = staticmethod(ops.nonzero)
    #: Returns the largest values over the regions; see `largest_by_selection`. Exports replace it
    #: where selections are slow.
    largest = staticmethod(largest_by_selection)

    def __init__(
        self,
        aggregation: str = "max",
        interpolation: str = "bilinear",
        method: str = "dense",
        first_covers_all: bool = False,
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
        self.first_covers_all = first_covers_all

    def call(self, features, transforms, masks, logits=None):
        """Return the warped features, masked and combined; see the class."""
        if self.aggregation == "soft":
            # The weights replace the masks: they are zero where a mask is zero and sum to one.
            weights = _masked_softmax(logits, masks)
            return self._weighted_sum(features, transforms, masks, weights)
        if self.method == "sparse":
            return self._sparse(features, transforms, masks)
        masks = ops.cast(masks, features.dtype)[..., None]
        regions = warp(features, transforms, self.interpolation) * masks
        if self.aggregation == "max":
            return ops.max(regions, axis=1)
        return ops.sum(regions, axis=1) / ops.maximum(ops.sum(masks, axis=1), 1)

    def _weighted_sum(self, features, transforms, masks, weights):
        weights = ops.cast(weights, features.dtype)
        if self.method == "dense":
            regions = warp(features, transforms, self.interpolation)
            return ops.sum(regions * weights[..., None], axis=1)
        whole = int(self.first_covers_all)
        values, pixel = self._under_masks(
            features, *(_without_first(one, whole) for one in (transforms, masks, weights))
        )
        pixels = ops.shape(features)[0] * features.shape[1] * features.shape[2]
        combined = ops.segment_sum(values, pixel, num_segments=pixels)
        combined = ops.reshape(combined, ops.shape(features))
        if whole:
            combined = combined + self._first(features, transforms) * weights[:, 0, ..., None]
        return combined

    def _sparse(self, features, transforms, masks):
        pixels = ops.shape(features)[0] * features.shape[1] * features.shape[2]
        whole = int(self.first_covers_all)
        values, pixel = self._under_masks(
            features, *(_without_first(one, whole) for one in (transforms, masks))
        )
        covering = ops.expand_dims(ops.sum(masks, axis=1), axis=-1)
        first = self._first(features, transforms) if whole else None
        if self.aggregation == "max":
            others = ops.segment_max(values, pixel, num_segments=pixels)
            others = ops.reshape(others, ops.shape(features))
            # Regions that do not cover a pixel contribute zeros to it.
            zeros_win = covering < transforms.shape[1]
            return self.largest(first, others, zeros_win)
        combined = ops.segment_sum(values, pixel, num_segments=pixels)
        combined = ops.reshape(combined, ops.shape(features))
        if whole:
            combined = combined + first
        return combined / ops.cast(ops.maximum(covering, 1.0), combined.dtype)

    def _first(self, features, transforms):
        """Return the features warped by the first region's transform, [B, h, w, C]."""
        return ops.squeeze(warp(features, transforms[:, :1], self.interpolation), axis=1)

    def _under_masks(self, features, transforms, masks, weights=None):
        """Return the warped features under the masks, [N, C], and their pixels, int [N].

        The features are multiplied by `weights` [B, R, h, w] if these are given.
        """
        height, width = features.shape[1:3]
        item, region, row, column = self.nonzero(masks > 0)
        whole = index_type()
        item, region, row, column = (ops.cast(i, whole) for i in (item, region, row, column))
        transforms = coordinates_of(transforms)
        own = item * transforms.shape[1] + region
        y, x = apply_transforms(
            ops.take(ops.reshape(transforms, (-1, 8)), own, axis=0),
            ops.cast(row, transforms.dtype),
            ops.cast(column, transforms.dtype),
        )
        values = sample(features, item, y, x, self.interpolation)
        pixel = (item * height + row) * width + column
        if weights is not None:
            place = (own * height + row) * width + column
            values = values * ops.take(ops.reshape(weights, (-1,)), place)[:, None]
        return values, pixel

    def compute_output_shape(
        self, features_shape, transforms_shape, masks_shape, logits_shape=None
    ):
        """Return the shape of the features."""
        return features_shape

    def get_config(self):
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "aggregation": self.aggregation,
            "interpolation": self.interpolation,
            "method": self.method,
            "first_covers_all": self.first_covers_all,
        }


def _without_first(regions, count: int):
    """Return a tensor [B, R, …] without its first `count` regions."""
    # Splitting copies whole blocks; LiteRT slices number by number.
    return ops.split(regions, [count], axis=1)[1] if count else regions


def _masked_softmax(logits, masks):
    """Return the softmax of logits [B, h, w, R] over covering regions, float32 [B, R, h, w]."""
    logits = ops.transpose(ops.cast(logits, "float32"), (0, 3, 1, 2))
    covered = masks > 0
    # Regions that do not cover the pixel must not affect the maximum that is subtracted.
    highest = ops.max(ops.where(covered, logits, -1e30), axis=1, keepdims=True)
    shifted = ops.where(covered, logits - ops.stop_gradient(highest), 0.0)
    powers = ops.where(covered, ops.exp(shifted), 0.0)
    return powers / ops.maximum(ops.sum(powers, axis=1, keepdims=True), 1e-30)
