"""A network in a LiteRT file, for several threads."""

import contextlib
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from deformable_gan.errors import RunError

#: The package that runs LiteRT files.
PACKAGE = "ai_edge_litert"


class Network:
    """A LiteRT file of one signature, or a published file without signatures.

    LiteRT computes with a fixed set of buffers, so every thread that calls the network at the same
    time has its own interpreter, with its own buffers.

    Args:
        path: the file.
        threads: number of threads of one interpreter.

    Attributes:
        inputs: the shape of each input by name.

    Raises:
        RunError: LiteRT is not installed, or the file is missing or damaged.
    """

    def __init__(self, path: Path, threads: int = 1):
        self._path = path
        self._threads = threads
        self._free = [self._interpreter()]
        self._lock = threading.Lock()
        details = self._free[0].get_signature_list()
        self._signature = next(iter(details), None)
        self.inputs = {
            name: tuple(int(length) for length in one["shape"])
            for name, one in self._details().items()
        }

    def __call__(self, **inputs: np.ndarray) -> Mapping[str, np.ndarray]:
        """Run the network.

        Args:
            inputs: an array for each of `inputs`; it is converted to the input's type.

        Returns:
            The results by name; `output` for a file without signatures.
        """
        with self._lock:
            interpreter = self._free.pop() if self._free else None
        interpreter = interpreter or self._interpreter()
        try:
            return self._run(interpreter, inputs)
        finally:
            with self._lock:
                self._free.append(interpreter)

    def _run(self, interpreter, inputs) -> Mapping[str, np.ndarray]:
        if self._signature is not None:
            run = interpreter.get_signature_runner(self._signature)
            types = {name: one["dtype"] for name, one in run.get_input_details().items()}
            return run(**{name: np.asarray(inputs[name], types[name]) for name in types})
        (entry,) = interpreter.get_input_details()
        interpreter.set_tensor(entry["index"], np.asarray(inputs[entry["name"]], entry["dtype"]))
        interpreter.invoke()
        (result,) = interpreter.get_output_details()
        return {"output": interpreter.get_tensor(result["index"])}

    def _details(self) -> dict:
        if self._signature is not None:
            return self._free[0].get_signature_runner(self._signature).get_input_details()
        return {one["name"]: one for one in self._free[0].get_input_details()}

    def _interpreter(self):
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError as error:
            raise RunError(
                f"LiteRT cannot be imported ({error}): install it with pip install "
                "'deformable-gan[litert]', or use TensorFlow (--no-litert)"
            ) from None
        try:
            with _quiet():
                interpreter = Interpreter(str(self._path), num_threads=self._threads)
                interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            reason = " ".join(str(error).split())[:200]
            raise RunError(f"{self._path} cannot be loaded as a LiteRT model ({reason})") from error
        return interpreter


_said = threading.Lock()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Suppress LiteRT's note on its fast kernels, which it prints once, to file descriptor 2."""
    if not _said.acquire(blocking=False):
        yield
        return
    try:
        kept = os.dup(2)
    except OSError:  # a program without standard error
        yield
        return
    if sys.stderr:
        sys.stderr.flush()
    silence = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(silence, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(silence)
