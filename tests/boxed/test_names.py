from pathlib import Path

import pytest

from deformable_gan.boxed.names import CARD, DEFAULT_MODEL, ROOT, WEIGHTS, boxed_name, boxed_names


def test_the_default_model_ships_with_the_package():
    assert DEFAULT_MODEL == "people"
    assert "people" in boxed_names()


@pytest.mark.parametrize("name", boxed_names())
def test_every_model_has_a_card_and_is_small(name):
    assert (ROOT / name / CARD).read_text(encoding="utf-8").startswith("# ")
    assert (ROOT / name / WEIGHTS).stat().st_size <= 9_000_000


@pytest.mark.parametrize("place", ["people", Path("people"), Path("./people")])
def test_a_name(place, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert boxed_name(place) == "people"


@pytest.mark.parametrize("place", ["runs/people", "hf://anna/people", "People", "", "absent"])
def test_no_name(place):
    assert boxed_name(place) is None


def test_a_folder_of_photographs_is_no_model(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("people").mkdir()
    Path("people/anna.jpg").write_bytes(b"")
    assert boxed_name("people") == "people"


@pytest.mark.parametrize("file", ["config.json", "deformable_gan.json"])
def test_the_users_own_model_of_that_name_has_priority(file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("people").mkdir()
    Path("people", file).write_text("{}")
    assert boxed_name("people") is None
