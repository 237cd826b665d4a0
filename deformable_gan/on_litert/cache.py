"""The folder in which converted models and MoveNets are kept."""

import hashlib
import importlib.util
import os
import sys
from pathlib import Path

from deformable_gan.boxed.boxed_model import BoxedModel
from deformable_gan.on_litert.names import DESCRIPTION, MOVENET
from deformable_gan.on_litert.network import PACKAGE
from deformable_gan.version import __version__

#: The environment variable with the folder; without it, the user's folder for caches.
VARIABLE = "DEFORMABLE_GAN_CACHE"
# It changes whenever networks are converted differently.
_LAYOUT = 1


def is_litert_installed() -> bool:
    """Return whether LiteRT can run networks here."""
    return importlib.util.find_spec(PACKAGE) is not None


def cache_folder() -> Path:
    """Return the folder of all converted networks, which may not exist yet."""
    if given := os.environ.get(VARIABLE):
        return Path(given)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "deformable_gan"


def model_folder(place: str | Path | None) -> Path | None:
    """Return the folder of a model's converted networks, which may not exist yet.

    Its name depends on the release and on the model: on the checksum of a boxed model, and on the
    names, sizes and times of the files of any other.

    Args:
        place: see `SavedGenerator.find`.

    Returns:
        The folder; None for a model on a hub, which is not known without a connection.

    Raises:
        RunError: the boxed model is damaged.
    """
    if boxed := BoxedModel.find(place):
        return _named("model", boxed.digest)
    folder = Path(place or "")
    if not folder.is_dir():
        return None
    weights = folder / "checkpoints"
    return _named("model", _fingerprint(weights if weights.is_dir() else folder))


def movenet_file(path: Path) -> Path:
    """Return the file of a converted MoveNet, which may not exist yet.

    Args:
        path: MoveNet's SavedModel folder.
    """
    return _named("movenet", _fingerprint(path)) / MOVENET


def is_converted(folder: Path | None) -> bool:
    """Return whether a folder holds a converted model."""
    return folder is not None and (folder / DESCRIPTION).is_file()


def _named(kind: str, digest: str) -> Path:
    key = hashlib.sha256(f"{_LAYOUT} {__version__} {digest}".encode()).hexdigest()
    return cache_folder() / f"{kind}-{key[:20]}"


def _fingerprint(folder: Path) -> str:
    lines = []
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        status = file.stat()
        lines.append(f"{file.relative_to(folder)} {status.st_size} {status.st_mtime_ns}")
    return hashlib.sha256("\n".join([str(folder.resolve()), *lines]).encode()).hexdigest()
