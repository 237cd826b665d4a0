"""The options of `python -m deformable_gan.train`."""

import argparse
from functools import partial
from pathlib import Path

from deformable_gan.config import CHOICES, present_word
from deformable_gan.config_fields import parse_field

DEFAULT_PRESET = "quick"
#: The value of `--init-from` for a start without trained networks.
RANDOM = "random"
#: Steps between two checkpoints within an epoch.
CHECKPOINT_STEPS = 500
#: Attribute names of the options that change the networks.
NETWORK_OPTIONS = (
    *("width", "skip", "aggregation", "interpolation", "discriminator"),
    *("background", "mask"),
)
#: The value of `--precision` that stands for the fastest precision of the device found.
AUTO = "auto"


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m deformable_gan.train",
        description="Train a model. Without arguments: draw synthetic dancers in data/dancers, "
        "fine-tune the model people, which ships with the package, on them, and print the scores "
        "on people that the model has never seen.",
        epilog="Ctrl-C or SIGTERM saves everything within one step and exits with status 130 or "
        "143; a second Ctrl-C quits at once. --resume continues, also after a crash.",
    )
    parser.add_argument("--list-presets", action="store_true", help="print the presets and exit")
    parser.add_argument(
        "--preset",
        help=f"a named configuration (default: {DEFAULT_PRESET}; with --init-from, that of RUN)",
    )
    parser.add_argument(
        "--dataset",
        type=Path,
        action="append",
        metavar="DIR",
        help="a dataset folder; give it several times to train on a mixture (default: synthetic "
        "dancers; with --resume, the datasets of RUN)",
    )
    parser.add_argument(
        "--dataset-weight",
        type=float,
        action="append",
        metavar="X",
        help="share of the pairs from each --dataset, in the same order (default: equal shares; "
        "with --resume, the shares of RUN)",
    )
    parser.add_argument(
        "--run", type=Path, metavar="DIR", help="run directory (default: runs/PRESET[-N])"
    )
    origin = parser.add_mutually_exclusive_group()
    origin.add_argument(
        "--resume",
        type=Path,
        metavar="RUN",
        help="continue the run in this directory exactly where it stopped; --epochs may be larger",
    )
    origin.add_argument(
        "--resume-weights",
        "--init-from",
        type=Path,
        metavar="RUN",
        help="start a new run with the networks of RUN: the directory of a run (for instance a "
        "converted one), the model people, or the folder of another model; losses and training "
        "settings are those of --preset or, without --preset, those of RUN. random: random "
        "weights, even if the preset, such as quick, starts from people",
    )
    parser.add_argument(
        "--allow-changed-dataset",
        action="store_true",
        help="let --resume continue on a dataset other than the one the run was started on",
    )
    parser.add_argument(
        "--checkpoint-steps",
        type=_not_negative,
        default=CHECKPOINT_STEPS,
        metavar="N",
        help="save every N steps and after each epoch; 0: only after epochs (default: %(default)s)",
    )
    parser.add_argument(
        "--epoch-pairs",
        type=_not_negative,
        default=0,
        metavar="N",
        help="also score N held-out pairs after every epoch, for a learning curve in metrics.jsonl "
        "and TensorBoard (default: 0, which scores only at the end)",
    )
    parser.add_argument(
        "--set",
        action="append",
        metavar="FIELD=VALUE",
        help="set any field of the configuration, such as loss.content_weight=10; may be given "
        "several times (fields: --list-fields)",
    )
    parser.add_argument(
        "--list-fields",
        action="store_true",
        help="print every field of the configuration with its description and its value in "
        "--preset",
    )
    parser.add_argument("--epochs", type=int, metavar="N", help="the last epoch to train")
    parser.add_argument("--steps-per-epoch", type=int, metavar="N", help="steps per epoch")
    parser.add_argument("--batch-size", type=int, metavar="N", help="pairs per step")
    parser.add_argument(
        "--learning-rate", type=float, metavar="X", help="learning rate of both networks"
    )
    parser.add_argument(
        "--seed", type=int, metavar="N", help="seed of weights, dropout and the order of pairs"
    )
    parser.add_argument(
        "--width",
        type=float,
        metavar="X",
        help="multiply the number of filters of every network (0.25: a quarter; for slow machines)",
    )
    parser.add_argument(
        "--skip", choices=CHOICES["generator"]["skip"], help="the generator's skip connections"
    )
    parser.add_argument(
        "--aggregation",
        choices=CHOICES["generator"]["aggregation"],
        help="how the warped features of the regions are combined",
    )
    parser.add_argument(
        "--interpolation",
        choices=CHOICES["generator"]["interpolation"],
        help="how the warps sample features",
    )
    parser.add_argument(
        "--discriminator",
        type=partial(present_word, "discriminator.kind"),
        choices=CHOICES["discriminator"]["kind"],
        help="the discriminator (the original's names call and sim are accepted, too)",
    )
    parser.add_argument(
        "--background",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="give the target's background to the networks, from the dataset's backgrounds-*/NAME",
    )
    parser.add_argument(
        "--person-mask",
        dest="mask",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="give the source's person mask to the networks, from the dataset's masks-*/NAME (see "
        "data/README.md; dancers have exact person masks)",
    )
    parser.add_argument(  # the former name of --person-mask
        "--mask",
        dest="mask",
        action=argparse.BooleanOptionalAction,
        default=argparse.SUPPRESS,
        help=argparse.SUPPRESS,
    )
    parser.add_argument(
        "--vgg19",
        metavar="FILE",
        help="VGG19's weights, if the loss uses them: 'imagenet' (downloaded), 'random', a .h5 or "
        ".npz file (default: imagenet; with --resume or --init-from, those of RUN)",
    )
    parser.add_argument(
        "--jit-compile",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="compile the training step with XLA (default: on a single GPU, where it is faster)",
    )
    parser.add_argument(
        "--precision",
        choices=(*CHOICES["training"]["precision"], AUTO),
        help="precision of the networks' computations (mixed_bfloat16: faster on GPUs and on CPUs "
        "that support it; mixed_float16: on GPUs; auto: mixed_bfloat16 where the device supports "
        "it)",
    )
    parser.add_argument(
        "--accumulate",
        type=int,
        metavar="N",
        help="make one update from N batches, if the memory is too small for one large batch",
    )
    parser.add_argument(
        "--strategy",
        choices=("single", "mirrored", "multiworker", "auto"),
        default="single",
        help="train on one device (single, the default), on all GPUs of this machine (mirrored), "
        "on the devices of all processes in TF_CONFIG (multiworker), or on what is found (auto: "
        "multiworker if TF_CONFIG names several processes, mirrored if there are several GPUs or "
        "with --devices, otherwise single); --batch-size is divided among the devices; see "
        "docs/several_machines.md",
    )
    parser.add_argument(
        "--devices",
        type=int,
        metavar="N",
        help="number of GPUs of this machine that --strategy mirrored uses (default: all); without "
        "GPUs, the number of parts into which it divides the CPU",
    )
    parser.add_argument(
        "--recompute",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="compute features again for the gradient instead of keeping them: less memory, more "
        "time",
    )
    parser.add_argument(
        "--steps-per-execution", type=int, metavar="N", help="training steps per graph call"
    )
    return parser


def _not_negative(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a whole number of 0 or more, received {text!r}")
    return int(text)


def config_changes(arguments: argparse.Namespace) -> dict:
    """Return the changes that the options make to a preset; see `ExperimentConfig.replace`."""
    options = {
        "training__epochs": arguments.epochs,
        "training__steps_per_epoch": arguments.steps_per_epoch,
        "training__batch_size": arguments.batch_size,
        "training__learning_rate": arguments.learning_rate,
        "training__seed": arguments.seed,
        "training__precision": arguments.precision,
        "training__accumulate": arguments.accumulate,
        "training__recompute": arguments.recompute,
        "training__steps_per_execution": arguments.steps_per_execution,
        "generator__skip": arguments.skip,
        "generator__aggregation": arguments.aggregation,
        "generator__interpolation": arguments.interpolation,
        "generator__background": arguments.background,
        "generator__mask": arguments.mask,
        "discriminator__kind": arguments.discriminator,
    }
    changes = {name: value for name, value in options.items() if value is not None}
    return changes | dict(parse_field(text) for text in arguments.set or ())
