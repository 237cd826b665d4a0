"""The work of the command `prepare`, which other commands use as well."""

import argparse
import sys
import time
from functools import partial
from pathlib import Path

from deformable_gan.cli import import_tensorflow
from deformable_gan.data.dataset_writer import check_output
from deformable_gan.data.part import Part
from deformable_gan.data.preparing.bulk import BulkPreparation
from deformable_gan.data.preparing.command_options import options_of
from deformable_gan.data.preparing.progress import PrepareProgress
from deformable_gan.data.preparing.recordings import find_recordings
from deformable_gan.data.preparing.report import warnings_of
from deformable_gan.data.preparing.result import describe_dropped
from deformable_gan.data.preparing.worker_process import WorkerSettings
from deformable_gan.pose.movenet_source import DEFAULT_VARIANT, find_movenet

# The largest number of recordings that the summary lists.
_LISTED = 50


def run_prepare(arguments: argparse.Namespace) -> int:
    """Prepare a dataset, or with `--part` the results of some inputs, and print a summary.

    Args:
        arguments: arguments parsed by `command_options.build_parser`.

    Returns:
        The exit status of the command.

    Raises:
        DeformableGANError: no input can be used, MoveNet cannot be found or loaded, or the dataset
            cannot be written.
    """
    # Only the workers need TensorFlow, and only if there is work to do.
    start = time.perf_counter()
    options = options_of(arguments)
    output = Path(arguments.output)
    # Check the output's place and MoveNet before any decoding.
    check_output(output)
    settings = WorkerSettings(
        options,
        find_movenet(arguments.movenet, arguments.model or DEFAULT_VARIANT),
        arguments.model,
        not arguments.no_second_look,
        partial(import_tensorflow, gpu=False),
    )
    failed: list[tuple[str, str]] = []
    recordings = find_recordings(
        arguments.clips, lambda *failure: failed.append(failure), without=[output]
    )
    bulk = BulkPreparation(
        recordings,
        output,
        settings,
        failed,
        Path(arguments.work) if arguments.work else None,
        Part(*arguments.part) if arguments.part else None,
    )
    with bulk.locked():
        bulk.look_at_inputs()
        if bulk.is_up_to_date():
            print(f"dataset: {output} is up to date")
            return 0
        if not arguments.part:
            check_output(output, arguments.overwrite)
        tasks = bulk.waiting
        with PrepareProgress([recording for recording, _ in tasks]) as progress:
            unfinished = bulk.work_off(arguments.workers, progress)
        if arguments.part:
            return _end_of_part(bulk, unfinished)
        report = bulk.assemble(arguments.overwrite)
    for _, reason in report.failed:
        print(f"warning: {reason}", file=sys.stderr)
    for warning in warnings_of(report.pairs):
        print(f"warning: {warning}", file=sys.stderr)
    print(_summary(report, output, progress.frames, time.perf_counter() - start))
    return 0


def _end_of_part(bulk, unfinished: dict[str, str]) -> int:
    for reason in (*(reason for _, reason in bulk.failed), *unfinished.values()):
        print(f"warning: {reason}", file=sys.stderr)
    done = len(bulk.recordings) - len(unfinished)
    print(
        f"part {bulk.part}: {done} inputs done, results in {bulk.work.path}; when all parts are "
        "done, run the command once without --part to write the dataset"
    )
    return 0


def _summary(report, output: Path, frames: int, seconds: float) -> str:
    lines = [
        f"{'person':24}  {'sampled':>7} {'kept':>5} {'train':>5} {'test':>5}  {'crop':6} "
        f"{'camera':6} {'unseen':>6}  dropped"
    ]
    for one in report.recordings[:_LISTED]:
        dropped = describe_dropped(one.dropped)
        crops = "/".join(sorted({person.crop for person in one.people}))
        lines.append(
            f"{one.person:24}  {one.sampled:7} {one.kept:5} {one.train:5} {one.test:5}  "
            f"{crops or '-':6} {_background(one):13}  {dropped or '-'}"
        )
        if len(one.people) > 1:
            people = ", ".join(f"{p.person} ({p.train + p.test})" for p in one.people)
            lines.append(f"{'':24}  {len(one.people)} people: {people}")
    if len(report.recordings) > _LISTED:
        lines.append(f"… and {len(report.recordings) - _LISTED} more: see report.json")
    if report.failed:
        lines.append(f"{len(report.failed)} inputs or photographs not used (see the warnings)")
    count = sum(len(one.people) for one in report.recordings)
    lines.append(
        f"{count} people, {report.pairs['train']} training and {report.pairs['test']} test "
        f"pairs; {frames} frames in {seconds:.1f} s ({frames / max(seconds, 1e-9):.0f} frames/s)"
    )
    lines.append(f"dataset: {output}   look at: {output / 'overview.png'}")
    return "\n".join(lines)


def _background(recording) -> str:
    """Return two table cells: kinds of camera and the largest `background_unseen` of the people."""
    cameras = "/".join(sorted({person.camera or "-" for person in recording.people}))
    unseen = [
        person.background_unseen
        for person in recording.people
        if person.background_unseen is not None
    ]
    return f"{cameras or '-':6} {f'{max(unseen):.0%}' if unseen else '-':>6}"
