"""Time a training on JAX: `KERAS_BACKEND=jax python benchmarks/jax_training.py DATASET`.

This benchmark is for GPUs and TPUs with JAX; TensorFlow is not needed. It prints the device, the
time of the first step (compilation), steps per second, images per second and, if the device reports
it, the peak memory. It then compares the results for held-out people with copying the source. Make
a dataset for example with
`python -m deformable_gan.dancers --image-size 128x64 --output DATASET`.
"""

import argparse
import os
import time

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import keras
import numpy as np
from PIL import Image

from deformable_gan.backgrounds.fill_person import fill_person
from deformable_gan.config import PRECISIONS
from deformable_gan.data.dataset_folder import DatasetFolder, Split
from deformable_gan.models.pixels import images_to_floats, to_uint8
from deformable_gan.pose.skeleton import convert_keypoints, get_skeleton
from deformable_gan.presets import get_preset
from deformable_gan.training.jax_trainer import JaxTrainer


def load(split: Split) -> np.ndarray:
    """Return a split's images, uint8 [N, H, W, 3]."""
    paths = [split.image_path(index) for index in range(len(split.names))]
    return np.stack([np.asarray(Image.open(path).convert("RGB")) for path in paths])


def batch_of(images, keypoints, filled, pairs) -> dict:
    """Return the batch for (source, target) indices; `filled` is None without backgrounds."""
    source, target = np.transpose(pairs)
    background = {} if filled is None else {"background": filled[source]}
    return {
        **background,
        "source_image": images[source],
        "target_image": images[target],
        "source_keypoints": keypoints[source],
        "target_keypoints": keypoints[target],
    }


def train(
    folder: str,
    preset: str,
    width: float,
    batch_size: int,
    steps: int,
    precision: str = "float32",
    vgg19: str = "random",
) -> dict[str, float]:
    """Train, and return what it took and how held-out people come out.

    Args:
        folder: the dataset's.
        preset: by name.
        width: of the networks.
        batch_size: images generated a step.
        steps: how many.
        precision: of `config.PRECISIONS`.
        vgg19: see `load_vgg19_weights`.
    """
    dataset = DatasetFolder(folder)
    config = get_preset(preset).config.scaled(width)
    config = config.replace(
        image_size=dataset.image_size,
        training__batch_size=batch_size,
        training__precision=precision,
    )
    layout = get_skeleton(config.skeleton)

    def read(split):
        joints = convert_keypoints(split.keypoints, dataset.skeleton, layout).astype("float32")
        images, filled = load(split), None
        if config.generator.background:
            filled = np.stack(
                [fill_person(*one, layout) for one in zip(images, joints, strict=True)]
            )
        return images, joints, filled, np.asarray(split.pairs)

    images, keypoints, filled, pairs = read(dataset.train)
    trainer = JaxTrainer(config, vgg19)
    random = np.random.default_rng(config.training.seed)
    batch = config.training.batch_size * (2 if config.training.separate_batches else 1)

    def step():
        chosen = pairs[random.integers(len(pairs), size=batch)]
        return trainer.step(batch_of(images, keypoints, filled, chosen))

    start = time.perf_counter()
    terms = jax.block_until_ready(step())
    first = time.perf_counter() - start
    start = time.perf_counter()
    for done in range(1, steps):
        terms = step()
        if done % 200 == 0:
            print(done, {name: round(float(value), 3) for name, value in terms.items()}, flush=True)
    jax.block_until_ready(terms)
    rate = max(1, steps - 1) / (time.perf_counter() - start)
    memory = (jax.devices()[0].memory_stats() or {}).get("peak_bytes_in_use", float("nan"))

    trainer.synchronize()
    images, keypoints, filled, pairs = read(dataset.test)
    errors = []
    for chosen in np.array_split(pairs[:256], max(1, len(pairs[:256]) // 16)):
        inputs = batch_of(images, keypoints, filled, chosen)
        result = trainer.generator(images_to_floats(inputs), training=False)
        generated = np.asarray(to_uint8(result)).astype(float)
        target = inputs["target_image"].astype(float)
        errors += [
            [np.abs(generated - target).mean(), np.abs(inputs["source_image"] - target).mean()]
        ]
    generated, copied = np.mean(errors, axis=0)
    return {
        "first step s": first,
        "steps/s": rate,
        "generated images/s": rate * batch_size,
        "peak memory GiB": memory / 2**30,
        "held-out people, mean difference in grey levels": float(generated),
        "copying": float(copied),
    }


def main() -> None:
    """Train, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("dataset")
    parser.add_argument("--preset", default="market-full")
    parser.add_argument("--width", type=float, default=1.0)
    parser.add_argument("--batch-size", type=int, default=4)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--precision", choices=PRECISIONS, default="float32")
    parser.add_argument("--vgg19", default="random", help="random weights take the same time")
    arguments = parser.parse_args()
    if keras.backend.backend() != "jax":
        parser.error("run this with KERAS_BACKEND=jax")
    result = train(
        *(arguments.dataset, arguments.preset, arguments.width, arguments.batch_size),
        *(arguments.steps, arguments.precision, arguments.vgg19),
    )
    print(
        f"{jax.devices()[0].device_kind}, {arguments.preset}, batch {arguments.batch_size}, ",
        end="",
    )
    print(f"{arguments.precision}")
    for name, value in result.items():
        print(f"{name}: {value:.4g}")


if __name__ == "__main__":
    main()
