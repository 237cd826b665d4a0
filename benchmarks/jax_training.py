"""Time a training on JAX: `KERAS_BACKEND=jax python benchmarks/jax_training.py DATASET`.

This benchmark is for GPUs and TPUs with JAX; TensorFlow is not needed. It prints the device, the
time of the first call (at most fifty steps) with its compilation, steps per second, images per
second and, if the device reports it, the peak memory. It then prints the mean difference between
generated and real images of held-out people, and the mean difference between source and real images
(copying). Make a dataset with
`python -m deformable_gan.dancers --image-size 128x64 --output DATASET`.
"""

import argparse
import os
import time

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import keras
import numpy as np

from deformable_gan.backgrounds.fill_people import fill_people
from deformable_gan.config import PRECISIONS, ExperimentConfig
from deformable_gan.data.dataset_folder import DatasetFolder, Split
from deformable_gan.data.image_arrays import read_images
from deformable_gan.models.pixels import images_to_floats, to_uint8
from deformable_gan.pose.skeleton import get_skeleton
from deformable_gan.presets import get_preset
from deformable_gan.training.jax_pairs import JaxPairs
from deformable_gan.training.jax_trainer import JaxTrainer

#: Training steps per call of the compiled function.
TOGETHER = 50


def held_out_batches(split: Split, config: ExperimentConfig, pairs: int = 256, size: int = 16):
    """Yield a split's first pairs in batches, with the names and types of `data.pipeline`."""
    images, keypoints = read_images(split, config.image_size), split.keypoints
    filled = None
    if config.generator.background:
        filled = fill_people(images, keypoints, get_skeleton(config.skeleton))
    chosen = np.asarray(split.pairs)[:pairs]
    for source, target in (part.T for part in np.split(chosen, range(size, len(chosen), size))):
        background = {} if filled is None else {"background": filled[source]}
        yield {
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
    """Train, and return speed, memory and the difference on held-out people, by name.

    Args:
        folder: the dataset's folder.
        preset: the preset's name.
        width: factor for the numbers of filters.
        batch_size: images generated per step.
        steps: number of steps, rounded down to a multiple of `TOGETHER`. At least two calls are
            made, so fewer than `2 * TOGETHER` steps become two calls of at most `TOGETHER` steps.
        precision: one of `config.PRECISIONS`.
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
    pairs = JaxPairs([dataset.train.in_layout(dataset.skeleton, layout)], [1.0], config)
    trainer = JaxTrainer(config, vgg19)
    key = jax.random.key(config.training.seed)
    together = min(TOGETHER, steps)
    calls = max(2, steps // together)

    start = time.perf_counter()
    jax.block_until_ready(trainer.run(pairs, jax.random.fold_in(key, 0), together))
    first = time.perf_counter() - start
    start = time.perf_counter()
    for call in range(1, calls):
        terms = trainer.run(pairs, jax.random.fold_in(key, call), together)
        if call % 10 == 0:
            values = {name: round(float(value), 3) for name, value in terms.items()}
            print((call + 1) * together, values, flush=True)
    jax.block_until_ready(terms)
    rate = (calls - 1) * together / (time.perf_counter() - start)
    memory = (jax.devices()[0].memory_stats() or {}).get("peak_bytes_in_use", float("nan"))

    trainer.synchronize()
    errors = []
    for inputs in held_out_batches(dataset.test.in_layout(dataset.skeleton, layout), config):
        result = trainer.generator(images_to_floats(inputs), training=False)
        generated = np.asarray(to_uint8(result)).astype(float)
        target = inputs["target_image"].astype(float)
        errors.append(
            [np.abs(generated - target).mean(), np.abs(inputs["source_image"] - target).mean()]
        )
    generated, copied = np.mean(errors, axis=0)
    return {
        "first steps s": first,
        "steps/s": rate,
        "generated images/s": rate * batch_size,
        "peak memory GiB": memory / 2**30,
        "held-out people, mean difference in grey levels": float(generated),
        "copying": float(copied),
    }


def main() -> None:
    """Train, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("dataset")
    parser.add_argument("--preset", default="market-full")
    parser.add_argument("--width", type=float, default=1.0)
    parser.add_argument("--batch-size", type=int, default=4)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--precision", choices=PRECISIONS, default="float32")
    parser.add_argument(
        "--vgg19",
        default="random",
        help="VGG19's weights; random ones, the default, take the same time",
    )
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
