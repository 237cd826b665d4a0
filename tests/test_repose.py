"""The reposing verb, from files to files."""

import numpy as np
import pytest
from PIL import Image

from deformable_gan import repose as verb
from deformable_gan.data.video import read_frames
from deformable_gan.reposing.reposer import Reposer


@pytest.fixture
def run_repose(tiny_run, dancers, call_verb):
    """The verb with a run and an image of a dataset."""

    def run(pose, output, *options, source=None, model=None):
        model = model or ("--run", tiny_run.path)
        source = source or dancers.test.image_path(0)
        arguments = [*model, "--source", source, "--pose", pose, "--output", output, *options]
        return call_verb(verb.main, *arguments)

    return run


@pytest.fixture(scope="module")
def reposer(tiny_run):
    return Reposer.load(tiny_run.path)


@pytest.fixture
def kept_reposer(reposer, monkeypatch):
    """The verb's model, loaded and traced once for all tests."""
    monkeypatch.setattr(Reposer, "load", lambda *_: reposer)


@pytest.fixture(scope="module")
def expected(reposer, dancers):
    """What the model makes of the dataset's first test image in all test poses."""
    person = reposer.person(dancers.test.image_path(0))
    return reposer.repose(person, reposer.poses(dancers.path / "annotations-test.csv"))


def test_a_picture(run_repose, dancers, expected, tmp_path):
    output = tmp_path / "new/out.png"
    status, out, error = run_repose(dancers.test.image_path(2), output)
    assert (status, error) == (0, "")
    assert out.startswith(f"{output}: ")
    # Batches of another size may round the last float bit otherwise.
    difference = np.asarray(Image.open(output)).astype(int) - expected[2]
    assert np.abs(difference).max() <= 1


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
    # A fresh network paints coloured noise, which no codec keeps: but each frame is most like the
    # image that it shows.
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
    result.assert_one_error("holds 8 poses", "out.png", ".mp4, .webm or .gif")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["out.tiff", "out", "out.avi"])
def test_unknown_output(run_repose, dancers, tmp_path, name):
    result = run_repose(
        dancers.test.image_path(2), tmp_path / name, model=("--run", tmp_path / "absent")
    )
    # Told at once: the model was not even looked for.
    result.assert_one_error(f"cannot write {tmp_path / name}", ".png", ".mp4")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--scale", 0), "--scale must be positive, received 0"),
        (("--scale", -2), "--scale must be positive, received -2"),
        (("--rate", 0), "--rate must be positive, received 0"),
        (("--rate", "nan"), "--rate must be positive, received nan"),
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
        dancers.test.image_path(2), tmp_path / "out.png", "--mask", tmp_path / "mask.png"
    )
    result.assert_one_error("was trained without masks", tmp_path / "mask.png")


def test_a_model_that_wants_a_mask(run_repose, dancers, tmp_path, monkeypatch):
    shows_mask = Reposer(
        lambda image, *_, source_mask: np.repeat(source_mask, 3, axis=-1),
        *((64, 36), dancers.skeleton),
        wants_mask=True,
    )
    monkeypatch.setattr(Reposer, "load", lambda *_: shows_mask)
    pose, output, mask = dancers.test.image_path(2), tmp_path / "out.png", tmp_path / "mask.png"
    run_repose(pose, output).assert_one_error(dancers.test.image_path(0), "--mask")
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
    result.assert_one_error("poses, which", "c.png")
