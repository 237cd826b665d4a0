"""All GPU measurements in one go: `KERAS_BACKEND=jax python benchmarks/gpu.py --output FOLDER`.

The machine needs a GPU and JAX (and Keras, NumPy, Pillow, tqdm and OpenCV), but no internet
connection and no TensorFlow. `--dataset` saves the minute that drawing dancers takes. Within
`--minutes` (eight by default), the script measures in this order:

1. *losses*: two training steps of small networks on the GPU and on the CPU, from the same weights
   and batch, and the largest relative difference of a loss of the first step.
2. *training*: a short real training of `demo` on synthetic dancers, with its score on held-out
   people.
3. *steps*: milliseconds, images per second, TFLOP/s and memory of the training step of
   `market-full`, `fashion-full`, `dance` and `demo` (the last two compose their images), in
   float32, TensorFloat-32 and bfloat16, for batches of 4 to 64; and the speed of the generators of
   `dance` and `demo` alone, in bfloat16. XLA compiles every step.

Tracing and compiling take longer than measuring. Several processes therefore prepare their steps at
the same time (`--jobs`), but only one measures at a time. The results list the measurements for
which no time was left. The results are written to `gpu.json` and `gpu.md` in FOLDER after each
part, so that a failure does not lose earlier results. `--short` does the same with tiny networks in
a few minutes on a CPU, to try the script.
"""

import argparse
import contextlib
import fcntl
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")
# Several processes share the GPU's memory.
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")

#: For each name, `training.precision` and the value of `jax_default_matmul_precision`.
PRECISIONS = {
    "float32": ("float32", "highest"),
    "tf32": ("float32", "tensorfloat32"),
    "bfloat16": ("mixed_bfloat16", "default"),
}
_LOSSES_OF = ("market-full", "dance", "demo")
_STEPS = (
    ("market-full", "bfloat16", (4, 16, 64)),
    ("market-full", "tf32", (4, 16, 64)),
    ("dance", "bfloat16", (4, 16, 64)),
    ("fashion-full", "bfloat16", (4, 16)),
    ("fashion-full", "tf32", (4, 16)),
    ("demo", "bfloat16", (4, 64)),
    ("dance", "tf32", (4, 64)),
    ("demo", "tf32", (4, 64)),
    ("market-full", "float32", (4, 64)),
    ("dance", "float32", (4,)),
    ("fashion-full", "float32", (4,)),
    ("demo", "float32", (4,)),
    ("fashion-full", "bfloat16", (64,)),
)
_SHORT_STEPS = (("demo", "bfloat16", (2,)),)


def experiment(task: dict):
    """Return the configuration that a task asks for."""
    from deformable_gan.presets import get_preset

    config = get_preset(task["preset"]).config.scaled(task["width"])
    changes = {"training__precision": PRECISIONS[task["precision"]][0]}
    if task.get("small"):
        filters = {"encoder_filters": (4, 6, 8, 8), "decoder_filters": (8, 6, 6), "dropout": 0.0}
        changes |= {f"generator__{name}": value for name, value in filters.items()}
        changes |= {"image_size": (40, 36), "discriminator__filters": (4, 6)}
    return config.replace(**changes)


def make_trainer(task: dict, batch: int):
    """Return a trainer with random weights, and a batch for it."""
    from random_batch import random_batch

    from deformable_gan.training.jax_trainer import JaxTrainer

    config = experiment(task).replace(training__batch_size=batch)
    return JaxTrainer(config, "random"), random_batch(config)


@contextlib.contextmanager
def alone(task: dict) -> Iterator[None]:
    """Hold the task's lock, so that only one process measures at a time."""
    with Path(task["lock"]).open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def measure_losses(task: dict) -> dict:
    """Return, for each preset, the losses of two successive steps on one batch."""
    losses = {}
    for preset in task["presets"]:
        trainer, batch = make_trainer({**task, "preset": preset, "width": 1.0, "small": True}, 2)
        steps = [trainer.step(batch), trainer.step(batch)]
        losses[preset] = [{name: float(value) for name, value in one.items()} for one in steps]
    return losses


def measure_steps(task: dict) -> list[dict]:
    """Time a preset's step at each batch size; return rows of the table.

    The first batch size that fails, usually for lack of memory, ends the rows.
    """
    import jax

    rows = []
    for batch in task["batches"]:
        row = {"preset": task["preset"], "precision": task["precision"], "batch": batch}
        try:
            row |= _time_step(task, batch)
        except jax.errors.JaxRuntimeError as error:  # usually out of memory
            rows.append({**row, "error": " ".join(str(error).split())[:200]})
            break
        rows.append(row)
        print(json.dumps({"rows": rows}), flush=True)
    return rows


def _time_step(task: dict, batch: int) -> dict:
    import jax

    trainer, inputs = make_trainer(task, batch)
    inputs = jax.device_put(inputs)
    start = time.perf_counter()
    lowered = trainer._compiled.lower(trainer._state, inputs)
    compiled = lowered.compile()
    seconds = time.perf_counter() - start
    trainer._compiled = compiled
    with alone(task):
        jax.block_until_ready(trainer.step(inputs))
        start, count = time.perf_counter(), 0
        while count < 3 or (time.perf_counter() - start < task["seconds"] and count < 200):
            terms = trainer.step(inputs)
            count += 1
            if count % 10 == 0:
                jax.block_until_ready(terms)
        jax.block_until_ready(terms)
        step = (time.perf_counter() - start) / count
    # FLOPs are counted before compilation: afterwards XLA does not count calls of cuDNN.
    analysis, costs = compiled.memory_analysis(), lowered.cost_analysis() or {}
    memory = sum(
        getattr(analysis, f"{part}_size_in_bytes", 0) for part in ("argument", "temp", "output")
    ) - getattr(analysis, "alias_size_in_bytes", 0)
    losses = [float(value) for value in terms.values()]
    return {
        "compile s": seconds,
        "step ms": 1e3 * step,
        "images / s": batch / step,
        "TFLOP/s": costs.get("flops", float("nan")) / step / 1e12,
        "memory GB": memory / 2**30,
        "finite": all(abs(loss) < float("inf") for loss in losses),
    }


def measure_generator(task: dict) -> list[dict]:
    """Time the forward pass of a preset's generator at each batch size; return rows."""
    import jax
    import keras
    from random_batch import random_batch

    from deformable_gan.models.from_config import build_generator
    from deformable_gan.models.pixels import images_to_floats
    from deformable_gan.training.precision import precision

    config = experiment(task)
    with precision(config.training.precision):
        generator = build_generator(config)
        generator.build()
    weights = [variable.value for variable in generator.variables]

    @jax.jit
    def run(weights, inputs):
        mapping = list(zip(generator.variables, weights, strict=True))
        with keras.StatelessScope(state_mapping=mapping):
            return generator(images_to_floats(inputs), training=False)

    rows = []
    for batch in task["batches"]:
        inputs = random_batch(config.replace(training__separate_batches=False), batch)
        del inputs["target_image"]
        inputs = jax.device_put(inputs)
        jax.block_until_ready(run(weights, inputs))
        with alone(task):
            start, count = time.perf_counter(), 0
            while count < 3 or (time.perf_counter() - start < task["seconds"] and count < 200):
                jax.block_until_ready(run(weights, inputs))
                count += 1
            image = (time.perf_counter() - start) / count / batch
        name = f"{task['preset']}, generator alone"
        rows.append({"preset": name, "precision": task["precision"], "batch": batch})
        rows[-1] |= {"step ms": 1e3 * image * batch, "images / s": 1 / image}
    return rows


def measure_training(task: dict) -> dict:
    """Train on a dataset, or on dancers drawn here; return speed and scores on held-out people."""
    from jax_training import train

    settings = {"precision": PRECISIONS[task["precision"]][0], "vgg19": "random"}
    how = (task["preset"], task["width"], task["batch"], task["steps"])
    if task["dataset"]:
        return train(task["dataset"], *how, **settings)
    with tempfile.TemporaryDirectory() as folder:
        dataset = Path(folder) / "dancers"
        command = [sys.executable, "-m", "deformable_gan.dancers", "--output", str(dataset)]
        command += ["--image-size", task["image_size"], "--test-people", str(task["test_people"])]
        command += ["--train-people", str(task["people"]), "--images-per-person", "8"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"drawing the dancers failed: {done.stderr[-300:]}")
        return train(str(dataset), *how, **settings)


MEASURES = {
    "losses": measure_losses,
    "steps": measure_steps,
    "generator": measure_generator,
    "training": measure_training,
}


def run_child(task: dict) -> None:
    """Do one task in this process and print its result as JSON in the last line."""
    import jax

    jax.config.update("jax_default_matmul_precision", PRECISIONS[task["precision"]][1])
    result = MEASURES[task["measure"]](task)
    print(json.dumps({"result": result, "device": jax.devices()[0].device_kind}))


class Measurements:
    """A runner of tasks in separate processes, with a time limit, and their results.

    Args:
        output: folder of the results.
        seconds: the time that all tasks together may take.
    """

    def __init__(self, output: Path, seconds: float):
        self.output = output
        self._writing = threading.Lock()
        self.results: dict = {"rows": [], "left out": [], "failed": []}
        self._end = time.monotonic() + seconds

    def run(self, name: str, task: dict, needs: float, **environment: str):
        """Run a task in a process of its own and return its result.

        If the task fails, return the rows that it had finished. Return None if it had none, or if
        less than `needs` seconds are left.
        """
        left = self._end - time.monotonic()
        if left < needs:
            self.results["left out"].append(f"{name}: {left:.0f} s were left")
            return None
        command = [sys.executable, __file__, "--child", json.dumps(task)]
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                check=False,
                timeout=left,
                env={**os.environ, **environment},
            )
            output, reason = done.stdout, done.stderr[-600:]
            failed = done.returncode != 0
        except subprocess.TimeoutExpired as expired:
            output = (expired.stdout or b"").decode(errors="replace")
            reason, failed = "it ran out of time", True
        lines = [line for line in output.splitlines() if line.startswith("{")]
        last = json.loads(lines[-1]) if lines else {}
        if failed:
            self.results["failed"].append(f"{name}: {reason}")
            return last.get("rows")
        if not environment:
            self.results["device"] = last["device"]
        return last["result"]

    def write(self) -> None:
        """Write the results so far."""
        with self._writing:
            self.output.mkdir(parents=True, exist_ok=True)
            text = json.dumps(self.results, indent=2) + "\n"
            (self.output / "gpu.json").write_text(text, encoding="utf-8")
            (self.output / "gpu.md").write_text(format_results(self.results), encoding="utf-8")


def largest_difference(losses: dict, expected: dict) -> dict[str, float]:
    """Return, for each preset, the largest relative difference of a loss in the first step."""
    return {
        preset: max(
            abs(losses[preset][0][name] - value) / max(abs(value), 1e-6)
            for name, value in steps[0].items()
        )
        for preset, steps in expected.items()
    }


_COLUMNS = {
    "compile s": "{:.0f}",
    "step ms": "{:.1f}",
    "images / s": "{:.0f}",
    "TFLOP/s": "{:.1f}",
    "memory GB": "{:.2f}",
}


def format_results(results: dict) -> str:
    """Return the results as Markdown."""
    lines = [f"# {results.get('device', 'no device')}", ""]
    for name, value in results.get("differences", {}).items():
        lines.append(f"- losses of `{name}`, largest relative difference from the CPU: {value:.1e}")
    if training := results.get("training"):
        lines.append("- training: " + ", ".join(f"{k} {v:.4g}" for k, v in training.items()))
    lines += [f"- left out: {one}" for one in results["left out"]]
    lines += [f"- failed: {one}" for one in results["failed"]]
    lines += ["", "| preset | precision | batch | " + " | ".join(_COLUMNS) + " |"]
    lines.append("| --- |" + " --- |" * (2 + len(_COLUMNS)))
    for row in results["rows"]:
        cells = [f"`{row['preset']}`", row["precision"], str(row["batch"])]
        if "error" in row:
            cells += [row["error"].replace("|", "/")] + [""] * (len(_COLUMNS) - 1)
        else:
            cells += [form.format(row[n]) if n in row else "" for n, form in _COLUMNS.items()]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure everything and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--output", type=Path, default=Path("gpu"))
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--dataset", help="dataset for the training (default: dancers are drawn)")
    parser.add_argument("--short", action="store_true", help="tiny networks, to try the script")
    parser.add_argument(
        "--jobs", type=int, default=4, help="parallel processes (default: %(default)s)"
    )
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        run_child(json.loads(arguments.child))
        return
    short = arguments.short
    measurements = Measurements(arguments.output, 60 * arguments.minutes)
    results = measurements.results

    def done(part: str) -> None:
        measurements.write()
        print(f"{part}: {time.strftime('%H:%M:%S')}", flush=True)

    presets = ("demo",) if short else _LOSSES_OF
    task = {"measure": "losses", "presets": presets, "precision": "float32"}
    with ThreadPoolExecutor(2) as both:
        on_cpu = both.submit(measurements.run, "losses on the CPU", task, 30, JAX_PLATFORMS="cpu")
        losses = measurements.run("losses", task, 30)
        expected = on_cpu.result()
    if losses and expected:
        results["losses"], results["losses of the CPU"] = losses, expected
        results["differences"] = largest_difference(losses, expected)
    done("losses")

    task = {"measure": "training", "preset": "demo", "width": 1.0, "precision": "tf32"}
    task |= {
        "dataset": arguments.dataset,
        "image_size": "128x72",
        "people": 60,
        "test_people": 10,
        "batch": 16,
        "steps": 1500,
    }
    if short:
        task |= {"width": 0.125, "image_size": "64x36", "people": 2, "test_people": 1}
        task |= {"batch": 2, "steps": 3}
    results["training"] = measurements.run("training", task, 60)
    done("training")

    with tempfile.NamedTemporaryFile() as lock, ThreadPoolExecutor(arguments.jobs) as pool:

        def measure(step) -> None:
            preset, precision, batches = step
            task = {"preset": preset, "precision": precision, "batches": batches}
            task |= {"width": 1.0, "seconds": 0.1 if short else 1.5, "small": short}
            task["lock"] = lock.name
            name = f"{preset}, {precision}, batches {', '.join(map(str, batches))}"
            rows = measurements.run(name, {**task, "measure": "steps"}, 40) or []
            if preset in ("demo", "dance") and precision == "bfloat16":
                task |= {"measure": "generator", "batches": (1,) if short else (1, 16)}
                rows += measurements.run(f"{preset}'s generator", task, 30) or []
            results["rows"] += rows
            done(name)

        list(pool.map(measure, _SHORT_STEPS if short else _STEPS))
    print((arguments.output / "gpu.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
