"""`python -m deformable_gan.train`: train a model; without arguments, on synthetic dancers."""

import argparse
import logging
import sys
from pathlib import Path

from deformable_gan.cli import import_tensorflow, run_command, share_heap
from deformable_gan.config import ExperimentConfig
from deformable_gan.config_fields import format_fields
from deformable_gan.devices.description import print_device
from deformable_gan.errors import RunError
from deformable_gan.presets import format_presets, get_preset
from deformable_gan.training.train_options import (
    AUTO,
    DEFAULT_PRESET,
    NETWORK_OPTIONS,
    RANDOM,
    build_parser,
    config_changes,
)

DANCERS = Path("data/dancers")
IMAGENET = "imagenet"
# Discriminators with dense layers, whose weights fit only one image size.
DENSE = ("siamese", "image")

log = logging.getLogger("deformable_gan")


def main(argv: list[str] | None = None) -> int:
    """Run the command; return the exit status."""
    arguments = build_parser().parse_args(argv)
    if arguments.precision == AUTO:
        arguments.precision = _fastest_precision()
    if arguments.list_presets:
        print(format_presets())
        return 0
    if arguments.list_fields:
        preset = get_preset(arguments.preset or DEFAULT_PRESET)
        print(format_fields(preset.config.replace(**config_changes(arguments))))
        return 0
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stdout)
    log.setLevel(logging.INFO)
    share_heap()
    if arguments.resume:
        _resume(arguments)
    elif origin := _origin(arguments):
        _start_from_weights(arguments, origin)
    else:
        _start(arguments)
    return 0


def _origin(arguments: argparse.Namespace) -> Path | None:
    """Return the run or the model whose networks a new run starts from; None for random weights.

    Without `--init-from` it is the preset's model, unless an option changes the networks.
    """
    if given := arguments.resume_weights:
        return None if str(given) == RANDOM else given
    preset = get_preset(arguments.preset or DEFAULT_PRESET)
    if not preset.starts_from:
        return None
    config = preset.config.replace(**config_changes(arguments))
    if arguments.width is None and _networks(config) == _networks(preset.config):
        return Path(preset.starts_from)
    log.info(
        "note: the networks differ from the networks of the model %s, so their weights start at "
        "random",
        preset.starts_from,
    )
    return None


def _networks(config: ExperimentConfig) -> tuple:
    return config.generator, config.discriminator, config.skeleton


def _fastest_precision() -> str:
    """Return the precision that `--precision auto` stands for on this device, and print it."""
    import_tensorflow()
    from deformable_gan.devices.fastest_precision import fastest_precision

    precision = fastest_precision()
    print(f"precision: {precision}, the fastest on this device", flush=True)
    return precision


def _start(arguments: argparse.Namespace) -> None:
    """Train a preset from random weights."""
    config = get_preset(arguments.preset or DEFAULT_PRESET).config.replace(
        **config_changes(arguments)
    )
    if arguments.width is not None:
        config = config.scaled(arguments.width)

    _require_dataset_of_workers(arguments)
    replicas = _replicas(arguments)
    run = _new_run(arguments, config, replicas)
    dataset = _open(arguments) if arguments.dataset else _dancers(config)
    config = _at_size_of(dataset, config)
    _train(arguments, replicas, config, dataset, run, arguments.vgg19 or IMAGENET)


def _resume(arguments: argparse.Namespace) -> None:
    """Continue a run where it stopped."""
    for option in ("preset", "width", "run"):
        if getattr(arguments, option) is not None:
            raise RunError(
                f"--resume continues the run in {arguments.resume} with its own settings: leave "
                f"out --{option}"
            )

    replicas = _replicas(arguments)
    from deformable_gan.data.dataset_mixture import DatasetMixture
    from deformable_gan.training.resuming import datasets_of, require_datasets, resumed_config
    from deformable_gan.training.run_directory import RunDirectory

    run = RunDirectory(arguments.resume)
    config = resumed_config(run, config_changes(arguments))
    folders, weights = datasets_of(run)
    if not arguments.dataset:
        require_datasets(run, folders)
    vgg19 = arguments.vgg19 or run.read_details().get("vgg19", IMAGENET)
    # The user gives --dataset again if the folders have moved.
    dataset = DatasetMixture.open(arguments.dataset or folders, arguments.dataset_weight or weights)
    _train(
        *(arguments, replicas, config, dataset, run, vgg19),
        resume=True,
        allow_changed_dataset=arguments.allow_changed_dataset,
    )


def _start_from_weights(arguments: argparse.Namespace, place: Path) -> None:
    """Start a new run from the networks of another run or of a boxed model."""
    preset = arguments.preset
    if arguments.resume_weights:
        for option in NETWORK_OPTIONS:
            if getattr(arguments, option) is not None:
                name = option.replace("_", "-").replace("mask", "person-mask")
                raise RunError(
                    f"--resume-weights (--init-from) keeps the networks of {place}: leave out "
                    f"--{name}"
                )
    else:
        preset = preset or DEFAULT_PRESET
    _require_dataset_of_workers(arguments)

    replicas = _replicas(arguments)
    from deformable_gan.training.boxed_origin import find_origin

    origin = find_origin(place)
    trained = config = origin.read_config()
    if preset:
        config = get_preset(preset).config.with_networks_of(trained)
    config = config.replace(**config_changes(arguments))
    run = _new_run(arguments, config, replicas)
    dataset = _open(arguments) if arguments.dataset else _dancers(config)
    config = _at_size_of(dataset, config)
    if config.image_size != trained.image_size and config.discriminator.kind in DENSE:
        raise RunError(
            "the {} discriminator of {} works only with images of {}x{}, but the dataset has "
            "images of {}x{}: make the dataset again with images of the discriminator's "
            "size".format(
                config.discriminator.kind, origin.path, *trained.image_size, *config.image_size
            )
        )
    vgg19 = arguments.vgg19 or origin.read_details().get("vgg19", IMAGENET)
    _train(arguments, replicas, config, dataset, run, vgg19, weights_from=origin)


def _require_dataset_of_workers(arguments: argparse.Namespace) -> None:
    if arguments.strategy == "multiworker" and not arguments.dataset:
        raise RunError(
            "--strategy multiworker needs --dataset DIR, the training data of all workers"
        )


def _replicas(arguments: argparse.Namespace):
    """Import TensorFlow and return the devices that train, before anything is computed."""
    import_tensorflow()
    from deformable_gan.training.replicas import Replicas

    replicas = Replicas.open(arguments.strategy, arguments.devices)
    if not replicas.is_chief:
        prefix = f"[worker {replicas.process_index + 1}/{replicas.process_count}]"
        for handler in logging.getLogger().handlers:
            handler.setFormatter(logging.Formatter(f"{prefix} %(message)s"))
    if replicas.is_chief:
        print_device()
    return replicas


def _new_run(arguments: argparse.Namespace, config: ExperimentConfig, replicas):
    """Return the directory for a new run; the chief checks that it is free."""
    from deformable_gan.training.run_directory import RunDirectory

    if not arguments.run:
        return RunDirectory.first_free(Path("runs"), config.preset)
    run = RunDirectory(arguments.run)
    if replicas.is_chief:
        run.require_free()
    return run


def _train(arguments: argparse.Namespace, replicas, config, dataset, run, vgg19, **origin) -> None:
    """Train with the options that apply to new, resumed and fine-tuned runs."""
    from deformable_gan.devices.settings import run_operations_in_turn
    from deformable_gan.training.session import train

    # With a strategy, an operation that waits for other processes would block all others.
    if not replicas.strategy:
        run_operations_in_turn(config.generator.encoder_filters[0])
    train(
        *(config, dataset, run, vgg19, arguments.jit_compile),
        checkpoint_steps=arguments.checkpoint_steps,
        epoch_pairs=arguments.epoch_pairs,
        replicas=replicas,
        **origin,
    )


def _open(arguments: argparse.Namespace):
    """Return the training datasets."""
    from deformable_gan.data.dataset_mixture import DatasetMixture

    return DatasetMixture.open(arguments.dataset, arguments.dataset_weight)


def _at_size_of(dataset, config: ExperimentConfig) -> ExperimentConfig:
    """Return the configuration with the dataset's image size."""
    if dataset.image_size != config.image_size:
        log.info(
            "note: %s is made for images of %dx%d; the dataset's size, %dx%d, is used",
            config.preset,
            *config.image_size,
            *dataset.image_size,
        )
    return config.replace(image_size=dataset.image_size)


def _dancers(config: ExperimentConfig):
    """Return a dataset of synthetic dancers at the preset's size; draw it if it does not exist."""
    from deformable_gan.dancers import default_workers, make_dancers

    size, generator = config.image_size, config.generator
    folder = str(DANCERS) if size == (128, 72) else "{}-{}x{}".format(DANCERS, *size)
    wanted = {"masks": generator.mask, "backgrounds": generator.background}
    folder = "-".join((folder, *(name for name, needed in wanted.items() if needed)))
    return make_dancers(
        Path(folder),
        image_size=size,
        workers=default_workers(),
        person_masks=generator.mask,
        backgrounds=generator.background,
    )


if __name__ == "__main__":
    sys.exit(run_command(main))
