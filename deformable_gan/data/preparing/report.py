"""A report on the recordings that a dataset was made from."""

import dataclasses
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from deformable_gan.data.preparing.prepare_options import PrepareOptions


@dataclass
class PersonReport:
    """The outcome of one person's track in a recording.

    Attributes:
        person: the person's name in the dataset.
        crop: the kind of crop: `fixed`, `follow`, or `each` for photographs.
        start: time of the first image kept, in seconds into the clip, or a photograph's number.
        end: time or number of the last image kept.
        train: number of images in the training split.
        test: number of images in the test split.
        person_share: median height of the body's box as a share of the crop's height.
        background: the source of the images' backgrounds: a `plate`, or each image itself with
            the person `filled` in (photographs, and clips with a moving camera).
        background_change: the share of a frame's background that differs visibly from the plate,
            as the median over the frames; up to `backgrounds.background_plate.MOST_CHANGE` the
            camera counts as still. None for photographs and for frames of different sizes.
        background_unseen: the share of the images' area that the plate does not show and that is
            filled in; None if `background` is `filled`.
        camera_extent: how far a frame's corners move with a followed camera, in pixels of the
            frames; None if the camera stands still or is not followed.
    """

    person: str
    crop: str
    start: float
    end: float
    train: int
    test: int
    person_share: float
    background: str
    background_change: float | None
    background_unseen: float | None
    camera_extent: float | None

    @property
    def camera(self) -> str | None:
        """`still`, `followed` or `moving`; None for photographs and frames of different sizes."""
        if self.background_change is None:
            return None
        if self.background != "plate":
            return "moving"
        return "still" if self.camera_extent is None else "followed"


@dataclass
class RecordingReport:
    """The outcome of one recording; an entry of `report.json`.

    Attributes:
        source: the file or folder.
        kind: `video` or `photos`.
        person: the recording's name, with which its people's names begin.
        sampled: number of frames or photographs read, including unreadable photographs.
        dropped: number of dropped frames by reason.
        people: the recording's people who are in the dataset.
    """

    source: str
    kind: str
    person: str
    sampled: int = 0
    dropped: Counter = field(default_factory=Counter)
    people: list[PersonReport] = field(default_factory=list)

    @property
    def train(self) -> int:
        """The number of images in the training split."""
        return sum(one.train for one in self.people)

    @property
    def test(self) -> int:
        """The number of images in the test split."""
        return sum(one.test for one in self.people)

    @property
    def kept(self) -> int:
        """The number of images in the dataset."""
        return self.train + self.test


@dataclass
class PrepareReport:
    """The outcome of all inputs; the contents of `report.json`.

    Attributes:
        options: how the dataset was made.
        movenet: a description of the network that found the joints.
        recordings: one entry for each recording, even if it contributes nothing.
        failed: (path, reason) for each input that contributes nothing, and for each file or folder
            in an input that is left out, such as an unreadable photograph.
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
            entry["train"], entry["test"] = one.train, one.test
            for person, values in zip(one.people, entry["people"], strict=True):
                values["camera"] = person.camera
            recordings.append(entry)
        report = {
            "options": dataclasses.asdict(self.options),
            "movenet": self.movenet,
            "totals": {
                "recordings": len(self.recordings),
                "people": sum(len(one.people) for one in self.recordings),
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


def warnings_of(pairs: Mapping[str, int]) -> list[str]:
    """Return a list with one warning if the training split, or else the test split, lacks pairs.

    Args:
        pairs: number of pairs by split.
    """
    if not pairs.get("train"):
        return [
            "no person has two training images in different poses, so a model cannot be trained on "
            "this dataset alone: add photographs or longer clips"
        ]
    if not pairs.get("test"):
        return [
            "no person has two test images in different poses, so training on this dataset alone "
            "gives no held-out scores: add photographs or longer clips, or raise --test-fraction"
        ]
    return []
