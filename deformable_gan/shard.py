"""`python -m deformable_gan.shard DATASET --output DIR`: pack a dataset's images into shards."""

import argparse
import sys
from pathlib import Path

from deformable_gan.cli import import_tensorflow, run_command
from deformable_gan.data.shard_size import SHARD_MEGABYTES
from deformable_gan.data.verify import VerifyAction


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m deformable_gan.shard",
        description="Write a copy of a dataset folder with its images in TFRecord shards, which "
        "can be copied faster than many small files. Training reads both forms; the bytes of the "
        "images do not change.",
    )
    parser.add_argument("dataset", type=Path, metavar="DATASET", help="a dataset folder")
    parser.add_argument("--output", required=True, metavar="DIR", help="the dataset folder to make")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing dataset")
    parser.add_argument(
        "--megabytes",
        type=float,
        default=SHARD_MEGABYTES,
        metavar="N",
        help="size in MiB at which a shard ends (default: %(default)g)",
    )
    parser.add_argument(
        "--verify", action=VerifyAction, metavar="DIR", help="check a dataset folder and exit"
    )
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run the command; return the exit status."""
    arguments = build_parser().parse_args(argv)

    import_tensorflow(gpu=False)
    from tqdm import tqdm

    from deformable_gan.data.dataset_folder import DatasetFolder
    from deformable_gan.data.sharding import shard_dataset

    dataset = DatasetFolder(arguments.dataset)
    with tqdm(unit="image", disable=None, leave=False) as progress:
        shard_dataset(
            dataset, arguments.output, arguments.megabytes, arguments.overwrite, progress.update
        )
    count = sum(1 for _ in Path(arguments.output).rglob("*.tfrecord"))
    print(f"dataset: {arguments.output}   ({count} shards)")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
