"""Finding a MoveNet: a path, an environment variable, TF-Hub's cache, and last the network."""

import hashlib
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from deformable_gan.errors import ConfigurationError, PoseError

#: Holds the path of a MoveNet where no path is given.
PATH_VARIABLE = "DEFORMABLE_GAN_MOVENET"
#: TF-Hub's own: the folder it keeps downloaded models in.
CACHE_VARIABLE = "TFHUB_CACHE_DIR"

_DOWNLOAD_SECONDS = 300


@dataclass(frozen=True)
class MoveNetVariant:
    """One of the published single-person networks.

    Attributes:
        handle: its address on TF-Hub.
        kaggle_handle: its address on Kaggle, where TF-Hub's models moved.
        input_size: side of the square picture it looks at, in pixels.
    """

    handle: str
    kaggle_handle: str
    input_size: int


#: Lightning is the fast one, Thunder the accurate one.
VARIANTS = {
    "lightning": MoveNetVariant(
        "https://tfhub.dev/google/movenet/singlepose/lightning/4",
        "google/movenet/tensorFlow2/singlepose-lightning/4",
        192,
    ),
    "thunder": MoveNetVariant(
        "https://tfhub.dev/google/movenet/singlepose/thunder/4",
        "google/movenet/tensorFlow2/singlepose-thunder/4",
        256,
    ),
}
DEFAULT_VARIANT = "lightning"


def get_variant(name: str) -> MoveNetVariant:
    """Return the variant of that name.

    Raises:
        ConfigurationError: there is none.
    """
    try:
        return VARIANTS[name]
    except KeyError:
        raise ConfigurationError(
            f"unknown MoveNet model {name!r}: expected one of {', '.join(VARIANTS)}"
        ) from None


def find_movenet(path: str | Path | None = None, variant: str = DEFAULT_VARIANT) -> Path:
    """Return where a MoveNet lies, downloading it if it lies nowhere.

    Looked for in this order: `path`; the environment variable `DEFORMABLE_GAN_MOVENET`; TF-Hub's
    cache (`TFHUB_CACHE_DIR`, or its default in the system's temporary folder); then the network,
    TF-Hub first and, where the package `kagglehub` is installed, Kaggle. The download runs in a
    process of its own that is ended after five minutes, since TF-Hub itself waits for ever.

    Args:
        path: a SavedModel folder or a `.tflite` file.
        variant: which network to look for where no path is given.

    Returns:
        A SavedModel folder or `.tflite` file.

    Raises:
        ConfigurationError: `variant` is unknown.
        PoseError: the path given holds nothing, or no MoveNet can be had.
    """
    wanted = get_variant(variant)
    if path is None and os.environ.get(PATH_VARIABLE):
        path = os.environ[PATH_VARIABLE]
        given_by = f"environment variable {PATH_VARIABLE}"
    else:
        given_by = "MoveNet path"
    if path is not None:
        path = Path(path)
        if not _is_model(path):
            reason = "holds no saved_model.pb" if path.is_dir() else "does not exist"
            if path.is_file():
                reason = "is no .tflite file"
            raise PoseError(
                f"{given_by}: {path} {reason}; expected a SavedModel folder or a .tflite file"
            )
        return path
    cached = _cache_folder(wanted.handle)
    if _is_model(cached):
        return cached
    downloaded, reason = _download(wanted)
    if downloaded is None:
        raise PoseError(
            f"no MoveNet at hand: {wanted.handle} could not be downloaded ({reason}). Give a "
            f"local copy, a SavedModel folder or a .tflite file, with --movenet PATH or the "
            f"environment variable {PATH_VARIABLE}; or set {CACHE_VARIABLE} to a TF-Hub cache "
            "folder that holds this handle"
        )
    return downloaded


def _is_model(path: Path) -> bool:
    if path.is_dir():
        return (path / "saved_model.pb").is_file()
    return path.is_file() and path.suffix == ".tflite"


def _cache_folder(handle: str) -> Path:
    cache = os.environ.get(CACHE_VARIABLE) or Path(tempfile.gettempdir()) / "tfhub_modules"
    return Path(cache).expanduser() / hashlib.sha1(handle.encode()).hexdigest()


def _download(variant: MoveNetVariant) -> tuple[Path | None, str]:
    """Download in a child process; return the model's path, or None and why not."""
    print(f"looking for MoveNet at {variant.handle} …", file=sys.stderr)
    module = "deformable_gan.pose.movenet_download"
    try:
        # A fresh interpreter, not a fork: forked TensorFlow hangs.
        child = subprocess.run(
            [sys.executable, "-m", module, variant.handle, variant.kaggle_handle],
            capture_output=True,
            text=True,
            timeout=_DOWNLOAD_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None, f"no answer within {_DOWNLOAD_SECONDS} seconds"
    lines = child.stdout.splitlines() or [""]
    if child.returncode == 0 and _is_model(Path(lines[-1])):
        return Path(lines[-1]), ""
    return None, lines[-1] or f"the download ended with status {child.returncode}"
