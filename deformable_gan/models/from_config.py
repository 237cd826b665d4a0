"""Building the networks that a configuration describes."""

from typing import Any

import keras

from deformable_gan.config import ExperimentConfig
from deformable_gan.models.discriminators.image_discriminator import ImageDiscriminator
from deformable_gan.models.discriminators.patch_discriminator import PatchDiscriminator
from deformable_gan.models.discriminators.siamese_discriminator import SiameseDiscriminator
from deformable_gan.models.discriminators.warp_discriminator import WarpDiscriminator
from deformable_gan.models.generator import Generator


def build_generator(config: ExperimentConfig) -> Generator:
    """Return the configuration's generator with fresh weights."""
    return Generator.of_experiment(config)


def build_discriminator(config: ExperimentConfig) -> keras.Model:
    """Return the configuration's discriminator with fresh weights."""
    filters = config.discriminator.filters
    if config.discriminator.kind == "image":
        discriminator = ImageDiscriminator(config.image_size, filters=(filters[0], filters[1]))
    else:
        conditions: dict[str, Any] = {
            "image_size": config.image_size,
            "skeleton": config.skeleton,
            "filters": filters,
            "normalization": config.discriminator.normalization,
            "source_pose": config.generator.source_pose,
            "pose_representation": config.generator.pose_representation,
            "heatmap_sigma": config.generator.heatmap_sigma,
            "background": config.generator.background,
            "mask": config.generator.mask,
        }
        if config.discriminator.kind == "concatenated":
            discriminator = PatchDiscriminator(**conditions)
        elif config.discriminator.kind == "siamese":
            discriminator = SiameseDiscriminator(**conditions)
        else:
            warped = config.generator.skip != "none"
            discriminator = WarpDiscriminator(
                skip=config.generator.skip if warped else "mask",
                # `soft` needs logits of the regions, which the discriminator does not compute.
                aggregation="max"
                if config.generator.aggregation == "soft"
                else config.generator.aggregation,
                interpolation=config.generator.interpolation,
                **conditions,
            )
    discriminator.build()
    return discriminator
