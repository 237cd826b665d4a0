"""Where the time of a training step goes: `python benchmarks/step_time.py [PRESET …]`.

For each preset, in a process of its own: milliseconds of a whole step and of its parts, peak
memory, and the same step with what the paper adds taken out (the *floor*: features pass the skips
unwarped, and a mean L1 distance on the same features stands in for the nearest-neighbour search).
Step and floor take turns in one run, and their ratio is what counts: absolute times vary with the
machine.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def measure(preset: str, width: float, rounds: int, vgg19: str, policy: str, jit: bool) -> dict:
    """Time one preset in this process and return its row of the table."""
    import keras
    import numpy as np
    import tensorflow as tf

    keras.mixed_precision.set_dtype_policy(policy)

    from deformable_gan.data.dancers import make_dancers
    from deformable_gan.data.pipeline import PairPipeline
    from deformable_gan.models.pixels import images_to_floats
    from deformable_gan.pose.skeleton import get_skeleton
    from deformable_gan.presets import get_preset
    from deformable_gan.training.build import build_gan

    def unwarped(appearance, pose, *_):
        """Join the encoders' features as they are."""
        return [tf.concat(level, axis=-1) for level in zip(appearance, pose, strict=True)]

    config = get_preset(preset).config.scaled(width)
    skeleton = get_skeleton(config.skeleton)
    pairs_a_step = config.training.batch_size * (2 if config.training.separate_batches else 1)
    with tempfile.TemporaryDirectory() as folder:
        dataset = make_dancers(
            Path(folder) / "dancers",
            image_size=config.image_size,
            train_people=2,
            test_people=1,
            images_per_person=6,
            skeleton=skeleton,
            progress=False,
        )
        pipeline = PairPipeline(dataset.train, skeleton, config.image_size)
    stream = iter(pipeline.training(pairs_a_step, 1000, seed=0, flip=config.training.flip))
    batch = next(stream)
    floats = images_to_floats(batch)
    half = {name: value[: config.training.batch_size] for name, value in floats.items()}

    gan = build_gan(config, vgg19, jit)
    floor = build_gan(config.replace(loss__content_window=None), vgg19, jit)
    if config.generator.skip != "none":
        floor.generator._deformable_skips = unwarped

    def generator_gradients(model):
        def run():
            with tf.GradientTape() as tape:
                image = model.generator(half, training=True)
                loss = tf.reduce_mean(tf.abs(image - half["target_image"]))
            return tape.gradient(loss, model.generator.trainable_variables)

        return run

    def content():
        image = half["source_image"]
        with tf.GradientTape() as tape:
            tape.watch(image)
            if gan.features is None:
                loss = gan.objective.content(half["target_image"], image)
            else:
                loss = gan.objective.content(
                    gan.features(half["target_image"]), gan.features(image)
                )
        return tape.gradient(loss, image)

    variables = gan.generator.trainable_variables
    parts = {
        "step": lambda: gan.train_step(batch),
        "floor": lambda: floor.train_step(batch),
        "generator": generator_gradients(gan),
        "unwarped": generator_gradients(floor),
        "content": content,
        "discriminator": lambda: gan._update_discriminator(half, half["source_image"]),
        "optimizer": lambda: gan.generator_optimizer.apply(
            [tf.ones_like(variable) for variable in variables], variables
        ),
    }
    compiled = {name: tf.function(part, jit_compile=jit) for name, part in parts.items()}
    times = {name: [] for name in parts}
    start = time.perf_counter()
    compiled["step"]()
    first_step = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    for function in compiled.values():
        function()
    for _ in range(rounds):
        for name, function in compiled.items():
            start = time.perf_counter()
            tf.nest.map_structure(lambda value: np.asarray(value), function())
            times[name].append((time.perf_counter() - start) * 1e3)
    start = time.perf_counter()
    for _ in range(20):
        next(stream)
    row = {name: float(np.median(values)) for name, values in times.items()}
    ratios = np.array(times["step"]) / np.array(times["floor"])
    return {
        "preset": preset,
        **row,
        "warps": row["generator"] - row["unwarped"],
        "input": (time.perf_counter() - start) / 20 * 1e3,
        "step / floor": float(np.median(ratios)),
        "images / s": config.training.batch_size / row["step"] * 1e3,
        "first step s": first_step,
        "memory GB": memory,
    }


COLUMNS = (
    ("preset", "{:24}"),
    ("step", "{:8.0f}"),
    ("floor", "{:8.0f}"),
    ("step / floor", "{:13.2f}"),
    ("generator", "{:10.0f}"),
    ("warps", "{:7.0f}"),
    ("content", "{:8.0f}"),
    ("discriminator", "{:14.0f}"),
    ("optimizer", "{:10.0f}"),
    ("input", "{:7.1f}"),
    ("images / s", "{:11.1f}"),
    ("first step s", "{:13.1f}"),
    ("memory GB", "{:10.2f}"),
)


def main() -> None:
    """Run each preset in a process of its own and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("presets", nargs="*", default=["market-full", "dance", "demo"])
    parser.add_argument("--width", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--vgg19", default="random", help="random weights take the same time")
    parser.add_argument("--policy", default="float32", help="or mixed_bfloat16, mixed_float16")
    parser.add_argument("--jit-compile", action="store_true")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    options = (arguments.width, arguments.rounds, arguments.vgg19, arguments.policy)
    if arguments.child:
        row = measure(arguments.presets[0], *options, arguments.jit_compile)
        print(json.dumps(row))
        return
    widths = [len(form.format(0 if "f" in form else "")) for _, form in COLUMNS]
    titles = [name for name, _ in COLUMNS]
    print("".join(f"{title:>{width}}" for title, width in zip(titles, widths, strict=True)))
    for preset in arguments.presets:
        command = [sys.executable, __file__, preset, "--child"]
        command += ["--width", str(arguments.width), "--rounds", str(arguments.rounds)]
        command += ["--vgg19", arguments.vgg19, "--policy", arguments.policy]
        command += ["--jit-compile"] if arguments.jit_compile else []
        output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        row = json.loads(output.splitlines()[-1])
        print("".join(form.format(row[name]) for name, form in COLUMNS), flush=True)


if __name__ == "__main__":
    main()
