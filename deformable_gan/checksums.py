"""SHA-256 of files, models and JSON values, independent of their location."""

import hashlib
import json
from pathlib import Path

from deformable_gan.errors import MediaError


def file_digest(path: Path) -> str:
    """Return a file's SHA-256, in hexadecimal digits, without holding the file in memory.

    Raises:
        MediaError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise MediaError(f"{path} cannot be read: {error.strerror or error}") from error


def model_digest(path: Path) -> str:
    """Return a SHA-256 over a model's file, or over the names and contents of its folder's files.

    Raises:
        MediaError: a file cannot be read.
    """
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    return value_digest([[file.relative_to(path).as_posix(), file_digest(file)] for file in files])


def value_digest(value: object) -> str:
    """Return the SHA-256 of a JSON value; the order of a dictionary's entries does not matter."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
