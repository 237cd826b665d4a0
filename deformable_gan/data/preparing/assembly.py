"""Assembling a dataset folder from recordings' results: images, pairs, report and overview."""

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from deformable_gan.data.dataset_writer import DatasetWriter
from deformable_gan.data.preparing.contents import DatasetContents, PersonEntry
from deformable_gan.data.preparing.overview import IMAGES_PER_PERSON, MOST_PEOPLE, Overview
from deformable_gan.data.preparing.pose_pairs import pose_pairs
from deformable_gan.data.preparing.prepare_options import PrepareOptions
from deformable_gan.data.preparing.recordings import Recording
from deformable_gan.data.preparing.report import PrepareReport, RecordingReport
from deformable_gan.data.preparing.result import describe_dropped, read_files, read_result

REPORT = "report.json"
OVERVIEW = "overview.png"

#: A function that yields encoded images, given a recording's position and the images' names in the
#: recording's result.
ReadFiles = Callable[[int, Sequence[str]], Iterable[bytes]]


def assemble_dataset(
    recordings: Sequence[Recording],
    results: Sequence[Path | str],
    output: str | Path,
    options: PrepareOptions,
    source: dict,
    failed: Sequence[tuple[str, str]] = (),
    overwrite: bool = False,
) -> PrepareReport:
    """Assemble a dataset folder from the results of recordings.

    Args:
        recordings: the videos and photographs.
        results: for each recording, the file that `prepare_recording` wrote, or a string that says
            why there is none.
        output: as in `dataset.prepare_dataset`.
        options: as in `prepare_dataset`.
        source: description of the inputs, for the manifest.
        failed: as in `prepare_dataset`.
        overwrite: as in `prepare_dataset`.

    Raises:
        DatasetError: the output exists and must not be replaced, or a result is damaged.
        PoseError: no usable images remain.
    """
    contents = DatasetContents(
        recordings,
        [result if isinstance(result, str) else read_result(result) for result in results],
        options,
        failed,
    )
    return write_contents(
        contents,
        output,
        source,
        lambda recording, names: read_files(results[recording], names),  # type: ignore[arg-type]  # store paths work like paths
        overwrite,
    )


def write_contents(
    contents: DatasetContents,
    output: str | Path,
    source: dict,
    read: ReadFiles,
    overwrite: bool = False,
    written: Mapping[str, str] | None = None,
) -> PrepareReport:
    """Write a dataset folder.

    Args:
        contents: the contents of the dataset.
        output: the dataset folder to write.
        source: description of the inputs, for the manifest.
        read: yields the images and their backgrounds.
        overwrite: whether an existing dataset folder may be replaced.
        written: SHA-256 digests of the images and backgrounds by their paths (`train/NAME`), if
            other processes write them; only images in the overview are read then.

    Raises:
        DatasetError: the output exists and must not be replaced, or a result is damaged.
    """
    options, report = contents.options, contents.report
    skeleton = contents.skeleton
    overview = Overview(skeleton)
    shown = set(_evenly(len(contents.people), MOST_PEOPLE))
    images: dict[str, list[tuple[str, np.ndarray]]] = {"train": [], "test": []}
    with DatasetWriter(Path(output), skeleton, options.image_size, source, overwrite) as writer:
        for number, person in enumerate(contents.people):
            in_overview: list[int] = []
            if number in shown:
                in_overview = _evenly(len(person.frames.numbers), IMAGES_PER_PERSON)
                overview.describe(person.name, _heading(person.name, person.entry))
            wanted = range(len(person.frames.numbers)) if written is None else in_overview
            entries = list(person.images())
            files = [entries[index].file for index in wanted]
            encoded = iter(read(person.recording, files) if files else ())
            for index, image in enumerate(entries):
                data = next(encoded) if index in wanted else b""
                if written is None:
                    writer.add_encoded(image.split, image.name, data, image.keypoints)
                else:
                    digest = written[f"{image.split}/{image.name}"]
                    writer.add_written(image.split, image.name, digest, image.keypoints)
                images[image.split].append((image.name, image.keypoints))
                if index in in_overview:
                    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
                    pixels = np.ascontiguousarray(pixels[..., ::-1])
                    kind = person.entry.kind
                    overview.add(
                        person.name, image.split, image.time, kind, pixels, image.keypoints
                    )
            _write_backgrounds(writer, person, read, written)
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


def _write_backgrounds(
    writer: DatasetWriter,
    person: PersonEntry,
    read: ReadFiles,
    written: Mapping[str, str] | None,
) -> None:
    """Write the backgrounds of a person's images; a shared one is written once per split."""
    files = person.backgrounds()
    if person.shared_background:
        for split in dict.fromkeys(person.frames.splits):
            writer.share_background(split, person.name, person.shared_background)
    if written is not None:
        for name in files:
            writer.expect_file(name, written[name])
        return
    for name, data in zip(files, read(person.recording, list(files.values())), strict=True):
        writer.write_file(name, data)


def _evenly(count: int, most: int) -> list[int]:
    return np.linspace(0, count - 1, min(count, most)).round().astype(int).tolist()


def _heading(name: str, entry: RecordingReport) -> str:
    number = [person.person for person in entry.people].index(name)
    one = entry.people[number]
    text = f"{name}: {one.train} training, {one.test} test"
    if len(entry.people) > 1:
        text += f", {one.start:.1f} to {one.end:.1f} s"
    if number:  # the clip's figures are in the heading of its first person
        return text
    reasons = describe_dropped(entry.dropped)
    text += f" (of {entry.sampled} sampled" + (f"; dropped: {reasons}" if reasons else "") + ")"
    return text


def _encode_png(image: np.ndarray) -> bytes:
    data = io.BytesIO()
    Image.fromarray(image).save(data, format="PNG")
    return data.getvalue()
