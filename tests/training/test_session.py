"""Whole trainings: their output, and that an interruption changes nothing."""

import json
import logging
import shutil

import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from deformable_gan.dancers import make_dancers
from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.data.image_store import ImageStore
from deformable_gan.data.media import read_photo
from deformable_gan.errors import ConfigurationError, DatasetError, RunError
from deformable_gan.training import session
from deformable_gan.training.held_out import HeldOutScores, format_scores
from deformable_gan.training.resuming import datasets_of, resumed_config
from deformable_gan.training.run_directory import RunDirectory
from deformable_gan.training.session import train


def copy(run, path):
    return RunDirectory(shutil.copytree(run.path, path))


def arrays(run, step):
    with np.load(run.path / f"checkpoints/checkpoint-{step:09d}.npz") as file:
        return {name: file[name] for name in file.files}


def metrics(run):
    return [json.loads(line) for line in run.metrics_file.read_text().splitlines()]


def test_everything_that_a_run_directory_promises(tiny_run, tiny_config, dancers):
    run = tiny_run
    assert run.read_config() == tiny_config
    details = run.read_details()
    assert details["dataset"] == str(dancers.path)
    assert details["dataset_checksum"] == dancers.manifest["checksums_sha256"]
    assert details["vgg19"] == "random"
    assert set(details["versions"]) == {"deformable_gan", "keras", "tensorflow"}
    (line,) = metrics(run)
    assert line["epoch"] == 1
    assert set(line) == {
        *("epoch", "discriminator_loss", "generator_loss", "adversarial", "content")
    }
    assert all(np.isfinite(value) for value in line.values())
    scores = json.loads(run.scores_file.read_text())
    assert set(scores) == {"all", "dancer0002", "dancer0003"}
    assert scores["all"]["pairs"] == 24
    assert 0 < scores["all"]["ssim"] < 1
    assert sorted(path.name for path in run.grids.iterdir()) == ["epoch-0001.png", "final.png"]
    assert list(run.tensorboard.rglob("events.out.tfevents.*"))
    assert [path.name for path in run.checkpoints.paths()] == [
        *("checkpoint-000000002.npz", "checkpoint-000000000.npz"),
    ]
    assert sorted(path.name for path in run.path.iterdir()) == [
        *("checkpoints", "config.json", "curves.png", "grids", "log.txt", "metrics.jsonl"),
        *("run.json", "scores.json", "tensorboard"),
    ]


def events(folder):
    """Return what TensorBoard would show of the event files in a folder."""
    accumulator = EventAccumulator(str(folder), {"tensors": 0})
    return accumulator.Reload()


def test_what_tensorboard_shows(tiny_run):
    """TensorBoard reads the epoch's metrics as curves and the grid as an image."""
    scalars = events(tiny_run.tensorboard / "train")
    (line,) = metrics(tiny_run)
    for name in set(line) - {"epoch"}:
        (event,) = scalars.Tensors(f"epoch_{name}")
        assert tf.make_ndarray(event.tensor_proto) == pytest.approx(line[name])
        kind = scalars.SummaryMetadata(f"epoch_{name}").plugin_data.plugin_name
        assert kind == "scalars"
    images = events(tiny_run.tensorboard / "images")
    assert images.Tags()["tensors"] == ["held-out pairs"]
    assert images.SummaryMetadata("held-out pairs").plugin_data.plugin_name == "images"
    (event,) = images.Tensors("held-out pairs")
    _, _, encoded = tf.make_ndarray(event.tensor_proto)  # after width and height
    shown = tf.io.decode_image(encoded).numpy()
    np.testing.assert_array_equal(shown, read_photo(tiny_run.grids / "epoch-0001.png"))


def test_log_tells_the_story(tiny_run):
    text = tiny_run.log_file.read_text()
    assert "8 training and 8 test images, 64x36, coco17" in text
    assert "1 epochs of 2 steps, batch size 2" in text
    assert f"run directory: {tiny_run.path}" in text
    scores = json.loads(tiny_run.scores_file.read_text())
    table = format_scores({name: HeldOutScores(**score) for name, score in scores.items()})
    assert table in text


def test_log_leaves_no_handler_behind(tiny_run):
    assert not logging.getLogger("deformable_gan").handlers


@pytest.fixture(scope="module")
def longer_config(tiny_config):
    return tiny_config.replace(training__epochs=2)


@pytest.fixture(scope="module")
def two_epochs(dancers, longer_config, tiny_run, tmp_path_factory):
    """A run of two epochs without an interruption."""
    run = RunDirectory(tmp_path_factory.mktemp("runs") / "two")
    train(longer_config, dancers, run, vgg19="random", jit_compile=False)
    return run


@pytest.fixture(scope="module")
def resumed(dancers, tiny_run, tmp_path_factory):
    """A run resumed after its first epoch, because the second epoch's checkpoint is damaged."""
    run = copy(tiny_run, tmp_path_factory.mktemp("runs") / "resumed")
    (run.path / "checkpoints/checkpoint-000000004.npz").write_bytes(b"cut sh")
    with run.metrics_file.open("a") as file:
        file.write('{"epoch": 2, "content": 9.9}\n')
    config = resumed_config(run, {"training__epochs": 2})
    train(config, dancers, run, vgg19="random", jit_compile=False, resume=True)
    return run


def test_an_interruption_changes_no_bit(two_epochs, resumed):
    whole, parts = arrays(two_epochs, 4), arrays(resumed, 4)
    assert whole.keys() == parts.keys()
    assert any("seed_generator" in name for name in whole)
    for name, array in whole.items():
        np.testing.assert_array_equal(parts[name], array, err_msg=name)
    assert metrics(resumed) == metrics(two_epochs)
    assert [line["epoch"] for line in metrics(resumed)] == [1, 2]
    assert resumed.scores_file.read_text() == two_epochs.scores_file.read_text()


def test_equal_seeds_give_equal_trainings(two_epochs, tiny_run):
    first, again = arrays(two_epochs, 2), arrays(tiny_run, 2)
    for name in first.keys() - {"about"}:  # "about" contains the number of epochs
        np.testing.assert_array_equal(again[name], first[name], err_msg=name)


def test_the_second_epoch_is_another_one(two_epochs):
    first, second = metrics(two_epochs)
    assert first["content"] != second["content"]


def test_a_damaged_checkpoint_is_named_in_the_log(resumed):
    text = resumed.log_file.read_text()
    assert "checkpoint-000000004.npz is damaged" in text
    assert "using checkpoint-000000002.npz instead" in text
    assert f"continuing {resumed.path} after step 2" in text


def test_the_new_number_of_epochs_is_kept(resumed, longer_config):
    assert resumed.read_config() == longer_config


def test_a_finished_run_is_only_scored_again(tiny_run, tiny_config, dancers, tmp_path):
    """A run may be resumed on a moved copy of its dataset; its weights and metrics stay equal."""
    run = copy(tiny_run, tmp_path / "run")
    run.scores_file.unlink()
    moved = DatasetFolder(shutil.copytree(dancers.path, tmp_path / "moved"))
    train(tiny_config, moved, run, vgg19="random", jit_compile=False, resume=True)
    assert run.scores_file.read_text() == tiny_run.scores_file.read_text()
    assert metrics(run) == metrics(tiny_run)
    before = arrays(tiny_run, 2)
    for name, array in arrays(run, 2).items():
        np.testing.assert_array_equal(before[name], array)


def test_fewer_epochs_than_trained(two_epochs, dancers, tiny_config, longer_config, tmp_path):
    run = copy(two_epochs, tmp_path / "run")
    with pytest.raises(RunError, match="has already begun epoch 2: expected --epochs 2 or more"):
        train(tiny_config, dancers, run, vgg19="random", jit_compile=False, resume=True)
    assert run.read_config() == longer_config


def test_resuming_on_another_dataset(tiny_run, longer_config, dancers, tmp_path):
    run = copy(tiny_run, tmp_path / "run")
    other = make_dancers(tmp_path / "other", **{**dancers_options(dancers), "seed": 1})
    with pytest.raises(RunError, match="was trained on another dataset") as error:
        train(longer_config, other, run, vgg19="random", jit_compile=False, resume=True)
    assert f"--resume-weights {run.path}" in str(error.value)


def dancers_options(dataset):
    names = ("image_size", "train_people", "test_people", "images_per_person", "seed")
    return {
        **{name: dataset.manifest["source"][name] for name in names},
        "variety": "plain",
        "progress": False,
    }


def test_only_epochs_may_change(tiny_run):
    assert resumed_config(tiny_run, {}) == tiny_run.read_config()
    assert resumed_config(tiny_run, {"training__epochs": 9}).training.epochs == 9
    for changes, message in (
        ({"generator__skip": "none"}, "was started with another generator"),
        ({"discriminator__kind": "siamese"}, "was started with another discriminator"),
        ({"training__learning_rate": 1e-3}, "only --epochs may be changed"),
        ({"training__batch_size": 4, "training__epochs": 9}, "only --epochs may be changed"),
    ):
        with pytest.raises(RunError, match=message):
            resumed_config(tiny_run, changes)


def test_datasets_of(tiny_run, dancers, tiny_config, tmp_path):
    assert datasets_of(tiny_run) == ([dancers.path], [1.0])
    converted = RunDirectory(tmp_path / "converted")
    converted.create(tiny_config, {"converted_from": ["a.h5"]})
    with pytest.raises(RunError, match=r"--resume-weights .*converted --dataset DIR"):
        datasets_of(converted)


def test_a_run_directory_in_use_is_refused_before_any_work(tiny_run, tiny_config, dancers):
    with pytest.raises(RunError, match="is not empty"):
        train(tiny_config, dancers, tiny_run, vgg19="nowhere.npz")


def test_another_image_size_than_the_datasets(tiny_config, dancers, tmp_path):
    config = tiny_config.replace(image_size=(64, 40))
    run = RunDirectory(tmp_path / "run")
    with pytest.raises(ConfigurationError, match=r"images of \(64, 36\).*expects \(64, 40\)"):
        train(config, dancers, run, vgg19="random")
    assert not run.path.exists()


@pytest.mark.parametrize("wanted", ["background", "mask"])
def test_backgrounds_and_masks_that_are_not_there(tiny_config, dancers, tmp_path, wanted):
    run = RunDirectory(tmp_path / "run")
    config = tiny_config.replace(**{f"generator__{wanted}": True})
    with pytest.raises(DatasetError, match=f"{wanted}s-train does not exist"):
        train(config, dancers, run, vgg19="random")
    assert not run.path.exists()


def test_an_image_damaged_since_the_start_is_named(tiny_config, dancers, tmp_path, monkeypatch):
    copied = DatasetFolder(shutil.copytree(dancers.path, tmp_path / "set"))

    class FromDisk(ImageStore):
        def __init__(self, split, image_size):
            super().__init__(split, image_size, memory_budget=0)

    monkeypatch.setattr("deformable_gan.data.pipeline.ImageStore", FromDisk)
    path = copied.test.image_path(2)
    path.write_bytes(path.read_bytes()[:100])
    config = tiny_config.replace(generator__skip="none")
    with pytest.raises(DatasetError, match="is not a readable image") as error:
        train(config, copied, RunDirectory(tmp_path / "run"), vgg19="random", jit_compile=False)
    assert str(path) in str(error.value)


def test_starting_from_another_runs_networks(tiny_run, tiny_config, dancers, tmp_path, monkeypatch):
    """The weights are those of the other run; the optimisers start anew."""
    given = {}

    def look_instead_of_fit(fitting, first_step):
        gan = fitting._gan
        given.update(
            generator=[w.numpy() for w in gan.generator.weights],
            discriminator=[w.numpy() for w in gan.discriminator.weights],
            steps=int(gan.generator_optimizer.iterations),
        )

    monkeypatch.setattr(session.Fitting, "run", look_instead_of_fit)
    run = RunDirectory(tmp_path / "run")
    config = tiny_config.replace(training__learning_rate=1e-5, training__seed=9)
    train(config, dancers, run, vgg19="random", jit_compile=False, weights_from=tiny_run)
    saved = arrays(tiny_run, 2)
    for network in ("generator", "discriminator"):
        expected = [
            array
            for name, array in saved.items()
            if name.startswith(f"{network}/") and "seed_generator" not in name
        ]
        for one, other in zip(given[network], expected, strict=True):
            np.testing.assert_array_equal(one, other)
    assert given["steps"] == 0
    assert run.read_details()["weights_from"] == {"run": str(tiny_run.path), "step": 2}
    assert f"networks of {tiny_run.path} after step 2" in run.log_file.read_text()


def test_starting_from_networks_of_another_shape(tiny_run, tiny_config, dancers, tmp_path):
    run = RunDirectory(tmp_path / "run")
    with pytest.raises(RunError, match="belongs to another model"):
        train(
            tiny_config.replace(discriminator__filters=(4, 8)),
            dancers,
            run,
            vgg19="random",
            jit_compile=False,
            weights_from=tiny_run,
        )
    assert not run.path.exists()


@pytest.fixture
def nothing_held_out(dancers, tmp_path):
    """A dataset without test pairs, as if each person had a single test image."""
    folder = shutil.copytree(dancers.path, tmp_path / "few")
    (folder / "pairs-test.csv").write_text("from,to\n")
    return DatasetFolder(folder)


def test_without_held_out_pairs(nothing_held_out, tiny_config, tmp_path, caplog):
    caplog.set_level(logging.INFO, "deformable_gan")
    run = RunDirectory(tmp_path / "run")
    config = tiny_config.replace(generator__skip="none")
    scores = train(config, nothing_held_out, run, "random", jit_compile=False, epoch_pairs=4)
    assert scores == {}
    assert "no held-out scores" in run.log_file.read_text()
    assert not run.scores_file.exists()
    assert sorted(path.name for path in run.grids.iterdir()) == ["epoch-0001.png", "final.png"]
    assert run.checkpoints.paths()
