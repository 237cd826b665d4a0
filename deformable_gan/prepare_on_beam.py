"""`python -m deformable_gan.prepare_on_beam CLIP… --output DIR -- …`: prepare on a cluster."""

import argparse
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from deformable_gan.cli import import_tensorflow, run_command
from deformable_gan.data.preparing.command_options import add_options, options_of
from deformable_gan.errors import ConfigurationError, DatasetError, PoseError, RunError
from deformable_gan.on_beam.command_line import (
    BEAM_HELP,
    pipeline_options,
    require_beam,
    split_arguments,
)

# Processes use TensorFlow for MoveNet only, so they need no GPU.
_PROLOGUE = partial(import_tensorflow, gpu=False)
#: The file that marks an unfinished dataset in an object store.
_UNFINISHED = "unfinished"
#: The largest number of unusable inputs that are printed.
_MOST_NAMED = 20


def main(argv: list[str] | None = None) -> int:
    """Run the command; return the exit status."""
    own, beams = split_arguments(argv)
    arguments = build_parser().parse_args(own)
    require_beam()

    from deformable_gan.data.preparing.bulk import describe_movenet
    from deformable_gan.data.preparing.recordings import find_recordings
    from deformable_gan.data.preparing.worker_process import WorkerSettings
    from deformable_gan.on_beam.prepare_job import ERROR, PrepareJob
    from deformable_gan.on_beam.prepare_pipeline import run_prepare_pipeline
    from deformable_gan.on_beam.store_path import as_path
    from deformable_gan.pose.movenet_source import DEFAULT_VARIANT, find_movenet

    start = time.perf_counter()
    options = options_of(arguments)
    beam_options = pipeline_options(beams)
    if arguments.megabytes is not None and not arguments.megabytes > 0:
        raise ConfigurationError(f"--megabytes must be positive, received {arguments.megabytes}")
    model = find_movenet(arguments.movenet, arguments.model or DEFAULT_VARIANT)
    movenet = describe_movenet(
        WorkerSettings(options, model, arguments.model, not arguments.no_second_look, _PROLOGUE)
    )
    failed: list[tuple[str, str]] = []
    output = as_path(arguments.output)
    clips: Any = map(as_path, arguments.clips)  # store paths have the interface of paths
    without: Any = [output]
    recordings = find_recordings(clips, lambda *failure: failed.append(failure), without=without)
    if not recordings:
        reasons = "; ".join(reason for _, reason in failed)
        raise PoseError(f"nothing usable in any input, so no dataset was made: {reasons}")
    work = as_path(arguments.work or str(output.with_name(f".{output.name}.work")))
    with _building(output, arguments.overwrite) as building:
        job = PrepareJob(
            options,
            movenet,
            _carry_model(model, work, movenet["sha256"]),
            work,
            building,
            arguments.megabytes,
            tuple(failed),
            _PROLOGUE,
        )
        error = work / ERROR
        if error.exists():
            error.unlink()
        counters = run_prepare_pipeline(job, recordings, beam_options)
        if error.exists():
            raise PoseError(error.read_bytes().decode())
        if not (building / "manifest.json").exists():
            raise RunError(
                "Beam ended without writing a dataset: its log states the reason. The intermediate "
                f"results are kept in {work}; repeat the command to continue"
            )
    _report(output, counters, time.perf_counter() - start)
    return 0


@contextlib.contextmanager
def _building(output, overwrite: bool) -> Iterator:
    """Yield the folder to write the dataset to.

    On a file system, a temporary folder is moved to `output` at the end. In an object store, a
    folder cannot be moved in one step: the dataset is written to `output` itself, which contains a
    marker file until the dataset is complete.
    """
    from deformable_gan.data.dataset_writer import check_output, put_in_place
    from deformable_gan.data.output_lock import output_lock
    from deformable_gan.data.preparing.bulk import clear_leftovers

    if not isinstance(output, Path):
        marker = output / _UNFINISHED
        if not marker.exists():
            check_output(output, overwrite)
        for file in sorted(output.rglob("*"), key=lambda file: file.name != "manifest.json"):
            file.unlink()
        marker.write_bytes(b"A dataset is being written here.\n")
        yield output
        marker.unlink()
        return
    with output_lock(output.with_name(f".{output.name}.lock"), str(output)):
        check_output(output, overwrite)
        clear_leftovers(output)
        try:
            building = Path(tempfile.mkdtemp(prefix=f".{output.name}.building-", dir=output.parent))
            building.chmod(0o755)
            for split in ("train", "test", "backgrounds-train", "backgrounds-test"):
                (building / split).mkdir()
        except OSError as error:
            raise DatasetError(f"dataset {output} cannot be made: {error}") from error
        try:
            yield building
            put_in_place(building, output)
        finally:
            if building.exists():
                clear_leftovers(output)


def _carry_model(model: Path, work, checksum: str):
    """Copy MoveNet to the work folder, which every worker can read; return its path there."""
    from deformable_gan.on_beam.store_path import put_file

    carried = work / f"movenet-{checksum[:16]}" / model.name
    files = [model] if model.is_file() else sorted(f for f in model.rglob("*") if f.is_file())
    for file in files:
        target = carried / file.relative_to(model) if model.is_dir() else carried
        if not target.exists():
            put_file(file, target)
    return carried


def _report(output, counters: dict[str, int], seconds: float) -> None:
    from deformable_gan.data.preparing.report import warnings_of

    report = json.loads((output / "report.json").read_bytes())
    failed = report["failed"]
    for failure in failed[:_MOST_NAMED]:
        print(f"warning: {failure['reason']}", file=sys.stderr)
    if len(failed) > _MOST_NAMED:
        print(f"… and {len(failed) - _MOST_NAMED} more: see report.json", file=sys.stderr)
    for warning in warnings_of(report["totals"]["pairs"]):
        print(f"warning: {warning}", file=sys.stderr)
    for name, count in sorted(counters.items()):
        print(f"{name}: {count}")
    totals = report["totals"]
    print(
        f"{totals['people']} people, {totals['train']} training and {totals['test']} test images, "
        f"{totals['pairs']['train']} and {totals['pairs']['test']} pairs; {len(failed)} inputs "
        f"could not be used; {seconds:.1f} s"
    )
    print(f"dataset: {output}   look at: {output / 'overview.png'}")


def build_parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(
        prog="python -m deformable_gan.prepare_on_beam",
        usage="%(prog)s CLIP [CLIP ...] --output DIR [option ...] [-- Beam's option ...]",
        description="Run prepare on many machines with Apache Beam. Every byte of the dataset is "
        "the same as on one machine. Inputs and output must be in folders that all machines share, "
        "or in object stores (gs://, s3://). Inputs that cannot be used are listed, and the others "
        "are processed. "
        "Intermediate results are kept (see --work), so that the same command continues an "
        "interrupted job.",
        epilog=BEAM_HELP,
    )
    parser.add_argument(
        "clips", nargs="+", metavar="CLIP", help="a video, or a folder to search; paths or URLs"
    )
    parser.add_argument("--output", required=True, metavar="DIR", help="the dataset folder to make")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing dataset")
    parser.add_argument(
        "--megabytes",
        type=float,
        metavar="N",
        help="store the images in TFRecord shards of about N megabytes, as `shard` does (default: "
        "one file per image)",
    )
    parser.add_argument(
        "--work",
        metavar="DIR",
        help="folder for intermediate results (default: .NAME.work beside the output)",
    )
    add_options(parser)
    return parser


if __name__ == "__main__":
    sys.exit(run_command(main))
