"""From what the recordings gave to a dataset folder: names, pairs, report and overview."""

import io
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from deformable_gan.data.dataset_writer import DatasetWriter
from deformable_gan.data.preparing.options import PrepareOptions
from deformable_gan.data.preparing.overview import IMAGES_PER_PERSON, MOST_PEOPLE, Overview
from deformable_gan.data.preparing.pose_pairs import pose_pairs
from deformable_gan.data.preparing.recordings import PersonNames, Recording
from deformable_gan.data.preparing.report import PersonReport, PrepareReport, RecordingReport
from deformable_gan.data.preparing.result import (
    PersonFrames,
    RecordingResult,
    read_images,
    read_result,
)
from deformable_gan.errors import PoseError
from deformable_gan.pose.skeleton import COCO17

REPORT = "report.json"
OVERVIEW = "overview.png"


def assemble_dataset(
    recordings: Sequence[Recording],
    results: Sequence[Path | str],
    output: str | Path,
    options: PrepareOptions,
    source: dict,
    failed: Sequence[tuple[str, str]] = (),
    overwrite: bool = False,
) -> PrepareReport:
    """Put a dataset folder together from what the recordings gave.

    Args:
        recordings: the videos and photographs.
        results: for each recording the file that `prepare_recording` wrote or, as a string, why
            there is none.
        output: as in `dataset.prepare_dataset`.
        options: as in `prepare_dataset`.
        source: what the dataset is made from, for its manifest.
        failed: as in `prepare_dataset`.
        overwrite: as in `prepare_dataset`.

    Raises:
        DatasetError: the output exists and must not be replaced, or a result is damaged.
        PoseError: nothing usable remains.
    """
    report = PrepareReport(options, {}, failed=list(failed))
    assembly = _Assembly(recordings, results, report)
    if not assembly.people:
        reasons = "; ".join(reason for _, reason in report.failed[:5])
        more = len(report.failed) - 5
        raise PoseError(
            f"nothing usable in any input, so no dataset was made: {reasons}"
            + (f"; and {more} more" if more > 0 else "")
        )
    skeleton = COCO17  # MoveNet's
    overview = Overview(skeleton)
    shown = set(_evenly(len(assembly.people), MOST_PEOPLE))
    images: dict[str, list[tuple[str, np.ndarray]]] = {"train": [], "test": []}
    with DatasetWriter(Path(output), skeleton, options.image_size, source, overwrite) as writer:
        for number, (name, frames, entry, path) in enumerate(assembly.people):
            in_overview = set(_evenly(len(frames.numbers), IMAGES_PER_PERSON))
            if number in shown:
                overview.describe(name, _heading(name, entry))
            for index, data in enumerate(read_images(path, frames.numbers)):
                image_name = f"{name}_{frames.numbers[index]:06d}.jpg"
                split, keypoints = frames.splits[index], frames.keypoints[index]
                writer.add_encoded(split, image_name, data, keypoints)
                images[split].append((image_name, keypoints))
                if number in shown and index in in_overview:
                    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
                    image = np.ascontiguousarray(image[..., ::-1])
                    overview.add(name, split, frames.times[index], entry.kind, image, keypoints)
        for split, limit in (("train", options.train_pairs), ("test", options.test_pairs)):
            pairs = pose_pairs(
                [name for name, _ in images[split]],
                np.array([keypoints for _, keypoints in images[split]]),
                skeleton,
                options.pair_distance,
                limit,
                options.person_pairs,
                options.seed,
            )
            writer.set_pairs(split, pairs)
            report.pairs[split] = len(pairs)
        writer.write_file(REPORT, report.to_json().encode())
        writer.write_file(OVERVIEW, _encode_png(overview.draw()))
    return report


class _Assembly:
    """Reads the results and gives everybody a name.

    Attributes:
        people: (name, frames, the recording's entry in the report, the result's file).
    """

    def __init__(
        self,
        recordings: Sequence[Recording],
        results: Sequence[Path | str],
        report: PrepareReport,
    ):
        self.people: list[tuple[str, PersonFrames, RecordingReport, Path]] = []
        self._names = PersonNames(recording.person for recording in recordings)
        for recording, path in zip(recordings, results, strict=True):
            entry = RecordingReport(str(recording.path), recording.kind, recording.person)
            report.recordings.append(entry)
            if isinstance(path, str):
                report.failed.append((entry.source, path))
                continue
            result = read_result(path)
            report.movenet = report.movenet or result.movenet
            entry.sampled, entry.dropped = result.sampled, result.dropped
            report.failed += result.failures
            if result.failure is not None:
                report.failed.append((entry.source, result.failure))
            for name, frames in zip(self._names_of(entry, result), result.people, strict=True):
                entry.people.append(
                    PersonReport(
                        name,
                        frames.crop,
                        round(frames.times[0], 3),
                        round(frames.times[-1], 3),
                        frames.splits.count("train"),
                        frames.splits.count("test"),
                        round(frames.person_share, 3),
                    )
                )
                self.people.append((name, frames, entry, path))

    def _names_of(self, entry: RecordingReport, result: RecordingResult) -> list[str]:
        if len(result.people) == 1:
            return [entry.person]
        return [
            self._names.new(f"{entry.person}-{_letters(index)}")
            for index in range(len(result.people))
        ]


def _letters(index: int) -> str:
    """Return a to z, then aa, ab and so on."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(ord("a") + rest) + text
    return text


def _evenly(count: int, most: int) -> list[int]:
    return np.linspace(0, count - 1, min(count, most)).round().astype(int).tolist()


def _heading(name: str, entry: RecordingReport) -> str:
    number = [person.person for person in entry.people].index(name)
    one = entry.people[number]
    text = f"{name}: {one.train} training, {one.test} test"
    if len(entry.people) > 1:
        text += f", {one.start:.1f} to {one.end:.1f} s"
    if number:  # the clip's own figures stand above its first person
        return text
    reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(entry.dropped.items()))
    text += f" (of {entry.sampled} sampled" + (f"; dropped: {reasons}" if reasons else "") + ")"
    return text


def _encode_png(picture: np.ndarray) -> bytes:
    data = io.BytesIO()
    Image.fromarray(picture).save(data, format="PNG")
    return data.getvalue()
