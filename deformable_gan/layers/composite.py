"""The choice, pixel by pixel, between what can be copied and what was drawn."""

from typing import Any

import keras
from keras import ops

from deformable_gan.geometry.candidate_prior import candidate_names, candidate_prior, person_matte
from deformable_gan.geometry.region_transforms import region_transforms
from deformable_gan.geometry.warp import warp_image
from deformable_gan.pose.skeleton import get_skeleton


@keras.saving.register_keras_serializable(package="deformable_gan")
class Composite(keras.layers.Layer):
    """Mixes candidates into an image: `image = sum over k of weight_k · candidate_k`.

    Not in the paper. The candidates are the source image warped by the transform of each
    region, the target's background where it is an input, the source image as it is, and the
    image that the decoder draws. The weights of a pixel are the softmax of the decoder's logits
    plus the logarithm of `candidate_prior`. Logits start near zero, so that training starts from
    the prior. (Balakrishnan et al. 2018 mix moved parts with learned masks, too.)

    The transforms and the weights are smooth, so that the same mixture can be made at any size:
    see `weigh`.

    Call arguments:
        logits: float32 [B, H, W, K], in the order of `candidates`.
        drawn: float32 [B, H, W, 3] in [-1, 1].
        source_image: float [B, H, W, 3] in [-1, 1].
        source_keypoints: float32 [B, J, 3] of (y, x, confidence) in pixels.
        target_keypoints: float32 [B, J, 3].
        background: float [B, H, W, 3], with `background=True` only.

    Returns:
        float32 [B, H, W, 3] in [-1, 1].

    Args:
        image_size: (H, W).
        skeleton: the joints' layout, by name.
        estimator: of over-determined transforms: `total` or `ordinary` least squares.
        background: whether the target's background is a candidate.

    Attributes:
        candidates: their names, K of them.
    """

    def __init__(
        self,
        image_size: tuple[int, int],
        skeleton: str,
        estimator: str = "total",
        background: bool = False,
        **kwargs,
    ):
        super().__init__(autocast=False, **kwargs)
        self.image_size = tuple(image_size)
        self.skeleton = skeleton
        self.estimator = estimator
        self.background = background
        self._layout = get_skeleton(skeleton)
        self.candidates = candidate_names(background, self._layout.regions)

    def call(
        self, logits, drawn, source_image, source_keypoints, target_keypoints, background=None
    ):
        """Mix; see the class."""
        parts = self.weigh(logits, source_image, source_keypoints, target_keypoints, background)
        return self.mix(parts["weights"], parts["regions"], drawn, source_image, background)

    def weigh(
        self,
        logits,
        source_image,
        source_keypoints,
        target_keypoints,
        background=None,
        with_regions=True,
    ):
        """Return the candidates' weights and what they come from.

        Args:
            logits: as for a call.
            source_image: as for a call.
            source_keypoints: as for a call.
            target_keypoints: as for a call.
            background: as for a call.
            with_regions: whether the regions are wanted, too. Who mixes at another size needs none.

        Returns:
            A dictionary of

            - weights: float32 [B, H, W, K], positive with sum 1, in the order of `candidates`.
            - transforms: float32 [B, R, 8], target pixel -> source pixel.
            - regions: float32 [B, R, H, W, 3], the source image warped by each.
        """
        transforms = region_transforms(
            source_keypoints, target_keypoints, self._layout, self.estimator
        )
        transforms = ops.stop_gradient(ops.cast(transforms, "float32"))
        image = ops.cast(source_image, "float32")
        planes = [image] if with_regions else []
        if self.background:
            planes.append(person_matte(image, ops.cast(background, "float32")))
        warped: Any = warp_image(ops.concatenate(planes, axis=-1), transforms) if planes else None
        prior = candidate_prior(
            source_keypoints,
            target_keypoints,
            transforms,
            self.image_size,
            self._layout,
            warped[..., -1] if self.background else None,
        )
        weights = ops.softmax(ops.cast(logits, "float32") + ops.log(prior), axis=-1)
        parts = {"weights": weights, "transforms": transforms}
        return {**parts, "regions": warped[..., :3]} if with_regions else parts

    def mix(self, weights, regions, drawn, source_image, background=None):
        """Return the mixture of candidates by weights, float32 [B, H, W, 3]; see `weigh`."""
        candidates = ops.unstack(regions, axis=1)
        if self.background:
            candidates.append(ops.cast(background, "float32"))
        candidates += [ops.cast(source_image, "float32"), drawn]
        # One product after the other is three times as quick on a CPU as a sum over an axis.
        weights = ops.unstack(weights[..., None], axis=-2)
        return sum(
            weight * candidate for weight, candidate in zip(weights, candidates, strict=True)
        )

    def compute_output_shape(self, logits_shape, *_):
        """[B, H, W, 3]."""
        return (*logits_shape[:3], 3)

    def get_config(self):
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "image_size": self.image_size,
            "skeleton": self.skeleton,
            "estimator": self.estimator,
            "background": self.background,
        }
