import os
import shutil

import pytest

from deformable_gan.errors import RunError
from deformable_gan.web.runs import dataset_of, latest_run


def test_the_latest_run_is_the_one_last_saved(tiny_run, tmp_path):
    for name, time in (("old", 1000), ("young", 3000), ("middle", 2000)):
        copy = shutil.copytree(tiny_run.path, tmp_path / name)
        for path in (copy / "checkpoints").iterdir():
            os.utime(path, (time, time))
    unfinished = tmp_path / "unfinished"
    unfinished.mkdir()
    shutil.copy(tiny_run.config_file, unfinished)
    assert latest_run(tmp_path) == tmp_path / "young"


def test_no_run_at_all(tmp_path):
    with pytest.raises(RunError, match=r"no run .* deformable_gan\.train.* --run DIR"):
        latest_run(tmp_path / "runs")


def test_a_run_names_its_dataset(tiny_run, dancers, tiny_export):
    assert dataset_of(tiny_run.path) == dancers.path.resolve()
    assert dataset_of(tiny_export[0]) is None
