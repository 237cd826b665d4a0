import json
import os
import socket
import subprocess
import sys

import pytest

from deformable_gan.data import output_lock as module
from deformable_gan.data.output_lock import output_lock
from deformable_gan.errors import DatasetError, DatasetInUseError

HOLD = """
import sys, time
from pathlib import Path
from deformable_gan.data.output_lock import output_lock
with output_lock(Path(sys.argv[1]), "data"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "lock")], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def test_the_holder_is_named_and_a_killed_one_is_not_in_the_way(tmp_path, holder):
    lock = tmp_path / "lock"
    with (
        pytest.raises(DatasetError, match=rf"data is in use by process {holder.pid} on"),
        output_lock(lock, "data"),
    ):
        pass
    assert json.loads(lock.read_text())["host"] == socket.gethostname()
    holder.kill()
    holder.wait()
    assert lock.exists()
    with output_lock(lock, "data"):
        assert json.loads(lock.read_text())["pid"] == os.getpid()
    assert not lock.exists()


def test_it_is_given_back_after_an_error(tmp_path):
    with pytest.raises(KeyError), output_lock(tmp_path / "new" / "lock", "data"):
        raise KeyError
    assert list((tmp_path / "new").iterdir()) == []


def test_another_machines_lock_is_respected(tmp_path):
    lock = tmp_path / "lock"
    lock.write_text(json.dumps({"pid": 12, "host": "elsewhere", "since": "yesterday"}))
    with (
        pytest.raises(DatasetError, match=r"process 12 on another machine, elsewhere.*delete"),
        output_lock(lock, "data"),
    ):
        pass
    assert lock.exists()


def test_a_half_written_lock_is_stale(tmp_path):
    (tmp_path / "lock").write_text('{"pid": 1')
    with output_lock(tmp_path / "lock", "data"):
        pass


def test_where_nothing_can_be_written(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(DatasetError, match="cannot be locked"),
        output_lock(tmp_path / "file" / "lock", "data"),
    ):
        pass


class WindowsLocks:
    """A stand-in for `msvcrt`: byte locks that a second handle of the file cannot take."""

    LK_NBLCK = 2

    def __init__(self):
        self.held = {}

    def locking(self, file, mode, count):
        assert (mode, count) == (self.LK_NBLCK, 1)
        key = os.fstat(file).st_ino, os.lseek(file, 0, os.SEEK_CUR)
        holder = self.held.get(key)
        if holder is not None and _is_open(holder):
            raise PermissionError(13, "Permission denied")
        self.held[key] = file


def _is_open(file):
    try:
        os.fstat(file)
    except OSError:
        return False
    return True


@pytest.fixture
def windows(monkeypatch):
    """Leave only the functions that Windows has."""
    monkeypatch.setattr(module, "fcntl", None)
    monkeypatch.setattr(module, "msvcrt", WindowsLocks(), raising=False)
    for name in ("pread", "pwrite"):
        monkeypatch.delattr(os, name)


def test_on_windows(tmp_path, windows):
    lock = tmp_path / "lock"
    with output_lock(lock, "data"):
        assert json.loads(lock.read_text())["pid"] == os.getpid()
        with (
            pytest.raises(DatasetInUseError, match=f"data is in use by process {os.getpid()}"),
            output_lock(lock, "data"),
        ):
            pass
    assert not lock.exists()


def test_on_windows_a_lock_file_left_behind_is_not_in_the_way(tmp_path, windows):
    lock = tmp_path / "lock"
    lock.write_text(json.dumps({"pid": 12, "host": socket.gethostname(), "since": "yesterday"}))
    with output_lock(lock, "data"):
        assert json.loads(lock.read_text())["pid"] == os.getpid()
