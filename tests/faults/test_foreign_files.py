"""Untrusted files are refused, and no code in them runs."""

import re
import shutil
import socket
import struct
import threading
import time
import zlib
from pathlib import Path

import keras
import numpy as np
import pytest

import deformable_gan
from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.data.image_store import ImageStore
from deformable_gan.data.media import read_photo
from deformable_gan.errors import ConfigurationError, DatasetError, MediaError
from deformable_gan.models import vgg19_weights
from deformable_gan.models.vgg19_features import VGG19Features
from deformable_gan.models.vgg19_weights import load_vgg19_weights
from deformable_gan.training.checkpoint_store import CheckpointStore


@pytest.fixture
def canary(tmp_path):
    """A path that foreign code creates when it runs; at the end it must not exist."""
    path = tmp_path / "canary"
    yield path
    assert not path.exists()


class Payload:
    """An object that runs code when it is unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return Path.touch, (Path(self.path),)


def pickled(canary):
    return np.array([Payload(canary)], dtype=object)


def test_the_payload_is_live(tmp_path):
    np.save(tmp_path / "evil.npy", pickled(tmp_path / "fired"), allow_pickle=True)
    np.load(tmp_path / "evil.npy", allow_pickle=True)
    assert (tmp_path / "fired").exists()


@pytest.mark.parametrize("suffix", [".npz", ".npy"])
def test_pickled_vgg19_weights(tmp_path, canary, suffix):
    path = tmp_path / f"weights{suffix}"
    if suffix == ".npz":
        np.savez(path, **{"block1_conv1/kernel": pickled(canary), "block1_conv1/bias": np.ones(64)})
    else:
        np.save(path, pickled(canary), allow_pickle=True)
    with pytest.raises(ConfigurationError, match="does not hold VGG19's weights"):
        load_vgg19_weights(VGG19Features("block1_conv1"), path)


def test_no_zip_at_all(tmp_path):
    (tmp_path / "weights.npz").write_bytes(b"PK\x03\x04 and then nothing")
    with pytest.raises(ConfigurationError, match="does not hold VGG19's weights"):
        load_vgg19_weights(VGG19Features("block1_conv1"), tmp_path / "weights.npz")


def test_a_lambda_in_a_keras_file(tmp_path, canary):
    code = str(canary)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            keras.layers.Lambda(lambda x: (__import__("pathlib").Path(code).touch(), x)[1]),
        ]
    )
    model.save(tmp_path / "evil.keras")
    canary.unlink()  # building the model ran its code
    with pytest.raises(ConfigurationError, match="does not hold VGG19's weights"):
        load_vgg19_weights(VGG19Features("block1_conv1"), tmp_path / "evil.keras")


def test_a_pickled_checkpoint(tmp_path, canary, config):
    from deformable_gan.training.build import build_gan

    gan = build_gan(config, jit_compile=False)
    store = CheckpointStore(tmp_path / "checkpoints")
    good = store.save(gan, 1)
    with np.load(good) as arrays:
        contents = {name: arrays[name] for name in arrays.files}
    contents["step"] = np.int64(2)
    first = next(name for name in contents if name.startswith("generator/"))
    for name in (first, "step", "about"):
        np.savez(store.folder / "checkpoint-000000002.npz", **{**contents, name: pickled(canary)})
        if name == "about":  # read only after everything else
            assert store.restore(gan) == 2
            with pytest.raises(ValueError, match="allow_pickle=False"):
                store.about(2)
        else:
            assert store.restore(gan) == 1


UNSAFE = re.compile(
    r"allow_pickle\s*=\s*True|safe_mode\s*=\s*False|enable_unsafe_deserialization|"
    r"\bimport (pickle|marshal|shelve|dill|joblib)\b|\byaml\.load\b|(?<![.\w])(eval|exec)\("
)


# torch_file.py reads pickles with an unpickler that makes nothing but tensors: see
# tests/pretrained/test_torch_file.py.
RESTRICTED = Path("pretrained", "torch_file.py")


def test_no_way_to_run_what_a_file_says():
    root = Path(deformable_gan.__file__).parent
    for path in root.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if path.relative_to(root) == RESTRICTED:
            assert "def find_class(" in text
            assert not re.search(r"pickle\.loads?\(", text)
            continue
        assert not UNSAFE.search(text), path
        assert text.count("np.load(") == text.count("allow_pickle=False") - text.count(
            "np.save("
        ), path


@pytest.fixture
def copied(dancers, tmp_path):
    return Path(shutil.copytree(dancers.path, tmp_path / "set"))


@pytest.mark.parametrize(
    "name", ["../secret.png", "/etc/passwd", "a/../../secret.png", "..\\x.png"]
)
@pytest.mark.parametrize("file", ["annotations-train.csv", "pairs-train.csv"])
def test_names_stay_inside_the_dataset(copied, file, name):
    path = copied / file
    lines = path.read_text().splitlines()
    separator = ":" if file.startswith("annotations") else ","
    lines[1] = separator.join([name, *lines[1].split(separator)[1:]])
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(DatasetError, match="is not a usable image name") as error:
        _ = DatasetFolder(copied).train
    assert f"{path}, line 2: " in str(error.value)


def png_bomb(width=60_000, height=8_000):
    """Return a PNG of 1.4 MB that decodes to 1.4 GB."""

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    compressor = zlib.compressobj(9)
    row = bytes(1 + width * 3)
    rows = b"".join(compressor.compress(row) for _ in range(height)) + compressor.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


@pytest.fixture(scope="module")
def bomb():
    return png_bomb()


@pytest.mark.parametrize("memory_budget", [2 << 30, 0])
def test_decompression_bomb_in_a_dataset(copied, bomb, memory_budget):
    dataset = DatasetFolder(copied)
    path = dataset.train.image_path(1)
    path.write_bytes(bomb)
    before = peak_memory()
    with pytest.raises(
        DatasetError, match="is 8000x60000; the dataset's images are 64x36"
    ) as error:
        ImageStore(dataset.train, dataset.image_size, memory_budget=memory_budget).check()
    assert str(path) in str(error.value)
    assert peak_memory() - before < 300e6  # decoding it would take 1.4 GB


def test_decompression_bomb_as_a_photograph(tmp_path, bomb):
    (tmp_path / "bomb.png").write_bytes(bomb)
    before = peak_memory()
    with pytest.raises(MediaError, match="is too large"):
        read_photo(tmp_path / "bomb.png")
    assert peak_memory() - before < 300e6


def peak_memory():
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".gif", ".bmp"])
def test_ordinary_images_of_every_format_are_read(tmp_path, suffix, dancers):
    from PIL import Image

    from deformable_gan.data.dataset_folder import Split

    image = np.random.default_rng(0).integers(0, 256, (20, 12, 3)).astype(np.uint8)
    Image.fromarray(image).save(tmp_path / f"a{suffix}")
    split = Split("train", tmp_path, (f"a{suffix}",), np.zeros((1, 17, 3)), np.zeros((0, 2)))
    for memory_budget in (2 << 30, 0):
        (read,) = ImageStore(split, (20, 12), memory_budget).take(np.array([0])).numpy()
        assert read.shape == (20, 12, 3)
        if suffix in (".png", ".bmp"):
            np.testing.assert_array_equal(read, image)
    with pytest.raises(DatasetError, match="is 20x12; the dataset's images are 12x20"):
        ImageStore(split, (12, 20))


@pytest.fixture
def silent_server():
    """The port of a server that accepts connections and then sends nothing."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        kept = []

        def accept():
            try:
                while True:
                    kept.append(server.accept())
            except OSError:
                pass

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        for connection, _ in kept:
            connection.close()


def test_a_silent_download_ends_and_leaves_nothing(silent_server, tmp_path, monkeypatch):
    from keras.src.applications import vgg19
    from keras.src.utils import file_utils

    address = f"http://127.0.0.1:{silent_server}/vgg19.h5"
    monkeypatch.setattr(vgg19, "WEIGHTS_PATH_NO_TOP", address)
    monkeypatch.setattr(file_utils.config, "keras_home", lambda: str(tmp_path / "keras"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr(vgg19_weights, "_TIMEOUT_SECONDS", 0.5)
    began = time.monotonic()
    with pytest.raises(ConfigurationError, match="could not be downloaded") as error:
        load_vgg19_weights(VGG19Features("block1_conv1"))
    assert time.monotonic() - began < 20
    message = str(error.value)
    assert vgg19_weights._ADDRESS in message
    assert (
        str(tmp_path / "keras/models/vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5") in message
    )
    assert "--vgg19 FILE" in message
    assert not [path for path in (tmp_path / "keras").rglob("*") if path.is_file()]
    assert socket.getdefaulttimeout() is None
