"""Models of TensorFlow Hub, found by path, environment variable, cache or download."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from deformable_gan.errors import DeformableGANError

#: TF-Hub's own variable for the folder of downloaded models.
CACHE_VARIABLE = "TFHUB_CACHE_DIR"

_DOWNLOAD_SECONDS = 300


@dataclass(frozen=True)
class HubModel:
    """A published model.

    Attributes:
        title: its name, for messages.
        handle: its address on TF-Hub.
        kaggle_handle: its address on Kaggle, to which TF-Hub's models have moved.
        option: the command-line option for a local copy.
        variable: the environment variable for a local copy.
        error: the type of error to raise if the model cannot be found or downloaded.
        files: endings of single files that are accepted besides SavedModel folders.
    """

    title: str
    handle: str
    kaggle_handle: str
    option: str
    variable: str
    error: type[DeformableGANError]
    files: tuple[str, ...] = ()

    def find(self, path: str | Path | None = None) -> Path:
        """Return the path of the model; download the model if it is not found.

        The order of search is: `path`; the environment variable; TF-Hub's cache (`TFHUB_CACHE_DIR`,
        or its default in the system's temporary folder); then the network, TF-Hub first and, where
        the package `kagglehub` is installed, Kaggle. The download runs in a separate process that
        is ended after five minutes, since TF-Hub itself never times out.

        Args:
            path: a SavedModel folder or one of `files`; None to search.

        Returns:
            The path of a SavedModel folder or of one of `files`.

        Raises:
            DeformableGANError: (of the type `error`) the given path holds no model, or the model
                cannot be found or downloaded.
        """
        given_by = f"{self.title} path"
        if path is None and os.environ.get(self.variable):
            path = os.environ[self.variable]
            given_by = f"environment variable {self.variable}"
        if path is not None:
            path = Path(path)
            if not self.is_model(path):
                raise self.error(f"{given_by}: {path} {self._lack(path)}; expected {self._formats}")
            return path
        cached = _cache_folder(self.handle)
        if self.is_model(cached) and _has_variables(cached):
            return cached
        was_incomplete = self._remove_incomplete(cached)
        downloaded, reason = self._download()
        if downloaded is None:
            raise self.error(
                f"{self.title} is not available: {was_incomplete}{self.handle} could not be "
                f"downloaded ({reason}); give a local copy ({self._formats}) with {self.option} "
                f"PATH or the environment variable {self.variable}, or set {CACHE_VARIABLE} to a "
                "TF-Hub cache folder that holds this model"
            )
        return downloaded

    def _remove_incomplete(self, cached: Path) -> str:
        """Remove an incomplete cached copy, which TF-Hub would otherwise take for the model.

        Such a copy remains when a download is interrupted or a system clears its temporary folder.

        Returns:
            A clause about the removed copy, for messages; empty if there was none.

        Raises:
            DeformableGANError: the copy cannot be removed.
        """
        if not cached.is_dir():
            return ""
        try:
            shutil.rmtree(cached)
        except OSError as error:
            raise self.error(
                f"the copy of {self.title} in {cached} is incomplete and cannot be removed "
                f"({error.strerror}): delete that folder to download the model again"
            ) from error
        return f"the copy in {cached} was incomplete and has been removed, and "

    def is_model(self, path: Path) -> bool:
        """Return whether the path holds a model of a supported format."""
        if path.is_dir():
            return (path / "saved_model.pb").is_file()
        return path.is_file() and path.suffix in self.files

    @property
    def _formats(self) -> str:
        return " or ".join(["a SavedModel folder", *(f"a {suffix} file" for suffix in self.files)])

    def _lack(self, path: Path) -> str:
        if path.is_dir():
            return "holds no saved_model.pb"
        if path.is_file():
            return f"is not a {self.files[0]} file" if self.files else "is a file"
        return "does not exist"

    def _download(self) -> tuple[Path | None, str]:
        """Download in a child process; return the model's path, or None and the reason."""
        # This is not a failure, so it is printed to standard output.
        print(f"looking for {self.title} at {self.handle} …", flush=True)
        module = "deformable_gan.pretrained.hub_download"
        try:
            # A new interpreter, since a forked process with TensorFlow hangs.
            child = subprocess.run(
                [sys.executable, "-m", module, self.handle, self.kaggle_handle],
                capture_output=True,
                text=True,
                timeout=_DOWNLOAD_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return None, f"not finished within {_DOWNLOAD_SECONDS} seconds"
        lines = child.stdout.splitlines() or [""]
        if child.returncode == 0 and self.is_model(Path(lines[-1])):
            return Path(lines[-1]), ""
        return None, lines[-1] or f"the download ended with status {child.returncode}"


def _has_variables(folder: Path) -> bool:
    """Return whether all files of a SavedModel's variables exist; true if it has no variables."""
    variables = folder / "variables"
    if not variables.is_dir():
        return True
    names = {path.name for path in variables.iterdir()}
    parts = [re.fullmatch(r"variables\.data-\d{5}-of-(\d{5})", name) for name in sorted(names)]
    counts = [int(part[1]) for part in parts if part]
    return "variables.index" in names and bool(counts) and len(counts) == counts[0]


def _cache_folder(handle: str) -> Path:
    cache = os.environ.get(CACHE_VARIABLE) or Path(tempfile.gettempdir()) / "tfhub_modules"
    return Path(cache).expanduser() / hashlib.sha1(handle.encode()).hexdigest()
