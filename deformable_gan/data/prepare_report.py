"""What became of the recordings that a dataset was made from."""

import dataclasses
import json
from collections import Counter
from dataclasses import dataclass, field

from deformable_gan.data.prepare_options import PrepareOptions


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
