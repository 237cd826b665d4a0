"""Measure size, agreement and speed of exported models: `python benchmarks/exports.py RUN`.

    python benchmarks/exports.py RUN [--export DIR] [--movenet PATH] [--rounds 30] [--threads N]

It exports the run as SavedModel, LiteRT (float32, float16 and int8) and ONNX (or uses an existing
export in DIR) and prints a table in Markdown: size on disk; the largest and the mean difference
from the Keras model on 50 synthetic dancers (values in [-1, 1]); milliseconds per image on this
machine's CPU, as the median of rounds in which all formats take turns; and the median of the
rounds' ratios to the Keras model's time.
Compare these ratios, since absolute times vary with the machine and its load. All formats use one
thread per core, or the given number.
"""

import argparse
import os
import platform
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

DANCERS = 50

#: The formats that are timed: those that need neither this package nor a browser.
TIMED = ("savedmodel", "litert", "litert-float16", "litert-int8", "onnx")


def runners(folder: Path, generator, formats, threads: int) -> dict:
    """Return a function for Keras and for each format, by name.

    Each function takes the inputs of one image and returns the output `image_float`.
    """
    import onnxruntime
    import tensorflow as tf
    from ai_edge_litert.interpreter import Interpreter

    from deformable_gan.exporting.serving import make_serve

    serve = make_serve(generator)
    signature = tf.saved_model.load(str(folder)).signatures["serving_default"]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(folder / formats["onnx"].file), options)

    def tensorflow(function):
        def run(inputs):
            tensors = {name: tf.constant(value) for name, value in inputs.items()}
            return function(**tensors)["image_float"].numpy()

        return run

    def litert(name):
        interpreter = Interpreter(str(folder / formats[name].file), num_threads=threads)
        runner = interpreter.get_signature_runner("serving_default")
        return lambda inputs: runner(**inputs)["image_float"]

    return {
        "Keras": tensorflow(serve),
        "savedmodel": tensorflow(signature),
        **{name: litert(name) for name in formats if name.startswith("litert")},
        "onnx": lambda inputs: session.run(["image_float"], inputs)[0],
    }


def main() -> None:
    """Export, compare and time the formats, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("run", type=Path)
    parser.add_argument(
        "--export",
        type=Path,
        help="folder of an export in all timed formats; made if it does not exist",
    )
    parser.add_argument("--movenet", help="MoveNet for the SavedModel")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    arguments = parser.parse_args()

    import numpy as np
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(arguments.threads)

    from deformable_gan.exporting.drift import Drift
    from deformable_gan.exporting.export_model import export_model
    from deformable_gan.exporting.formats import get_format
    from deformable_gan.exporting.samples import sample_pairs
    from deformable_gan.pose.movenet import MoveNet
    from deformable_gan.trained_model import TrainedModel

    formats = {name: get_format(name) for name in TIMED}
    model = TrainedModel.load(arguments.run)
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.export or Path(temporary) / "export"
        if not folder.exists():
            movenet = MoveNet.load(arguments.movenet) if arguments.movenet else None
            export_model(model.generator, model.skeleton, folder, list(formats), movenet)
        run = runners(folder, model.generator, formats, arguments.threads)
        sizes = {name: one.size(folder) for name, one in formats.items()}
        pairs = sample_pairs(DANCERS, model.image_size, model.skeleton)
        people = [
            {name: value[number : number + 1] for name, value in pairs.items()}
            for number in range(DANCERS)
        ]
        own = np.concatenate([run["Keras"](person) for person in people])
        drifts = {
            name: Drift.between(np.concatenate([run[name](person) for person in people]), own)
            for name in formats
        }
        times = {name: [] for name in run}
        for number in range(arguments.rounds):
            for name, function in run.items():
                start = time.perf_counter()
                function(people[number % (DANCERS - 1)])
                times[name].append((time.perf_counter() - start) * 1e3)

    parameters = model.generator.count_params()
    print(
        f"{arguments.run}: {parameters:,} parameters, {model.image_size[0]}x{model.image_size[1]}; "
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, "
        f"{arguments.threads} threads, {arguments.rounds} rounds, {DANCERS} dancers\n"
    )
    print(
        "| format | MB | largest difference | mean difference | ms per image | "
        "time relative to Keras |"
    )
    print("| --- | --- | --- | --- | --- | --- |")
    keras_times = np.array(times["Keras"])
    for name in run:
        median = np.median(times[name])
        ratio = np.median(np.array(times[name]) / keras_times)
        if name == "Keras":
            print(f"| Keras, in a graph | {parameters * 4 / 1e6:.1f} | | | {median:.1f} | 1.00 |")
            continue
        drift = drifts[name]
        print(
            f"| {formats[name].title} | {sizes[name] / 1e6:.1f} | {drift.largest:.1e} | "
            f"{drift.mean:.1e} | {median:.1f} | {ratio:.2f} |"
        )


if __name__ == "__main__":
    main()
