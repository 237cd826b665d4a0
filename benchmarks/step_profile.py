"""Measure where a training step spends its time: `python benchmarks/step_profile.py [PRESET …]`.

TensorFlow's profiler records every operation of a few steps. Operations run one after the other,
each on all cores, so that their times add up. The table has the milliseconds of these groups:
convolutions, matrix products, changes of layout around them (transposes, pads, reversals,
concatenations and copies), casts between precisions, norms, other elementwise operations, warps
(gathers and segment maxima), optimisers, and the rest of the step's time, which the runtime needs.
The last column, *content*, is the time of the content loss (VGG19 and the nearest-neighbour search,
with their gradients), whose operations are also counted in their groups.
"""

import argparse
import collections
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from graph_work import CONVOLUTIONS, PRODUCTS, graph_operations, total_gflop, work_of

from deformable_gan.cli import import_tensorflow, share_heap

#: The types of operations in each group. Operations of other types are norms or elementwise.
GROUPS = {
    "convolutions": CONVOLUTIONS,
    "products": PRODUCTS,
    "optimiser": ("ResourceApplyAdam", "AssignAddVariableOp", "AssignSubVariableOp"),
    "casts": ("Cast",),
    "layout": (
        *("Transpose", "Pad", "PadV2", "MirrorPad", "ReverseV2", "ConcatV2", "Split", "SplitV"),
        *("Slice", "StridedSlice", "StridedSliceGrad", "Pack", "Unpack", "Tile", "ExpandDims"),
        *("Reshape", "Squeeze", "ZerosLike", "OnesLike", "Fill", "BroadcastTo"),
    ),
    "warps": (
        *("GatherV2", "ResourceGather", "UnsortedSegmentSum", "UnsortedSegmentMax", "Where"),
        *("ScatterNd", "GatherNd"),
    ),
}
_CONTENT = re.compile(r"(^|/)(vgg19_features|nearest_neighbor|content)(_\d+)?/")
_NORM = re.compile(r"(^|/)normali[sz]e|/moments|IdentityN")


def group_of(name: str, kind: str) -> str:
    """Return the group of an operation by its name in the graph and its type."""
    for group, kinds in GROUPS.items():
        if plain_type(kind) in kinds:
            return group
    return "norms" if _NORM.search(name) else "elementwise"


def plain_type(kind: str) -> str:
    """Return an operation's type without the parts that TensorFlow's graph optimiser adds."""
    for prefix in ("_Mkl", "Native", "Fused", "_Fused"):
        kind = kind.removeprefix(prefix)
    return kind.removeprefix("PadWith").removesuffix("WithBias")


def work_named(name: str, works: dict):
    """Return the `Work` of an operation that the profiler names; None for other operations.

    When TensorFlow's graph optimiser fuses a convolution with the addition of a bias, the result
    has the addition's name. When it changes a product, it appends the name of the change.
    """
    name = name.partition("/ArithmeticOptimizer/")[0]
    if name in works:
        return works[name]
    scope = name.rpartition("/")[0]
    for ending in ("convolution", "Conv2D", "MatMul"):
        if (work := works.get(f"{scope}/{ending}")) is not None:
            return work
    return None


def record(function, batch, steps: int) -> tuple[dict[tuple[str, str], float], float]:
    """Return the seconds per step of each operation, by name and type, and of the whole step."""
    import tensorflow as tf

    with tempfile.TemporaryDirectory() as folder:
        tf.profiler.experimental.start(
            folder, tf.profiler.experimental.ProfilerOptions(host_tracer_level=2)
        )
        start = time.perf_counter()
        for _ in range(steps):
            tf.nest.map_structure(float, function(batch))
        whole = (time.perf_counter() - start) / steps
        tf.profiler.experimental.stop()
        (path,) = Path(folder).rglob("*.xplane.pb")
        return _operation_times(path.read_bytes(), steps), whole


def _operation_times(content: bytes, steps: int) -> dict[tuple[str, str], float]:
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    space = xplane_pb2.XSpace()
    space.ParseFromString(content)
    times: dict[tuple[str, str], float] = collections.Counter()
    for plane in space.planes:
        for line in plane.lines:
            for event in line.events:
                name, separator, kind = plane.event_metadata[event.metadata_id].name.rpartition(":")
                if separator and not name.endswith(":") and kind.isidentifier():
                    times[name, kind] += event.duration_ps / 1e12 / steps
    return times


def profile(options: dict) -> dict:
    """Profile one preset in this process; return a row of the table."""
    share_heap()
    import_tensorflow()
    import tensorflow as tf

    tf.config.threading.set_inter_op_parallelism_threads(1)
    from random_batch import step_graph

    _, function, batch = step_graph(options["preset"], options["width"], options["precision"])
    for _ in range(2):
        tf.nest.map_structure(float, function(batch))
    times, whole = record(function, batch, options["steps"])
    works = {operation.name: work_of(operation) for operation in graph_operations(function)}
    groups = collections.Counter()
    for (name, kind), seconds in times.items():
        groups[group_of(name, kind)] += seconds
    content = sum(seconds for (name, _), seconds in times.items() if _CONTENT.search(name))
    groups["runtime"] = max(0.0, whole - sum(groups.values()))
    gflop = total_gflop(collections.Counter(work for work in works.values() if work))
    layers = sorted(
        (
            (seconds, work.kind, work.describe(), work.flops / seconds / 1e9, name)
            for (name, kind), seconds in times.items()
            if group_of(name, kind) in ("convolutions", "products")
            and seconds
            and (work := work_named(name, works)) is not None
        ),
        reverse=True,
    )
    others = sorted(
        (
            (seconds, group_of(name, kind), kind, name)
            for (name, kind), seconds in times.items()
            if group_of(name, kind) not in ("convolutions", "products")
        ),
        reverse=True,
    )
    return {
        "step": 1e3 * whole,
        "GFLOP/s": gflop / whole,
        "groups": {name: 1e3 * seconds for name, seconds in groups.items()},
        "content": 1e3 * content,
        "layers": layers[: options["layers"]],
        "others": others[: options["layers"]],
    }


COLUMNS = ("convolutions", "products", "layout", "casts", "norms", "elementwise", "warps")
COLUMNS += ("optimiser", "runtime")


def main() -> None:
    """Profile each preset and precision in a process of its own and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("presets", nargs="*", default=["market-full", "demo", "dance"])
    parser.add_argument("--width", type=float, default=1.0)
    parser.add_argument("--precision", nargs="*", default=["float32", "mixed_bfloat16"])
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument(
        "--layers",
        type=int,
        default=0,
        help="number of the slowest convolutions and products, and of the slowest others, to list",
    )
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        print(json.dumps(profile(json.loads(arguments.child))))
        return
    print("| | step | GFLOP/s | " + " | ".join((*COLUMNS, "content")) + " |")
    print("| --- |" + " --- |" * (3 + len(COLUMNS)))
    for preset in arguments.presets:
        for precision in arguments.precision:
            task = {**vars(arguments), "preset": preset, "precision": precision}
            command = [sys.executable, __file__, "--child", json.dumps(task)]
            output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
            row = json.loads(output.splitlines()[-1])
            cells = [f"`{preset}`, `{precision}`", f"{row['step']:.0f}", f"{row['GFLOP/s']:.0f}"]
            cells += [f"{row['groups'].get(name, 0.0):.0f}" for name in COLUMNS]
            cells.append(f"{row['content']:.0f}")
            print("| " + " | ".join(cells) + " |", flush=True)
            for seconds, kind, shape, rate, name in row["layers"]:
                print(f"    {1e3 * seconds:8.2f} ms {rate:6.0f} GFLOP/s  {kind:22} {shape}  {name}")
            for seconds, group, kind, name in row["others"]:
                print(f"    {1e3 * seconds:8.2f} ms  {group:12} {kind:22} {name}")


if __name__ == "__main__":
    main()
