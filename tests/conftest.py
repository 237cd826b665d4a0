"""Fixtures shared by all tests."""

import os
import signal
import threading
from pathlib import Path
from typing import NamedTuple

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

_SHARED = Path(__file__).resolve().parents[2] / "shared"
#: Folders of the original's numbers: the part that comes with the tests, and the whole set.
_REFERENCES = {"part": Path(__file__).with_name("reference"), "whole": _SHARED / "reference"}


def pytest_report_header():
    """Return a line that says which folders of the original's numbers exist."""
    return "reference numbers: " + ", ".join(
        f"{name} {'in' if path.is_dir() else 'not in'} {path}" for name, path in _REFERENCES.items()
    )


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference numbers, clips and models beside a developer's checkout."""
    if not _SHARED.is_dir():
        pytest.skip(f"needs the reference material in {_SHARED}, which this checkout lacks")
    return _SHARED


@pytest.fixture(scope="session")
def reals() -> Path | None:
    """`shared`, or None if it is absent, for tests that can make their own material."""
    return _SHARED if _SHARED.is_dir() else None


@pytest.fixture(
    scope="session", params=[name for name, path in _REFERENCES.items() if path.is_dir()]
)
def reference_folder(request) -> Path:
    """A folder of the original's numbers; see tests/reference/README.md."""
    return _REFERENCES[request.param]


class ReferenceNetwork(NamedTuple):
    """A generator and a discriminator of the original, in one of the reference folders."""

    folder: Path
    tag: str
    #: The numbers of filters are the paper's divided by this.
    divisor: int

    def checkpoint(self, network: str) -> Path:
        """Return the file of its `generator` or `discriminator`."""
        return self.folder / f"{self.tag}_{network}.h5"

    @property
    def skip(self) -> str:
        """The generator's skip connections."""
        return {"market_full": "full", "market_none": "none"}.get(self.tag, "mask")

    @property
    def discriminator(self) -> str:
        """The discriminator's kind."""
        return {"market_sim": "siamese", "market_warp": "warp"}.get(self.tag, "concatenated")


def _reference_networks():
    for name, folder in _REFERENCES.items():
        for path in sorted(folder.glob("*_generator.h5")):
            tag = path.stem.removesuffix("_generator")
            network = ReferenceNetwork(folder, tag, {"part": 32, "whole": 16}[name])
            slow = tag in ("fashion_mask", "market_sim") or (name, tag) == ("whole", "market_warp")
            yield pytest.param(
                network, id=f"{name}-{tag}", marks=[pytest.mark.slow] if slow else []
            )


@pytest.fixture(scope="session", params=_reference_networks())
def reference_network(request) -> ReferenceNetwork:
    """Each network of the available reference folders."""
    return request.param


@pytest.fixture(scope="session")
def salsas(shared) -> list[Path]:
    """Six dances in BVH files, of the reference material."""
    paths = sorted((shared / "motion").glob("*.bvh"))
    if not paths:
        pytest.skip(f"needs the motion capture in {shared / 'motion'}, which is not there")
    return paths


@pytest.fixture(scope="session", autouse=True)
def _interruptions_are_noticed():
    """Restore the effect of SIGINT, which tests send: a shell's background jobs ignore it."""
    if (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    ):
        signal.signal(signal.SIGINT, signal.default_int_handler)


class CommandResult(NamedTuple):
    """A command's exit status, and what it wrote to standard output and standard error."""

    status: int
    out: str
    err: str

    def assert_one_error(self, *parts):
        """Check that the command failed with an error of one line that contains the parts."""
        assert self.status == 1
        assert self.err.startswith("error: ")
        assert self.err.count("\n") == 1
        assert "Traceback" not in self.err
        for part in parts:
            assert str(part) in self.err


@pytest.fixture(scope="session", autouse=True)
def _models_are_not_converted(tmp_path_factory):
    """Let commands run models with TensorFlow unless a test asks for `litert`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DEFORMABLE_GAN_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setattr("deformable_gan.reposing.litert_start.is_litert_installed", lambda: False)
        yield


@pytest.fixture
def litert(monkeypatch, tmp_path):
    """The folder of converted models, with LiteRT installed and no GPU."""
    pytest.importorskip("ai_edge_litert", reason="needs the extra litert")
    monkeypatch.setenv("DEFORMABLE_GAN_CACHE", str(tmp_path / "cache"))
    for name, value in (("is_litert_installed", True), ("has_nvidia_gpu", False)):
        monkeypatch.setattr(
            f"deformable_gan.reposing.litert_start.{name}", lambda value=value: value
        )
    return tmp_path / "cache"


@pytest.fixture
def call_command(capsys):
    """A function that runs a command in this process: its `main`, and arguments of any type."""
    from deformable_gan.cli import run_command

    def call(main, *arguments):
        status = run_command(main, [str(argument) for argument in arguments])
        return CommandResult(status, *capsys.readouterr())

    return call


@pytest.fixture
def make_video(tmp_path):
    """A function that writes a video with PyAV: frames, their times and a rotation flag."""
    from fractions import Fraction

    import av

    def make(name, frames, times=None, rate=10, rotation=0, codec="libx264", options=None):
        path = tmp_path / name
        height, width = frames[0].shape[:2]
        with av.open(str(path), "w") as container:
            stream = container.add_stream(codec, rate=rate, options=options or {"crf": "8"})
            stream.height, stream.width = height, width
            stream.pix_fmt = "rgb8" if codec == "gif" else "yuv420p"
            if rotation:
                stream.set_display_rotation(rotation)
            stream.codec_context.time_base = Fraction(1, 1000)
            for index, image in enumerate(frames):
                frame = av.VideoFrame.from_ndarray(image, format="rgb24")
                seconds = index / rate if times is None else times[index]
                frame.pts, frame.time_base = round(seconds * 1000), Fraction(1, 1000)
                container.mux(stream.encode(frame.reformat(format=stream.pix_fmt)))
            container.mux(stream.encode(None))
        return path

    return make


@pytest.fixture
def walk(make_video):
    """A function that makes a clip of a moving red mark, which the stand-in for MoveNet finds."""

    import numpy as np

    def make(name, frames, slope=1):
        images = []
        for index in range(frames):
            image = np.full((192, 192, 3), 90, np.uint8)
            image[:, 96:] = 110
            y, x = 90 + index // 4, 80 + slope * index
            image[y - 4 : y + 5, x - 4 : x + 5] = 250, 20, 20
            images.append(image)
        return make_video(name, images, rate=6)

    return make


@pytest.fixture(scope="session")
def marker_network():
    """A class that stands in for MoveNet's network: it puts a standing figure at a red mark."""
    import numpy as np
    import tensorflow as tf

    class MarkerNetwork(tf.Module):
        input_size = 192
        format = "marker"
        # (y, x) from the mark, in pixels of the 192 x 192 square, in COCO's order.
        offsets = np.array(
            (
                *((-30, 0), (-33, 2), (-33, -2), (-32, 4), (-32, -4), (-20, 8), (-20, -8)),
                *((-8, 12), (-8, -12), (2, 14), (2, -14), (10, 6), (10, -6)),
                *((28, 6), (28, -6), (45, 6), (45, -6)),
            ),
            np.float32,
        )

        def __call__(self, batch):
            pixels = tf.cast(batch[0], tf.float32)
            redness = pixels[..., 0] - tf.reduce_max(pixels[..., 1:], axis=-1)
            marked = tf.cast(redness > 100, tf.float32)
            count = tf.reduce_sum(marked)
            axis = tf.range(192.0)
            grid = tf.stack(tf.meshgrid(axis, axis, indexing="ij"), -1)
            centre = tf.reduce_sum(grid * marked[..., None], [0, 1]) / tf.maximum(count, 1.0)
            places = (centre + self.offsets + 0.5) / 192
            confidence = tf.fill([17, 1], tf.where(count > 0, 0.9, 0.05))
            return tf.concat([places, confidence], axis=1)[None, None]

    return MarkerNetwork


@pytest.fixture(scope="session")
def marker_movenet(marker_network):
    """A MoveNet that finds a standing figure at a red mark, in one look."""
    from deformable_gan.pose.movenet import MoveNet

    return MoveNet(marker_network(), second_look=False)


@pytest.fixture(scope="session")
def marker_movenet_folder(marker_network, tmp_path_factory):
    """The folder of `marker_network` as a SavedModel, in the form of MoveNet's on TF Hub."""
    import tensorflow as tf

    class Served(marker_network):
        @tf.function(input_signature=[tf.TensorSpec((1, 192, 192, 3), tf.int32, "input")])
        def serve(self, input):
            return {"output_0": self(input)}

    module, path = Served(), tmp_path_factory.mktemp("movenet") / "marker"
    tf.saved_model.save(module, str(path), signatures=module.serve)
    return path


@pytest.fixture(scope="session")
def dancers(tmp_path_factory):
    """A small dataset of synthetic dancers, 64x36: two training and two test people."""
    from deformable_gan.dancers import make_dancers

    return make_dancers(
        tmp_path_factory.mktemp("data") / "dancers",
        image_size=(64, 36),
        train_people=2,
        test_people=2,
        images_per_person=4,
        variety="plain",
        progress=False,
    )


@pytest.fixture(scope="session")
def tiny_config():
    """A configuration for `dancers` with the smallest possible networks."""
    return _stand_in("tiny_experiment").tiny_experiment(training__flip=True)


@pytest.fixture(scope="session")
def tiny_run(dancers, tiny_config, tmp_path_factory):
    """The run directory of a finished training; copy it before changing anything in it."""
    from deformable_gan.training.run_directory import RunDirectory
    from deformable_gan.training.session import train

    run = RunDirectory(tmp_path_factory.mktemp("runs") / "tiny")
    train(tiny_config, dancers, run, vgg19="random", jit_compile=False)
    return run


@pytest.fixture(scope="session")
def tiny_export(tiny_run, tmp_path_factory):
    """The folder of `tiny_run`'s exported generator, and what the command printed."""
    import contextlib
    import io

    from deformable_gan.export import main

    path = tmp_path_factory.mktemp("exports") / "new/tiny"
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        main(["--run", str(tiny_run.path), "--output", str(path), "--without-movenet"])
    return path, printed.getvalue()


@pytest.fixture(scope="session")
def tiny_preset(tiny_run, tmp_path_factory):
    """The folder that `push` wrote for `tiny_run`, and what the command printed."""
    import contextlib
    import io

    from deformable_gan.push import main

    path = tmp_path_factory.mktemp("presets") / "new/tiny"
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        main(["--run", str(tiny_run.path), str(path)])
    return path, printed.getvalue()


@pytest.fixture(scope="session")
def tiny_generator(tiny_run):
    """`tiny_run`'s generator, as it was saved; not to be changed."""
    from deformable_gan.models.from_config import build_generator

    generator = build_generator(tiny_run.read_config())
    tiny_run.checkpoints.restore_generator(generator)
    return generator


@pytest.fixture(scope="session")
def write_torch_file():
    """A function that writes arrays as `torch.save` does, in its old or its new format."""
    import collections
    import io
    import pickle
    import struct
    import zipfile

    class Global:
        """An object pickled as a name that need not exist."""

        def __init__(self, module, name):
            self.text = f"c{module}\n{name}\n".encode()

    class Storage:
        def __init__(self, key, array):
            self.key, self.array = key, array

    class Tensor:
        def __init__(self, storage, array):
            self.storage, self.array = storage, array

        def __reduce__(self):
            strides = tuple(stride // self.array.itemsize for stride in self.array.strides)
            hooks = collections.OrderedDict()
            state = (self.storage, 0, self.array.shape, strides, False, hooks)
            return Global("torch._utils", "_rebuild_tensor_v2"), state

    class Pickler(pickle._Pickler):
        def save(self, obj, save_persistent_id=True):
            if isinstance(obj, Global):
                self.write(obj.text)
            else:
                super().save(obj, save_persistent_id)

        def save_reduce(self, func, args, *rest, **options):
            if isinstance(func, Global):
                self.save(func)
                self.save(args)
                self.write(pickle.REDUCE)
            else:
                super().save_reduce(func, args, *rest, **options)

        def persistent_id(self, obj):
            if isinstance(obj, Storage):
                kind = {"f4": "FloatStorage", "i8": "LongStorage"}[obj.array.dtype.str[1:]]
                size = obj.array.size
                tail = (None,) if self.old else ()
                return ("storage", Global("torch", kind), obj.key, "cpu", size, *tail)
            return None

    def pickled(value, old):
        buffer = io.BytesIO()
        pickler = Pickler(buffer, 2)
        pickler.old = old
        pickler.dump(value)
        return buffer.getvalue()

    def write(path, arrays, old=False):
        storages = [Storage(str(number), array) for number, array in enumerate(arrays.values())]
        tensors = collections.OrderedDict(
            (name, Tensor(storage, array))
            for storage, (name, array) in zip(storages, arrays.items(), strict=True)
        )
        if old:
            parts = [pickled(value, old) for value in (0x1950A86A20F9469CFC6C, 1001, {})]
            parts += [pickled(tensors, old), pickled([s.key for s in storages], old)]
            parts += [struct.pack("<q", s.array.size) + s.array.tobytes() for s in storages]
            path.write_bytes(b"".join(parts))
            return path
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("weights/data.pkl", pickled(tensors, old))
            for storage in storages:
                archive.writestr(f"weights/data/{storage.key}", storage.array.tobytes())
            archive.writestr("weights/version", "3\n")
        return path

    return write


@pytest.fixture(scope="session")
def inception_graph():
    """The Inception graph of 2015, serialised, with a sixteenth of its channels, untrained."""
    return _stand_in("inception_graph").make_inception_graph(channel_divisor=16)


def _stand_in(name):
    """Return a module of `stand_ins`, which is not an importable package."""
    import importlib.util

    path = Path(__file__).with_name("stand_ins") / f"{name}.py"
    specification = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def moving_camera():
    """Frames of cameras that sway, drift and zoom over a known scene; see the module."""
    return _stand_in("moving_camera")


@pytest.fixture(scope="session")
def bvh_file():
    """The module that writes motion capture: `PERSON`, `write_bvh`."""
    return _stand_in("bvh_file")


@pytest.fixture
def make_bvh(bvh_file, tmp_path):
    """A function that writes a BVH file: its name, then the arguments of `write_bvh`."""

    def make(name, *arguments, **options):
        path = tmp_path / name
        path.write_text(bvh_file.write_bvh(*arguments, **options), encoding="utf-8")
        return path

    return make


@pytest.fixture
def hugging_face(monkeypatch, tmp_path):
    """A local stand-in for Hugging Face, without a login and with an empty cache.

    `hugging_face.log_in()` and `log_out()` change the login.
    """
    pytest.importorskip("huggingface_hub")
    from huggingface_hub import constants
    from huggingface_hub.utils import disable_progress_bars

    stand_in = _stand_in("hugging_face_hub")
    hub = stand_in.HuggingFaceHub()
    hub.log_in = lambda token=stand_in.TOKEN: monkeypatch.setenv("HF_TOKEN", token)
    hub.log_out = lambda: monkeypatch.delenv("HF_TOKEN", raising=False)
    hub.log_out()
    hub.cache = tmp_path / "hugging-face-cache"
    # The client reads the environment once, when it is imported.
    monkeypatch.setattr(constants, "ENDPOINT", hub.url)
    template = hub.url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(hub.cache))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no-token"))
    disable_progress_bars()
    yield hub
    hub.close()


@pytest.fixture(scope="session")
def detector_model(tmp_path_factory):
    """A detector whose confidence of a person is the image's red, and of a bicycle its green."""
    import tensorflow as tf

    class RedAndGreen(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((1, None, None, 3), tf.uint8)])
        def __call__(self, input_tensor):
            colour = tf.reduce_mean(tf.cast(input_tensor, tf.float32), axis=(1, 2)) / 255
            scores = tf.stack([colour[:, 1], colour[:, 0] / 2, colour[:, 0]], axis=1)
            return {
                "detection_classes": tf.constant([[2.0, 1.0, 1.0]]),
                "detection_scores": scores,
                "detection_boxes": tf.zeros((1, 3, 4)),
            }

    path = tmp_path_factory.mktemp("detector") / "model"
    module = RedAndGreen()
    tf.saved_model.save(module, str(path), signatures=module.__call__)
    return path
