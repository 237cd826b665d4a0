"""kagglehub, with its functions replaced."""

import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import requests

from deformable_gan import Generator
from deformable_gan.errors import HubError
from deformable_gan.sharing import kaggle as module
from deformable_gan.sharing.handle import Handle
from deformable_gan.trained_model import TrainedModel

kagglehub = pytest.importorskip("kagglehub")
from kagglehub.exceptions import KaggleApiHTTPError, UnauthenticatedError  # noqa: E402

HANDLE = "kaggle://anna/dance/keras/small"


@pytest.fixture
def kaggle(monkeypatch, tiny_preset, tmp_path):
    """Kaggle with one model in two versions; returns the requests."""
    cache, asked = tmp_path / "cache", []

    def model_download(handle, path):
        asked.append((handle, path))
        if handle not in ("anna/dance/keras/small", "anna/dance/keras/small/2"):
            raise KaggleApiHTTPError("404 Client Error.\n\nResource not found", response(404))
        cache.mkdir(exist_ok=True)
        return shutil.copy(tiny_preset[0] / path, cache / path)

    monkeypatch.setattr(kagglehub, "model_download", model_download)
    return asked


def response(status):
    made = requests.Response()
    made.status_code = status
    return made


@pytest.mark.parametrize("version", ["", "/2"])
def test_pictures_are_equal_to_the_bit(kaggle, inputs, expected, version):
    model = TrainedModel.from_preset(HANDLE + version)
    np.testing.assert_array_equal(model.generate(*inputs), expected)
    assert {handle for handle, _ in kaggle} == {f"anna/dance/keras/small{version}"}
    assert {path for _, path in kaggle} == {
        *("deformable_gan.json", "labels.txt"),
        *("config.json", "metadata.json", "model.weights.h5"),
    }


def test_no_such_model(kaggle):
    with pytest.raises(HubError, match=r"^kaggle://.*: Kaggle has no such model .*status 404"):
        Generator.from_preset("kaggle://anna/absent/keras/small")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (requests.ConnectionError("no route"), "to Kaggle failed .*ConnectionError: no route"),
        (UnauthenticatedError(), "you are not logged in to Kaggle: set KAGGLE_API_TOKEN"),
        (
            KaggleApiHTTPError("500 Server Error", response(500)),
            "Kaggle returned an error: .*500 Server",
        ),
        (
            ValueError("labels.txt is not present in the model files"),
            "failed .*labels.* is a preset$",
        ),
    ],
)
def test_what_goes_wrong(monkeypatch, error, message):
    def fail(*_):
        raise error

    monkeypatch.setattr(kagglehub, "model_download", fail)
    with pytest.raises(HubError, match=message):
        Generator.from_preset(HANDLE)


def test_a_damaged_download(kaggle, monkeypatch, tmp_path):
    good = kagglehub.model_download

    def damage(handle, path):
        file = good(handle, path)
        if path == "model.weights.h5":
            with Path(file).open("ab") as weights:
                weights.write(b"x")
        return file

    monkeypatch.setattr(kagglehub, "model_download", damage)
    cache = re.escape(str(tmp_path / "cache"))
    with pytest.raises(HubError, match=rf"damaged: model\.weights\.h5 .*delete {cache} and"):
        Generator.from_preset(HANDLE)


def test_upload(monkeypatch, tiny_preset):
    uploaded = {}

    def model_upload(handle, folder, **options):
        uploaded.update(handle=handle, folder=folder, **options)

    monkeypatch.setattr(kagglehub, "model_upload", model_upload)
    address = module.upload(tiny_preset[0], Handle.find(HANDLE), "better", False, "Apache 2.0")
    assert address == "https://www.kaggle.com/models/anna/dance/keras/small"
    assert uploaded == {
        "handle": "anna/dance/keras/small",
        "folder": str(tiny_preset[0]),
        "license_name": "Apache 2.0",
        "version_notes": "better",
    }
    with pytest.raises(HubError, match="leave out --public"):
        module.upload(tiny_preset[0], Handle.find(HANDLE), "better", True, None)


def test_nobody_is_logged_in(monkeypatch):
    def whoami(verbose):
        raise UnauthenticatedError

    monkeypatch.setattr(kagglehub, "whoami", whoami)
    with pytest.raises(HubError, match="you are not logged in to Kaggle"):
        module.require_login(Handle.find(HANDLE))


def test_the_client_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "kagglehub", None)
    with pytest.raises(HubError, match=r"kagglehub, .*pip install 'deformable-gan\[hub\]'"):
        Generator.from_preset(HANDLE)
