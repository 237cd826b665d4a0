"""Models of TensorFlow Hub: a path, an environment variable, the hub's cache, the network."""

import hashlib
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from deformable_gan.errors import DeformableGANError

#: TF-Hub's own: the folder it keeps downloaded models in.
CACHE_VARIABLE = "TFHUB_CACHE_DIR"

_DOWNLOAD_SECONDS = 300


@dataclass(frozen=True)
class HubModel:
    """A published model.

    Attributes:
        title: its name, for messages.
        handle: its address on TF-Hub.
        kaggle_handle: its address on Kaggle, where TF-Hub's models moved.
        option: the command line's, that names a local copy.
        variable: the environment variable that does.
        error: what is raised where it cannot be had.
        files: endings of single files that do beside SavedModel folders.
    """

    title: str
    handle: str
    kaggle_handle: str
    option: str
    variable: str
    error: type[DeformableGANError]
    files: tuple[str, ...] = ()

    def find(self, path: str | Path | None = None) -> Path:
        """Return where the model lies, downloading it if it lies nowhere.

        Looked for in this order: `path`; the environment variable; TF-Hub's cache
        (`TFHUB_CACHE_DIR`, or its default in the system's temporary folder); then the network,
        TF-Hub first and, where the package `kagglehub` is installed, Kaggle. The download runs in
        a process of its own that is ended after five minutes, since TF-Hub itself waits for ever.

        Args:
            path: a SavedModel folder or one of `files`.

        Returns:
            Likewise.

        Raises:
            DeformableGANError: of the type `error`: the path given holds nothing, or the model
                cannot be had.
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
        if self.is_model(cached):
            return cached
        downloaded, reason = self._download()
        if downloaded is None:
            raise self.error(
                f"no {self.title} at hand: {self.handle} could not be downloaded ({reason}). Give "
                f"a local copy, {self._formats}, with {self.option} PATH or the environment "
                f"variable {self.variable}; or set {CACHE_VARIABLE} to a TF-Hub cache folder that "
                "holds this handle"
            )
        return downloaded

    def is_model(self, path: Path) -> bool:
        """Tell whether something of the right format lies there."""
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
            return f"is no {self.files[0]} file" if self.files else "is a file"
        return "does not exist"

    def _download(self) -> tuple[Path | None, str]:
        """Download in a child process; return the model's path, or None and why not."""
        print(f"looking for {self.title} at {self.handle} …", file=sys.stderr)
        module = "deformable_gan.pretrained.hub_download"
        try:
            # A fresh interpreter, not a fork: forked TensorFlow hangs.
            child = subprocess.run(
                [sys.executable, "-m", module, self.handle, self.kaggle_handle],
                capture_output=True,
                text=True,
                timeout=_DOWNLOAD_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return None, f"no answer within {_DOWNLOAD_SECONDS} seconds"
        lines = child.stdout.splitlines() or [""]
        if child.returncode == 0 and self.is_model(Path(lines[-1])):
            return Path(lines[-1]), ""
        return None, lines[-1] or f"the download ended with status {child.returncode}"


def _cache_folder(handle: str) -> Path:
    cache = os.environ.get(CACHE_VARIABLE) or Path(tempfile.gettempdir()) / "tfhub_modules"
    return Path(cache).expanduser() / hashlib.sha1(handle.encode()).hexdigest()
