"""Writing a file so that it is there whole or not at all."""

import contextlib
import errno
import tempfile
from collections.abc import Iterator
from pathlib import Path

from deformable_gan.data.file_names import LONGEST_NAME, check_name, shortened
from deformable_gan.errors import MediaError

# A full disk, and a full share of one (Windows knows no such errors).
_NO_ROOM = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}


@contextlib.contextmanager
def atomic_file(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside `path` that takes its place when the block ends well.

    The temporary file has the same suffix, since encoders choose their format by it. After an
    exception it is removed and an older file of that name stays as it was. Missing parent
    folders are made.

    Args:
        path: the file wanted.

    Yields:
        The path to write to.

    Raises:
        MediaError: the name is too long, the folder cannot be made or written to, the disk is
            full, or the file cannot be put into place.
    """
    path = Path(path)
    check_name(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A private folder rather than a private file: it keeps the umask's permissions, and some
        # encoders open their file more than once.
        folder = tempfile.TemporaryDirectory(
            prefix=f".{shortened(path.name, LONGEST_NAME)}.writing-",
            dir=path.parent,
            ignore_cleanup_errors=True,
        )
    except OSError as error:
        raise MediaError(f"cannot write {path}: {error.strerror or error}") from error
    with folder as name:
        temporary = Path(name) / path.name
        try:
            yield temporary
        except OSError as error:
            # Others may be of what the block reads; it knows better.
            if error.errno not in _NO_ROOM:
                raise
            raise MediaError(f"cannot write {path}: {error.strerror}") from error
        try:
            temporary.replace(path)
        except OSError as error:
            raise MediaError(f"cannot write {path}: {error.strerror or error}") from error
