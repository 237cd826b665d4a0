import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from deformable_gan.cli import import_tensorflow
from deformable_gan.data.preparing.prepare_options import PrepareOptions
from deformable_gan.data.preparing.recordings import VideoRecording
from deformable_gan.data.preparing.result import read_result
from deformable_gan.data.preparing.worker_process import WorkerProcess, WorkerSettings
from deformable_gan.data.preparing.workers import run_workers
from deformable_gan.errors import PoseError


@dataclass(frozen=True)
class DeadlyRecording:
    """A recording that kills the process that reads it, as a defect in a decoder would."""

    person: str
    path: Path
    kind = "video"

    def expected_frames(self, rate):
        return 1

    def frames(self, rate, height, report_failure):
        os.kill(os.getpid(), signal.SIGSEGV)
        yield


@dataclass(frozen=True)
class StrangeRecording(DeadlyRecording):
    def frames(self, rate, height, report_failure):
        raise ZeroDivisionError("never thought of")
        yield


class Listener:
    def __init__(self):
        self.frames = {}
        self.ended = []

    def opened(self, task, expected):
        self.frames[task] = 0

    def advanced(self, task, frames):
        self.frames[task] += frames

    def closed(self, task):
        self.ended.append(task)


def no_prologue():
    pass


def settings(movenet, variant=None):
    return WorkerSettings(PrepareOptions(), movenet, variant, True, no_prologue)


@pytest.mark.slow
def test_a_worker_that_dies_takes_one_recording_with_it(
    tmp_path, marker_movenet_folder, make_video, monkeypatch
):
    # The fresh processes find this module's classes by its name.
    monkeypatch.syspath_prepend(Path(__file__).parent)
    monkeypatch.setitem(sys.modules, "test_workers", sys.modules[__name__])
    for kind in (DeadlyRecording, StrangeRecording):
        monkeypatch.setattr(kind, "__module__", "test_workers")
    monkeypatch.setattr(no_prologue, "__module__", "test_workers")
    # Whether or not a person is found, the recording is read to its end.
    clip = make_video("man.mp4", [np.full((64, 64, 3), 8 * i, np.uint8) for i in range(25)], rate=6)
    recordings = [
        DeadlyRecording("deadly", Path("deadly.mp4")),
        StrangeRecording("strange", Path("strange.mp4")),
        VideoRecording("man", clip),
    ]
    tasks = [(recording, tmp_path / f"{recording.person}.zip") for recording in recordings]
    listener = Listener()
    failed = run_workers(tasks, settings(marker_movenet_folder), 1, listener)
    assert failed == {
        0: "deadly.mp4: its worker process died (exit status -11): the file may be damaged, or "
        "there was not enough memory",
        1: "strange.mp4: unexpected ZeroDivisionError: never thought of",
    }
    assert [path.name for path in tmp_path.glob("*.zip")] == ["man.zip"]
    assert listener.frames[2] == 25
    assert sorted(listener.ended) == [0, 1, 2]


@pytest.mark.slow
def test_one_worker_alone(tmp_path, marker_movenet_folder, make_video, monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parent)
    monkeypatch.setitem(sys.modules, "test_workers", sys.modules[__name__])
    for item in (DeadlyRecording, no_prologue):
        monkeypatch.setattr(item, "__module__", "test_workers")
    worker = WorkerProcess(
        WorkerSettings(PrepareOptions(), marker_movenet_folder, None, False, no_prologue)
    )
    nobody = make_video("nobody.mp4", [np.full((64, 64, 3), 90, np.uint8)] * 6, rate=6)
    assert worker.prepare(VideoRecording("nobody", nobody), tmp_path / "nobody.zip") is None
    assert "no usable person in 6 frames" in read_result(tmp_path / "nobody.zip").failure
    assert worker.alive
    reason = worker.prepare(DeadlyRecording("deadly", Path("deadly.mp4")), tmp_path / "d.zip")
    assert reason == (
        "deadly.mp4: its worker process died (exit status -11): the file may be damaged, or "
        "there was not enough memory"
    )
    assert not worker.alive


@pytest.mark.slow
def test_a_movenet_that_cannot_be_used_ends_everything(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"nonsense")
    tasks = [(VideoRecording("man", tmp_path / "man.mp4"), tmp_path / "man.zip")]
    broken = WorkerSettings(PrepareOptions(), tmp_path, None, True, import_tensorflow)
    with pytest.raises(PoseError, match="cannot be loaded as a SavedModel"):
        run_workers(tasks, broken, 2, Listener())


def test_nothing_to_do_starts_nothing(tmp_path):
    assert run_workers([], settings(tmp_path), 4, Listener()) == {}
