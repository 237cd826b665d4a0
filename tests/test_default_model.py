"""Every command that needs a model uses the shipped model by default, and says so."""

import json
from pathlib import Path

import pytest

from deformable_gan import augment, evaluate, export, push, repose, train
from deformable_gan.boxed.names import ROOT
from deformable_gan.config import ExperimentConfig
from deformable_gan.errors import RunError
from deformable_gan.pretrained.hub_model import HubModel
from deformable_gan.trained_model import TrainedModel
from deformable_gan.training.boxed_origin import BoxedOrigin

SAID = "model: people, which ships with the package (others: --run DIR, --model MODEL)\n"


@pytest.fixture
def asked(monkeypatch):
    """Make `TrainedModel.load` fail; return the list of the places that it is called with."""
    places = []

    def load(place):
        places.append(place)
        raise RunError("nothing is loaded here")

    monkeypatch.setattr(TrainedModel, "load", load)
    return places


def needs(command, dancers, tmp_path):
    """Return the arguments that a command needs, apart from the model."""
    output = ("--output", tmp_path / "out.png")
    image = dancers.test.image_path(0)
    return {
        repose: ("--source", image, "--pose", image, *output),
        augment: ("--dataset", dancers.path, "--output", tmp_path / "out"),
        evaluate: ("--dataset", dancers.path, "--output", tmp_path / "out"),
    }[command]


@pytest.mark.parametrize(
    "command", [repose, augment, evaluate], ids=lambda command: command.__name__
)
@pytest.mark.parametrize("model", ["none", "its name", "a run"])
def test_which_model_is_loaded(command, model, call_command, dancers, asked, tmp_path):
    named = {"none": (), "its name": ("--model", "people"), "a run": ("--run", tmp_path)}[model]
    result = call_command(command.main, *named, *needs(command, dancers, tmp_path))
    result.assert_one_error("nothing is loaded here")
    assert asked == [tmp_path if model == "a run" else Path("people")]
    assert (SAID in result.out) == (model == "none")


def test_evaluated_pictures_need_no_model(call_command, dancers, asked, tmp_path):
    (tmp_path / "pictures").mkdir()
    result = call_command(
        evaluate.main, "--generated", tmp_path / "pictures", "--dataset", dancers.path
    )
    assert result.status == 1
    assert SAID not in result.out
    assert asked == []


@pytest.mark.parametrize("named", [(), ("--model", "people")], ids=["none", "its name"])
def test_export(named, call_command, tmp_path, monkeypatch):
    written = {}

    def write_export(generator, card, origin, *_, **__):
        written.update(generator=generator, card=card, origin=origin)

    monkeypatch.setattr(export, "write_export", write_export)
    result = call_command(export.main, *named, "--output", tmp_path / "out", "--without-movenet")
    assert (result.status, result.err) == (0, "")
    assert result.out == ("" if named else SAID)
    description = json.loads((ROOT / "people/model.json").read_text(encoding="utf-8"))
    assert written["card"].steps == description["steps"]
    assert written["card"].config == ExperimentConfig.from_json(
        json.dumps(description["experiment"])
    )
    assert written["origin"] == Path("people")
    assert written["generator"].image_size == (128, 72)
    # The path of the package is not written.
    assert str(ROOT) not in written["card"].text({}, photographs=False)
    assert "deformable_gan/boxed/people" in written["card"].text({}, photographs=False)


def test_push_takes_its_name_too(call_command, tmp_path, monkeypatch):
    loaded = []

    def load_trained(place):
        loaded.append(place)
        raise RunError("nothing is loaded here")

    monkeypatch.setattr("deformable_gan.exporting.trained_generator.load_trained", load_trained)
    result = call_command(push.main, "--model", "people", tmp_path / "preset")
    result.assert_one_error("nothing is loaded here")
    assert loaded == [Path("people")]


def test_train_starts_from_it(call_command, dancers, tmp_path, monkeypatch):
    started = {}

    def session(config, dataset, run, *_, **origin):
        started.update(config=config, **origin)

    monkeypatch.setattr("deformable_gan.training.session.train", session)
    result = call_command(
        *(train.main, "--init-from", "people", "--preset", "dance", "--vgg19", "random"),
        *("--dataset", dancers.path, "--run", tmp_path / "run"),
    )
    assert (result.status, result.err) == (0, "")
    assert isinstance(started["weights_from"], BoxedOrigin)
    # The networks come from the model, the losses from the preset, the size from the dataset.
    boxed = json.loads((ROOT / "people/model.json").read_text(encoding="utf-8"))["experiment"]
    assert (
        list(started["config"].generator.encoder_filters) == boxed["generator"]["encoder_filters"]
    )
    assert boxed["discriminator"]["kind"] == "concatenated"
    assert started["config"].discriminator.kind == "concatenated"
    assert started["config"].loss.content_features == "block1_conv2"
    assert started["config"].image_size == (64, 36)


@pytest.fixture
def no_movenet(monkeypatch, tmp_path):
    """Make MoveNet unavailable: there is no path, an empty cache and no network connection."""
    monkeypatch.delenv("DEFORMABLE_GAN_MOVENET", raising=False)
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(HubModel, "_download", lambda self: (None, "no network"))


def test_a_photograph_without_movenet(call_command, no_movenet, tiny_run, dancers, tmp_path):
    from PIL import Image

    photograph = tmp_path / "me.jpg"
    Image.new("RGB", (120, 160), (128, 128, 128)).save(photograph)
    result = call_command(
        *(repose.main, "--run", tiny_run.path, "--source", photograph),
        *("--pose", dancers.test.image_path(0), "--output", tmp_path / "out.png"),
    )
    result.assert_one_error("MoveNet is not available", "--movenet PATH", "DEFORMABLE_GAN_MOVENET")
    # One sentence: full stops occur only within addresses and names.
    assert ". " not in result.err
