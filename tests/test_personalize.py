import shutil
import signal

import numpy as np
import pytest

from deformable_gan import personalize
from deformable_gan.errors import InterruptionError, MediaError
from deformable_gan.personalizing import collected_views
from deformable_gan.personalizing import session as session_module
from deformable_gan.personalizing.reposed_scores import training_views
from deformable_gan.pose.movenet import MoveNet
from deformable_gan.pretrained.hub_model import HubModel
from deformable_gan.reposing.reposer import Reposer
from deformable_gan.trained_model import TrainedModel

RUN_PREPARE = "deformable_gan.data.preparing.run_prepare.run_prepare"


@pytest.fixture
def prepared(monkeypatch, dancers, marker_movenet):
    """Replace `prepare`, MoveNet and other slow parts; return the list of calls of `prepare`."""
    calls = []

    def prepare(arguments):
        calls.append(arguments)
        shutil.rmtree(arguments.output, ignore_errors=True)
        shutil.copytree(dancers.path, arguments.output)

    monkeypatch.setattr(RUN_PREPARE, prepare)
    monkeypatch.setattr(MoveNet, "load", lambda path: marker_movenet)
    monkeypatch.setattr(
        collected_views, "collect_views", lambda clips, dataset, finder: training_views(dataset, 3)
    )
    drawn = session_module.make_dancers
    monkeypatch.setattr(
        session_module,
        "make_dancers",
        lambda folder, **options: drawn(folder, **{**options, "train_people": 2}),
    )
    return calls


def arguments(tmp_path, tiny_run, *more):
    return ["me.mp4", "--output", tmp_path / "me", "--init-from", tiny_run.path, *more]


def test_a_model_and_the_same_command_again(call_command, prepared, tiny_run, tmp_path, caplog):
    command = arguments(tmp_path, tiny_run, "--steps", 2, "--keep", "fine-tuned")
    result = call_command(personalize.main, *command)
    assert result.status == 0, result.err
    assert "24 held-out pairs" in caplog.text
    assert "3 images of the person are in" in caplog.text
    assert "repose, 24 pairs" in caplog.text
    assert len(Reposer.load(tmp_path / "me").views) == 3
    assert f"repose --run {tmp_path / 'me'}" in result.out
    first = TrainedModel.load(tmp_path / "me")
    assert first.details["step"] == 2
    assert prepared[0].overwrite
    assert prepared[0].image_size == (64, 36)
    result = call_command(personalize.main, *command)
    assert result.status == 0
    assert "is finished" in caplog.text
    assert not prepared[1].overwrite
    assert TrainedModel.load(tmp_path / "me").digest == first.digest


def test_clips_that_are_gone_leave_a_model_without_pictures(
    call_command, prepared, tiny_run, tmp_path, caplog, monkeypatch
):
    def fail(*_):
        raise MediaError("me.mp4 does not exist")

    monkeypatch.setattr(collected_views, "collect_views", fail)
    result = call_command(personalize.main, *arguments(tmp_path, tiny_run, "--steps", 1))
    assert result.status == 0, result.err
    assert "includes no images of the person: me.mp4 does not exist" in caplog.text
    assert Reposer.load(tmp_path / "me").views == []


def test_an_interruption_says_how_to_go_on(call_command, prepared, tiny_run, tmp_path, monkeypatch):
    def stop(session):
        raise InterruptionError("go on with --resume", signal.SIGTERM)

    monkeypatch.setattr(session_module.PersonalSession, "run", stop)
    result = call_command(personalize.main, *arguments(tmp_path, tiny_run))
    assert result.status == 143
    assert result.err == (
        f"stopped: everything is saved in {tmp_path / 'me'}: repeat the command to continue\n"
    )


def test_too_few_frames(call_command, prepared, tiny_run, tmp_path, monkeypatch):
    monkeypatch.setattr("deformable_gan.personalizing.enough_frames.LEAST_IMAGES", 9)
    result = call_command(personalize.main, *arguments(tmp_path, tiny_run))
    result.assert_one_error("too few frames", "8 usable training images", "at least 9")
    # The same command with a better clip then works with the same --output.
    monkeypatch.setattr("deformable_gan.personalizing.enough_frames.LEAST_IMAGES", 8)
    monkeypatch.setattr(session_module.PersonalSession, "run", lambda session: None)
    better = ["better.mp4", *arguments(tmp_path, tiny_run)[1:]]
    assert call_command(personalize.main, *better).status == 0


def test_the_output_of_another_clip(call_command, prepared, tiny_run, tmp_path, monkeypatch):
    monkeypatch.setattr(session_module.PersonalSession, "run", lambda session: None)
    assert call_command(personalize.main, *arguments(tmp_path, tiny_run)).status == 0
    result = call_command(personalize.main, "other.mp4", *arguments(tmp_path, tiny_run)[1:])
    result.assert_one_error("was made from", "me.mp4", "other.mp4", "choose another --output")
    assert len(prepared) == 1


def test_another_clip_of_the_same_name(call_command, prepared, tiny_run, tmp_path, monkeypatch):
    from deformable_gan.data.dataset_writer import check_output

    monkeypatch.setattr(session_module.PersonalSession, "run", lambda session: None)
    assert call_command(personalize.main, *arguments(tmp_path, tiny_run)).status == 0

    def refuse(arguments):  # as `prepare` does if the dataset has other contents
        check_output(tmp_path / "me/personal/dataset", arguments.overwrite)

    monkeypatch.setattr(RUN_PREPARE, refuse)
    result = call_command(personalize.main, *arguments(tmp_path, tiny_run))
    result.assert_one_error("was made from other clips", "choose another --output")


def test_a_dataset_that_another_process_writes(
    call_command, prepared, tiny_run, tmp_path, monkeypatch
):
    from deformable_gan.data.output_lock import output_lock

    monkeypatch.setattr(session_module.PersonalSession, "run", lambda session: None)
    assert call_command(personalize.main, *arguments(tmp_path, tiny_run)).status == 0
    lock = tmp_path / "lock"

    def wait(arguments):  # as `prepare` does while another process writes the dataset
        with output_lock(lock, "the dataset"), output_lock(lock, "the dataset"):
            pass

    monkeypatch.setattr(RUN_PREPARE, wait)
    result = call_command(personalize.main, *arguments(tmp_path, tiny_run))
    result.assert_one_error("the dataset is in use by process", "wait until it has finished")
    assert "other clips" not in result.err


def test_an_output_that_is_another_run(call_command, prepared, tiny_run):
    result = call_command(
        personalize.main, "me.mp4", "--output", tiny_run.path, "--init-from", tiny_run.path
    )
    result.assert_one_error("holds no model made by personalize", "choose another --output")
    assert not prepared


def test_a_start_that_is_no_run(call_command, prepared, tmp_path):
    result = call_command(
        personalize.main, "me.mp4", "--output", tmp_path / "me", "--init-from", tmp_path / "no"
    )
    result.assert_one_error(tmp_path / "no", "not a run directory")
    assert not prepared
    assert not (tmp_path / "me").exists()


def test_offline_without_movenet(call_command, tiny_run, tmp_path, monkeypatch):
    monkeypatch.delenv("DEFORMABLE_GAN_MOVENET", raising=False)
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(HubModel, "_download", lambda self: (None, "no network"))
    result = call_command(personalize.main, *arguments(tmp_path, tiny_run))
    result.assert_one_error("MoveNet is not available", "--movenet")


@pytest.mark.slow
def test_nobody_in_the_clip(call_command, make_video, marker_movenet_folder, tiny_run, tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (20, 64, 64, 1), np.uint8)
    clip = make_video("noise.mp4", list(noise.repeat(3, axis=-1)))
    movenet = marker_movenet_folder
    options = ["--output", tmp_path / "me", "--init-from", tiny_run.path, "--movenet", movenet]
    call_command(personalize.main, clip, *options).assert_one_error("no usable person", clip)
    assert not (tmp_path / "me" / "config.json").exists()


@pytest.mark.parametrize("minutes", ["0", "-1", "x", "inf", "nan"])
def test_minutes_are_positive(minutes, capsys):
    with pytest.raises(SystemExit) as caught:
        personalize.main(["a.mp4", "--output", "me", f"--minutes={minutes}"])
    assert caught.value.code == 2
    assert "expected a positive number of minutes" in capsys.readouterr().err
