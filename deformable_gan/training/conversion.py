"""Conversion of the original implementation's checkpoints to a run of this package."""

from pathlib import Path

import keras

from deformable_gan.config import (
    DiscriminatorConfig,
    ExperimentConfig,
    GeneratorConfig,
    LossConfig,
    TrainingConfig,
)
from deformable_gan.errors import RunError
from deformable_gan.models.original_weights import OriginalWeights
from deformable_gan.training.build import build_gan
from deformable_gan.training.run_directory import RunDirectory
from deformable_gan.version import __version__

_RGB = 3
_STICK_FIGURE_CHANNELS = 3
_SKELETONS = {18: "openpose18", 17: "coco17"}
_USUAL_SIZES = {6: (128, 64), 7: (256, 256)}


def convert_original(
    checkpoints: list[OriginalWeights],
    output: str | Path,
    image_size: tuple[int, int] | None = None,
    skip: str = GeneratorConfig.skip,
    aggregation: str = GeneratorConfig.aggregation,
) -> tuple[ExperimentConfig, list[str]]:
    """Write a run directory with weights of the original implementation.

    Args:
        checkpoints: the weights of a generator and optionally of its discriminator.
        output: the run directory to make.
        image_size: (H, W); None for the original's: 128x64 for generators of six levels, 256x256
            for seven.
        skip: `mask` or `full`, for generators with two encoders; the weights' shapes do not show
            which one it is.
        aggregation: the combination of the regions, which the shapes do not show, either.

    Returns:
        The configuration found, and notes on what was assumed and on a missing discriminator.

    Raises:
        RunError: the weights are not of one generator and at most one discriminator, the shapes fit
            no network of the original, or the output is not empty.
    """
    generators = [weights for weights in checkpoints if weights.is_generator]
    discriminators = [weights for weights in checkpoints if not weights.is_generator]
    if len(generators) != 1 or len(discriminators) > 1:
        raise RunError(
            f"expected one generator and at most one discriminator, received {len(generators)} "
            f"and {len(discriminators)}: " + ", ".join(str(one.path) for one in checkpoints)
        )
    config, notes = _describe(generators[0], image_size, skip, aggregation)
    if discriminators:
        config = config.replace(discriminator=_discriminator(discriminators[0]))
    else:
        notes.append("no discriminator was given: its weights are random")
    keras.utils.set_random_seed(0)
    gan = build_gan(config.replace(loss=LossConfig()), jit_compile=False)
    generators[0].assign_to(gan.generator)
    if discriminators:
        discriminators[0].assign_to(gan.discriminator)
    run = RunDirectory(output)
    details = {
        "converted_from": [str(weights.path) for weights in checkpoints],
        "versions": {"deformable_gan": __version__},
    }
    with run.locked():
        run.create(config, details, gan)
    return config, notes


def _describe(weights, image_size, skip, aggregation) -> tuple[ExperimentConfig, list[str]]:
    notes = []
    decoder = [arrays[0].shape[2] for arrays in weights.transposed_convolutions]
    levels = len(decoder) + 1
    entries = [arrays[0] for arrays in weights.convolutions if arrays[0].shape[:2] == (3, 3)]
    entries = entries[:-1]  # the last convolution makes the image
    two_encoders = len(entries) == 2
    if len(entries) not in (1, 2) or len(weights.convolutions) != levels * len(entries) + 1:
        raise RunError(
            f"{weights.path} is not a generator of the original: expected one or two encoders of "
            f"{levels} convolutions and one convolution that makes the image, received "
            f"{len(weights.convolutions)} convolutions"
        )
    encoder = [arrays[0].shape[3] for arrays in weights.convolutions[:levels]]
    channels = [entry.shape[2] for entry in entries]
    pose, source_pose, background = _pose_channels(weights.path, channels)
    if pose == _STICK_FIGURE_CHANNELS:
        notes.append("stick-figure poses: the joint layout is assumed to be openpose18")
    elif pose not in _SKELETONS:
        raise RunError(
            f"{weights.path} has {pose} pose channels: expected 18 or 17 heat maps or a stick "
            "figure's 3"
        )
    if image_size is None:
        if levels not in _USUAL_SIZES:
            raise RunError(
                f"{weights.path} has {levels} levels, which no published model has: give the size "
                "of its images with --image-size"
            )
        image_size = _USUAL_SIZES[levels]
    if two_encoders:
        notes.append(f"the skip connections are assumed to be {skip!r}: the shapes do not show it")
    first = encoder[0]
    config = ExperimentConfig(
        preset="converted",
        image_size=image_size,
        skeleton=_SKELETONS.get(pose, "openpose18"),
        generator=GeneratorConfig(
            encoder_filters=tuple(encoder),
            decoder_filters=tuple(decoder),
            skip=skip if two_encoders else "none",
            aggregation=aggregation,
            interpolation="nearest",
            source_pose=source_pose,
            pose_representation=("stick_figure" if pose == _STICK_FIGURE_CHANNELS else "heatmaps"),
            background=background,
        ),
        discriminator=DiscriminatorConfig(filters=(first, 2 * first, 4 * first, 8 * first)),
        training=TrainingConfig(),
    )
    return config, notes


def _pose_channels(path: Path, channels: list[int]) -> tuple[int, bool, bool]:
    """Return a pose's number of channels, and whether source pose and background are inputs."""
    if len(channels) == 2:
        appearance, target = channels
        source_pose = appearance > _RGB
        pose = appearance - _RGB if source_pose else target
        if target not in (pose, pose + _RGB):
            raise RunError(
                f"{path}: encoders with {appearance} and {target} input channels do not fit one "
                "pose representation"
            )
        return pose, source_pose, target == pose + _RGB
    total = channels[0]
    for background in (False, True):
        rest = total - _RGB - (_RGB if background else 0)
        for pose in (*_SKELETONS, _STICK_FIGURE_CHANNELS):
            for source_pose in (True, False):
                if rest == pose * (2 if source_pose else 1):
                    return pose, source_pose, background
    raise RunError(
        f"{path}: {total} input channels do not fit any known combination of image and poses"
    )


def _discriminator(weights: OriginalWeights) -> DiscriminatorConfig:
    outputs = [arrays[0].shape[3] for arrays in weights.convolutions]
    if weights.dense:
        return DiscriminatorConfig("siamese", tuple(outputs))
    if len(outputs) < 3:
        raise RunError(
            f"{weights.path} is not a discriminator of the original: expected three convolutions "
            f"or more, or a dense layer, received {len(outputs)}"
        )
    # The second convolution has a bias if it is the first one of a second branch.
    if len(weights.convolutions[1]) == 2:
        return DiscriminatorConfig("warp", (outputs[0], *outputs[2:-1]))
    return DiscriminatorConfig("concatenated", tuple(outputs[:-1]))
