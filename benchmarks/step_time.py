"""Measure time and memory of a training step: `python benchmarks/step_time.py [PRESET …]`.

For each preset it measures, in separate processes, the milliseconds of a whole step and of its
parts, the time of generating one image, and the peak memory. These other measurements take turns
with the step:

- the *floor*: the same step without the paper's additions (features pass the skips unwarped, and a
  mean L1 distance on the same features replaces the nearest-neighbour search);
- the step without its *content* loss, whose share of the step's time is the column `content %`
  (the column `content` is the time of that loss and its gradient alone);
- the *U-Net*: forward and backward pass of a plain U-Net (the paper's baseline generator) in
  float32, as a measure of the machine.

A process of its own measures the *roofline* (`roofline.py`): the step's GFLOP and GFLOP/s, the
GFLOP/s of a plain matrix product in float32 and bfloat16, and of the step's convolutions of stride
2, each kind (forward, gradient of the input, gradient of the filter) timed alone.

Compare the ratios, since absolute times vary with the machine and its load.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from deformable_gan.cli import import_tensorflow, share_heap


def make_dataset(options: dict, folder: str) -> None:
    """Draw a few dancers of the preset's size, in another process so that its memory is freed."""
    height, width = experiment(options).image_size
    command = [sys.executable, "-m", "deformable_gan.dancers", "--output", f"{folder}/dancers"]
    command += ["--image-size", f"{height}x{width}", "--train-people", "2", "--test-people", "1"]
    command += ["--images-per-person", "6"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def training_data(config, folder):
    """Return the training batches: dancers from memory, through `tf.data`."""
    from deformable_gan.data.dataset_folder import DatasetFolder
    from deformable_gan.data.dataset_mixture import DatasetMixture
    from deformable_gan.training.pipelines import build_pipelines

    mixture = DatasetMixture([DatasetFolder(Path(folder) / "dancers")])
    pairs = config.training.batch_size * (2 if config.training.separate_batches else 1)
    pipeline, _ = build_pipelines(config, mixture)
    return pipeline.training(pairs, 1000, seed=0, flip=config.training.flip)


def experiment(options):
    """Return the configuration for the options."""
    from deformable_gan.presets import get_preset

    config = get_preset(options["preset"]).config.scaled(options["width"])
    return config.replace(
        training__precision=options["precision"], training__recompute=options["recompute"]
    )


def measure_memory(options: dict) -> dict:
    """Train a few steps; return the first step's time, the share of waiting and the peak memory.

    The share of waiting is that of the time in which the step waits for its input.
    """
    share_heap()
    import_tensorflow()
    import resource

    import tensorflow as tf

    from deformable_gan.devices.settings import run_operations_in_turn
    from deformable_gan.training.build import build_gan

    config = experiment(options)
    run_operations_in_turn(config.generator.encoder_filters[0])  # as `train` does
    with tempfile.TemporaryDirectory() as folder:
        make_dataset(options, folder)
        stream = iter(training_data(config, folder))
        batch = next(stream)
        gan = build_gan(config, options["vgg19"], options["jit_compile"])
        step = tf.function(gan.train_step, jit_compile=options["jit_compile"])
        start = time.perf_counter()
        tf.nest.map_structure(float, step(batch))
        first_step = time.perf_counter() - start
        waiting = working = 0.0
        for _ in range(5):
            start = time.perf_counter()
            batch = next(stream)
            middle = time.perf_counter()
            tf.nest.map_structure(float, step(batch))
            waiting += middle - start
            working += time.perf_counter() - middle
    return {
        "first step s": first_step,
        "waiting %": 100 * waiting / (waiting + working),
        "memory GB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }


def measure_time(options: dict) -> dict:
    """Time the step, its parts, the floor and the U-Net in turns; return medians in ms, and ratios.

    `options["parts"]` optionally names the parts to time, since compiling a part takes seconds.
    A ratio is returned only if both of its parts are timed.
    """
    share_heap()
    import_tensorflow()
    import tensorflow as tf

    from deformable_gan.devices.settings import run_operations_in_turn
    from deformable_gan.models.from_config import build_generator
    from deformable_gan.models.pixels import images_to_floats
    from deformable_gan.training.build import build_gan

    config = experiment(options)
    run_operations_in_turn(config.generator.encoder_filters[0])  # as `train` does
    with tempfile.TemporaryDirectory() as folder:
        make_dataset(options, folder)
        batch = next(iter(training_data(config, folder)))
    half = {k: v[: config.training.batch_size] for k, v in images_to_floats(batch).items()}
    jit = options["jit_compile"]
    gan = build_gan(config, options["vgg19"], jit)
    floor = build_gan(config.replace(loss__content_window=None), options["vgg19"], jit)
    if config.generator.skip != "none":
        floor.generator._deformable_skips = _unwarped
    unet = build_generator(config.replace(generator__skip="none"))

    def passes(generator):
        def run():
            with tf.GradientTape() as tape:
                image = generator(half, training=True)
                loss = tf.reduce_mean(tf.abs(image - half["target_image"]))
            return tape.gradient(loss, generator.trainable_variables)

        return run

    def without_content():
        # The same networks and optimisers: only the step's graph lacks the term.
        terms = gan.objective.terms
        gan.objective.terms = [term for term in terms if term.name != "content"]
        try:
            return gan.train_step(batch)
        finally:
            gan.objective.terms = terms

    def content():
        image = half["source_image"]
        with tf.GradientTape() as tape:
            tape.watch(image)
            loss = gan.objective.content(features(half["target_image"]), features(image))
        return tape.gradient(loss, image)

    def features(image):
        return image if gan.features is None else gan.features(image)

    variables = gan.generator.trainable_variables
    parts = {
        "step": lambda: gan.train_step(batch),
        "floor": lambda: floor.train_step(batch),
        "U-Net": passes(unet),
        "generator": passes(gan.generator),
        "unwarped": passes(floor.generator),
        "content": content,
        "without content": without_content,
        "discriminator": lambda: gan._update_discriminator(half, {"image": half["source_image"]}),
        "optimizer": lambda: gan.generator_optimizer.apply(
            [tf.ones_like(variable) for variable in variables], variables
        ),
    }
    row, ratio = in_turns({name: parts[name] for name in options.get("parts", parts)}, options)
    for over, under in (("step", "floor"), ("step", "U-Net"), ("generator", "unwarped")):
        if over in row and under in row:
            row[f"{over} / {under}"] = ratio(over, under)
    if "generator" in row and "unwarped" in row:
        row["warps"] = row["generator"] - row["unwarped"]
    if "step" in row and "without content" in row:
        row["content %"] = 100 * (1 - ratio("without content", "step"))
    if "step" in row:
        row["images / s"] = config.training.batch_size / row["step"] * 1e3
    return row


def measure_inference(options: dict) -> dict:
    """Time the generation of one image, and the plain U-Net's forward pass of a batch."""
    import_tensorflow()
    from deformable_gan.models.from_config import build_generator
    from deformable_gan.models.pixels import images_to_floats
    from deformable_gan.training.precision import precision

    config = experiment(options)
    with tempfile.TemporaryDirectory() as folder:
        make_dataset(options, folder)
        batch = images_to_floats(next(iter(training_data(config, folder))))
    half = {name: value[: config.training.batch_size] for name, value in batch.items()}
    one = {name: value[:1] for name, value in half.items()}
    unet = build_generator(config.replace(generator__skip="none"))
    with precision(config.training.precision):
        generator = build_generator(config)
    generator.warp_method = "dense" if options["jit_compile"] else "sparse"
    parts = {
        "one image": lambda: generator(one, training=False),
        "U-Net forward": lambda: unet(half, training=True),
    }
    row, ratio = in_turns(parts, options)
    return {**row, "one / U-Net fwd": ratio("one image", "U-Net forward")}


def in_turns(parts: dict, options: dict):
    """Compile functions and time them in turns; return medians in ms and a function for ratios."""
    import numpy as np
    import tensorflow as tf

    jit = options["jit_compile"]
    compiled = {name: tf.function(part, jit_compile=jit) for name, part in parts.items()}

    def run(name):
        start = time.perf_counter()
        tf.nest.map_structure(lambda value: np.asarray(value), compiled[name]())
        return (time.perf_counter() - start) * 1e3

    for name in compiled:
        run(name), run(name)
    times = {name: [] for name in parts}
    for _ in range(options["rounds"]):
        for name in compiled:
            times[name].append(run(name))

    def ratio(over, under):
        return float(np.median(np.array(times[over]) / np.array(times[under])))

    return {name: float(np.median(values)) for name, values in times.items()}, ratio


def measure_limits(options: dict) -> dict:
    """Return the roofline of the preset's step; see `roofline.measure_roofline`."""
    share_heap()
    import_tensorflow()
    from graph_work import count_work
    from random_batch import step_graph
    from roofline import measure_roofline

    _, function, _ = step_graph(
        options["preset"], options["width"], options["precision"], options["vgg19"]
    )
    return measure_roofline(count_work(function), options["precision"])


MEASURES = {
    "memory": measure_memory,
    "time": measure_time,
    "inference": measure_inference,
    "limits": measure_limits,
}


def _unwarped(appearance, pose, *_):
    """Return the encoders' features, concatenated without a warp."""
    import keras

    return [keras.ops.concatenate(level, axis=-1) for level in zip(appearance, pose, strict=True)]


COLUMNS = (
    ("preset", "{:20}"),
    ("step", "{:7.0f}"),
    ("floor", "{:7.0f}"),
    ("U-Net", "{:7.0f}"),
    ("step / floor", "{:13.2f}"),
    ("step / U-Net", "{:13.2f}"),
    ("generator", "{:10.0f}"),
    ("warps", "{:6.0f}"),
    ("content", "{:8.0f}"),
    ("content %", "{:10.1f}"),
    ("discriminator", "{:14.0f}"),
    ("optimizer", "{:10.0f}"),
    ("waiting %", "{:10.2f}"),
    ("images / s", "{:11.1f}"),
    ("one image", "{:10.0f}"),
    ("one / U-Net fwd", "{:16.2f}"),
    ("first step s", "{:13.1f}"),
    ("memory GB", "{:10.2f}"),
    ("step GFLOP", "{:11.0f}"),
    ("step GFLOP/s", "{:13.0f}"),
    ("product float32", "{:16.0f}"),
    ("product bfloat16", "{:17.0f}"),
    ("conv forward", "{:13.0f}"),
    ("conv of input", "{:14.0f}"),
    ("conv of filter", "{:15.0f}"),
    ("of product %", "{:13.0f}"),
)


def main() -> None:
    """Measure each preset in separate processes and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("presets", nargs="*", default=["market-full", "dance", "demo"])
    parser.add_argument("--width", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--vgg19", default="random", help="random weights take the same time")
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--recompute", action="store_true")
    parser.add_argument("--jit-compile", action="store_true")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        task = json.loads(arguments.child)
        print(json.dumps(MEASURES[task.pop("measure")](task)))
        return
    widths = [len(form.format(0 if "f" in form else "")) for _, form in COLUMNS]
    titles = [name for name, _ in COLUMNS]
    print("".join(f"{title:>{width}}" for title, width in zip(titles, widths, strict=True)))
    for preset in arguments.presets:
        options = {**vars(arguments), "preset": preset}
        row = {"preset": preset}
        for measure in MEASURES:
            task = json.dumps({**options, "measure": measure})
            command = [sys.executable, __file__, "--child", task]
            output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
            row |= json.loads(output.splitlines()[-1])
        row["step GFLOP/s"] = 1e3 * row["step GFLOP"] / row["step"]
        row["of product %"] = 100 * row["limit by product ms"] / row["step"]
        print("".join(form.format(row[name]) for name, form in COLUMNS), flush=True)


if __name__ == "__main__":
    main()
