"""Parts shared by the command lines: options, TensorFlow's import, errors and interruptions."""

import argparse
import ctypes
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
# How to make each command need less memory; part of an error message.
_LESS_MEMORY = {
    "train": "lower --batch-size (and set --accumulate to keep the number of pairs per update), "
    "add --recompute, or set --width for a narrower network",
    "evaluate": "lower --batch-size",
    "augment": "lower --batch-size, with another --output",
    "prepare": "lower --workers",
}
# From malloc.h: M_ARENA_MAX and M_MMAP_THRESHOLD.
_ONE_HEAP, _RETURN_FROM = -8, -3


def import_tensorflow(gpu: bool = True) -> None:
    """Import TensorFlow and Keras with the settings that this package needs.

    Keras reads its backend, the order of an image's axes and its floating-point type from the
    environment and from `~/.keras/keras.json`. The user's settings there may be meant for other
    programs, so this function overrides them. It also suppresses messages of the C++ libraries:
    they print notes on devices and instruction sets to file descriptor 2 before any setting takes
    effect. A failing import still raises an exception.

    GPU memory is allocated as needed, not all at once.

    Args:
        gpu: whether to use GPUs. Commands that run MoveNet alone, or that must compute the same
            numbers on every machine, do not use them.
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
            import keras  # which imports TensorFlow
            import tensorflow as tf

        keras.config.set_image_data_format("channels_last")
        keras.config.set_floatx("float32")
        keras.config.set_epsilon(1e-7)
        keras.config.set_dtype_policy("float32")
        tf.config.list_physical_devices()  # searches for devices and prints messages
        share_gpu_memory()
        set_remapper(True)
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(silence)


def parse_image_size(text: str) -> tuple[int, int]:
    """Return (height, width) from text such as `128x72`; a `type` for argparse.

    Raises:
        argparse.ArgumentTypeError: the text is not of this form.
    """
    height, _, width = text.lower().partition("x")
    if not (height.isdecimal() and width.isdecimal() and int(height) and int(width)):
        raise argparse.ArgumentTypeError(
            f"expected HEIGHTxWIDTH, positive numbers of pixels such as 128x72, received {text!r}"
        )
    return int(height), int(width)


def image_size_text(size: tuple[int, int]) -> str:
    """Return the text of a size (height, width), such as `128x72`, as a default for argparse."""
    return "{}x{}".format(*size)


def parse_positive(text: str) -> int:
    """Return a positive integer from text; a `type` for argparse.

    Raises:
        argparse.ArgumentTypeError: the text is not a positive integer.
    """
    if not (text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"expected a positive whole number, received {text!r}")
    return int(text)


def parse_part(text: str) -> tuple[int, int]:
    """Return (index, count) from text such as `2/8`; a `type` for argparse.

    Raises:
        argparse.ArgumentTypeError: the text is not of this form, or the index is not in 1 to count.
    """
    index, separator, count = text.partition("/")
    if not (separator and index.isdecimal() and count.isdecimal()):
        raise argparse.ArgumentTypeError(f"expected I/N such as 2/8, received {text!r}")
    if not 1 <= int(index) <= int(count):
        raise argparse.ArgumentTypeError(f"expected I from 1 to N, received {text!r}")
    return int(index), int(count)


def add_former_option(parser: "argparse._ActionsContainer", name: str, **options: Any) -> None:
    """Accept the former name of an option for one release; `--help` does not show it.

    Args:
        parser: the parser, or the group of options, that has the new name.
        name: the former name, such as `--shard`.
        options: `dest`, and `type` or `action`, as for the new name.
    """
    parser.add_argument(name, default=argparse.SUPPRESS, help=argparse.SUPPRESS, **options)


def add_model_options(parser: argparse.ArgumentParser, required: bool = True):
    """Add the mutually exclusive options `--run` and `--model`; see `chosen_model`.

    Args:
        parser: the command's parser.
        required: whether one of the options is required.

    Returns:
        The group of the options, to which further exclusive options may be added.
    """
    group = parser.add_mutually_exclusive_group(required=required)
    group.add_argument("--run", type=Path, metavar="DIR", help="a run directory")
    group.add_argument(
        "--model",
        type=Path,
        metavar="MODEL",
        help="the folder of a model, or a handle: hf://USER/NAME, kaggle://…"
        + ("" if required else f" (default: {DEFAULT_MODEL}, which ships with the package)"),
    )
    return group


def chosen_model(arguments: argparse.Namespace) -> Path:
    """Return the model that `--run` or `--model` names.

    Without either option, return the default model that ships with the package, and print its name.

    Args:
        arguments: parsed arguments with the options of `add_model_options`.

    Returns:
        A path or name that `TrainedModel.load` accepts.
    """
    given = arguments.run or arguments.model
    if given is None:
        given = Path(DEFAULT_MODEL)
        print(f"model: {given}, which ships with the package (others: --run DIR, --model MODEL)")
    return given


def use_one_blas_thread() -> None:
    """Let NumPy compute products of matrices on one thread; call it before NumPy is imported.

    `repose` and `demo` compute many small products. If other programs use the cores, OpenBLAS's
    threads wait for each other: composing 42 frames beside two other processes took 8 to 22 seconds
    instead of 1.7. A number that the user has set in `OPENBLAS_NUM_THREADS` is kept.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def share_heap() -> None:
    """Let all threads share one heap, which returns freed large blocks to the system (glibc only).

    By default every thread keeps the memory it has freed, including large blocks, in its own heap.
    With one heap a training at the paper's size needs 0.2 GB less and takes no longer. Generating
    single images takes longer, so only trainings and their benchmarks call this.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:  # musl has none
            mallopt(_ONE_HEAP, 1)
            mallopt(_RETURN_FROM, 1 << 22)


def _print_anything() -> None:
    """Make standard output and error escape characters that a terminal cannot show.

    Otherwise printing such a character would raise an exception.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def run_command(
    main: Callable[[list[str] | None], int | None], argv: list[str] | None = None
) -> int:
    """Run a command's `main` and print errors that a user can fix as one line on standard error.

    Args:
        main: the command's entry point. It takes the arguments after the command's name (None:
            those of the process) and returns an exit status, or None for 0.
        argv: the arguments.

    Returns:
        The exit status: 0 for success; 1 after a `DeformableGANError`, if memory or the disk is
        full, if the GPU fails, or if the program that reads the output has ended; 130 after Ctrl-C
        and 143 after SIGTERM. argparse itself exits with 2 for invalid arguments.
    """
    # TensorFlow's C++ log (devices, instruction sets, a graph optimiser's failed attempts) would
    # hide this package's messages; real failures also raise an exception.
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
    except BrokenPipeError:  # the reader of the output has ended, for example `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_ERROR
    except Exception as error:
        message = _describe_limit(main, error)
        if message is None:
            raise
        print(f"error: {message}", file=sys.stderr)
        return EXIT_ERROR


def _describe_limit(main: Callable, error: Exception) -> str | None:
    """Return a message of one line for a full disk, full memory or a failed GPU, or else None."""
    reason = " ".join(str(error).split())[:160] or type(error).__name__
    if is_full_disk(error):
        return f"a disk is full ({reason}): free some space and repeat the command"
    if is_full_memory(error):
        command = Path(main.__code__.co_filename).stem if hasattr(main, "__code__") else ""
        advice = _LESS_MEMORY.get(
            command, "close other programs, or use a machine with more memory"
        )
        return f"not enough memory ({reason}): {advice}"
    if is_device_failure(error):
        return (
            f"the GPU has failed ({reason}): check it with `nvidia-smi`, or set "
            "CUDA_VISIBLE_DEVICES=-1 to run the command on the CPU"
        )
    return None
