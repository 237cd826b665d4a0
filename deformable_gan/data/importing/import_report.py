"""A report on the images and pairs of a foreign dataset."""

import json
from collections import Counter
from dataclasses import dataclass, field

from deformable_gan.data.dataset_folder import SPLITS

# The largest number of names listed for a reason; the count covers all names.
_EXAMPLES = 20


@dataclass
class ImportReport:
    """What was kept and what was left out, and why; the contents of `report.json`.

    Attributes:
        source: how the dataset was made.
        kept: number of images by split.
        pairs: number of pairs by split.
        unchanged: number of kept images whose files were copied byte for byte.
    """

    source: dict
    kept: Counter = field(default_factory=Counter)
    pairs: Counter = field(default_factory=Counter)
    unchanged: int = 0
    _left_out: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def leave_out(self, split: str, reason: str, name: str) -> None:
        """Record something that is left out of the dataset.

        Args:
            split: `train`, `test`, or "" if it belongs to neither.
            reason: why it is left out, in words that apply to many items.
            name: the item's name; the report lists the first few for each reason.
        """
        self._left_out.setdefault((split, reason), []).append(name)

    def left_out(self, split: str) -> dict[str, int]:
        """Return how many items of a split were left out for each reason."""
        return {
            reason: len(names)
            for (one, reason), names in sorted(self._left_out.items())
            if one == split
        }

    def examples(self, split: str, reason: str) -> list[str]:
        """Return the names of the first few items that were left out for a reason."""
        return self._left_out.get((split, reason), [])[:_EXAMPLES]

    def to_json(self) -> str:
        """Return the text of `report.json`."""
        report = {
            "source": self.source,
            "unchanged_files": self.unchanged,
            "splits": {
                split: {"images": self.kept[split], "pairs": self.pairs[split]} for split in SPLITS
            },
            "left_out": {
                split or "neither": {
                    reason: {"count": count, "first": self.examples(split, reason)}
                    for reason, count in self.left_out(split).items()
                }
                for split in (*SPLITS, "")
            },
        }
        return json.dumps(report, indent=2, ensure_ascii=False) + "\n"
