"""The training command: the effect of its options, and its error messages."""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from functools import partial

import numpy as np
import pytest

from deformable_gan import train as command
from deformable_gan.config import ExperimentConfig
from deformable_gan.dancers import make_dancers
from deformable_gan.presets import PRESETS
from deformable_gan.training import session
from deformable_gan.training.run_directory import RunDirectory


@pytest.fixture
def run_train(call_command):
    return partial(call_command, command.main)


@pytest.fixture
def planned(monkeypatch):
    """A list of the planned trainings; nothing is trained."""
    calls = []

    def record(config, dataset, run, vgg19, jit_compile=None, **options):
        calls.append({"config": config, "run": run, "vgg19": vgg19, "jit": jit_compile, **options})

    monkeypatch.setattr(session, "train", record)
    return calls


def test_from_a_preset_to_scores(dancers, tmp_path):
    """The command trains, scores and writes its files in a separate process."""
    run = RunDirectory(tmp_path / "run")
    options = (
        "--preset market-baseline --width 0.05 --epochs 1 --steps-per-epoch 2 --batch-size 2 "
        "--seed 3 --epoch-pairs 4"
    )
    result = subprocess.run(
        [
            *(sys.executable, "-m", "deformable_gan.train", *options.split()),
            *("--dataset", str(dancers.path), "--run", str(run.path), "--no-jit-compile"),
        ],
        capture_output=True,
        text=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("TF_CPP")},
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    log = run.log_file.read_text()
    for line in (
        "market-baseline on ",
        "8 training and 8 test images, 64x36, openpose18",
        "held-out pairs            pairs    SSIM",
        f"images: {run.grids / 'final.png'}",
    ):
        assert line in result.stdout
        assert line in log
    assert "note: market-baseline is made for images of 128x64; the dataset's " in result.stdout
    config = run.read_config()
    assert config.image_size == (64, 36)
    assert config.generator.encoder_filters == (3, 6, 13, 26, 26, 26)
    assert config.training.seed == 3
    assert json.loads(run.scores_file.read_text())["all"]["pairs"] == 24
    assert 0 < json.loads(run.metrics_file.read_text())["held_out_ssim"] < 1


def test_list_presets(run_train):
    status, output, _ = run_train("--list-presets")
    assert status == 0
    lines = output.splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(PRESETS)


def test_every_option_reaches_the_configuration(run_train, planned, dancers, tmp_path):
    status, _, _ = run_train(
        *("--preset", "market-full", "--dataset", dancers.path, "--run", tmp_path / "run"),
        *("--epochs", 7, "--steps-per-epoch", 8, "--batch-size", 9, "--learning-rate", 1e-3),
        *("--seed", 10, "--width", 0.5, "--skip", "stn", "--aggregation", "avg"),
        *("--interpolation", "bilinear", "--discriminator", "warp", "--vgg19", "v.npz"),
        *("--background", "--person-mask", "--jit-compile"),
    )
    assert status == 0
    (plan,) = planned
    expected = PRESETS["market-full"].config.replace(
        image_size=(64, 36),
        training__epochs=7,
        training__steps_per_epoch=8,
        training__batch_size=9,
        training__learning_rate=1e-3,
        training__seed=10,
        generator__encoder_filters=(32, 64, 128, 256, 256, 256),
        generator__decoder_filters=(256, 256, 256, 128, 64),
        generator__skip="stn",
        generator__aggregation="avg",
        generator__interpolation="bilinear",
        generator__background=True,
        generator__mask=True,
        discriminator__kind="warp",
        discriminator__filters=(32, 64, 128, 256),
    )
    assert plan["config"] == expected
    assert plan["run"].path == tmp_path / "run"
    assert plan["vgg19"] == "v.npz"
    assert plan["jit"] is True


@pytest.mark.parametrize(("former", "present"), [("call", "concatenated"), ("sim", "siamese")])
def test_former_words_for_the_discriminator(run_train, planned, dancers, tmp_path, former, present):
    options = ("--preset", "market-full", "--dataset", dancers.path, "--run", tmp_path / "run")
    assert run_train(*options, "--discriminator", former).status == 0
    (plan,) = planned
    assert plan["config"].discriminator.kind == present


def test_any_field_can_be_set(run_train, planned, dancers, tmp_path):
    status, _, _ = run_train(
        *("--dataset", dancers.path, "--run", tmp_path / "run", "--epochs", 7),
        *("--set", "loss.content_weight=10", "--set", "training.schedule=cosine"),
        *("--set", "generator.heatmap_sigma=4"),
    )
    assert status == 0
    (plan,) = planned
    assert plan["config"] == PRESETS["quick"].config.replace(
        image_size=(64, 36),
        training__epochs=7,
        training__schedule="cosine",
        loss__content_weight=10.0,
        generator__heatmap_sigma=4.0,
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "loss.weight=10",
            "unknown field 'loss.weight'; did you mean loss.head_weight? Known fields: loss.",
        ),
        ("loss.content_weight=-1", "content_weight must be finite and not negative, received -1.0"),
        ("training.precision=half", "expected one of float32, mixed_bfloat16, mixed_float16"),
    ],
)
def test_fields_that_cannot_be_set(run_train, dancers, tmp_path, text, message):
    result = run_train("--dataset", dancers.path, "--run", tmp_path / "run", "--set", text)
    result.assert_one_error(message)
    assert not (tmp_path / "run").exists()


def test_fields_are_listed_and_help_points_to_the_list(run_train, capsys):
    with pytest.raises(SystemExit):
        command.main(["--help"])
    assert "--list-fields" in capsys.readouterr().out.partition("--set")[2]
    status, output, _ = run_train("--list-fields", "--preset", "market-full")
    assert status == 0
    assert (
        "  loss.content_weight=0.01\n      weight of the content loss; lambda in the paper.\n"
        in output
    )


def test_defaults(run_train, planned, dancers, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs/quick").mkdir(parents=True)
    assert run_train("--dataset", dancers.path)[0] == 0
    (plan,) = planned
    assert plan["config"] == PRESETS["quick"].config.replace(image_size=(64, 36))
    assert plan["weights_from"].origin == "people"
    assert str(plan["run"].path) == "runs/quick-2"
    assert plan["vgg19"] == "imagenet"
    assert plan["jit"] is None


@pytest.mark.parametrize(
    ("preset", "option", "folder", "size"),
    [
        ("demo", "--no-mask", "data/dancers-backgrounds", (128, 72)),
        ("market-dsc", "--no-mask", "data/dancers-128x64", (128, 64)),
        ("demo", "--person-mask", "data/dancers-masks-backgrounds", (128, 72)),
        ("market-dsc", "--background", "data/dancers-128x64-backgrounds", (128, 64)),
    ],
)
def test_without_a_dataset_dancers_are_made(
    run_train, planned, tmp_path, monkeypatch, preset, option, folder, size
):
    made = []

    def make_few(path, image_size, workers, **supplements):
        made.append((str(path), image_size, supplements))
        return make_dancers(
            path,
            image_size=image_size,
            **supplements,
            train_people=1,
            test_people=1,
            images_per_person=2,
            progress=False,
        )

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("deformable_gan.dancers.make_dancers", make_few)
    assert run_train("--preset", preset, option)[0] == 0
    mask = option == "--person-mask"
    # The generators of some presets have a background input.
    background = option == "--background" or PRESETS[preset].config.generator.background
    assert made == [(folder, size, {"person_masks": mask, "backgrounds": background})]
    assert planned[0]["config"] == PRESETS[preset].config.replace(
        generator__mask=mask, generator__background=background
    )


@pytest.mark.parametrize(
    ("options", "started", "noted"),
    [
        (["--epochs", "3"], True, False),
        (["--init-from", "random"], False, False),
        (["--preset", "demo"], False, False),
        (["--width", "0.5"], False, True),
        (["--set", "discriminator.kind=image"], False, True),
        (["--preset", "dance", "--init-from", "people"], True, False),
    ],
)
def test_where_the_networks_start_from(
    run_train, planned, dancers, tmp_path, monkeypatch, caplog, options, started, noted
):
    monkeypatch.chdir(tmp_path)
    assert run_train("--dataset", dancers.path, *options)[0] == 0
    assert ("weights_from" in planned[0]) == started
    assert ("their weights start at random" in caplog.text) == noted


def test_unknown_preset(run_train):
    run_train("--preset", "damo").assert_one_error("unknown preset 'damo': expected one of quick")


def test_absent_dataset(run_train, tmp_path):
    result = run_train("--dataset", tmp_path / "nowhere", "--run", tmp_path / "run")
    result.assert_one_error(
        tmp_path / "nowhere", "does not exist or is not a folder: prepare one with"
    )
    assert not (tmp_path / "run").exists()


def test_dataset_without_its_annotations(run_train, dancers, tmp_path):
    folder = shutil.copytree(dancers.path, tmp_path / "set")
    (folder / "annotations-train.csv").unlink()
    result = run_train("--dataset", folder, "--run", tmp_path / "run")
    result.assert_one_error(folder / "annotations-train.csv", "does not exist")
    assert not (tmp_path / "run").exists()


def test_dataset_with_a_missing_image(run_train, dancers, tmp_path):
    folder = shutil.copytree(dancers.path, tmp_path / "set")
    image = next((folder / "train").iterdir())
    image.unlink()
    result = run_train("--dataset", folder, "--run", tmp_path / "run")
    result.assert_one_error(image, "is missing: the dataset is incomplete")


def test_run_directory_in_use(run_train, dancers, tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    result = run_train("--dataset", dancers.path, "--run", tmp_path)
    result.assert_one_error(tmp_path, "is not empty", "--resume", "--run")
    result = run_train("--dataset", tmp_path / "nowhere", "--run", tmp_path)
    result.assert_one_error("is not empty")  # reported before any work is done


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--epochs", 0), "epochs must be positive and finite, received 0"),
        (("--batch-size", -1), "batch_size must be positive and finite, received -1"),
        (("--learning-rate", "nan"), "learning_rate must be positive and finite, received nan"),
        (("--seed", -1), "seed must be from 0"),
        (("--width", 0), "width must be positive and finite, received 0"),
        (("--width", -2), "width must be positive and finite, received -2"),
    ],
)
def test_numbers_out_of_range(run_train, dancers, tmp_path, options, message):
    result = run_train("--dataset", dancers.path, "--run", tmp_path / "run", *options)
    result.assert_one_error(message)


@pytest.mark.parametrize("option", ["--checkpoint-steps", "--epoch-pairs"])
@pytest.mark.parametrize("value", ["-1", "1.5", "many"])
def test_counts_that_are_none(option, value, capsys):
    with pytest.raises(SystemExit) as stop:
        command.main([f"{option}={value}"])
    assert stop.value.code == 2
    message = f"argument {option}: expected a whole number of 0 or more, received '{value}'"
    assert message in capsys.readouterr().err


def test_images_too_small_for_the_preset(run_train, dancers, tmp_path):
    result = run_train(
        *("--preset", "fashion-dsc", "--width", 0.05),
        *("--dataset", dancers.path, "--run", tmp_path / "run"),
    )
    result.assert_one_error("image_size must be at least 64x64 for 7 encoder levels", "64x36")
    assert not (tmp_path / "run").exists()


def test_absent_feature_weights(run_train, dancers, tmp_path):
    result = run_train(
        *("--preset", "dance", "--width", 0.05, "--vgg19", tmp_path / "vgg.h5"),
        *("--dataset", dancers.path, "--run", tmp_path / "run"),
    )
    result.assert_one_error("VGG19 weights", tmp_path / "vgg.h5", "do not exist")


def test_resume_to_more_epochs(run_train, planned, tiny_run):
    assert run_train("--resume", tiny_run.path, "--epochs", 5)[0] == 0
    (plan,) = planned
    assert plan["config"] == tiny_run.read_config().replace(training__epochs=5)
    assert plan["run"].path == tiny_run.path
    assert plan["vgg19"] == "random"
    assert plan["resume"] is True


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (("--preset", "dance"), "leave out --preset"),
        (("--width", 0.5), "leave out --width"),
        (("--run", "elsewhere"), "leave out --run"),
        (("--skip", "none"), "was started with another generator (generator.skip was"),
        (("--person-mask",), "generator.mask was false, is true"),
        (("--discriminator", "siamese"), "was started with another discriminator"),
        (("--learning-rate", 1.0), "only --epochs may be changed"),
        (("--batch-size", 16), "only --epochs may be changed"),
    ],
)
def test_resume_changes_nothing_else(run_train, planned, tiny_run, options, part):
    run_train("--resume", tiny_run.path, *options).assert_one_error(tiny_run.path, part)
    assert planned == []


def test_resume_where_the_dataset_has_moved(run_train, planned, tiny_run, tmp_path, dancers):
    moved = shutil.copytree(tiny_run.path, tmp_path / "run")
    details = json.loads((moved / "run.json").read_text())
    details["dataset"] = str(tmp_path / "gone")
    (moved / "run.json").write_text(json.dumps(details))
    result = run_train("--resume", moved)
    result.assert_one_error(moved, tmp_path / "gone", "if it has moved, add --dataset NEW")
    assert run_train("--resume", moved, "--dataset", dancers.path)[0] == 0
    assert planned[-1]["resume"] is True


def test_resume_of_no_run(run_train, tmp_path):
    run_train("--resume", tmp_path).assert_one_error("is not a run directory")


def test_resume_of_a_run_without_checkpoint(run_train, tiny_run, tmp_path):
    run = RunDirectory(shutil.copytree(tiny_run.path, tmp_path / "run"))
    for path in run.checkpoints.paths():
        path.unlink()
    run_train("--resume", run.path).assert_one_error("holds no checkpoint")


@pytest.fixture
def converted_run(tiny_run, tmp_path):
    """A run as `convert` writes it: networks and a configuration, but no dataset and no VGG19."""
    run = RunDirectory(shutil.copytree(tiny_run.path, tmp_path / "converted"))
    config = tiny_run.read_config().replace(preset="converted", image_size=(128, 64))
    run.write_config(config)
    run.write_json(run.details_file, {"converted_from": ["generator.h5"], "versions": {}})
    return run


def test_resume_of_a_converted_run_points_to_resume_weights(run_train, converted_run, dancers):
    for options in ((), ("--dataset", dancers.path)):
        result = run_train("--resume", converted_run.path, *options)
        result.assert_one_error(f"--resume-weights {converted_run.path} --dataset DIR")


@pytest.mark.parametrize("option", ["--resume-weights", "--init-from"])
def test_new_run_with_the_networks_of_another(
    run_train, planned, converted_run, dancers, tmp_path, option
):
    status, _, _ = run_train(
        *(option, converted_run.path, "--dataset", dancers.path, "--run", tmp_path / "run"),
        *("--epochs", 3, "--learning-rate", 1e-5),
    )
    assert status == 0
    (plan,) = planned
    expected = converted_run.read_config().replace(
        image_size=(64, 36), training__epochs=3, training__learning_rate=1e-5
    )
    assert plan["config"] == expected
    assert plan["weights_from"].path == converted_run.path
    assert plan["vgg19"] == "imagenet"
    assert "resume" not in plan


def test_losses_and_training_from_a_preset_networks_from_the_run(
    run_train, planned, converted_run, dancers, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert (
        run_train(
            *("--resume-weights", converted_run.path, "--preset", "dance"),
            *("--dataset", dancers.path, "--seed", 4),
        )[0]
        == 0
    )
    (plan,) = planned
    base, preset = converted_run.read_config(), PRESETS["dance"].config
    assert plan["config"] == ExperimentConfig(
        preset="dance",
        image_size=(64, 36),
        skeleton=base.skeleton,
        generator=base.generator,
        discriminator=base.discriminator,
        loss=dataclasses.replace(preset.loss, drawn_weight=0.0),  # this generator does not compose
        training=preset.replace(training__seed=4).training,
    )
    assert str(plan["run"].path) == "runs/dance"


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (("--width", 0.5), "leave out --width"),
        (("--skip", "mask"), "leave out --skip"),
        (("--no-background",), "leave out --background"),
        (("--discriminator", "siamese"), "leave out --discriminator"),
    ],
)
def test_networks_cannot_be_changed_on_the_way(run_train, converted_run, dancers, options, part):
    result = run_train("--resume-weights", converted_run.path, "--dataset", dancers.path, *options)
    result.assert_one_error(converted_run.path, part)


@pytest.mark.parametrize("kind", ["siamese", "image"])
def test_discriminators_that_judge_one_size_only(run_train, converted_run, dancers, tmp_path, kind):
    converted_run.write_config(converted_run.read_config().replace(discriminator__kind=kind))
    result = run_train(
        *("--resume-weights", converted_run.path, "--dataset", dancers.path),
        *("--run", tmp_path / "run"),
    )
    result.assert_one_error(f"the {kind} discriminator", "only with images of 128x64", "of 64x36")
    assert not (tmp_path / "run").exists()


def test_resume_weights_needs_a_run(run_train, dancers, tmp_path):
    result = run_train("--resume-weights", tmp_path / "nowhere", "--dataset", dancers.path)
    result.assert_one_error("nowhere is not a run directory")


def test_resume_and_resume_weights_exclude_each_other(run_train, capsys):
    with pytest.raises(SystemExit) as stop:
        run_train("--resume", "a", "--resume-weights", "b")
    assert stop.value.code == 2
    assert "not allowed with" in capsys.readouterr().err


def test_the_converted_networks_are_trained_on(run_train, converted_run, dancers, tmp_path):
    """The first step of the new run begins at the old weights."""
    status, _, error = run_train(
        *("--resume-weights", converted_run.path, "--dataset", dancers.path),
        *("--run", tmp_path / "run", "--epochs", 1, "--steps-per-epoch", 1, "--no-jit-compile"),
        *("--learning-rate", 1e-30),
    )
    assert status == 0, error
    run = RunDirectory(tmp_path / "run")
    assert run.read_details()["weights_from"] == {"run": str(converted_run.path), "step": 2}
    with (
        np.load(converted_run.checkpoints.paths()[0]) as before,
        np.load(run.checkpoints.paths()[0]) as after,
    ):
        for name in before.files:
            if name.startswith(("generator/", "discriminator/")) and "seed_gen" not in name:
                np.testing.assert_array_equal(after[name], before[name], err_msg=name)
        assert int(after["step"]) == 1
