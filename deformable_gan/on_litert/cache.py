"""The folder in which converted models and MoveNets are kept."""

import hashlib
import importlib
import json
import os
import sys
import tempfile
from pathlib import Path

from deformable_gan.boxed.boxed_model import BoxedModel
from deformable_gan.on_litert.names import DESCRIPTION, MOVENET
from deformable_gan.on_litert.network import PACKAGE
from deformable_gan.sharing.model_folder import DESCRIPTION as MODEL_DESCRIPTION
from deformable_gan.version import __version__

#: The environment variable with the folder; without it, the user's folder for caches.
VARIABLE = "DEFORMABLE_GAN_CACHE"
# It changes whenever networks are converted differently.
_LAYOUT = 1


def is_litert_installed() -> bool:
    """Return whether LiteRT can be imported here."""
    try:
        importlib.import_module(f"{PACKAGE}.interpreter")
    except Exception:  # of any type, if one of its libraries does not fit this system
        return False
    return True


def cache_folder() -> Path:
    """Return the folder of all converted networks, which may not exist yet."""
    if given := os.environ.get(VARIABLE):
        return Path(given).expanduser()
    try:
        home = Path.home()
    except RuntimeError:  # a user without a home directory
        home = Path(tempfile.gettempdir())
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or home / ".cache"
    return Path(base) / "deformable_gan"


def model_folder(place: str | Path | None) -> Path | None:
    """Return the folder of a model's converted networks, which may not exist yet.

    Its name depends on the release and on the model: on the checksum of a boxed model, and on the
    names, sizes and times of the files of any other.

    Args:
        place: see `SavedGenerator.find`.

    Returns:
        The folder; None if the place is neither a boxed model, nor a run, nor an export in a
        folder. (A model on a hub is not known without a connection.)

    Raises:
        RunError: the boxed model is damaged.
    """
    if boxed := BoxedModel.find(place):
        return _named("model", boxed.digest)
    folder = Path(place or "")
    for weights, mark in ((folder / "checkpoints",) * 2, (folder, folder / MODEL_DESCRIPTION)):
        if mark.exists():
            return _named("model", _fingerprint(weights))
    return None


def movenet_file(path: Path) -> Path:
    """Return the file of a converted MoveNet, which may not exist yet.

    Args:
        path: MoveNet's SavedModel folder.
    """
    return _named("movenet", _fingerprint(path)) / MOVENET


def is_converted(folder: Path | None) -> bool:
    """Return whether a folder holds a complete converted model."""
    if folder is None:
        return False
    try:
        sizes = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))["files"]
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, TypeError, LookupError, AttributeError):
        return False


def _named(kind: str, digest: str) -> Path:
    key = hashlib.sha256(f"{_LAYOUT} {__version__} {digest}".encode()).hexdigest()
    return cache_folder() / f"{kind}-{key[:20]}"


def _fingerprint(folder: Path) -> str:
    lines = []
    for file in sorted(folder.rglob("*")):
        try:
            status = file.stat()
        except OSError:  # a training has just deleted this checkpoint
            continue
        if file.is_file():
            lines.append(f"{file.relative_to(folder)} {status.st_size} {status.st_mtime_ns}")
    return hashlib.sha256("\n".join([str(folder.resolve()), *lines]).encode()).hexdigest()
