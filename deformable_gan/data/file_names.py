"""The length and the encoding of file names: checks, short names and printable names."""

import hashlib
import os
from pathlib import PurePath

from deformable_gan.errors import MediaError

#: The longest name in bytes that Linux, macOS and Windows accept, less the bytes that the name of a
#: temporary file adds.
LONGEST_NAME = 220
# The longest name in bytes that these systems accept.
_LIMIT = 255
_DIGITS = 8


def shortened(name: str, limit: int) -> str:
    """Return a name of at most `limit` bytes in UTF-8; different names stay different.

    Args:
        name: any text.
        limit: bytes, more than 9.

    Returns:
        The name itself if it is short enough. Otherwise as many whole characters as fit, followed
        by `-` and eight hexadecimal digits, a checksum of the whole name.
    """
    data = name.encode("utf-8", "surrogateescape")
    if len(data) <= limit:
        return name
    digits = hashlib.sha256(data).hexdigest()[:_DIGITS]
    kept = data[: limit - _DIGITS - 1].decode("utf-8", "ignore")
    return f"{kept.rstrip()}-{digits}"


def check_name(path: PurePath, limit: int = _LIMIT) -> None:
    """Check that a file or folder name is short enough.

    Args:
        path: a path whose last part is the name.
        limit: the longest name in bytes of UTF-8; use `LONGEST_NAME` for a file that is written
            under a temporary name derived from it.

    Raises:
        MediaError: the name is too long.
    """
    count = len(os.fsencode(path.name))
    if count > limit:
        raise MediaError(
            f"the name {printable(path.name)[:40]}… has {count} bytes, but at most {limit} are "
            "allowed: choose a shorter name"
        )


def is_text(path: PurePath | str) -> bool:
    """Return whether a path is valid UTF-8, so that tables, reports and messages can hold it."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def printable(path: PurePath | str) -> str:
    """Return a path as text, with a replacement character for bytes that are not UTF-8."""
    return os.fsencode(str(path)).decode(errors="replace")


def describe_no_text(path: PurePath | str) -> str:
    """Return the error message for a path that `is_text` rejects."""
    return (
        f"the name of {printable(path)} is not in UTF-8: rename it (for names from an archive, "
        "`convmv --notest -f latin1 -t utf8 FILE` does this)"
    )
