"""Writing a file so that it appears complete or not at all."""

import contextlib
import errno
import tempfile
from collections.abc import Iterator
from pathlib import Path

from deformable_gan.data.file_names import LONGEST_NAME, check_name, shortened
from deformable_gan.errors import MediaError

# A full disk and an exhausted quota (not every system has an error number for quotas).
_NO_ROOM = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}


@contextlib.contextmanager
def atomic_file(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` that replaces `path` when the block ends normally.

    The temporary file has the same suffix, because encoders choose the format by it. After an
    exception the temporary file is removed and an older file at `path` stays unchanged. Missing
    parent folders are created.

    Args:
        path: the file to write.

    Yields:
        The path to write to.

    Raises:
        MediaError: the name is too long, the folder cannot be created or written to, the disk is
            full, or the file cannot be moved into place.
    """
    path = Path(path)
    check_name(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A private folder rather than a private file: the file keeps the umask's permissions, and
        # some encoders open their file more than once.
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
            # Other errors may concern files that the block reads: they are raised unchanged.
            if error.errno not in _NO_ROOM:
                raise
            raise MediaError(f"cannot write {path}: {error.strerror}") from error
        try:
            temporary.replace(path)
        except OSError as error:
            raise MediaError(f"cannot write {path}: {error.strerror or error}") from error
