import hashlib
import socket
import time
from dataclasses import replace

import pytest

from deformable_gan.errors import ConfigurationError, PoseError
from deformable_gan.pose.movenet_source import VARIANTS, find_movenet
from deformable_gan.pretrained import hub_model
from deformable_gan.pretrained.hub_model import HubModel


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch, tmp_path):
    monkeypatch.delenv("DEFORMABLE_GAN_MOVENET", raising=False)
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "empty-cache"))


@pytest.fixture
def no_network(monkeypatch):
    monkeypatch.setattr(HubModel, "_download", lambda self: (None, "no network"))


def saved_model(folder):
    folder.mkdir(parents=True)
    (folder / "saved_model.pb").touch()
    return folder


def test_order_of_places(tmp_path, monkeypatch, no_network):
    given = saved_model(tmp_path / "given")
    by_variable = saved_model(tmp_path / "variable")
    handle = "https://tfhub.dev/google/movenet/singlepose/thunder/4"
    cached = saved_model(tmp_path / "cache" / hashlib.sha1(handle.encode()).hexdigest())
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "cache"))
    assert find_movenet(variant="thunder") == cached
    monkeypatch.setenv("DEFORMABLE_GAN_MOVENET", str(by_variable))
    assert find_movenet(variant="thunder") == by_variable
    assert find_movenet(given, variant="thunder") == given


@pytest.mark.parametrize("kind", ["empty", "no graph", "no index", "a part is missing"])
def test_a_half_filled_cache_is_fetched_again(tmp_path, monkeypatch, kind):
    handle = "https://tfhub.dev/google/movenet/singlepose/lightning/4"
    cached = tmp_path / "cache" / hashlib.sha1(handle.encode()).hexdigest()
    (cached / "variables").mkdir(parents=True)
    parts = ["variables.index", "variables.data-00000-of-00002", "variables.data-00001-of-00002"]
    files = {
        "empty": [],
        "no graph": [f"variables/{part}" for part in parts],
        "no index": ["saved_model.pb", *(f"variables/{part}" for part in parts[1:])],
        "a part is missing": ["saved_model.pb", *(f"variables/{part}" for part in parts[:2])],
    }
    for file in files[kind]:
        (cached / file).touch()
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(HubModel, "_download", lambda self: (None, "no network"))
    with pytest.raises(PoseError, match=rf"copy in {cached} was incomplete .*no network"):
        find_movenet()
    assert not cached.exists()

    def download(self):
        assert not cached.exists()  # TF-Hub would take it for the model
        return saved_model(cached), ""

    monkeypatch.setattr(HubModel, "_download", download)
    assert find_movenet() == cached
    monkeypatch.setattr(HubModel, "_download", None)
    for part in parts:
        (cached / "variables").mkdir(exist_ok=True)
        (cached / "variables" / part).touch()
    assert find_movenet() == cached


def test_a_half_filled_cache_that_cannot_be_removed(tmp_path, monkeypatch):
    import shutil

    handle = "https://tfhub.dev/google/movenet/singlepose/lightning/4"
    cached = tmp_path / "cache" / hashlib.sha1(handle.encode()).hexdigest()
    cached.mkdir(parents=True)
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "cache"))

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(shutil, "rmtree", refuse)
    with pytest.raises(PoseError, match=rf"{cached} is incomplete .* delete that folder"):
        find_movenet()


def test_lite_files_are_taken(tmp_path):
    path = tmp_path / "movenet.tflite"
    path.touch()
    assert find_movenet(path) == path


def test_with_nothing_at_hand_one_message_names_every_way_out(no_network):
    with pytest.raises(PoseError) as caught:
        find_movenet()
    for word in (
        "https://tfhub.dev/google/movenet/singlepose/lightning/4",
        "--movenet",
        "DEFORMABLE_GAN_MOVENET",
        "TFHUB_CACHE_DIR",
        "no network",
    ):
        assert word in str(caught.value)


def test_paths_that_hold_nothing_are_refused(tmp_path, monkeypatch):
    (tmp_path / "folder").mkdir()
    (tmp_path / "text.txt").touch()
    for name, reason in (
        ("absent", "does not exist"),
        ("folder", "no saved_model.pb"),
        ("text.txt", "not a .tflite file"),
    ):
        with pytest.raises(PoseError, match=reason):
            find_movenet(tmp_path / name)
    monkeypatch.setenv("DEFORMABLE_GAN_MOVENET", str(tmp_path / "absent"))
    with pytest.raises(PoseError, match="variable DEFORMABLE_GAN_MOVENET"):
        find_movenet()
    with pytest.raises(ConfigurationError, match="'fast'"):
        find_movenet(variant="fast")


def test_a_network_that_never_answers_is_given_up(monkeypatch):
    """A server accepts connections and says nothing, as a silent proxy does."""
    monkeypatch.setattr(hub_model, "_DOWNLOAD_SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/movenet"
        monkeypatch.setitem(VARIANTS, "lightning", replace(VARIANTS["lightning"], handle=address))
        start = time.monotonic()
        with pytest.raises(PoseError, match="not finished within 1 seconds"):
            find_movenet()
    assert time.monotonic() - start < 10


@pytest.mark.slow
def test_a_refused_connection_is_reported_with_its_reason(monkeypatch, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    dead = f"http://127.0.0.1:{port}/movenet"
    monkeypatch.setenv("HTTPS_PROXY", dead)  # a test must not ask Kaggle either
    monkeypatch.setitem(VARIANTS, "lightning", replace(VARIANTS["lightning"], handle=dead))
    with pytest.raises(PoseError, match=r"TF-Hub: URLError .*refused"):
        find_movenet()
