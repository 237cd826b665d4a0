"""The real client, with a local stand-in for Hugging Face."""

import shutil

import numpy as np
import pytest

from deformable_gan import Generator
from deformable_gan.errors import HubError
from deformable_gan.exporting.formats import files_of_formats
from deformable_gan.sharing import hugging_face as module
from deformable_gan.sharing.handle import Handle
from deformable_gan.trained_model import TrainedModel

HANDLE = "hf://anna/dance"


@pytest.fixture
def published(hugging_face, tiny_preset):
    """A hub whose repository contains a preset and other files that a repository may contain."""
    files = {path.name: path.read_bytes() for path in tiny_preset[0].iterdir()}
    files |= {".gitattributes": b"*", "saved_model.pb": b"a program", "photo.png": b"a picture"}
    hugging_face.repositories["anna/dance"] = files
    return hugging_face


def test_pictures_are_equal_to_the_bit(published, tiny_run, inputs, expected):
    model = TrainedModel.from_preset(HANDLE)
    np.testing.assert_array_equal(model.generate(*inputs), expected)
    assert model.digest == TrainedModel.load(tiny_run.path).digest
    assert model.details["export"] == HANDLE


def test_only_what_is_needed_is_downloaded(published):
    Generator.from_preset(HANDLE)
    fetched = {path.rpartition("/")[2] for method, path in published.requests if "resolve" in path}
    assert "model.weights.h5" in fetched
    assert not fetched & {"saved_model.pb", "photo.png", ".gitattributes"}


def test_without_a_connection_the_cache_does(published):
    Generator.from_preset(HANDLE)
    published.close()
    Generator.from_preset(HANDLE)


def test_a_revision(published):
    revision = published.revision("anna/dance")
    Generator.from_preset(f"{HANDLE}@{revision}")
    with pytest.raises(HubError, match="has no revision 'absent'"):
        Generator.from_preset(f"{HANDLE}@absent")


def test_a_private_model(published):
    published.private.add("anna/dance")
    with pytest.raises(HubError, match="no such model, or it is private and you are not logged in"):
        Generator.from_preset(HANDLE)
    published.log_in()
    Generator.from_preset(HANDLE)


def test_no_such_model(hugging_face):
    with pytest.raises(HubError, match=r"^hf://anna/dance: Hugging Face has no such model"):
        Generator.from_preset(HANDLE)


def test_a_damaged_download(published):
    files = published.repositories["anna/dance"]
    intact = files["model.weights.h5"]
    files["model.weights.h5"] = intact[:-1] + b"x"
    message = r"damaged: model\.weights\.h5 is not .*; delete (\S+) and try again"
    with pytest.raises(HubError, match=message) as caught:
        Generator.from_preset(HANDLE)
    # The folder that the message names exists and can be deleted.
    import re

    shutil.rmtree(re.search(r"delete (\S+) and", str(caught.value))[1])
    files["model.weights.h5"] = intact
    Generator.from_preset(HANDLE)


def test_something_else(published):
    for name in ("model.weights.h5", "deformable_gan.json"):
        del published.repositories["anna/dance"][name]
        with pytest.raises(HubError, match=r"^hf://anna/dance: .*(damaged|not an exported model)"):
            Generator.from_preset(HANDLE)


def test_a_saved_model_from_a_hub_is_not_run(hugging_face, tiny_export):
    """A SavedModel is a program and is not downloaded."""
    folder = tiny_export[0]
    hugging_face.repositories["anna/dance"] = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    with pytest.raises(HubError, match=r"^hf://anna/dance: "):
        TrainedModel.from_preset(HANDLE)


def test_no_connection(hugging_face):
    hugging_face.close()
    with pytest.raises(HubError, match=r"not in the cache: Hugging Face cannot be reached"):
        Generator.from_preset(HANDLE)


def test_the_client_is_not_installed(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "huggingface_hub", None)
    with pytest.raises(HubError, match=r"not installed: pip install 'deformable-gan\[hub\]'"):
        Generator.from_preset(HANDLE)


def upload(folder, handle=HANDLE, public=False):
    return module.upload(folder, Handle.find(handle), "better", public, None, files_of_formats())


def test_upload(hugging_face, tiny_preset):
    hugging_face.log_in()
    assert upload(tiny_preset[0]) == f"{hugging_face.url}/anna/dance"
    files = dict(hugging_face.repositories["anna/dance"])
    assert files.pop(".gitattributes")
    assert files == {path.name: path.read_bytes() for path in tiny_preset[0].iterdir()}
    assert hugging_face.commits == [("anna/dance", "better")]
    assert hugging_face.private == {"anna/dance"}


def test_a_public_one(hugging_face, tiny_preset):
    hugging_face.log_in()
    upload(tiny_preset[0], public=True)
    assert hugging_face.private == set()


def test_what_an_earlier_push_left_is_replaced(published, tiny_preset):
    published.log_in()
    files = published.repositories["anna/dance"]
    files["variables/variables.index"] = files["model.onnx"] = b"of the older model"
    upload(tiny_preset[0])
    assert set(files) == {
        *(path.name for path in tiny_preset[0].iterdir()),
        *(".gitattributes", "photo.png"),
    }


def test_login(hugging_face):
    handle = Handle.find(HANDLE)
    with pytest.raises(HubError, match=r"you are not logged in to Hugging Face: .*hf auth login"):
        module.require_login(handle)
    hugging_face.log_in("hf_wrong")
    with pytest.raises(HubError, match="refuses access"):
        module.require_login(handle)
    hugging_face.log_in()
    module.require_login(handle)


def test_somebody_elses_name(hugging_face, tiny_preset):
    hugging_face.log_in()
    with pytest.raises(HubError, match=r"^hf://ben/dance: Hugging Face refuses access"):
        upload(tiny_preset[0], "hf://ben/dance")


def test_a_hub_that_is_ill(hugging_face, tiny_preset, monkeypatch):
    hugging_face.log_in()
    hugging_face.broken = True
    with pytest.raises(HubError, match=r"^hf://anna/dance: Hugging Face returned an error: .*500"):
        upload(tiny_preset[0])
