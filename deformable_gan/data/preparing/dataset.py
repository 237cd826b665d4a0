"""Preparing a dataset folder from recordings in this process."""

import dataclasses
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from deformable_gan.data.dataset_writer import check_output
from deformable_gan.data.preparing.assembly import assemble_dataset
from deformable_gan.data.preparing.one_recording import prepare_recording
from deformable_gan.data.preparing.prepare_options import PrepareOptions
from deformable_gan.data.preparing.recordings import Recording
from deformable_gan.data.preparing.report import PrepareReport
from deformable_gan.pose.movenet import MoveNet


def prepare_dataset(
    recordings: Sequence[Recording],
    output: str | Path,
    movenet: MoveNet,
    options: PrepareOptions,
    failed: Sequence[tuple[str, str]] = (),
    overwrite: bool = False,
    on_frame: Callable[[], None] = lambda: None,
) -> PrepareReport:
    """Make a dataset folder from recordings; equal inputs and options give equal bytes.

    A recording that cannot be read to its end or shows no usable person contributes nothing; the
    others are still used. This function suits a few recordings and works in this process;
    `BulkPreparation` does the same in several processes and can be killed and resumed.

    Args:
        recordings: the videos and photographs.
        output: the dataset folder to write. Besides images, annotations and pairs it contains
            `report.json` (what was kept and dropped, and why) and `overview.png` (some frames of
            every person with their skeletons).
        movenet: finds the joints.
        options: how the dataset is prepared.
        failed: (input, reason) of inputs already found to be unusable, for the report.
        overwrite: whether an existing dataset folder may be replaced.
        on_frame: called after each frame, for a progress bar.

    Raises:
        DatasetError: the output exists and must not be replaced.
        PoseError: no usable images remain.
    """
    source = {"kind": "recordings", "options": dataclasses.asdict(options)}
    check_output(Path(output), overwrite)  # fail now rather than at the end
    with tempfile.TemporaryDirectory(prefix="deformable-gan-prepare-") as folder:
        paths = []
        for index, recording in enumerate(recordings):
            paths.append(Path(folder) / f"{index}.zip")
            prepare_recording(recording, paths[-1], movenet, options, on_frame)
        return assemble_dataset(recordings, paths, output, options, source, failed, overwrite)
