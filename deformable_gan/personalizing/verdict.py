"""Deciding whether fine-tuning has helped."""

from dataclasses import asdict, astuple, dataclass
from typing import Any

from deformable_gan.errors import RunError
from deformable_gan.personalizing.personal_options import FINE_TUNED, START
from deformable_gan.personalizing.personal_scores import PersonalScores, format_scores


@dataclass(frozen=True)
class Verdict:
    """Scores of the same held-out pairs before and after fine-tuning.

    Attributes:
        pairs: number of pairs.
        copy: scores of the source image in place of the generated one.
        start: scores of the starting weights.
        fine_tuned: scores of the fine-tuned weights.
    """

    pairs: int
    copy: PersonalScores
    start: PersonalScores
    fine_tuned: PersonalScores

    @property
    def better(self) -> str:
        """The better weights: `START` or `FINE_TUNED`.

        The fine-tuned weights are better if more scores have improved than worsened. If as many
        have improved as worsened, the mean relative change of `1 - SSIM` and of the difference on
        the person decides. If nothing has changed, `START` is returned.
        """
        before, after = _errors(self.start), _errors(self.fine_tuned)
        known = [
            (b, a) for b, a in zip(before, after, strict=True) if b is not None and a is not None
        ]
        votes = sum((a < b) - (a > b) for b, a in known)
        if not votes:
            votes = -sum(a / max(b, 1e-9) - 1 for b, a in known[:2])
        return FINE_TUNED if votes > 0 else START

    def table(self) -> str:
        """Return the scores as a table for a terminal."""
        rows = {
            "copy of the source": self.copy,
            "starting weights": self.start,
            "fine-tuned weights": self.fine_tuned,
        }
        return (
            format_scores(f"{self.pairs} held-out pairs", rows)
            + "\nSSIM: higher is better; fg L1: mean difference on the person in grey levels, "
            "lower is better; joints: share of the joints that MoveNet finds at the requested "
            "positions, higher is better"
        )

    def sentence(self) -> str:
        """Return a sentence that states whether fine-tuning has helped."""
        if self.better == FINE_TUNED:
            return "fine-tuning has helped: the new weights are better on the held-out frames"
        return (
            "fine-tuning has not helped: the new weights are not better on the held-out frames "
            "than the weights they started from"
        )

    def to_json(self) -> dict:
        """Return the scores as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Any, origin: str) -> "Verdict":
        """Return the scores from the values of `to_json`.

        Raises:
            RunError: the values are not those of `to_json`; the message names `origin`.
        """
        try:
            scores = {
                name: PersonalScores(**values[name]) for name in ("copy", "start", "fine_tuned")
            }
            return cls(int(values["pairs"]), **scores)
        except (TypeError, ValueError, LookupError) as error:
            raise RunError(
                f"{origin} does not hold scores ({error!r}): delete it and repeat the command, or "
                "choose another --output if this message returns"
            ) from error


def _errors(scores: PersonalScores) -> tuple[float, float, float | None]:
    """Return the scores as numbers that are better when lower."""
    ssim, foreground_l1, right = astuple(scores)
    return 1 - ssim, foreground_l1, None if right is None else 1 - right
