"""Eight processes that build one dataset at once."""

import shutil
import subprocess
import sys

import pytest

from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.data.verify import verify_dataset

BUILDERS = 8


@pytest.mark.long
def test_one_works_and_the_others_say_why(tmp_path, shared):
    clips = tmp_path / "clips"
    clips.mkdir()
    shutil.copy(shared / "clips" / "tfjs_pose_1.mp4", clips)
    output = tmp_path / "out" / "data"
    command = [
        *(sys.executable, "-m", "deformable_gan.prepare", str(clips), "--output", str(output)),
        *("--movenet", str(shared / "models" / "movenet_singlepose_lightning_4")),
    ]
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(BUILDERS)
    ]
    results = [(process, *process.communicate(timeout=500)) for process in processes]
    worked = [process for process, _, _ in results if process.returncode == 0]
    for process, _, error in results:
        if process.returncode:
            assert process.returncode == 1
            assert "is in use by process" in error or "is not empty" in error, error
            assert "Traceback" not in error
    assert len(worked) == 1, [(p.returncode, out[-300:], err[-300:]) for p, out, err in results]
    assert verify_dataset(output) == []
    assert len(DatasetFolder(output).train.names) > 0
    assert not [path for path in output.parent.iterdir() if path.name.endswith(".lock")]
