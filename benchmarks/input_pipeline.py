"""How fast training pairs come: `python benchmarks/input_pipeline.py [--batch-size N]`.

Pairs a second at 128x64, mirrored at random, from images kept decoded in memory, from JPEG files
and from TFRecord shards, each in a process of its own, with the process's peak memory (TensorFlow
alone takes about 0.6 GB of it) and processor time a pair, which does not depend on what else the
machine does. Files and shards are in the page cache, as they are in training from the second epoch
on. The images are as large as Market-1501's, about 3 kB, and there are 2,000 of them with 38,000
pairs. Also how long it takes to read the annotations and pairs of a dataset of 50,000 images and
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
# What is wanted of two cores, in pairs a second.
WANTED = {"memory": 2000, "files": 600, "shards": 600}


def make_datasets(folder: Path) -> None:
    """Write the dataset of files and the one of shards."""
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
    """Time one way of reading in this process and return its row of the table."""
    from deformable_gan.data.dataset_folder import DatasetFolder
    from deformable_gan.data.image_store import ImageStore
    from deformable_gan.data.pipeline import PairPipeline

    dataset = DatasetFolder(folder / ("shards" if source == "shards" else "files"))
    budget = 2**30 if source == "memory" else 0
    store = ImageStore(dataset.train, IMAGE_SIZE, budget)
    pipeline = PairPipeline(dataset.train, dataset.skeleton, IMAGE_SIZE, store)
    stream = iter(pipeline.training(batch_size, 1000, seed=0, flip=True))
    for _ in range(50):  # until buffers are full and parallelism has settled
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
    """Time reading annotations and pairs of a large dataset."""
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
    """Measure everything, each in a fresh process, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--batch-size", type=int, default=8, help="(%(default)s)")
    parser.add_argument("--seconds", type=float, default=5, help="a measurement (%(default)s)")
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
