"""`python -m deformable_gan.train`: train a model; without arguments, on synthetic dancers."""

import argparse
import logging
import sys
from pathlib import Path

from deformable_gan.cli import import_tensorflow, run_verb
from deformable_gan.errors import RunError
from deformable_gan.presets import format_presets, get_preset

DANCERS = Path("data/dancers")


def main(argv: list[str] | None = None) -> int:
    """Run the verb."""
    arguments = _parser().parse_args(argv)
    if arguments.list_presets:
        print(format_presets())
        return 0
    preset = get_preset(arguments.preset)
    changes = _changes(arguments)

    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stdout)
    logging.getLogger("deformable_gan").setLevel(logging.INFO)

    import_tensorflow()
    from deformable_gan.data.dataset_folder import DatasetFolder
    from deformable_gan.training.run_directory import RunDirectory
    from deformable_gan.training.session import dataset_of, resumed_config, train

    if arguments.resume:
        run = RunDirectory(arguments.resume)
        if arguments.run and arguments.run != arguments.resume:
            raise RunError("--resume DIR continues the run in DIR: leave out --run")
        config = resumed_config(run, changes)
        dataset = DatasetFolder(arguments.dataset or dataset_of(run))
        vgg19 = arguments.vgg19 or run.read_details()["vgg19"]
    else:
        run = (
            RunDirectory(arguments.run)
            if arguments.run
            else RunDirectory.first_free(Path("runs"), preset.name)
        )
        config = preset.config.replace(**changes)
        if arguments.width != 1:
            config = config.scaled(arguments.width)
        dataset = (
            DatasetFolder(arguments.dataset) if arguments.dataset else _dancers(config.image_size)
        )
        if dataset.image_size != config.image_size:
            print(
                "note: the preset's image size is {}x{}, the dataset's {}x{} is used".format(
                    *config.image_size, *dataset.image_size
                )
            )
            config = config.replace(image_size=dataset.image_size)
        vgg19 = arguments.vgg19 or "imagenet"
    train(config, dataset, run, vgg19, arguments.jit_compile, resume=bool(arguments.resume))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m deformable_gan.train",
        description="Train a model. Without arguments: make synthetic dancers in data/dancers, "
        "train the demo preset on them, and print how well it does on people it has never seen.",
    )
    parser.add_argument("--list-presets", action="store_true", help="print the presets and exit")
    parser.add_argument("--preset", default="demo", help="a named configuration (default: demo)")
    parser.add_argument(
        "--dataset", type=Path, metavar="DIR", help="a dataset folder (default: dancers)"
    )
    parser.add_argument(
        "--run", type=Path, metavar="DIR", help="run directory (default: runs/PRESET[-N])"
    )
    parser.add_argument(
        "--resume", type=Path, metavar="DIR", help="continue the run in this directory"
    )
    parser.add_argument("--epochs", type=int, metavar="N", help="the last epoch to train")
    parser.add_argument("--steps-per-epoch", type=int, metavar="N")
    parser.add_argument("--batch-size", type=int, metavar="N")
    parser.add_argument("--learning-rate", type=float, metavar="X")
    parser.add_argument("--seed", type=int, metavar="N")
    parser.add_argument(
        "--width",
        type=float,
        default=1.0,
        metavar="X",
        help="multiply every network's filters (0.25: a quarter; for slow machines)",
    )
    parser.add_argument(
        "--skip", choices=("none", "full", "mask", "stn"), help="the generator's skip connections"
    )
    parser.add_argument("--aggregation", choices=("max", "avg"), help="of the warped regions")
    parser.add_argument("--interpolation", choices=("bilinear", "nearest"), help="of the warps")
    parser.add_argument("--discriminator", choices=("call", "sim", "warp", "image"))
    parser.add_argument(
        "--vgg19",
        metavar="FILE",
        help="VGG19's weights: 'imagenet' (downloaded; default), 'random', a .h5 or .npz file",
    )
    parser.add_argument(
        "--jit-compile",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="compile the training step with XLA (default: where that is faster)",
    )
    return parser


def _changes(arguments: argparse.Namespace) -> dict:
    """What the options change in a preset; see `ExperimentConfig.replace`."""
    options = {
        "training__epochs": arguments.epochs,
        "training__steps_per_epoch": arguments.steps_per_epoch,
        "training__batch_size": arguments.batch_size,
        "training__learning_rate": arguments.learning_rate,
        "training__seed": arguments.seed,
        "generator__skip": arguments.skip,
        "generator__aggregation": arguments.aggregation,
        "generator__interpolation": arguments.interpolation,
        "discriminator__kind": arguments.discriminator,
    }
    return {name: value for name, value in options.items() if value is not None}


def _dancers(image_size: tuple[int, int]):
    """Return the embedded dataset at this size, made if it is not there yet."""
    from deformable_gan.data.dancers import make_dancers

    folder = DANCERS if image_size == (128, 72) else Path("{}-{}x{}".format(DANCERS, *image_size))
    return make_dancers(folder, image_size=image_size)


if __name__ == "__main__":
    sys.exit(run_verb(main))
