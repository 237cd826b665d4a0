"""The reposing command, from files to files."""

import functools
import json
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from deformable_gan import repose as command
from deformable_gan.data.video import read_frames
from deformable_gan.pose.skeleton import COCO17
from deformable_gan.reposing.pose_sequence import PoseSequence
from deformable_gan.reposing.posed_image import annotated_image
from deformable_gan.reposing.reposer import Reposer
from deformable_gan.reposing.views.stored_views import write_views
from deformable_gan.reposing.views.views_folder import VIEWS


@pytest.fixture
def run_repose(tiny_run, dancers, call_command):
    """Return a function that runs the command with a run and an image of a dataset."""

    def run(pose, output, *options, source=None, model=None):
        model = model or ("--run", tiny_run.path)
        source = source or dancers.test.image_path(0)
        return run.call(*(*model, "--source", source, "--pose", pose, "--output", output, *options))

    run.call = functools.partial(call_command, command.main)
    return run


@pytest.fixture(scope="module")
def reposer(tiny_run):
    return Reposer.load(tiny_run.path)


@pytest.fixture
def kept_reposer(reposer, monkeypatch):
    """Make the command use a model that is loaded and traced once for all tests."""
    monkeypatch.setattr(Reposer, "load", lambda *_: reposer)


@pytest.fixture(scope="module")
def expected(reposer, dancers):
    """The model's results for the dataset's first test image in all test poses."""
    person = reposer.person(dancers.test.image_path(0))
    return reposer.repose(person, reposer.poses(dancers.path / "annotations-test.csv"))


def test_a_picture(run_repose, dancers, expected, tmp_path):
    output = tmp_path / "new/out.png"
    status, out, error = run_repose(dancers.test.image_path(2), output)
    assert (status, error) == (0, "")
    assert out.partition("\n")[2].startswith(f"{output}: ")  # after the line about the device
    # Batches of another size may round the last float bit differently.
    difference = np.asarray(Image.open(output)).astype(int) - expected[2]
    assert np.abs(difference).max() <= 1


def test_retargeted_poses(run_repose, kept_reposer, dancers, tmp_path):
    """The pose is the source's own at half the size; retargeting restores its full size."""
    keypoints = dancers.test.keypoints[:1].copy()
    keypoints[..., :2] *= 0.5
    pose = tmp_path / "half.json"
    PoseSequence.of_keypoints(keypoints, COCO17).save(pose, (64, 36))
    own = tmp_path / "own.png"
    assert run_repose(dancers.test.image_path(0), own)[0] == 0
    pictures = [np.asarray(Image.open(own)).astype(int)]
    for option in ("--retarget", "--no-retarget"):
        output = tmp_path / f"out{option}.png"
        assert run_repose(pose, output, option)[0] == 0
        pictures.append(np.asarray(Image.open(output)).astype(int))
    # Pose files hold hundredths of a pixel.
    assert np.abs(pictures[1] - pictures[0]).mean() < 0.5
    assert np.abs(pictures[2] - pictures[0]).mean() > 2


def test_side_by_side_and_enlarged(run_repose, kept_reposer, dancers, expected, tmp_path):
    output = tmp_path / "out.png"
    assert run_repose(dancers.test.image_path(2), output, "--side-by-side")[0] == 0
    picture = np.asarray(Image.open(output)).astype(int)
    assert picture.shape == (64, 3 * 36, 3)
    source = np.asarray(Image.open(dancers.test.image_path(0)))
    np.testing.assert_array_equal(picture[:, :36], source)
    assert np.abs(picture[:, 72:] - expected[2]).max() <= 1
    middle = picture[:, 36:72]
    assert 0.02 < (middle > 0).any(axis=-1).mean() < 0.5  # a skeleton on black
    assert run_repose(dancers.test.image_path(2), output, "--scale", 3)[0] == 0
    assert Image.open(output).size == (3 * 36, 3 * 64)


@pytest.mark.parametrize("suffix", [".gif", ".mp4", ".webm"])
def test_a_clip_of_all_poses_of_a_dataset(
    run_repose, kept_reposer, dancers, expected, tmp_path, suffix
):
    output = tmp_path / f"out{suffix}"
    assert run_repose(dancers.path / "annotations-test.csv", output)[0] == 0
    frames = list(read_frames(output, rate=None, height=None))
    assert len(frames) == len(expected) == 8
    assert frames[1][0] == pytest.approx(1 / 6, abs=0.01)  # six poses a second
    # After two training steps the images are coloured noise, which no codec preserves, but each
    # decoded frame is nearest to the image that it shows.
    shown = np.stack([frame for _, frame in frames]).astype(int)
    distance = np.abs(shown[:, None] - expected[None]).mean(axis=(2, 3, 4))
    np.testing.assert_array_equal(distance.argmin(axis=1), np.arange(8))


def test_an_exported_model_gives_the_same_picture(
    run_repose, tiny_export, dancers, expected, tmp_path
):
    output, model = tmp_path / "out.png", ("--model", tiny_export[0])
    assert run_repose(dancers.test.image_path(2), output, model=model)[0] == 0
    assert np.abs(np.asarray(Image.open(output)).astype(int) - expected[2]).max() <= 1


def test_many_poses_do_not_fit_into_a_picture(run_repose, kept_reposer, dancers, tmp_path):
    result = run_repose(dancers.path / "annotations-test.csv", tmp_path / "out.png")
    result.assert_one_error("but there are 8", "out.png", ".webm or .gif")
    assert list(tmp_path.iterdir()) == []


def test_clips_say_how_fast_they_were_made(run_repose, kept_reposer, dancers, tmp_path):
    poses = dancers.path / "annotations-test.csv"
    out = run_repose(poses, tmp_path / "out.mp4").out
    speed = r"^8 frames in [\d.]+ s, [\d.]+ frames per second, shown at 6: finding poses .*"
    assert re.search(speed + r"generator [\d.]+ s \(\d+%\), .*drawing and writing .*\)$", out, re.M)
    assert "frames per second" not in run_repose(dancers.test.image_path(2), tmp_path / "a.png").out


def test_several_people_in_several_poses(run_repose, kept_reposer, dancers, expected, tmp_path):
    """The results are written as files in a folder, or as one image with a grid."""
    people = dancers.test.image_path(0), dancers.test.image_path(4)
    poses = dancers.test.image_path(2), dancers.test.image_path(6)
    arguments = ["--run", "kept", "--source", *people, "--pose", *poses, "--output"]
    folder = tmp_path / "all"
    result = run_repose.call(*arguments, folder)
    assert result.status == 0, result.err
    names = [f"{person.stem}_as_{pose.stem}.png" for person in people for pose in poses]
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)
    first = np.asarray(Image.open(folder / names[0])).astype(int)
    assert np.abs(first - expected[2]).max() <= 1
    assert result.out.count("in 1 pose(s) of") == 4

    result = run_repose.call(*arguments, tmp_path / "grid.png")
    device, line = result.out.splitlines()
    assert device.startswith("device: ")
    assert line == f"{tmp_path / 'grid.png'}: 2 people in 2 poses"
    grid = np.asarray(Image.open(tmp_path / "grid.png"))
    assert grid.shape == (3 * 66 + 2, 3 * 38 + 2, 3)  # two pixels of white around every image
    assert np.abs(grid[68:132, 40:76].astype(int) - expected[2]).max() <= 1
    np.testing.assert_array_equal(grid[68:132, 2:38], np.asarray(Image.open(people[0])))
    np.testing.assert_array_equal(grid[2:66, 2:38], 255)


def test_clips_in_a_folder(run_repose, kept_reposer, dancers, tmp_path):
    poses = dancers.path / "annotations-test.csv"
    arguments = [
        "--run",
        "kept",
        "--source",
        dancers.test.image_path(0),
        "--output",
        tmp_path / "x",
    ]
    arguments += ["--clips-as", "gif", "--pose", poses, dancers.test.image_path(2)]
    assert run_repose.call(*arguments).status == 0
    names = [
        f"dancer0002_0000_as_{name}" for name in ("annotations-test.gif", "dancer0002_0002.png")
    ]
    assert sorted(path.name for path in (tmp_path / "x").iterdir()) == sorted(names)
    result = run_repose.call(*arguments, "--output", tmp_path / "grid.png")
    result.assert_one_error("a file with 8 poses cannot be shown", "name a folder")


def test_two_files_of_one_name(run_repose, kept_reposer, dancers, tmp_path):
    person = dancers.test.image_path(0)
    arguments = ["--run", "kept", "--source", person, person, "--pose", person, "--output"]
    assert run_repose.call(*arguments, tmp_path / "x").status == 0
    name = f"{person.stem}_as_{person.stem}"
    assert {path.name for path in (tmp_path / "x").iterdir()} == {f"{name}.png", f"{name}-2.png"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--output", "x.gif"), "cannot write several people or poses to x.gif"),
        (
            ("--output", "x", "--person-mask", "m.png"),
            "--person-mask works with one --source file only, received 2: give one",
        ),
        (
            ("--output", "x", "--save-pose", "p.json"),
            "--save-pose works with one --pose file only, received 2: give one",
        ),
    ],
)
def test_what_does_not_go_with_several(run_repose, options, message):
    arguments = ["--run", "absent", "--source", "a.png", "b.png", "--pose", "c.png", "d.png"]
    run_repose.call(*arguments, *options).assert_one_error(message)


def test_a_pose_saved_edited_and_taken(run_repose, kept_reposer, dancers, expected, tmp_path):
    output, saved = tmp_path / "out.png", tmp_path / "pose.json"
    pose = dancers.test.image_path(2)
    out = run_repose(pose, output, "--save-pose", saved).out
    assert out.partition("\n")[2].startswith(f"{saved}: 1 pose(s) of {pose}\n")
    assert run_repose(saved, output).status == 0
    # Joints are written to a hundredth of a pixel.
    assert np.abs(np.asarray(Image.open(output)).astype(int) - expected[2]).mean() < 0.5
    value = json.loads(saved.read_text())
    y, x, *confidence = value["joints"]["left_wrist"]
    value["joints"]["left_wrist"] = [y - 10, x + 5, *confidence]
    saved.write_text(json.dumps(value))
    assert run_repose(saved, output).status == 0
    edited = np.asarray(Image.open(output)).astype(int)
    assert (np.abs(edited - expected[2]).max(axis=-1) > 1).mean() > 0.01
    saved.write_text("{}")
    run_repose(saved, output).assert_one_error(saved, "'image_size' must be")


def test_strip(run_repose, kept_reposer, dancers, tmp_path):
    output = tmp_path / "out.png"
    assert run_repose(dancers.test.image_path(2), output, "--strip").status == 0
    picture = Image.open(output)
    # Ten regions side by side, and at least four rows.
    assert picture.width > 10 * 36
    assert picture.height > 4 * 64
    result = run_repose(dancers.path / "annotations-test.csv", tmp_path / "out.gif", "--strip")
    assert len(list(read_frames(tmp_path / "out.gif", rate=None, height=None))) == 8, result.err


def test_no_strip_of_an_export(run_repose, tiny_export, dancers, tmp_path):
    pose, model = dancers.test.image_path(2), ("--model", tiny_export[0])
    result = run_repose(pose, tmp_path / "out.png", "--strip", model=model)
    result.assert_one_error("--strip shows intermediate results", "--run")


def test_the_size_of_the_photograph(run_repose, monkeypatch, marker_movenet, dancers, tmp_path):
    shows_source = Reposer(lambda image, *_: image, (64, 36), dancers.skeleton)
    shows_source._movenet = marker_movenet
    monkeypatch.setattr(Reposer, "load", lambda *_: shows_source)
    photograph = np.full((300, 260, 3), 90, np.uint8)
    photograph[119:122, 99:102] = (255, 0, 0)  # the mark in the middle of the figure
    Image.fromarray(photograph).save(tmp_path / "photo.png")
    sizes = {}
    for option in ("--original-size", "--in-photograph", "--side-by-side"):
        pose, output = dancers.test.image_path(2), tmp_path / "out.png"
        result = run_repose(pose, output, option, source=tmp_path / "photo.png")
        assert result.status == 0, result.err
        sizes[option] = Image.open(output).size[::-1]
    crop = shows_source.person(tmp_path / "photo.png").crop
    assert sizes == {
        "--original-size": (round(crop.height), round(crop.width)),
        "--in-photograph": (300, 260),
        "--side-by-side": (64, 3 * 36),
    }


def test_composed_results_have_the_photographs_size(
    run_repose, monkeypatch, marker_movenet, dancers, tmp_path
):
    """Results have the photograph's size by default; `--megapixels` shrinks it with a note."""

    def compose(image, *_):
        weights = np.zeros((len(image), 64, 36, 12), np.float32)
        weights[..., 10] = 1
        drawn = np.zeros((len(image), 64, 36, 3), np.float32)
        transforms = np.zeros((len(image), 10, 8), np.float32)
        return {"weights": weights, "drawn": drawn, "transforms": transforms}

    takes_source = Reposer(lambda image, *_: image, (64, 36), dancers.skeleton, compose=compose)
    takes_source._movenet = marker_movenet
    monkeypatch.setattr(Reposer, "load", lambda *_: takes_source)
    photograph = np.full((300, 260, 3), 90, np.uint8)
    photograph[119:122, 99:102] = (255, 0, 0)
    source = tmp_path / "photo.png"
    Image.fromarray(photograph).save(source)
    crop = takes_source.person(source).crop
    pose, output = dancers.test.image_path(2), tmp_path / "out.png"
    sizes = {
        (): (300, 260),
        ("--in-photograph",): (300, 260),
        ("--side-by-side",): (300, 3 * 260),
        ("--original-size",): (round(crop.height), round(crop.width)),
        ("--network-size",): (64, 36),
        ("--scale", 2): (128, 72),
        ("--megapixels", 0.0195): (150, 130),
    }
    for options, size in sizes.items():
        result = run_repose(pose, output, *options, source=source)
        assert result.status == 0, result.err
        assert Image.open(output).size[::-1] == size
        note = f"note: {source} has 300x260 pixels and is shrunk to 150x130; --megapixels changes"
        assert result.err.startswith(note) == ("--megapixels" in options)
        if size == (300, 260):
            np.testing.assert_array_equal(np.asarray(Image.open(output)), photograph)
    poses = dancers.path / "annotations-test.csv"
    out = run_repose(poses, tmp_path / "out.mp4", source=source).out
    assert re.search(r" composing [\d.]+ s \(\d+%\)", out)


def test_wrong_kinds_of_files(run_repose, kept_reposer, dancers, make_video, tmp_path):
    pose, output = dancers.test.image_path(2), tmp_path / "out.png"
    (tmp_path / "notes.txt").write_text("x")
    clip = make_video("clip.mp4", [np.zeros((64, 64, 3), np.uint8)] * 3)
    result = run_repose(tmp_path / "notes.txt", output)
    result.assert_one_error("notes.txt does not contain poses", "a pose file (.json)")
    result = run_repose(pose, output, source=tmp_path / "notes.txt")
    result.assert_one_error("notes.txt is not an image")
    result = run_repose(pose, output, source=clip)
    result.assert_one_error("clip.mp4 is a clip: expected a photograph of one person")


@pytest.mark.parametrize("name", ["out.tiff", "out", "out.avi"])
def test_unknown_output(run_repose, dancers, tmp_path, name):
    result = run_repose(
        dancers.test.image_path(2), tmp_path / name, model=("--run", tmp_path / "absent")
    )
    # The error comes before the model is loaded.
    result.assert_one_error(f"cannot write {tmp_path / name}", ".png", ".mp4")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--scale", 0), "--scale must be positive, received 0"),
        (("--scale", -2), "--scale must be positive, received -2"),
        (("--megapixels", 0), "--megapixels must be positive, received 0"),
        (("--rate", 0), "--rate must be positive, received 0"),
        (("--rate", "nan"), "--rate must be positive, received nan"),
        (("--smooth", -1), "--smooth must not be negative, received -1.0"),
    ],
)
def test_numbers_out_of_range(run_repose, dancers, tmp_path, options, message):
    result = run_repose(dancers.test.image_path(2), tmp_path / "out.png", *options)
    result.assert_one_error(message)


def test_missing_files(run_repose, dancers, tmp_path):
    pose, output = dancers.test.image_path(2), tmp_path / "out.png"
    absent = tmp_path / "absent.jpg"
    run_repose(absent, output).assert_one_error(absent, "does not exist")
    run_repose(pose, output, source=absent).assert_one_error(absent, "does not exist")
    result = run_repose(pose, output, model=("--run", tmp_path / "absent"))
    result.assert_one_error(tmp_path / "absent", "is not a run directory")
    result = run_repose(pose, output, model=("--model", tmp_path / "absent"))
    result.assert_one_error(tmp_path / "absent")


def test_a_mask_for_a_model_without(run_repose, kept_reposer, dancers, tmp_path):
    result = run_repose(
        dancers.test.image_path(2), tmp_path / "out.png", "--person-mask", tmp_path / "mask.png"
    )
    result.assert_one_error("was trained without person masks", tmp_path / "mask.png")


def test_a_model_that_wants_a_mask(run_repose, dancers, tmp_path, monkeypatch):
    shows_mask = Reposer(
        lambda image, *_, source_mask: np.repeat(source_mask, 3, axis=-1),
        *((64, 36), dancers.skeleton),
        wants_mask=True,
    )
    monkeypatch.setattr(Reposer, "load", lambda *_: shows_mask)
    pose, output, mask = dancers.test.image_path(2), tmp_path / "out.png", tmp_path / "mask.png"
    run_repose(pose, output).assert_one_error(dancers.test.image_path(0), "--person-mask")
    pixels = np.random.default_rng(0).integers(0, 256, (64, 36), np.uint8)
    Image.fromarray(pixels).save(mask)
    assert run_repose(pose, output, "--mask", mask)[0] == 0
    np.testing.assert_array_equal(np.asarray(Image.open(output))[..., 0], pixels)


def test_no_movenet_for_a_photograph(run_repose, dancers, tmp_path):
    Image.new("RGB", (120, 160), (128, 128, 128)).save(tmp_path / "grey.png")
    result = run_repose(
        tmp_path / "grey.png", tmp_path / "out.png", "--movenet", tmp_path / "absent"
    )
    result.assert_one_error(tmp_path / "absent")


def test_real_movenet(shared, run_repose, tiny_run, tmp_path, monkeypatch):
    movenet = ("--movenet", shared / "models/movenet_singlepose_lightning_4")
    kept = Reposer.load(tiny_run.path, movenet[1])  # loads everything once for all calls
    monkeypatch.setattr(Reposer, "load", lambda *_: kept)
    Image.new("RGB", (120, 160), (128, 128, 128)).save(tmp_path / "grey.png")
    photograph = shared / "stills/tfjs_pose.jpg"
    result = run_repose(photograph, tmp_path / "a.png", *movenet, source=tmp_path / "grey.png")
    result.assert_one_error(tmp_path / "grey.png", "no person found; expected a photograph of")
    assert run_repose(photograph, tmp_path / "a.png", *movenet, source=photograph)[0] == 0
    assert Image.open(tmp_path / "a.png").size == (36, 64)
    clip = shared / "clips/tfjs_pose_squats.mp4"
    for name in ("b.gif", "b.mp4"):
        result = run_repose(clip, tmp_path / name, *movenet, "--rate", 1, source=photograph)
        assert result[0] == 0, result[2]
        assert len(list(read_frames(tmp_path / name, rate=None))) >= 2
    result = run_repose(clip, tmp_path / "c.png", *movenet, "--rate", 1, source=photograph)
    result.assert_one_error("only one pose", "c.png")


@pytest.fixture
def bulk(run_repose, kept_reposer, dancers, tmp_path):
    """Return a function that reposes a folder of photographs, one unreadable, in several poses."""
    people = tmp_path / "people"
    people.mkdir()
    for place in (0, 1, 4):
        shutil.copy(dancers.test.image_path(place), people)
    (people / "broken.png").write_bytes(b"no picture")
    shutil.copy(dancers.path / "manifest.json", tmp_path)  # gives the copies their joints
    shutil.copy(dancers.path / "annotations-test.csv", tmp_path / "annotations-people.csv")
    poses = [dancers.test.image_path(2), dancers.path / "annotations-test.csv", "absent.json"]

    def run(output, *options):
        arguments = ("--run", "kept", "--clips-as", "gif", "--source", people, "--pose", *poses)
        return run_repose.call(*arguments, "--output", output, *options)

    return run


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_folder_of_people_whatever_is_in_it(bulk, tmp_path):
    result = bulk(tmp_path / "all")
    assert result.status == 0, result.err
    assert "6 written, 0 existed already, 2 inputs or results failed" in result.out
    files = contents(tmp_path / "all")
    failed = json.loads(files.pop("failed.json"))["failed"]
    assert [one["input"].rpartition("/")[2] for one in failed] == ["absent.json", "broken.png"]
    for one in failed:
        assert one["input"] in one["reason"]
        assert f"warning: {one['reason']}\n" in result.err
    assert sorted(files) == sorted(
        f"{person}_as_{pose}"
        for person in ("dancer0002_0000", "dancer0002_0001", "dancer0003_0000")
        for pose in ("dancer0002_0002.png", "annotations-test.gif")
    )


def test_parts_of_reposing_go_on_and_merge(bulk, tmp_path):
    assert bulk(tmp_path / "all").status == 0
    parts = tmp_path / "parts"
    for index in (3, 1, 2):
        result = bulk(parts, "--part", f"{index}/3")
        assert result.status == 0, result.err
        assert f"part {index}/3: done" in result.out
    before = {path.name: path.stat().st_mtime_ns for path in parts.iterdir()}
    assert {f"failed-{index}-of-3.json" for index in (1, 2, 3)} < set(before)
    (parts / "dancer0002_0001_as_dancer0002_0002.png").unlink()
    result = bulk(parts, "--skip-existing")
    assert result.status == 0, result.err
    assert "1 written, 5 existed already" in result.out
    assert contents(parts) == contents(tmp_path / "all")
    for path in parts.iterdir():
        assert path.stat().st_mtime_ns == before.get(path.name) or path.name in (
            "failed.json",
            "dancer0002_0001_as_dancer0002_0002.png",
        )


def test_nothing_but_bad_inputs(run_repose, kept_reposer, dancers, tmp_path):
    pose = dancers.test.image_path(2)
    arguments = ("--run", "kept", "--source", "a.png", "b.png", "--pose", pose, "--output")
    result = run_repose.call(*arguments, tmp_path / "all")
    result.assert_one_error("nothing could be made", "a.png does not exist", "b.png does not")


@pytest.mark.parametrize("option", [("--part", "1/2"), ("--skip-existing",)])
def test_parts_go_with_a_folder(run_repose, dancers, tmp_path, option):
    pose = dancers.test.image_path(2)
    run_repose(pose, tmp_path / "a.png", *option).assert_one_error("several people or poses")
    arguments = ("--run", "r", "--source", pose, pose, "--pose", pose, "--output", "grid.png")
    run_repose.call(*arguments, *option).assert_one_error("need a folder", "grid.png")
    (tmp_path / "empty").mkdir()
    empty = run_repose(pose, tmp_path / "all", *option, source=tmp_path / "empty")
    empty.assert_one_error("empty contains no photographs")


def test_many_photographs_of_one_person(run_repose, kept_reposer, dancers, tmp_path):
    """With `--one-person` there is one result for all photographs, without it one for each."""
    sources = [dancers.test.image_path(number) for number in (0, 1, 2)]
    arguments = ["--run", "kept", "--source", *sources, "--pose", dancers.test.image_path(3)]
    result = run_repose.call(*arguments, "--one-person", "--output", tmp_path / "one.png")
    assert result.status == 0, result.err
    assert result.err == "note: 3 of 3 images of the person are used\n"
    assert Image.open(tmp_path / "one.png").size == (36, 64)
    options = "--one-person", "choose", "--output", tmp_path / "x.gif"
    poses = "--pose", dancers.path / "annotations-test.csv"
    assert run_repose.call(*arguments, *poses, *options).status == 0
    assert len(list(read_frames(tmp_path / "x.gif", rate=None, height=None))) == 8
    result = run_repose.call(*arguments, "--output", tmp_path / "each")
    assert len(list((tmp_path / "each").iterdir())) == 3
    result = run_repose.call(*arguments, "--one-person", "--strip", "--output", tmp_path / "s.png")
    result.assert_one_error("--strip works with a single photograph only: leave out --one-person")


def test_a_persons_own_model_needs_no_source(run_repose, tiny_run, dancers, tmp_path):
    """A run with three images of a dancer gives the result of `--one-person` with these images."""
    run = tmp_path / "me"
    shutil.copytree(tiny_run.path, run)
    photos = [dancers.test.image_path(number) for number in (0, 1, 2)]
    write_views(run / VIEWS, [annotated_image(photo) for photo in photos])
    arguments = ["--pose", dancers.test.image_path(3), "--output"]
    result = run_repose.call("--run", run, *arguments, tmp_path / "own.png")
    assert result.status == 0, result.err
    assert f"source: the 3 images that {run} contains" in result.out
    theirs = "--run", tiny_run.path, "--source", *photos, "--one-person", *arguments
    assert run_repose.call(*theirs, tmp_path / "given.png").status == 0
    own, given = (
        np.asarray(Image.open(tmp_path / name)).astype(int) for name in ("own.png", "given.png")
    )
    assert np.abs(own - given).mean() < 3  # the run's images are JPEG files
    # A folder of poses gives files that are named after the run.
    (tmp_path / "poses").mkdir()
    PoseSequence.of_keypoints(dancers.test.keypoints[0], COCO17).save(
        tmp_path / "poses" / "stand.json", (64, 36)
    )
    folders = "--pose", tmp_path / "poses", "--output", tmp_path / "all"
    result = run_repose.call("--run", run, *folders)
    assert result.status == 0, result.err
    assert len(list((tmp_path / "all").glob("me_as_*.png"))) == 1
    result = run_repose.call("--run", run, *arguments, tmp_path / "s.png", "--strip")
    result.assert_one_error("--strip works with a single photograph only: give one with --source")
    with pytest.raises(SystemExit):  # any other run needs --source
        run_repose.call("--run", tiny_run.path, *arguments, tmp_path / "x.png")


@pytest.mark.slow
def test_on_litert_the_picture_is_the_same_without_tensorflow(
    run_repose, kept_reposer, litert, tiny_run, dancers, expected, tmp_path
):
    output = tmp_path / "first.png"
    pose = dancers.test.image_path(2)
    status, out, error = run_repose(pose, output, "--litert")
    assert status == 0
    assert re.match(r"device: CPU, \d+ cores?, with LiteRT\n", out)
    assert "converting the model to LiteRT (about half a minute, only this time)" in error
    difference = np.asarray(Image.open(output)).astype(int) - expected[2]
    assert np.abs(difference).mean() < 2
    again = tmp_path / "again.mp4"
    poses = dancers.path / "annotations-test.csv"
    code = (
        "import sys\n"
        "from deformable_gan.repose import main\n"
        "assert main(sys.argv[1:]) == 0\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)\n"
    )
    options = ("--run", tiny_run.path, "--source", dancers.test.image_path(0))
    subprocess.run(
        [sys.executable, "-c", code, *map(str, (*options, "--pose", poses, "--output", again))],
        check=True,
        env={**os.environ, "DEFORMABLE_GAN_CACHE": str(litert)},
    )
    assert len(list(read_frames(again))) == len(expected)


@pytest.mark.parametrize("option", ["--strip", "--person-mask"])
def test_litert_alone_does_not_do_everything(run_repose, dancers, tmp_path, option):
    value = [tmp_path / "mask.png"] if option == "--person-mask" else []
    status, _, error = run_repose(
        dancers.test.image_path(2), tmp_path / "out.png", "--litert", option, *value
    )
    assert status == 1
    assert f"--litert does not work with {option}: leave out one of them" in error
