"""One process at a time on an output."""

import contextlib
import json
import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from deformable_gan.errors import DatasetError

try:
    import fcntl
except ImportError:  # Windows; the lock file alone tells of others there
    fcntl = None  # type: ignore[assignment]


@contextlib.contextmanager
def output_lock(path: Path, what: str) -> Iterator[None]:
    """Hold a lock file; it says who holds it and is gone afterwards.

    The operating system gives the lock back when its holder dies, however it dies: a file that
    was left behind on this machine does not stand in anybody's way. One that another machine
    left behind cannot be told from one in use, so it does.

    Args:
        path: the lock file; its folder is made.
        what: what is locked, for the message.

    Raises:
        DatasetError: somebody else holds it (the message says who), or the folder cannot be
            written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = _acquire(path, what)
    except OSError as error:
        raise DatasetError(f"{what} cannot be locked by {path}: {error}") from error
    try:
        holder = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        os.ftruncate(file, 0)
        os.pwrite(file, (json.dumps(holder) + "\n").encode(), 0)
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(file)


def _acquire(path: Path, what: str) -> int:
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            holder = _read_holder(file)
            if not _lock(file):
                raise DatasetError(
                    f"{what} is being worked on by process {holder.get('pid', '?')} on "
                    f"{holder.get('host', 'this machine')}, since {holder.get('since', '?')}: "
                    "wait until it has finished, or end it"
                )
            # Read again: whoever held it may have changed it before giving it back.
            host = _read_holder(file).get("host", socket.gethostname())
            if host != socket.gethostname():
                raise DatasetError(
                    f"{what} is being worked on by process {holder.get('pid', '?')} on another "
                    f"machine, {host}, since {holder.get('since', '?')}: wait until it has "
                    f"finished or, if it no longer runs, delete {path}"
                )
            # It may have been deleted by the one who held it between opening and locking.
            if path.exists() and os.path.samestat(os.fstat(file), path.stat()):
                return file
        except BaseException:
            os.close(file)
            raise
        os.close(file)


def _lock(file: int) -> bool:
    if fcntl is None:
        return not os.fstat(file).st_size
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read_holder(file: int) -> dict:
    try:
        holder = json.loads(os.pread(file, 1000, 0))
    except ValueError:  # empty or half written
        return {}
    return holder if isinstance(holder, dict) else {}
