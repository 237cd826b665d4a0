"""Measure the speed of the input pipeline: `python benchmarks/input_pipeline.py [--batch-size N]`.

It prints the number of pairs per second (128x64 pixels, mirrored at random) from decoded images in
memory, from JPEG files and from TFRecord shards. Each source is measured in a separate process,
with its peak memory (of which TensorFlow alone takes about 0.6 GB) and the processor time per pair,
which does not depend on the machine's load. Files and shards are in the page cache, as in training
from the second epoch on. There are 2,000 images of Market-1501's size, about 3 kB each, with 38,000
pairs. It also measures the time to read the annotations and pairs of a dataset of 50,000 images and
250,000 pairs.
"""

import argparse
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

IMAGE_SIZE = (128, 64)
PEOPLE, IMAGES_EACH = 100, 20
# The speeds wanted on two cores, in pairs per second.
WANTED = {"memory": 2000, "files": 600, "shards": 600}


def make_datasets(folder: Path) -> None:
    """Write a dataset with files and a dataset with shards."""
    import numpy as np
    from PIL import Image

    from deformable_gan.dancers import Dancer, Renderer, dance
    from deformable_gan.data.dataset_folder import DatasetFolder
    from deformable_gan.data.dataset_writer import DatasetWriter
    from deformable_gan.data.pairs import pairs_within_people
    from deformable_gan.data.sharding import shard_dataset
    from deformable_gan.pose.skeleton import COCO17

    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(5):
        renderer = Renderer(Dancer.random(rng), IMAGE_SIZE)
        for pose in dance(rng, IMAGES_EACH, 1.6):
            rendering = renderer.draw(pose, rng=rng)
            file = io.BytesIO()
            Image.fromarray(rendering.image).save(file, "JPEG", quality=90)
            drawn.append((file.getvalue(), rendering.keypoints))
    names = [
        f"{i // IMAGES_EACH:04d}_{i % IMAGES_EACH:02d}.jpg" for i in range(PEOPLE * IMAGES_EACH)
    ]
    with DatasetWriter(folder / "files", COCO17, IMAGE_SIZE, {"kind": "benchmark"}) as writer:
        for index, name in enumerate(names):
            writer.add_encoded("train", name, *drawn[index % len(drawn)])
        writer.set_pairs("train", pairs_within_people(names))
    shard_dataset(DatasetFolder(folder / "files"), folder / "shards")


def measure(source: str, folder: Path, batch_size: int, seconds: float) -> dict:
    """Measure one source in this process and return its row of the table."""
    from deformable_gan.data.dataset_folder import DatasetFolder
    from deformable_gan.data.image_store import ImageStore
    from deformable_gan.data.pipeline import PairPipeline

    dataset = DatasetFolder(folder / ("shards" if source == "shards" else "files"))
    budget = 2**30 if source == "memory" else 0
    store = ImageStore(dataset.train, IMAGE_SIZE, budget)
    pipeline = PairPipeline(dataset.train, dataset.skeleton, IMAGE_SIZE, store)
    stream = iter(pipeline.training(batch_size, 1000, seed=0, flip=True))
    for _ in range(50):  # until the buffers are full and the parallelism is constant
        next(stream)
    pairs, start, used = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - start < seconds:
        next(stream)
        pairs += batch_size
    elapsed = time.perf_counter() - start
    return {
        "source": source,
        "pairs_per_second": pairs / elapsed,
        "processor_ms_per_pair": 1000 * (time.process_time() - used) / pairs,
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def measure_tables(folder: Path) -> str:
    """Measure the time to read annotations and pairs of a large dataset."""
    import numpy as np

    from deformable_gan.data.annotations import (
        format_annotations,
        format_pairs,
        read_annotations,
        read_pairs,
    )

    rng = np.random.default_rng(0)
    names = [f"{i // 17:05d}_c1s1_{i:06d}_01.jpg" for i in range(50_000)]
    keypoints = rng.uniform(0, 60, (len(names), 18, 3))
    keypoints[..., 2] = rng.random(keypoints.shape[:2])
    annotations, pairs = folder / "annotations.csv", folder / "pairs.csv"
    annotations.write_text(format_annotations(names, keypoints))
    drawn = rng.integers(0, len(names), (250_000, 2))
    pairs.write_text(format_pairs((names[source], names[target]) for source, target in drawn))
    start = time.process_time()
    read_annotations(annotations, 18)
    middle = time.process_time()
    read_pairs(pairs)
    return (
        f"50,000 annotations in {middle - start:.1f} s, 250,000 pairs in "
        f"{time.process_time() - middle:.1f} s of processor time"
    )


def main() -> None:
    """Measure every source in a separate process, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--batch-size", type=int, default=8, help="pairs per batch (%(default)s)")
    parser.add_argument(
        "--seconds", type=float, default=5, help="length of a measurement (%(default)s)"
    )
    parser.add_argument("--one", nargs=2, metavar=("SOURCE", "FOLDER"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        source, folder = arguments.one
        row = measure(source, Path(folder), arguments.batch_size, arguments.seconds)
        print(json.dumps(row))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_datasets(folder)
        print(f"batches of {arguments.batch_size} pairs of {IMAGE_SIZE[0]}x{IMAGE_SIZE[1]}")
        print(f"{'source':8} {'pairs/s':>8} {'wanted':>7} {'CPU ms/pair':>12} {'peak MB':>8}")
        for source, wanted in WANTED.items():
            command = [sys.executable, __file__, "--one", source, name]
            command += ["--batch-size", str(arguments.batch_size)]
            command += ["--seconds", str(arguments.seconds)]
            output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            row = json.loads(output.splitlines()[-1])
            print(
                f"{source:8} {row['pairs_per_second']:8.0f} {wanted:7} "
                f"{row['processor_ms_per_pair']:12.3f} {row['peak_memory_mb']:8.0f}"
            )
        print(measure_tables(folder))


if __name__ == "__main__":
    main()
