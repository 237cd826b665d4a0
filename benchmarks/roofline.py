"""Measure how fast a training step could be on this machine: `python benchmarks/roofline.py`.

For each preset and precision it prints the GFLOP of a training step, counted in its graph; the
GFLOP/s of a plain matrix product of 2048 x 2048 in float32 and bfloat16; and the GFLOP/s of the
step's convolutions of stride 2, each kind (forward, gradient of the input, gradient of the filter)
timed alone. The *limit* is the sum of the times of all convolutions and matrix products of the
step, each timed alone: the time of a step if everything else took no time. `step_time.py` prints
most of these numbers beside the time of a whole step.
"""

import argparse
import collections
import json
import statistics
import time

from graph_work import FORWARD, OF_FILTER, OF_INPUT, Work, count_work, total_gflop

from deformable_gan.cli import import_tensorflow, share_heap

_NAMES = {FORWARD: "forward", OF_INPUT: "of input", OF_FILTER: "of filter"}


def matrix_rate(dtype: str, size: int = 2048, seconds: float = 0.5) -> float:
    """Return the GFLOP/s of a square matrix product."""
    import tensorflow as tf

    first = tf.cast(tf.random.stateless_uniform((size, size), (0, 1)), dtype)
    product = tf.function(lambda one: tf.matmul(one, one), jit_compile=False)
    return 2e-9 * size**3 / median_time(lambda: product(first), seconds)


def plain_seconds(work: Work, seconds: float = 0.1) -> float:
    """Return the median time, in seconds, of one convolution or matrix product alone."""
    import tensorflow as tf

    def numbers(shape):
        return tf.cast(tf.random.stateless_uniform(shape, (0, 1), -1.0), work.dtype)

    settings = {"strides": [1, work.strides, work.strides, 1], "padding": work.padding}
    image, kernel, result = (numbers(shape) for shape in (work.image, work.kernel, work.result))
    if work.kind == FORWARD:
        run, inputs = (
            (lambda a, b: tf.raw_ops.Conv2D(input=a, filter=b, **settings)),
            (image, kernel),
        )
    elif work.kind == OF_INPUT:

        def run(a, b):
            return tf.raw_ops.Conv2DBackpropInput(
                input_sizes=work.image, filter=a, out_backprop=b, **settings
            )

        inputs = (kernel, result)
    elif work.kind == OF_FILTER:

        def run(a, b):
            return tf.raw_ops.Conv2DBackpropFilter(
                input=a, filter_sizes=work.kernel, out_backprop=b, **settings
            )

        inputs = (image, result)
    else:
        run, inputs = tf.matmul, (image, kernel)
    compiled = tf.function(run, jit_compile=False)
    return median_time(lambda: compiled(*inputs), seconds)


def median_time(call, seconds: float) -> float:
    """Return the median time of a call, in seconds; calls are repeated for about `seconds`."""
    call(), call()
    times: list[float] = []
    begin = time.perf_counter()
    while len(times) < 3 or time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        call().numpy()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def measure_roofline(works: collections.Counter, precision: str, seconds: float = 0.1) -> dict:
    """Return the speed of plain products and convolutions, and the step's limit (see the module).

    Args:
        works: the step's convolutions and products; see `graph_work.count_work`.
        precision: the step's precision.
        seconds: how long each convolution or product is repeated.

    Returns:
        GFLOP, GFLOP/s and milliseconds by name.
    """
    row = {"step GFLOP": total_gflop(works)}
    for dtype in ("float32", "bfloat16"):
        row[f"product {dtype}"] = matrix_rate(dtype)
    # Time and FLOPs of the convolutions of stride 2, by kind.
    spent, flops = collections.Counter(), collections.Counter()
    limit = 0.0
    for work, count in works.items():
        taken = count * plain_seconds(work, seconds)
        limit += taken
        if work.strides == 2:
            spent[work.kind] += taken
            flops[work.kind] += count * work.flops
    for kind, name in _NAMES.items():
        row[f"conv {name}"] = flops[kind] / spent[kind] / 1e9 if spent[kind] else float("nan")
    row["limit ms"] = 1e3 * limit
    half = precision != "float32"
    row["limit by product ms"] = (
        1e3 * row["step GFLOP"] / row[f"product {'bfloat16' if half else 'float32'}"]
    )
    return row


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("presets", nargs="*", default=["market-full"])
    parser.add_argument("--width", type=float, default=1.0)
    parser.add_argument("--precision", nargs="*", default=["float32", "mixed_bfloat16"])
    parser.add_argument(
        "--seconds", type=float, default=0.1, help="how long each operation is repeated"
    )
    parser.add_argument(
        "--layers", action="store_true", help="also print a line for each operation"
    )
    arguments = parser.parse_args()
    share_heap()
    import_tensorflow()
    from random_batch import step_graph

    for preset in arguments.presets:
        for precision in arguments.precision:
            works = count_work(step_graph(preset, arguments.width, precision)[1])
            if arguments.layers:
                for work, count in works.items():
                    taken = plain_seconds(work, arguments.seconds)
                    print(
                        f"{work.kind:22}{work.dtype:10}{count:3} x {1e3 * taken:8.2f} ms "
                        f"{work.flops / taken / 1e9:7.0f} GFLOP/s  {work.describe()}"
                    )
            row = measure_roofline(works, precision, arguments.seconds)
            print(
                json.dumps(
                    {"preset": preset, "precision": precision}
                    | {name: round(value, 1) for name, value in row.items()}
                ),
                flush=True,
            )


if __name__ == "__main__":
    main()
