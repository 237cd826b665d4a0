"""What every verb's command line shares: how errors and interruptions end the process."""

import argparse
import ctypes
import os
import sys
from collections.abc import Callable
from pathlib import Path

from deformable_gan.boxed.names import DEFAULT_MODEL
from deformable_gan.devices.graph_optimizer import set_remapper
from deformable_gan.devices.settings import hide_gpus, share_gpu_memory
from deformable_gan.errors import DeformableGANError, InterruptionError
from deformable_gan.interruption import (
    EXIT_INTERRUPTED,
    EndingQuietly,
    ready_for_interruption,
)
from deformable_gan.machine_limits import is_device_failure, is_full_disk, is_full_memory

EXIT_ERROR = 1
# What makes a verb need less memory.
_LESS_MEMORY = {
    "train": "lower --batch-size (with --accumulate, which keeps the batch a step learns from), or "
    "add --recompute, or --width for a narrower network",
    "evaluate": "lower --batch-size",
    "augment": "lower --batch-size",
    "prepare": "lower --workers",
}
# Of malloc.h: M_ARENA_MAX and M_MMAP_THRESHOLD.
_ONE_HEAP, _RETURN_FROM = -8, -3


def import_tensorflow(gpu: bool = True) -> None:
    """Import TensorFlow, and Keras on it, as this package needs them.

    Keras takes its backend, the order of an image's axes and its floating-point type from the
    environment and from `~/.keras/keras.json`, which belong to the user's other programs: commands
    work the same whatever stands there. What the C++ libraries say while they are loaded is left
    out: they print notes on devices and instruction sets to file descriptor 2 before any setting
    reaches them. A failing import still raises.

    A GPU's memory is taken as it is needed, not all at once.

    Args:
        gpu: whether GPUs are used where there are any. What runs MoveNet alone, or must compute the
            same numbers everywhere, leaves them to others.
    """
    if not gpu:
        hide_gpus()
    os.environ["KERAS_BACKEND"] = "tensorflow"
    sys.stderr.flush()
    kept = os.dup(2)
    silence = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(silence, 2)
        with EndingQuietly(kept):
            import keras  # and with it TensorFlow
            import tensorflow as tf

        keras.config.set_image_data_format("channels_last")
        keras.config.set_floatx("float32")
        keras.config.set_epsilon(1e-7)
        keras.config.set_dtype_policy("float32")
        tf.config.list_physical_devices()  # looks for devices, and reports on it
        share_gpu_memory()
        set_remapper(True)
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(silence)


def parse_image_size(text: str) -> tuple[int, int]:
    """Return (height, width) of an option such as `128x72`; a `type` for argparse.

    Raises:
        argparse.ArgumentTypeError: it is nothing of the kind.
    """
    height, _, width = text.lower().partition("x")
    if not (height.isdecimal() and width.isdecimal() and int(height) and int(width)):
        raise argparse.ArgumentTypeError(
            f"expected HEIGHTxWIDTH in pixels, such as 128x72, received {text!r}"
        )
    return int(height), int(width)


def parse_positive(text: str) -> int:
    """Return a whole number from 1 on; a `type` for argparse.

    Raises:
        argparse.ArgumentTypeError: it is nothing of the kind.
    """
    if not (text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"expected a number from 1 on, received {text!r}")
    return int(text)


def parse_shard(text: str) -> tuple[int, int]:
    """Return (index, count) of an option such as `2/8`; a `type` for argparse.

    Raises:
        argparse.ArgumentTypeError: it is nothing of the kind.
    """
    index, separator, count = text.partition("/")
    if not (separator and index.isdecimal() and count.isdecimal()):
        raise argparse.ArgumentTypeError(f"expected I/N such as 2/8, received {text!r}")
    if not 1 <= int(index) <= int(count):
        raise argparse.ArgumentTypeError(f"expected I from 1 to N, received {text!r}")
    return int(index), int(count)


def add_model_options(parser: argparse.ArgumentParser, required: bool = True):
    """Add `--run` and `--model`, of which one may be given; see `chosen_model`.

    Args:
        parser: the verb's.
        required: whether one has to be given.

    Returns:
        The options' group, for more of which only one may be given.
    """
    group = parser.add_mutually_exclusive_group(required=required)
    group.add_argument("--run", type=Path, metavar="DIR", help="a run directory")
    group.add_argument(
        "--model",
        type=Path,
        metavar="MODEL",
        help="an exported model's folder, or a handle: hf://USER/NAME, kaggle://…"
        + ("" if required else f" (default: {DEFAULT_MODEL}, which ships with the package)"),
    )
    return group


def chosen_model(arguments: argparse.Namespace) -> Path:
    """Return what `--run` or `--model` names; without either the boxed model, and say so.

    Args:
        arguments: with the options of `add_model_options`.

    Returns:
        What `TrainedModel.load` takes.
    """
    given = arguments.run or arguments.model
    if given is None:
        given = Path(DEFAULT_MODEL)
        print(f"model: {given}, which ships with the package (others: --run DIR, --model MODEL)")
    return given


def share_heap() -> None:
    """Let all threads allocate from one heap, and give large blocks back (glibc only).

    By default every thread keeps what it has freed in a heap of its own, also large blocks: a
    fifth of a gigabyte in training at the paper's size, which takes no longer this way. Single
    pictures do: this is for training.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:  # musl has none
            mallopt(_ONE_HEAP, 1)
            mallopt(_RETURN_FROM, 1 << 22)


def _print_anything() -> None:
    """Let messages hold any name: what a terminal cannot show is written as a number."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def run_verb(main: Callable[[list[str] | None], int | None], argv: list[str] | None = None) -> int:
    """Run a verb's `main` and turn what a user can mend into one line on standard error.

    Args:
        main: the verb's entry point; takes the arguments after the verb's name (None: those of
            the process) and returns an exit status or None for 0.
        argv: the arguments.

    Returns:
        The exit status: 0 for success, 1 after a `DeformableGANError` (its message is printed)
        and where memory or disk are full,
        130 after Ctrl-C, 143 after a SIGTERM that found time to save. argparse exits by itself
        with 2 for arguments it does not know.
    """
    # TensorFlow's C++ log (devices, instruction sets, a graph optimiser's failed attempts) would
    # bury our own messages; what really fails also raises an exception.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    _print_anything()
    try:
        ready_for_interruption()
        return main(argv) or 0
    except InterruptionError as stop:
        print(f"stopped: {stop}", file=sys.stderr)
        return 128 + stop.signal_number
    except DeformableGANError as error:
        print(f"error: {error}", file=sys.stderr)
        return EXIT_ERROR
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # the reader of our output went away, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_ERROR
    except Exception as error:
        message = _describe_limit(main, error)
        if message is None:
            raise
        print(f"error: {message}", file=sys.stderr)
        return EXIT_ERROR


def _describe_limit(main: Callable, error: Exception) -> str | None:
    """Say in one line that memory or disk are full or a GPU has failed; None for anything else."""
    reason = " ".join(str(error).split())[:160] or type(error).__name__
    if is_full_disk(error):
        return f"a disk is full: {reason}; make room and give the same command again"
    if is_full_memory(error):
        verb = Path(main.__code__.co_filename).stem if hasattr(main, "__code__") else ""
        advice = _LESS_MEMORY.get(verb, "close other programs, or use a machine with more")
        return f"not enough memory ({reason}): {advice}"
    if is_device_failure(error):
        return (
            f"the GPU has failed ({reason}): see what `nvidia-smi` says; with "
            "CUDA_VISIBLE_DEVICES=-1 the same command runs on the CPU"
        )
    return None
