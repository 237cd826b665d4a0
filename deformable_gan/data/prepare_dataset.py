"""From recordings to a dataset folder: poses, crops, split, pairs, report and overview."""

import dataclasses
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from deformable_gan.data.dataset_writer import DatasetWriter
from deformable_gan.data.frame_spool import FrameSpool
from deformable_gan.data.overview import Overview
from deformable_gan.data.pairs import pairs_within_people
from deformable_gan.data.posed_frames import PosedFrame, posed_streams
from deformable_gan.data.prepare_options import PrepareOptions
from deformable_gan.data.prepare_report import PrepareReport, RecordingReport
from deformable_gan.data.recordings import Recording
from deformable_gan.data.temporal_split import split_in_time
from deformable_gan.data.usable_pose import keep_seen_joints, why_unusable
from deformable_gan.errors import MediaError, PoseError
from deformable_gan.pose.body_box import BodyBox
from deformable_gan.pose.clip_crops import crop_clip
from deformable_gan.pose.movenet import MoveNet
from deformable_gan.pose.person_crop import PersonCrop

REPORT = "report.json"
OVERVIEW = "overview.png"

# Why frames are dropped, besides what `why_unusable` says.
_BETWEEN = "between training and test"
_GIVEN_UP = "of a recording that could not be used"


def prepare_dataset(
    recordings: Sequence[Recording],
    output: str | Path,
    movenet: MoveNet,
    options: PrepareOptions,
    failed: Sequence[tuple[str, str]] = (),
    overwrite: bool = False,
    on_frame: Callable[[], None] = lambda: None,
) -> PrepareReport:
    """Make a dataset folder from recordings. Equal inputs and options give equal bytes.

    A recording that cannot be read to its end, or shows no usable person, gives nothing; the
    others go on.

    Args:
        recordings: the videos and photographs, each of one person.
        output: the dataset folder to be made. Beside images, annotations and pairs it gets
            `report.json` (what was kept and dropped, and why) and `overview.png` (some frames of
            everyone with their skeletons).
        movenet: finds the joints.
        options: how.
        failed: (input, reason) of inputs that failed before, for the report.
        overwrite: whether an existing dataset folder may be replaced.
        on_frame: called after each frame, for a progress bar.

    Raises:
        DatasetError: the output exists and must not be replaced.
        PoseError: nothing usable remains.
    """
    report = PrepareReport(
        options,
        {
            "skeleton": movenet.skeleton.name,
            "input_size": movenet.network.input_size,
            "format": movenet.network.format,
            "second_look": movenet.second_look,
        },
        failed=list(failed),
    )
    overview = Overview(movenet.skeleton)
    source = {"kind": "recordings", "options": dataclasses.asdict(options)}
    names: dict[str, list[str]] = {"train": [], "test": []}
    with DatasetWriter(
        Path(output), movenet.skeleton, options.image_size, source, overwrite
    ) as writer:
        streams = [
            recording.frames(
                options.rate, options.height, lambda *failure: report.failed.append(failure)
            )
            for recording in recordings
        ]
        for recording, frames in zip(recordings, posed_streams(streams, movenet), strict=True):
            entry = RecordingReport(str(recording.path), recording.kind, recording.person)
            report.recordings.append(entry)
            try:
                _prepare_recording(
                    recording, frames, entry, writer, names, overview, options, on_frame
                )
            except (MediaError, PoseError) as error:
                report.failed.append((str(recording.path), str(error)))
                entry.dropped[_GIVEN_UP] = entry.sampled - entry.dropped.total()
                entry.dropped += Counter()  # without zeros
        if not any(entry.kept for entry in report.recordings):
            reasons = "; ".join(reason for _, reason in report.failed[:5])
            raise PoseError(f"nothing usable in any input, so no dataset was made: {reasons}")
        for split, limit in (("train", options.train_pairs), ("test", options.test_pairs)):
            pairs = pairs_within_people(names[split], limit, options.seed)
            writer.set_pairs(split, pairs)
            report.pairs[split] = len(pairs)
        writer.write_file(REPORT, report.to_json().encode())
        writer.write_file(OVERVIEW, _encode_png(overview.draw()))
    return report


def _prepare_recording(
    recording: Recording,
    frames: Iterator[PosedFrame],
    entry: RecordingReport,
    writer: DatasetWriter,
    names: dict[str, list[str]],
    overview: Overview,
    options: PrepareOptions,
    on_frame: Callable[[], None],
) -> None:
    """Add one recording's usable frames to the dataset, or raise before adding any."""
    times: list[float] = []
    numbers: list[int] = []
    poses: list[np.ndarray] = []
    sizes: list[tuple[int, int]] = []
    with FrameSpool() as images:
        for number, (time, image, keypoints) in enumerate(frames):
            entry.sampled += 1
            on_frame()
            joints = keep_seen_joints(keypoints, image.shape[:2], options.threshold)
            reason = why_unusable(joints, writer.skeleton)
            if reason is not None:
                entry.dropped[reason] += 1
                continue
            images.append(image)
            times.append(time)
            numbers.append(number)
            poses.append(joints)
            sizes.append(image.shape[:2])
        if len(poses) < 2:
            raise PoseError(_too_few(recording, entry, len(poses)))
        # Beyond the picture there is nothing to show.
        boxes = [
            BodyBox.of_pose(joints, writer.skeleton).within(image_size)
            for joints, image_size in zip(poses, sizes, strict=True)
        ]
        if recording.kind == "photos":
            entry.crop = "each"
            crops = [
                PersonCrop.around(box, options.image_size).fitted(image_size)
                for box, image_size in zip(boxes, sizes, strict=True)
            ]
            splits = split_in_time(times, options.test_fraction, gap=0)
        else:
            entry.crop, crops = crop_clip(boxes, times, sizes[0], options.image_size, options.crop)
            splits = split_in_time(times, options.test_fraction, options.gap)
        shares = [box.height / crop.height for box, crop in zip(boxes, crops, strict=True)]
        entry.person_share = float(np.median(shares))
        for index, split in enumerate(splits):
            if split is None:
                entry.dropped[_BETWEEN] += 1
                continue
            image = crops[index].apply(images[index])
            joints = crops[index].to_crop(poses[index])
            joints *= joints[:, 2:] > 0
            name = f"{recording.person}_{numbers[index]:06d}.jpg"
            writer.add(split, name, image, joints)
            names[split].append(name)
            overview.add(recording.person, split, times[index], recording.kind, image, joints)
    entry.train, entry.test = splits.count("train"), splits.count("test")


def _too_few(recording: Recording, entry: RecordingReport, usable: int) -> str:
    what = "frame" if recording.kind == "video" else "photograph"
    if not entry.sampled:
        return f"{recording.path}: no {what} of {recording.person!r} could be read"
    looked_at = f"{entry.sampled} {what}{'s' if entry.sampled > 1 else ''}"
    found = "only 1 usable pose" if usable else "no usable person"
    reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(entry.dropped.items()))
    return (
        f"{recording.path}: {found} in {looked_at} of {recording.person!r}"
        + (f" ({reasons})" if reasons else "")
        + "; a pair needs two"
    )


def _encode_png(picture: np.ndarray) -> bytes:
    data = io.BytesIO()
    Image.fromarray(picture).save(data, format="PNG")
    return data.getvalue()
