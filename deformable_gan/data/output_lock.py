"""A lock that lets one process at a time work on an output."""

import contextlib
import json
import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from deformable_gan.errors import DatasetError, DatasetInUseError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]
    import msvcrt

# Windows locks bytes rather than files, and other processes cannot read a locked byte. This byte
# lies far behind the text.
_LOCKED_BYTE = 2**20


@contextlib.contextmanager
def output_lock(path: Path, what: str) -> Iterator[None]:
    """Hold a lock file that names its holder, and delete it afterwards.

    The operating system releases the lock when its holder ends, in whatever way, so a lock file
    left behind on this machine blocks nobody. A lock file left behind by another machine looks
    like one in use, so it blocks.

    Args:
        path: the lock file; its folder is created.
        what: what is locked, for the message.

    Raises:
        DatasetInUseError: another process holds the lock; the message says which.
        DatasetError: the lock file cannot be created or locked.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = _acquire(path, what)
    except OSError as error:
        raise DatasetError(f"{what} cannot be locked (lock file {path}): {error}") from error
    try:
        holder = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        os.ftruncate(file, 0)
        os.lseek(file, 0, os.SEEK_SET)
        os.write(file, (json.dumps(holder) + "\n").encode())
        yield
    finally:
        _release(file, path)


def _release(file: int, path: Path) -> None:
    if fcntl:
        # Deleted before it is unlocked: afterwards it could already be another process's lock file.
        path.unlink(missing_ok=True)
        os.close(file)
        return
    os.close(file)
    with contextlib.suppress(OSError):  # Windows does not delete a file that a process has open
        path.unlink()


def _acquire(path: Path, what: str) -> int:
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            holder = _read_holder(file)
            if not _lock(file):
                raise DatasetInUseError(
                    f"{what} is in use by process {holder.get('pid', '?')} on "
                    f"{holder.get('host', 'this machine')}, since {holder.get('since', '?')}: "
                    "wait until it has finished, or end it"
                )
            # Read again: the former holder may have changed the file before releasing the lock.
            host = _read_holder(file).get("host", socket.gethostname())
            if host != socket.gethostname():
                raise DatasetInUseError(
                    f"{what} is in use by process {holder.get('pid', '?')} on another machine, "
                    f"{host}, since {holder.get('since', '?')}: wait until it has finished or, "
                    f"if it no longer runs, delete {path}"
                )
            # The former holder may have deleted the file between our opening and locking it.
            if path.exists() and os.path.samestat(os.fstat(file), path.stat()):
                return file
        except BaseException:
            os.close(file)
            raise
        os.close(file)


def _lock(file: int) -> bool:
    try:
        if fcntl:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            os.lseek(file, _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]  # Windows only
    except (BlockingIOError, PermissionError):
        return False
    return True


def _read_holder(file: int) -> dict:
    try:
        os.lseek(file, 0, os.SEEK_SET)
        holder = json.loads(os.read(file, 1000))
    except ValueError:  # empty or incomplete
        return {}
    return holder if isinstance(holder, dict) else {}
