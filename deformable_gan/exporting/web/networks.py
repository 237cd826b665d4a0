"""The networks of the web page, as LiteRT models for one image at a time."""

import shutil
from pathlib import Path

import numpy as np
import tensorflow as tf

from deformable_gan.errors import RunError
from deformable_gan.exporting.litert import convert_litert, operations_of_litert
from deformable_gan.exporting.samples import sample_pairs
from deformable_gan.exporting.serving import input_signature
from deformable_gan.geometry.warp import warp_image
from deformable_gan.models.generator import Generator
from deformable_gan.models.pixels import images_to_floats, to_uint8
from deformable_gan.on_litert.names import POSE, SOURCE
from deformable_gan.pose.movenet import MoveNet
from deformable_gan.pose.movenet_network import LiteRTNetwork

# The largest mean change of MoveNet's joint coordinates by the conversion, in image sizes.
_MOST_SHIFT = 1e-3
# The names of the source's feature maps, by level.
_FEATURES = "appearance_{}"


def write_networks(
    generator: Generator, folder: Path, weights: tf.DType | None = None
) -> list[str]:
    """Write a generator for one image at a time, in two parts.

    The first part, `source.tflite`, takes the arguments of `serving.make_serve`'s function except
    for the target pose and returns the features that are the same for all poses: `appearance_0` and
    so on. Generators whose encoder also sees the target have no such part. The second part,
    `network.tflite`, takes these features and all arguments of that function. It returns `weights`,
    `drawn` and `transforms` (see `Generator.compose`), or, for a generator that does not compose,
    `image` and `image_float`.

    Args:
        generator: a generator that `serving.check_exportable` accepts.
        folder: the folder to write to.
        weights: how the weights are stored; see `convert_litert`.

    Returns:
        The names of the files, in the order in which they run.

    Raises:
        RunError: LiteRT lacks an operation of the generator.
    """
    inputs = {spec.name: spec for spec in input_signature(generator, 1)}
    of_source = {name: spec for name, spec in inputs.items() if name != "target_keypoints"}
    names: list[str] = []
    features: dict[str, tf.Tensor] = {}

    def encode(**given):
        levels = generator.appearance(images_to_floats(given))
        return {_FEATURES.format(i): level for i, level in enumerate(levels)}

    def generate(**given):
        levels = [given.pop(name) for name in features] or None
        given = images_to_floats(given)
        if generator.composite:
            return generator.compose(given, appearance=levels, mixed=False)
        image = generator(given, appearance=levels)
        return {"image": to_uint8(image), "image_float": image}

    if generator.skip != "none":
        function = _write(generator, encode, of_source, folder / SOURCE, weights)
        for name, value in function.structured_outputs.items():
            features[name] = tf.TensorSpec(value.shape, value.dtype, name=name)
        names.append(SOURCE)
    _write(generator, generate, {**inputs, **features}, folder / POSE, weights)
    return [*names, POSE]


def _write(generator, function, specs: dict[str, tf.TensorSpec], path: Path, weights):
    with operations_of_litert(generator):
        traced = tf.function(function, autograph=False).get_concrete_function(**specs)
    path.write_bytes(convert_litert(traced, generator.variables, weights))
    return traced


def run_networks(folder: Path, generator: Generator, inputs: dict[str, np.ndarray]) -> np.ndarray:
    """Run the networks of a folder, and mix the candidates, if any, as the page does.

    Args:
        folder: the folder that `write_networks` wrote to.
        generator: the generator that it wrote.
        inputs: the arguments of `serving.make_serve`'s function.

    Returns:
        float32 [N, H, W, 3] in [-1, 1].
    """
    from ai_edge_litert.interpreter import Interpreter

    runs = [
        Interpreter(str(folder / name)).get_signature_runner("serving_default")
        for name in (SOURCE, POSE)
        if (folder / name).exists()
    ]
    images = []
    for index in range(len(inputs["source_image"])):
        single = {name: value[index : index + 1] for name, value in inputs.items()}
        made = dict(single)
        for run in runs:
            made |= run(**{name: made[name] for name in run.get_input_details()})
        if not generator.composite:
            images.append(made["image_float"])
            continue
        floats = images_to_floats({name: tf.constant(value) for name, value in single.items()})
        regions = warp_image(floats["source_image"], made["transforms"])
        background = floats["background"] if generator.background else None
        mixed = generator.composite.mix(
            made["weights"], regions, made["drawn"], floats["source_image"], background
        )
        images.append(np.asarray(mixed))
    return np.concatenate(images)


def write_movenet(movenet: MoveNet, path: Path) -> dict[str, object]:
    """Write MoveNet's network; if it is converted, compare its joints with the original's.

    Args:
        movenet: the estimator of a SavedModel, which is converted, or of a `.tflite` file, which is
            copied without a comparison.
        path: the file.

    Returns:
        The facts that the page needs: `size`, the side of the network's square input.

    Raises:
        RunError: LiteRT lacks one of MoveNet's operations, or the joints differ too much.
    """
    size, network = movenet.network.input_size, movenet.network
    if isinstance(network, LiteRTNetwork):
        shutil.copyfile(network.path, path)
        return {"size": size}
    spec = tf.TensorSpec((1, size, size, 3), tf.int32, name="image")
    function = tf.function(lambda image: {"joints": network(image)}, autograph=False)
    path.write_bytes(convert_litert(function.get_concrete_function(image=spec), []))
    _compare(path, movenet)
    return {"size": size}


def _compare(path: Path, movenet: MoveNet) -> None:
    size = movenet.network.input_size
    images = sample_pairs(3, (size, size), movenet.skeleton)["source_image"]
    written = LiteRTNetwork(path)
    shifts = []
    for image in images[:, None]:
        own, made = (
            np.asarray(network(tf.constant(image, tf.int32)))
            for network in (movenet.network, written)
        )
        shifts.append(np.abs(made - own)[..., :2].mean())
    shift = float(np.mean(shifts))
    if not shift <= _MOST_SHIFT:
        raise RunError(
            f"MoveNet's joints differ by {shift:.2g} of the image size after conversion to LiteRT, "
            f"more than {_MOST_SHIFT:g}: give MoveNet's .tflite file with --movenet"
        )
