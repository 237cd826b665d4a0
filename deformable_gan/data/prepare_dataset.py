"""From recordings to a dataset folder: poses, crops, split, pairs, report and overview."""

import dataclasses
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from deformable_gan.data.dataset_writer import DatasetWriter
from deformable_gan.data.frame_spool import FrameSpool
from deformable_gan.data.overview import Overview
from deformable_gan.data.pairs import pairs_within_people
from deformable_gan.data.posed_frames import PosedFrame, posed_streams
from deformable_gan.data.recordings import Recording
from deformable_gan.data.temporal_split import split_in_time
from deformable_gan.data.usable_pose import keep_seen_joints, why_unusable
from deformable_gan.errors import ConfigurationError, MediaError, PoseError
from deformable_gan.pose.body_box import BodyBox
from deformable_gan.pose.clip_crops import CROP_MODES, crop_clip
from deformable_gan.pose.movenet import MoveNet
from deformable_gan.pose.person_crop import PersonCrop

REPORT = "report.json"
OVERVIEW = "overview.png"

# Why frames are dropped, besides what `why_unusable` says.
_BETWEEN = "between training and test"
_GIVEN_UP = "of a recording that could not be used"


@dataclass(frozen=True)
class PrepareOptions:
    """How a dataset is made from recordings.

    Attributes:
        image_size: (height, width) of the dataset's images, in pixels.
        rate: frames per second taken from a video.
        height: lines that larger pictures are scaled down to before anything else.
        threshold: confidence from which a joint counts as seen.
        crop: `auto`, `fixed` or `follow` (see `crop_clip`); photographs are cropped one by one.
        test_fraction: share of each recording's usable frames, from its end, held out for
            testing.
        gap: seconds of a video left out between training and test.
        train_pairs: the most training pairs, drawn at random where there are more; None for all.
        test_pairs: the most test pairs, likewise; the paper's number by default.
        seed: of the draws.

    Raises:
        ConfigurationError: a value is out of its range.
    """

    image_size: tuple[int, int] = (128, 72)
    rate: float = 6.0
    height: int = 240
    threshold: float = 0.3
    crop: str = "auto"
    test_fraction: float = 0.2
    gap: float = 0.5
    train_pairs: int | None = 200_000
    test_pairs: int | None = 12_000
    seed: int = 0

    def __post_init__(self):
        def check(condition: bool, name: str, expected: str) -> None:
            if not condition:
                raise ConfigurationError(
                    f"{name} must be {expected}, received {getattr(self, name)}"
                )

        check(min(self.image_size) >= 32, "image_size", "at least 32 x 32 pixels")
        check(0 < self.rate <= 1000, "rate", "positive frames per second")
        check(self.height >= 32, "height", "at least 32 lines")
        check(0 <= self.threshold < 1, "threshold", "at least 0 and below 1")
        check(self.crop in CROP_MODES, "crop", f"one of {', '.join(CROP_MODES)}")
        check(0 <= self.test_fraction < 1, "test_fraction", "at least 0 and below 1")
        check(self.gap >= 0, "gap", "0 or more seconds")
        for name in ("train_pairs", "test_pairs"):
            limit = getattr(self, name)
            check(limit is None or limit >= 0, name, "0 or more")


@dataclass
class RecordingReport:
    """What became of one recording; an entry of `report.json`.

    Attributes:
        source: the file or folder.
        kind: `video` or `photos`.
        person: the person's name in the dataset.
        crop: the crop used: `fixed`, `follow`, or `each` for photographs.
        sampled: frames or photographs looked at.
        train: those in the training split.
        test: those in the test split.
        dropped: how many of the others were left out for which reason.
        person_share: median height of the body's box as a share of the crop's height.
    """

    source: str
    kind: str
    person: str
    crop: str = ""
    sampled: int = 0
    train: int = 0
    test: int = 0
    dropped: Counter = field(default_factory=Counter)
    person_share: float = 0.0

    @property
    def kept(self) -> int:
        """Frames that are in the dataset."""
        return self.train + self.test


@dataclass
class PrepareReport:
    """What became of all inputs; the contents of `report.json`.

    Attributes:
        options: how the dataset was made.
        movenet: which network looked for the joints.
        recordings: one entry for each recording that was looked at.
        failed: (input, reason) for each one that gave nothing, and for single photographs that
            cannot be read.
        pairs: number of pairs by split.
    """

    options: PrepareOptions
    movenet: dict
    recordings: list[RecordingReport] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    pairs: dict[str, int] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the text of `report.json`."""
        recordings = []
        for one in self.recordings:
            entry = dataclasses.asdict(one)
            entry["dropped"] = dict(sorted(one.dropped.items()))
            entry["person_share"] = round(one.person_share, 3)
            recordings.append(entry)
        report = {
            "options": dataclasses.asdict(self.options),
            "movenet": self.movenet,
            "totals": {
                "sampled": sum(one.sampled for one in self.recordings),
                "train": sum(one.train for one in self.recordings),
                "test": sum(one.test for one in self.recordings),
                "dropped": sum(sum(one.dropped.values()) for one in self.recordings),
                "pairs": self.pairs,
            },
            "recordings": recordings,
            "failed": [{"input": name, "reason": reason} for name, reason in self.failed],
        }
        return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


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
