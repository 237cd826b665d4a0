import shutil

import pytest

from deformable_gan.errors import RunError
from deformable_gan.saving.saved_generator import (
    SavedGenerator,
    SavedInExport,
    SavedInPackage,
    SavedInRun,
)


def test_where_generators_are(tiny_run, tiny_preset, tiny_export):
    assert isinstance(SavedGenerator.find(), SavedInPackage)
    assert isinstance(SavedGenerator.find("people"), SavedInPackage)
    assert isinstance(SavedGenerator.find(tiny_run.path), SavedInRun)
    assert isinstance(SavedGenerator.find(tiny_preset[0]), SavedInExport)
    assert SavedGenerator.find(tiny_preset[0]).has_network
    assert not SavedGenerator.find(tiny_export[0]).has_network


def test_what_is_known_of_a_run(tiny_run, tiny_config, tiny_generator):
    saved = SavedGenerator.find(tiny_run.path)
    assert saved.read_config() == tiny_config
    assert saved.restore(tiny_generator) == 2
    assert saved.details(2) == {"run": str(tiny_run.path), "preset": "tiny", "step": 2}


def test_no_network(tiny_export):
    with pytest.raises(RunError, match=r"holds only the formats .*, expected keras"):
        SavedGenerator.find(tiny_export[0]).read_config()


def test_a_run_where_none_is_wanted(tiny_run):
    with pytest.raises(RunError, match="is not an exported model"):
        SavedGenerator.find(tiny_run.path, runs=False)


def test_nothing(tmp_path):
    with pytest.raises(RunError, match="is not a run directory"):
        SavedGenerator.find(tmp_path / "absent").read_config()


def test_a_damaged_export(tiny_preset, tmp_path):
    copied = shutil.copytree(tiny_preset[0], tmp_path / "copied")
    (copied / "model.weights.h5").write_bytes(b"nothing")
    with pytest.raises(RunError, match="is damaged"):
        SavedGenerator.find(copied)
