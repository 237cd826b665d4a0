"""File names that every file system takes, and names that can be shown."""

import hashlib
import os
from pathlib import PurePath

from deformable_gan.errors import MediaError

#: Bytes of a name that Linux, macOS and Windows take, less what a temporary name adds.
LONGEST_NAME = 220
# Bytes of a name that they take.
_LIMIT = 255
_DIGITS = 8


def shortened(name: str, limit: int) -> str:
    """Return a name of at most so many bytes in UTF-8; two that differ stay different.

    Args:
        name: any text.
        limit: bytes, more than 9.

    Returns:
        The name as it is if it is short enough; else as much of it as fits, at the end of a
        character, with a `-` and eight digits that are a checksum of the whole.
    """
    data = name.encode("utf-8", "surrogateescape")
    if len(data) <= limit:
        return name
    digits = hashlib.sha256(data).hexdigest()[:_DIGITS]
    kept = data[: limit - _DIGITS - 1].decode("utf-8", "ignore")
    return f"{kept.rstrip()}-{digits}"


def check_name(path: PurePath, limit: int = _LIMIT) -> None:
    """Make sure that a file or folder can have a name.

    Args:
        path: whose last part is the name.
        limit: its bytes in UTF-8 at most; `LONGEST_NAME` for what is built under a temporary name
            that is made of it.

    Raises:
        MediaError: it is too long.
    """
    count = len(os.fsencode(path.name))
    if count > limit:
        raise MediaError(
            f"the name {printable(path.name)[:40]}… has {count} bytes, and at most {limit} can be "
            "used: choose a shorter one"
        )


def is_text(path: PurePath | str) -> bool:
    """Tell whether a path is valid UTF-8, so that tables, reports and messages can hold it."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def printable(path: PurePath | str) -> str:
    """Return a path as text, with a sign in place of bytes that are no text."""
    return os.fsencode(str(path)).decode(errors="replace")


def describe_no_text(path: PurePath | str) -> str:
    """Say of a path that `is_text` refuses what is wrong with it."""
    return (
        f"the name of {printable(path)} is not in UTF-8: rename it (`convmv -f latin1 -t utf8` "
        "does, for names that an archive brought along)"
    )
