"""Converting a trained model and MoveNet to LiteRT, so that reposing needs no TensorFlow."""

import json
import shutil
import tempfile
from pathlib import Path

import tensorflow as tf

from deformable_gan.data.atomic_file import atomic_file
from deformable_gan.errors import ConfigurationError, MediaError
from deformable_gan.exporting.drift import Drift
from deformable_gan.exporting.litert import Int8Format, convert_litert
from deformable_gan.exporting.samples import sample_pairs
from deformable_gan.exporting.serving import check_exportable, images_of_generator
from deformable_gan.exporting.web.networks import run_networks, write_movenet, write_networks
from deformable_gan.geometry.background_mask import person_mask
from deformable_gan.inference import OPTIONAL_INPUTS
from deformable_gan.models.generator import Generator
from deformable_gan.models.load_generator import load_generator
from deformable_gan.on_litert.cache import is_converted
from deformable_gan.on_litert.names import DESCRIPTION, FORMAT, PEOPLE
from deformable_gan.pose.movenet import MoveNet
from deformable_gan.pose.skeleton import get_skeleton
from deformable_gan.saving.saved_generator import SavedGenerator


def write_reposing_networks(place: str | Path | None, folder: Path) -> None:
    """Write a trained model as LiteRT networks for `on_litert.LiteRTModel`.

    The convolutions' weights have 8 bits, which makes them three times as fast on processors with
    instructions for it. Images of random noise are compared with the generator's, with the
    tolerance of an int8 export. Images of people made by `people` differ from TensorFlow's by less
    than a tenth of a grey level on average.

    Args:
        place: see `SavedGenerator.find`.
        folder: the folder to write, which appears complete or not at all. If another process
            writes it at the same time, the first result is kept.

    Raises:
        RunError: the model is missing, damaged or has no network, LiteRT lacks an operation, or
            the images differ too much.
        ConfigurationError: the model's configuration is damaged, or it needs a person mask.
        MediaError: the folder cannot be written.
    """
    generator, _ = load_generator(SavedGenerator.find(place))
    if generator.mask:
        raise ConfigurationError(
            "a model that needs person masks cannot be converted to LiteRT: use TensorFlow "
            "(--no-litert)"
        )
    check_exportable(generator)
    generator.warp_method = "sparse"
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            prefix=".writing-", dir=folder.parent, ignore_cleanup_errors=True
        ) as name:
            complete = Path(name) / folder.name
            complete.mkdir()
            _write(generator, complete)
            if not is_converted(folder):
                shutil.rmtree(folder, ignore_errors=True)  # what a cleaner left of it
                complete.rename(folder)
    except OSError as error:
        if not is_converted(folder):
            raise MediaError(f"cannot write {folder}: {error.strerror or error}") from error


def _write(generator: Generator, folder: Path) -> None:
    height, width = generator.image_size
    names = write_networks(generator, folder, tf.int8)
    skeleton = get_skeleton(generator.get_config()["skeleton"])
    spec = tf.TensorSpec((1, len(skeleton), 3), tf.float32, name="keypoints")
    masks = tf.function(
        lambda keypoints: {"people": person_mask(keypoints, (height, width), skeleton)},
        autograph=False,
    )
    (folder / PEOPLE).write_bytes(convert_litert(masks.get_concrete_function(keypoints=spec), []))
    inputs = sample_pairs(2, (height, width), skeleton, background=generator.background)
    made = run_networks(folder, generator, inputs)
    drift = Drift.between(made, images_of_generator(generator, inputs))
    Int8Format.tolerance.require(drift, "the model converted to LiteRT")
    description = {
        "format": FORMAT,
        "files": {name: (folder / name).stat().st_size for name in (*names, PEOPLE)},
        "image_size": [height, width],
        "skeleton": skeleton.name,
        "wants": sorted(set(OPTIONAL_INPUTS) & set(generator.input_shapes())),
        "composes": bool(generator.composite),
    }
    text = json.dumps(description, indent=2) + "\n"
    (folder / DESCRIPTION).write_text(text, encoding="utf-8")


def write_reposing_movenet(source: Path, path: Path) -> None:
    """Write MoveNet's SavedModel as a LiteRT file of the same precision, and compare their joints.

    Args:
        source: the SavedModel's folder.
        path: the file to write.

    Raises:
        PoseError: the folder is not MoveNet.
        RunError: LiteRT lacks one of MoveNet's operations, or the joints differ too much.
        MediaError: the file cannot be written.
    """
    with atomic_file(path) as temporary:
        write_movenet(MoveNet.load(source), temporary)
