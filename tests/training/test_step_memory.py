import logging

import numpy as np
import pytest

from deformable_gan.devices import memory_use
from deformable_gan.devices.memory_use import MemoryUse
from deformable_gan.training import step_memory
from deformable_gan.training.step_memory import StepMemory, describe


def test_the_line():
    before, after = MemoryUse(400_000_000, 600_000_000, 15_000_000_000), None
    after = MemoryUse(500_000_000, 2_400_000_000, 15_000_000_000)
    assert describe(16, before, after) == (
        "memory: a step of 16 pairs takes about 2.0 GB; at the peak 2.4 of 15.0 GB are in use"
    )
    unknown = MemoryUse(500_000_000, 2_400_000_000, None)
    assert describe(1, unknown, unknown).endswith(
        "a step of 1 pair takes about 1.9 GB; at the peak 2.4 GB are in use"
    )


@pytest.mark.parametrize(("total", "warned"), [(1000, True), (1200, False), (None, False)])
def test_said_once_and_warned_of_where_it_is_nearly_all(monkeypatch, caplog, total, warned):
    uses = [MemoryUse(100, 200, total), MemoryUse(300, 950, total)]
    monkeypatch.setattr(step_memory.MemoryUse, "now", lambda: uses.pop(0))
    callback = StepMemory(4)
    with caplog.at_level(logging.INFO):
        for step in range(3):
            callback.on_train_batch_begin(step)
            callback.on_train_batch_end(step)
    assert uses == []
    assert caplog.messages[0].startswith("memory: a step of 4 pairs")
    assert [message.startswith("warning:") for message in caplog.messages[1:]] == [True] * warned


def test_where_the_system_does_not_tell_nothing_is_said(monkeypatch, caplog):
    monkeypatch.setattr(step_memory.MemoryUse, "now", lambda: None)
    callback = StepMemory(4)
    with caplog.at_level(logging.INFO):
        callback.on_train_batch_begin(0)
        callback.on_train_batch_end(0)
    assert not caplog.messages


def test_this_process():
    pytest.importorskip("resource")
    before = MemoryUse.now()
    block = np.ones(200_000_000, np.uint8)
    after = MemoryUse.now()
    assert block.nbytes * 0.9 < after.held - before.held < block.nbytes * 1.5
    assert after.peak >= after.held * 0.99
    assert before.total is None or before.total > after.peak


def test_a_containers_limit_counts(monkeypatch, tmp_path):
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(memory_use, "_CGROUP_LIMITS", (limit,))
    whole = memory_use._machine_bytes()
    limit.write_text("max\n")
    assert memory_use._machine_bytes() == whole
    if whole is not None:
        limit.write_text("1000000000\n")
        assert memory_use._machine_bytes() == 1_000_000_000
