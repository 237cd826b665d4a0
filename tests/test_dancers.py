"""The verb `dancers`."""

import subprocess
import sys

import pytest

from deformable_gan import dancers
from deformable_gan.cli import run_verb
from deformable_gan.data.dataset_folder import DatasetFolder


def test_makes_a_dataset_and_clips(tmp_path, capsys):
    status = dancers.main(
        f"--output {tmp_path / 'set'} --train-people 1 --test-people 1 --images-per-person 2 "
        f"--image-size 40x32 --masks --skeleton openpose18 --clips {tmp_path / 'clips'} "
        "--clip-people 1 --clip-seconds 0.5 --clip-rate 4 --clip-size 64x96".split()
    )
    assert status == 0
    assert DatasetFolder(tmp_path / "set").image_size == (40, 32)
    assert len(list((tmp_path / "set" / "masks-test").iterdir())) == 2
    assert (tmp_path / "clips" / "dancer0000.mp4").is_file()
    assert "train: 2 images, 1 people, 2 pairs" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nothing to make"),
        (["--output", "x", "--image-size", "128"], "expected HEIGHTxWIDTH"),
    ],
)
def test_arguments_not_understood(arguments, message, capsys):
    with pytest.raises(SystemExit) as stop:
        dancers.main(arguments)
    assert stop.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--image-size", "8x8"], "at least 32 pixels"),
        (["--skeleton", "horse"], "unknown skeleton layout 'horse'"),
        (["--train-people", "0"], "train_people must be at least 1"),
    ],
)
def test_errors_are_one_line(tmp_path, arguments, message, capsys):
    status = run_verb(dancers.main, ["--output", str(tmp_path / "set"), *arguments])
    assert status == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert message in error


def test_help_is_quick_and_light():
    program = (
        "import sys, deformable_gan.dancers as verb\n"
        "try:\n    verb.main(['--help'])\nexcept SystemExit:\n    pass\n"
        "assert not {'tensorflow', 'keras', 'cv2', 'av'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
