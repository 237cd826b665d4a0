import pytest

from deformable_gan.errors import ConfigurationError, RunError
from deformable_gan.on_litert.cache import model_folder
from deformable_gan.on_litert.names import DESCRIPTION
from deformable_gan.pose.movenet import MoveNet
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
        (folder / DESCRIPTION).write_text('{"files": {}}')

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
    with pytest.raises(ConfigurationError, match="cannot be imported: pip install"):
        made.networks(True, True)


def test_with_a_gpu_litert_must_be_wanted(start, conversions, monkeypatch):
    made, _ = start
    monkeypatch.setattr(litert_start, "has_nvidia_gpu", lambda: True)
    assert made.networks(None, True) is None
    assert made.networks(True, True) == model_folder("people")


@pytest.mark.parametrize("place", ["hf://somebody/model", "missing/folder"])
def test_what_is_no_folder_of_a_model(litert, place):
    start = LiteRTStart(place, lambda: None, lambda line: None)
    assert start.networks(None, True) is None
    assert not start.is_advisable
    with pytest.raises(ConfigurationError, match=f"received {place}: give a folder"):
        start.networks(True, False)


def test_the_advice_to_convert(start, conversions):
    made, _ = start
    assert made.is_advisable
    made.networks(True, False)
    assert not made.is_advisable


def test_a_model_that_cannot_be_converted(start, monkeypatch):
    made, lines = start

    def fail(place, folder):
        raise RunError("LiteRT lacks an operation")

    monkeypatch.setattr("deformable_gan.exporting.reposing_networks.write_reposing_networks", fail)
    assert made.networks(None, True) is None
    assert lines[-1].startswith(
        "note: this model cannot be converted to LiteRT (LiteRT lacks an operation); TensorFlow"
    )
    with pytest.raises(RunError, match="lacks an operation"):
        made.networks(True, True)


def test_movenet_is_converted_once(start, marker_movenet_folder, monkeypatch):
    made, _ = start
    first = made.movenet(marker_movenet_folder)
    monkeypatch.setattr("deformable_gan.exporting.reposing_networks.write_reposing_movenet", None)
    assert made.movenet(marker_movenet_folder).looks == first.looks == 8


def test_a_movenet_that_cannot_be_converted(start, marker_movenet_folder, monkeypatch):
    made, lines = start

    def fail(source, path):
        raise RunError("the joints differ")

    monkeypatch.setattr("deformable_gan.exporting.reposing_networks.write_reposing_movenet", fail)
    assert isinstance(made.movenet(marker_movenet_folder), MoveNet)
    assert "MoveNet cannot be converted to LiteRT (the joints differ); it runs with" in lines[-1]
