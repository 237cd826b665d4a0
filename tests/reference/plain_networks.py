"""The original's networks, reimplemented without any of the package's layers.

`python tests/reference/plain_networks.py WHOLE_SET` compares this file's results with the
original's numbers in WHOLE_SET, and then writes `networks.npz` and the checkpoints of narrower
networks to its own folder. See README.md.
"""

import collections
import itertools
import sys
from pathlib import Path

import h5py
import numpy as np
import tensorflow as tf

HERE = Path(__file__).parent
SIGMA = 6.0
WARPED_LEVELS = 4
# A thirty-second of the paper's filters, half of those of the networks in the whole set.
ENCODER = (2, 4, 8, 16, 16, 16)
DECODER = (16, 16, 16, 8, 4)
DISCRIMINATOR = (4, 8, 16)


class Weights:
    """The layers of a checkpoint by kind; `take` returns them in the order of their creation."""

    def __init__(self, path):
        self.layers = {}
        with h5py.File(path) as file:
            for name, layer in file["model_weights"].items():
                if name not in layer:  # activations have no weights
                    continue
                kind, _, number = name.rpartition("_")
                arrays = {key.removesuffix(":0"): array[()] for key, array in layer[name].items()}
                self.layers.setdefault(kind, {})[int(number)] = arrays
        self.layers = {
            kind: iter([layers[number] for number in sorted(layers)])
            for kind, layers in self.layers.items()
        }

    def take(self, kind):
        return next(self.layers[kind])


def heatmaps(keypoints, size):
    y, x = np.mgrid[: size[0], : size[1]]
    maps = []
    for row, column in keypoints:
        distance = (y - row) ** 2 + (x - column) ** 2
        maps.append(np.exp(-distance / (2 * SIGMA**2)) * (row != -1))
    return np.stack(maps, -1).astype(np.float32)


def normalise(features, weights):
    layer = weights.take("instance_normalization")
    mean, variance = tf.nn.moments(features, (1, 2, 3), keepdims=True)
    return (features - mean) / (tf.sqrt(variance) + 1e-3) * layer["gamma"] + layer["beta"]


def convolve(features, weights, strides=1, padding="SAME"):
    layer = weights.take("conv2d")
    outputs = tf.nn.conv2d(features, layer["kernel"], strides, padding)
    return outputs + layer["bias"] if "bias" in layer else outputs


def halve(features, weights, normalised=True):
    padded = tf.pad(tf.nn.leaky_relu(features, 0.2), ((0, 0), (1, 1), (1, 1), (0, 0)))
    outputs = convolve(padded, weights, 2, "VALID")
    return normalise(outputs, weights) if normalised else outputs


def encode(features, weights):
    levels = [convolve(features, weights)]
    for depth in range(1, 6):
        levels.append(halve(levels[-1], weights, normalised=depth < 5))
    return levels


def double(features, weights):
    kernel = weights.take("conv2d_transpose")["kernel"]
    batch, height, width, _ = features.shape
    whole = (batch, 2 * height + 2, 2 * width + 2, kernel.shape[2])
    outputs = tf.nn.conv2d_transpose(tf.nn.relu(features), kernel, whole, 2, "VALID")
    return normalise(outputs[:, 1:-1, 1:-1], weights)


def decode(levels, weights):
    features = levels[-1]
    for skip in levels[-2::-1]:
        features = tf.concat([double(features, weights), skip], -1)
    return tf.tanh(convolve(tf.nn.relu(features), weights))


def warp(features, transforms, masks):
    """Return the maximum over the regions of one sample's warped features, [1, h, w, C]."""
    height, width = features.shape[1:3]
    stride = np.array([masks.shape[1] // height, masks.shape[2] // width])
    shifts = np.ones(8)
    shifts[[2, 5]] = 1 / stride[::-1]
    rows = np.arange(height) * masks.shape[1] // height
    columns = np.arange(width) * masks.shape[2] // width
    warped = tf.raw_ops.ImageProjectiveTransformV3(
        images=tf.repeat(features, len(transforms), 0),
        transforms=tf.constant(transforms * shifts, tf.float32),
        output_shape=(height, width),
        interpolation="NEAREST",
        fill_mode="CONSTANT",
        fill_value=0.0,
    )
    masks = masks[:, rows][:, :, columns, None].astype(np.float32)
    return tf.reduce_max(warped * masks, 0, keepdims=True)


def generate(weights, skip, inputs, transforms, masks):
    """Return the image of one sample, [1, H, W, 3]."""
    size = inputs["source_image"].shape[1:3]
    appearance = [inputs["source_image"], heatmaps(inputs["source_keypoints"][0], size)[None]]
    pose = heatmaps(inputs["target_keypoints"][0], size)[None]
    if skip == "none":
        return decode(encode(tf.concat([*appearance, pose], -1), weights), weights)
    appearance = encode(tf.concat(appearance, -1), weights)
    for level in range(WARPED_LEVELS):
        appearance[level] = warp(appearance[level], transforms, masks)
    pose = encode(pose, weights)
    levels = [tf.concat(pair, -1) for pair in zip(appearance, pose, strict=True)]
    return decode(levels, weights)


def judge(weights, kind, inputs, image, transforms, masks):
    """Return the probability of each patch of one sample, [1, P]."""
    size = image.shape[1:3]
    source = tf.concat(
        [inputs["source_image"], heatmaps(inputs["source_keypoints"][0], size)[None]], -1
    )
    target = tf.concat([image, heatmaps(inputs["target_keypoints"][0], size)[None]], -1)
    if kind == "warp":
        source = warp(convolve(source, weights, 2, "VALID"), transforms, masks)
        features = tf.concat([convolve(target, weights, 2, "VALID"), source], -1)
    else:
        features = convolve(tf.concat([source, target], -1), weights, 2, "VALID")
    for depth in range(4):
        features = halve(features, weights, normalised=depth < 3)
    return tf.reshape(tf.sigmoid(features), (1, -1))


def compare(whole):
    """Print how far this file's results differ from the original's; all should be near 0."""
    networks, geometry = np.load(whole / "networks.npz"), np.load(whole / "geometry.npz")
    for tag in ("market_mask", "market_none", "market_warp"):
        for sample in (0, 1):
            one = slice(sample, sample + 1)
            inputs = {
                name: networks[f"{tag}_{name}"][one]
                for name in ("source_image", "source_keypoints", "target_keypoints")
            }
            inputs["source_image"] = inputs["source_image"].astype(np.float32)
            region = [geometry[f"128x64_region_{name}"][sample] for name in ("transforms", "masks")]
            weights = Weights(whole / f"{tag}_generator.h5")
            generated = generate(weights, tag.split("_")[1], inputs, *region)
            largest = np.abs(generated - networks[f"{tag}_generated"][one]).max()
            print(f"{tag} {sample}: generated, largest difference {largest:.2g}")
            images = {"d_generated": generated, "d_real": networks[f"{tag}_target_image"][one]}
            for name, image in images.items():
                weights = Weights(whole / f"{tag}_discriminator.h5")
                image = tf.cast(image, tf.float32)
                probability = judge(weights, tag.split("_")[1], inputs, image, *region)
                largest = np.abs(probability - networks[f"{tag}_{name}"][one]).max()
                print(f"{tag} {sample}: {name}, largest difference {largest:.2g}")


def draw_network(path, rng, skip=None, kind=None):
    """Write a checkpoint with random weights, of a generator or, with `kind`, a discriminator."""
    shapes = []
    if kind:
        first = [(4, 4, 21, 2), (4, 4, 21, 2)] if kind == "warp" else [(4, 4, 42, 2)]
        shapes += [("conv2d", shape) for shape in first]
        before = 2 * len(first)
        for filters in (*DISCRIMINATOR, 1):
            shapes.append(("conv2d", (4, 4, before, filters)))
            before = filters
        normalisations = len(DISCRIMINATOR)
    else:
        entries = (39,) if skip == "none" else (21, 18)
        for entry in entries:
            shapes.append(("conv2d", (3, 3, entry, ENCODER[0])))
            for before, filters in itertools.pairwise(ENCODER):
                shapes.append(("conv2d", (4, 4, before, filters)))
        below = len(entries) * ENCODER[-1]
        for filters, level in zip(DECODER, ENCODER[-2::-1], strict=True):
            shapes.append(("conv2d_transpose", (4, 4, filters, below)))
            below = filters + len(entries) * level
        shapes.append(("conv2d", (3, 3, below, 3)))
        normalisations = 4 * len(entries) + len(DECODER)
    numbers = collections.Counter()
    with h5py.File(path, "w", libver="latest") as file:

        def write(kind, name, array):
            layer = f"{kind}_{numbers[kind]}"
            # Rounded to sixteenths, a weight takes about half a byte in the compressed file.
            array = np.round(np.asarray(array) * 16).astype(np.float32) / 16
            group = file.require_group(f"model_weights/{layer}/{layer}")
            packed = (
                {"compression": 9, "shuffle": True, "chunks": array.shape}
                if array.size > 64
                else {}
            )
            group.create_dataset(f"{name}:0", data=array, **packed)

        for kind, shape in shapes:
            numbers[kind] += 1
            inputs = np.prod(shape[:2]) * shape[3 if kind == "conv2d_transpose" else 2]
            write(kind, "kernel", rng.normal(0, max(1.5 / np.sqrt(inputs), 0.06), shape))
            if shape[0] == 3 or shape[2] in (21, 42):
                write(kind, "bias", rng.normal(0, 0.2, shape[3]))
        for _ in range(normalisations):
            numbers["instance_normalization"] += 1
            write("instance_normalization", "gamma", rng.uniform(0.7, 1.3, 1))
            write("instance_normalization", "beta", rng.normal(0, 0.2, 1))


def draw_image(rng):
    """Return noise in squares of 4x4 pixels, float16 [1, 128, 64, 3], in multiples of 1/8."""
    coarse = rng.integers(-8, 9, (1, 32, 16, 3)) / 8
    return coarse.repeat(4, 1).repeat(4, 2).astype(np.float16)


def write_networks(whole):
    """Write the checkpoints of narrower networks, their inputs and their results."""
    geometry, arrays = np.load(whole / "geometry.npz"), {}
    for sample, tag in enumerate(("market_mask", "market_none", "market_warp")):
        kind = tag.split("_")[1]
        rng = np.random.default_rng(sample)
        draw_network(HERE / f"{tag}_generator.h5", rng, skip=kind)
        draw_network(
            HERE / f"{tag}_discriminator.h5", rng, kind="warp" if kind == "warp" else "call"
        )
        inputs = {name: draw_image(rng) for name in ("source_image", "target_image")}
        for name in ("source", "target"):
            inputs[f"{name}_keypoints"] = geometry[f"128x64_{name}"][sample : sample + 1]
        region = [geometry[f"128x64_region_{name}"][sample] for name in ("transforms", "masks")]
        images = {
            name: inputs[name].astype(np.float32) for name in ("source_image", "target_image")
        }
        generated = generate(Weights(HERE / f"{tag}_generator.h5"), kind, inputs | images, *region)
        weights = Weights(HERE / f"{tag}_discriminator.h5")
        d_real = judge(weights, kind, inputs | images, images["target_image"], *region)
        results = {"generated": generated.numpy()[:, ::2, ::2], "d_real": d_real.numpy()}
        print(f"{tag}: deviation {generated.numpy().std():.2f}, probabilities {d_real.numpy()}")
        arrays |= {f"{tag}_{name}": array for name, array in (inputs | results).items()}
    np.savez_compressed(HERE / "networks.npz", **arrays)


if __name__ == "__main__":
    compare(Path(sys.argv[1]))
    write_networks(Path(sys.argv[1]))
