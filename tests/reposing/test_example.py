"""What `repose --example` writes."""

import json

import numpy as np
import pytest
from PIL import Image

from deformable_gan import repose as command
from deformable_gan.data.video import read_frames


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The folder of the example made with the shipped model, and what the command printed."""
    import contextlib
    import io

    folder = tmp_path_factory.mktemp("example") / "new/example"
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        assert command.main(["--example", "--output", str(folder)]) == 0
    return folder, printed.getvalue()


def test_it_says_which_model_it_is_where_files_lie_and_what_comes_next(example):
    folder, printed = example
    lines = printed.splitlines()
    assert lines[0].startswith("model: people, which ships with the package")
    assert lines[1].startswith(f"{folder / 'people.png'}: 3 synthetic people")
    assert lines[2].startswith(f"{folder / 'dance.mp4'}: one of them in the 48 poses")
    for command_name in ("repose --source", "demo", "train"):
        assert f"python -m deformable_gan.{command_name}" in printed
    assert {path.name for path in folder.iterdir()} == {"people.png", "dance.mp4", "dance.json"}


def test_the_picture_has_a_row_for_each_person(example):
    picture = np.asarray(Image.open(example[0] / "people.png"))
    # Three rows of four images of 384x216, with white between them.
    assert 4 * 216 <= picture.shape[1] <= 4 * 216 + 40
    assert 3 * 384 <= picture.shape[0] <= 3 * 384 + 80


def test_results_are_nearer_to_the_truth_than_their_sources(example):
    picture = np.asarray(Image.open(example[0] / "people.png")).astype(float)
    top = picture.shape[0] - 3 * (384 + 4)
    for row in range(3):
        rows = slice(top + row * 388, top + row * 388 + 384)
        source, _, result, truth = (
            picture[rows, 4 + column * 220 : 4 + column * 220 + 216] for column in range(4)
        )
        assert np.abs(result - truth).mean() < np.abs(source - truth).mean()


def test_the_clip_has_the_promised_frames(example):
    frames = [frame for _, frame in read_frames(example[0] / "dance.mp4", rate=None, height=None)]
    assert len(frames) == 48
    shown = np.stack(frames).astype(float)
    assert shown.shape[1:] == (384, 3 * 216, 3)
    # The source stands still, dance and result move.
    moved = np.abs(np.diff(shown, axis=0)).mean(axis=(0, 1, 3))
    still, dance, result = (moved[216 * part + 8 : 216 * part + 208].mean() for part in range(3))
    assert still < 0.5
    assert dance > 2
    assert result > 2


def test_the_poses_are_those_of_the_clip(example):
    assert len(json.loads((example[0] / "dance.json").read_text())["frames"]) == 48


@pytest.mark.parametrize("option", ["--source", "--pose"])
def test_the_example_has_its_own_people(option, call_command, capsys):
    with pytest.raises(SystemExit) as ended:
        call_command(command.main, "--example", option, "anna.jpg")
    assert ended.value.code == 2
    assert f"leave out {option}" in capsys.readouterr().err


def test_the_example_goes_into_a_folder(call_command, tmp_path):
    result = call_command(command.main, "--example", "--output", tmp_path / "out.mp4")
    result.assert_one_error("expected a folder", "out.mp4")


def test_without_the_example_files_are_needed(call_command, capsys):
    with pytest.raises(SystemExit) as ended:
        call_command(command.main, "--source", "anna.jpg")
    assert ended.value.code == 2
    assert "required: --pose, --output (or --example alone)" in capsys.readouterr().err


def test_a_model_that_draws_small_images(call_command, tiny_run, tmp_path):
    result = call_command(
        command.main, "--example", "--run", tiny_run.path, "--output", tmp_path / "ex"
    )
    assert (result.status, result.err) == (0, "")
    assert "model:" not in result.out
    frames = list(read_frames(tmp_path / "ex/dance.mp4", rate=None, height=None))
    assert frames[0][1].shape == (384, 3 * 216, 3)
    assert len(frames) == 48
