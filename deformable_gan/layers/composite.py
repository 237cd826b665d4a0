"""The layer that mixes copied and drawn pixels."""

from typing import Any

import keras
from keras import ops

from deformable_gan.errors import ConfigurationError
from deformable_gan.geometry.candidate_prior import candidate_names, candidate_prior, person_matte
from deformable_gan.geometry.region_transforms import (
    BODIES,
    outlines_of_heads,
    region_transforms,
)
from deformable_gan.geometry.warp import warp_image
from deformable_gan.pose.skeleton import get_skeleton


@keras.saving.register_keras_serializable(package="deformable_gan")
class Composite(keras.layers.Layer):
    """A layer that mixes candidates: `image = sum over k of weight_k · candidate_k`.

    Not in the paper. The candidates are the source image warped by the transform of each region,
    the target's background where it is an input, the unchanged source image, and the image that
    the decoder draws. The weights of a pixel are the softmax of the decoder's logits plus the
    logarithm of `candidate_prior`. Logits start near zero, so that training starts from
    the prior. (Balakrishnan et al. 2018 also mix moved parts with learned masks.)

    The transforms and the weights are smooth, so the mixture can also be computed at any other size
    from the results of `weigh`.

    Call arguments:
        logits: float32 [B, H, W, K], in the order of `candidates`.
        drawn: float32 [B, H, W, 3] in [-1, 1].
        source_image: float [B, H, W, 3] in [-1, 1].
        source_keypoints: float32 [B, J, 3] of (y, x, confidence) in pixels.
        target_keypoints: float32 [B, J, 3].
        background: float [B, H, W, 3], with `background=True` only.
        transforms: float [B, R, 8], the result of `region_transforms` for these poses; None to
            compute it.

    Returns:
        float32 [B, H, W, 3] in [-1, 1].

    Args:
        image_size: (H, W).
        skeleton: the joints' layout, by name.
        estimator: how over-determined transforms are estimated: `total` or `ordinary` least
            squares.
        body: `flat` or `solid`; see `region_transforms`.
        background: whether the target's background is a candidate.

    Attributes:
        candidates: the K names of the candidates.

    Raises:
        ConfigurationError: the body or the layout is unknown.
    """

    def __init__(
        self,
        image_size: tuple[int, int],
        skeleton: str,
        estimator: str = "total",
        body: str = "flat",
        background: bool = False,
        **kwargs,
    ):
        super().__init__(autocast=False, **kwargs)
        self.image_size = tuple(image_size)
        self.skeleton = skeleton
        if body not in BODIES:
            raise ConfigurationError(f"body must be one of {BODIES}, received {body!r}")
        self.estimator = estimator
        self.body = body
        self.background = background
        self._layout = get_skeleton(skeleton)
        self.candidates = candidate_names(background, self._layout.regions)

    def call(
        self,
        logits,
        drawn,
        source_image,
        source_keypoints,
        target_keypoints,
        background=None,
        transforms=None,
    ):
        """Return the mixture; see the class."""
        parts = self.weigh(
            logits,
            source_image,
            source_keypoints,
            target_keypoints,
            background,
            transforms=transforms,
        )
        return self.mix(parts["weights"], parts["regions"], drawn, source_image, background)

    def weigh(
        self,
        logits,
        source_image,
        source_keypoints,
        target_keypoints,
        background=None,
        with_regions=True,
        transforms=None,
    ):
        """Return the candidates' weights and the tensors they are computed from.

        Args:
            logits: as for a call.
            source_image: as for a call.
            source_keypoints: as for a call.
            target_keypoints: as for a call.
            background: as for a call.
            with_regions: whether to return the regions, too. Mixing at another size does not need
                them.
            transforms: as for a call.

        Returns:
            A dictionary of

            - weights: float32 [B, H, W, K], positive with sum 1, in the order of `candidates`.
            - transforms: float32 [B, R, 8], target pixel -> source pixel.
            - regions: float32 [B, R, H, W, 3], the source image warped by each transform; only with
              `with_regions`.
        """
        poses = source_keypoints, target_keypoints
        if transforms is None:
            transforms = region_transforms(*poses, self._layout, self.estimator, body=self.body)
        transforms = ops.stop_gradient(ops.cast(transforms, "float32"))
        image = ops.cast(source_image, "float32")
        planes = [image] if with_regions else []
        if self.background:
            planes.append(person_matte(image, ops.cast(background, "float32")))
        warped: Any = warp_image(ops.concatenate(planes, axis=-1), transforms) if planes else None
        matte = None
        if self.background:
            matte = warped[..., -1] if with_regions else ops.squeeze(warped, axis=-1)
        if self.background and self.body == "solid":
            matte = self._with_outlines_of_heads(matte, planes[-1], transforms, poses)
        prior = candidate_prior(
            *poses,
            transforms,
            self.image_size,
            self._layout,
            matte,
            self.body,
        )
        weights = ops.softmax(ops.cast(logits, "float32") + ops.log(prior), axis=-1)
        parts = {"weights": weights, "transforms": transforms}
        return {**parts, "regions": warped[..., :3]} if with_regions else parts

    def _with_outlines_of_heads(self, warped, matte, transforms, poses):
        """Replace the warped matte of each head by the matte warped with the outline's transform.

        Args:
            warped: float32 [B, R, H, W], the matte warped by the transforms of the colours.
            matte: float32 [B, H, W, 1].
            transforms: float32 [B, R, 8], the transforms of the colours.
            poses: the source's and the target's key points.
        """
        mattes = ops.unstack(warped, axis=1)
        source, target = poses
        outlines = outlines_of_heads(transforms, source, target, self._layout)
        for index, outline in outlines.items():
            head = warp_image(matte, outline[:, None])
            mattes[index] = ops.squeeze(head, axis=(1, 4))
        return ops.stack(mattes, axis=1)

    def mix(self, weights, regions, drawn, source_image, background=None):
        """Return the mixture of candidates by weights, float32 [B, H, W, 3]; see `weigh`."""
        candidates = ops.unstack(regions, axis=1)
        if self.background:
            candidates.append(ops.cast(background, "float32"))
        candidates += [ops.cast(source_image, "float32"), drawn]
        # On a CPU, adding one product after the other is three times as fast as a sum over an axis.
        weights = ops.unstack(weights[..., None], axis=-2)
        return sum(
            weight * candidate for weight, candidate in zip(weights, candidates, strict=True)
        )

    def compute_output_shape(self, logits_shape, *_):
        """Return [B, H, W, 3]."""
        return (*logits_shape[:3], 3)

    def get_config(self):
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "image_size": self.image_size,
            "skeleton": self.skeleton,
            "estimator": self.estimator,
            "body": self.body,
            "background": self.background,
        }
