"""The command `dancers`."""

import subprocess
import sys

import pytest

from deformable_gan import dancers
from deformable_gan.cli import run_command
from deformable_gan.data.dataset_folder import DatasetFolder


def test_makes_a_dataset_and_clips(tmp_path, capsys):
    status = dancers.main(
        f"--output {tmp_path / 'set'} --train-people 1 --test-people 1 --images-per-person 2 "
        f"--image-size 40x32 --person-masks --skeleton openpose18 --clips {tmp_path / 'clips'} "
        "--clip-people 1 --clip-seconds 0.5 --clip-rate 4 --clip-size 64x96".split()
    )
    assert status == 0
    assert DatasetFolder(tmp_path / "set").image_size == (40, 32)
    assert len(list((tmp_path / "set" / "masks-test").iterdir())) == 2
    assert (tmp_path / "clips" / "dancer0000.mp4").is_file()
    assert "train: 2 images, 1 people, 2 pairs" in capsys.readouterr().out


def test_recordings_choreograph(tmp_path, make_bvh, call_command):
    arms = [{"LeftArm": (4 * i, 0, 0)} for i in range(11)]
    moving, after_rest = (
        make_bvh("a.bvh", arms),
        make_bvh("b.bvh", [{"LeftArm": (90, 0, 0)}, *arms]),
    )
    result = call_command(
        dancers.main,
        *("--output", tmp_path / "set", "--train-people", 2, "--test-people", 0),
        *("--images-per-person", 2, "--image-size", "40x32", "--random-facing"),
        *("--motion", moving, "--motion", after_rest),
    )
    assert result.status == 0
    assert "motion: a.bvh: 1.0 s, 10.0 frames per second\n" in result.out
    assert "motion: b.bvh: 1.0 s, 10.0 frames per second, without the first frame" in result.out
    source = DatasetFolder(tmp_path / "set").manifest["source"]
    assert [recording["name"] for recording in source["motion"]] == ["a.bvh", "b.bvh"]


def test_recordings_that_cannot_be_used(tmp_path, make_bvh, call_command):
    path = make_bvh("cut.bvh", [{}, {}, {}])
    text = path.read_text()
    path.write_text(text[: text.rindex("\n", 0, -1) + 1])
    result = call_command(dancers.main, "--output", tmp_path / "set", "--motion", path)
    result.assert_one_error(path, "the file ends here; expected frame 3")
    result = call_command(dancers.main, "--output", tmp_path / "set", "--random-facing")
    result.assert_one_error("name BVH files in `motion` (--motion)")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no output: give --output DIR"),
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
    status = run_command(dancers.main, ["--output", str(tmp_path / "set"), *arguments])
    assert status == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert message in error


def test_help_is_quick_and_light():
    program = (
        "import sys, deformable_gan.dancers as command\n"
        "try:\n    command.main(['--help'])\nexcept SystemExit:\n    pass\n"
        "assert not {'tensorflow', 'keras', 'cv2', 'av'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
