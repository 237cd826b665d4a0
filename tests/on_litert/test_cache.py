import json
import os
import sys
from pathlib import Path

import pytest

from deformable_gan.on_litert.cache import (
    cache_folder,
    is_converted,
    model_folder,
    movenet_file,
)
from deformable_gan.on_litert.names import DESCRIPTION


def test_where_the_folder_lies(monkeypatch, tmp_path):
    monkeypatch.setenv("DEFORMABLE_GAN_CACHE", str(tmp_path / "mine"))
    assert cache_folder() == tmp_path / "mine"
    monkeypatch.delenv("DEFORMABLE_GAN_CACHE")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg/deformable_gan"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == Path.home() / ".cache/deformable_gan"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cache_folder() == Path.home() / "Library/Caches/deformable_gan"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert cache_folder() == tmp_path / "local/deformable_gan"


def test_the_default_model_has_a_folder_of_its_own():
    assert model_folder(None) == model_folder("people")
    assert model_folder("people").parent == cache_folder()
    assert not is_converted(model_folder("people"))
    assert not is_converted(None)


@pytest.mark.parametrize("weights", ["checkpoints/3.weights", "model.weights"])
def test_changed_weights_have_another_folder(tmp_path, weights):
    """A run's checkpoints count, but not its logs. All files of an export count."""
    file = tmp_path / "model" / weights
    file.parent.mkdir(parents=True)
    file.write_bytes(b"one")
    if not weights.startswith("checkpoints"):
        (tmp_path / "model/deformable_gan.json").write_text("{}")
    before = model_folder(tmp_path / "model")
    assert model_folder(tmp_path / "model") == before
    (tmp_path / "model/log.csv").write_text("step 4")
    assert (model_folder(tmp_path / "model") == before) == weights.startswith("checkpoints")
    before = model_folder(tmp_path / "model")
    os.utime(file, (1, 1))
    assert model_folder(tmp_path / "model") != before


def test_places_without_a_model_in_a_folder(tmp_path):
    for place in ("hf://somebody/model", tmp_path / "missing", tmp_path):
        assert model_folder(place) is None


def test_checkpoints_that_vanish_are_left_out(tmp_path, monkeypatch):
    """A training may delete a checkpoint while its files are listed."""
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints/kept").write_bytes(b"one")
    expected = model_folder(tmp_path)
    listed = [tmp_path / "checkpoints" / name for name in ("deleted", "kept")]
    monkeypatch.setattr(Path, "rglob", lambda *_: iter(listed))
    assert model_folder(tmp_path) == expected


def test_only_complete_conversions_count(tmp_path):
    (tmp_path / "a.tflite").write_bytes(b"1234")
    (tmp_path / DESCRIPTION).write_text(json.dumps({"files": {"a.tflite": 4}}))
    assert is_converted(tmp_path)
    (tmp_path / "a.tflite").write_bytes(b"12")
    assert not is_converted(tmp_path)
    (tmp_path / "a.tflite").unlink()
    assert not is_converted(tmp_path)
    for text in ("", "[]", "{}", '{"files": 3}'):
        (tmp_path / DESCRIPTION).write_text(text)
        assert not is_converted(tmp_path)


def test_movenets_have_different_files(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "saved_model.pb").write_bytes(b"")
    first, second = (movenet_file(tmp_path / name) for name in "ab")
    assert first != second
    assert first.suffix == ".tflite"
