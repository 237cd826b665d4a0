import pytest

from deformable_gan.errors import ConfigurationError, RunError
from deformable_gan.on_litert.cache import model_folder
from deformable_gan.on_litert.names import DESCRIPTION
from deformable_gan.reposing import litert_start
from deformable_gan.reposing.litert_start import LiteRTStart


@pytest.fixture
def start(litert):
    """A start of the default model, with the lines that it reports."""
    lines = []
    made = LiteRTStart("people", lambda: None, lines.append)
    return made, lines


@pytest.fixture
def conversions(monkeypatch):
    """Pretend conversions: the list of the models that were converted."""
    done = []

    def write(place, folder):
        done.append(place)
        folder.mkdir(parents=True)
        (folder / DESCRIPTION).write_text("")

    monkeypatch.setattr("deformable_gan.exporting.reposing_networks.write_reposing_networks", write)
    return done


@pytest.mark.parametrize(
    ("wanted", "worthwhile", "converts"),
    [(None, False, False), (None, True, True), (True, False, True), (False, True, False)],
)
def test_when_a_model_is_converted(start, conversions, wanted, worthwhile, converts):
    made, lines = start
    folder = model_folder("people") if converts else None
    assert made.networks(wanted, worthwhile) == folder
    assert conversions == ["people"] * converts
    assert len(lines) == 2 * converts
    # A converted model is used from then on, unless it is not wanted.
    if converts:
        assert made.networks(None, False) == folder
        assert made.networks(False, True) is None
        assert len(conversions) == 1


def test_without_litert(start, monkeypatch):
    made, _ = start
    monkeypatch.setattr(litert_start, "is_litert_installed", lambda: False)
    assert made.networks(None, True) is None
    with pytest.raises(ConfigurationError, match="not installed: pip install"):
        made.networks(True, True)


def test_with_a_gpu_litert_must_be_wanted(start, conversions, monkeypatch):
    made, _ = start
    monkeypatch.setattr(litert_start, "has_nvidia_gpu", lambda: True)
    assert made.networks(None, True) is None
    assert made.networks(True, True) == model_folder("people")


def test_a_model_on_a_hub(litert):
    start = LiteRTStart("hf://somebody/model", lambda: None, lambda line: None)
    assert start.networks(None, True) is None
    with pytest.raises(ConfigurationError, match="a model on a hub: download"):
        start.networks(True, False)


def test_a_model_that_cannot_be_converted(start, monkeypatch):
    made, lines = start

    def fail(place, folder):
        raise RunError("LiteRT lacks an operation")

    monkeypatch.setattr("deformable_gan.exporting.reposing_networks.write_reposing_networks", fail)
    assert made.networks(None, True) is None
    assert lines[-1] == (
        "note: the model stays as it is and runs with TensorFlow: LiteRT lacks an operation"
    )
    with pytest.raises(RunError, match="lacks an operation"):
        made.networks(True, True)


def test_movenet_is_converted_once(start, marker_movenet_folder, monkeypatch):
    made, _ = start
    first = made.movenet(marker_movenet_folder)
    monkeypatch.setattr("deformable_gan.exporting.reposing_networks.write_reposing_movenet", None)
    assert made.movenet(marker_movenet_folder).looks == first.looks == 8
