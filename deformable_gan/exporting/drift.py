"""How far an exported model's pictures are from the model's own."""

from dataclasses import dataclass

import numpy as np

from deformable_gan.errors import RunError

#: Differences up to this are those of another order of additions.
ROUNDING = 1e-3


@dataclass(frozen=True)
class Drift:
    """Differences between pictures in [-1, 1].

    Attributes:
        largest: of all numbers.
        mean: likewise.
        share: of the numbers that differ by more than `ROUNDING`.
    """

    largest: float
    mean: float
    share: float

    @classmethod
    def between(cls, exported: np.ndarray, own: np.ndarray) -> "Drift":
        """Compare two arrays of pictures of one shape."""
        difference = np.abs(np.asarray(exported, np.float64) - np.asarray(own, np.float64))
        # NaN compares as nothing; here it must count as the largest difference of all.
        beyond = ~(difference <= ROUNDING)
        return cls(float(difference.max()), float(difference.mean()), float(beyond.mean()))

    def __str__(self) -> str:
        text = f"by at most {self.largest:.1e}, on average by {self.mean:.1e}"
        return f"{text}; {self.share:.2%} of the numbers by more than {ROUNDING:g}"


@dataclass(frozen=True)
class Tolerance:
    """What an export may differ by; None for as much as it likes.

    Attributes:
        largest: of all numbers.
        mean: likewise.
    """

    largest: float | None = None
    mean: float | None = None

    def require(self, drift: Drift, what: str) -> None:
        """Make sure that an export is the model.

        Args:
            drift: what was measured.
            what: was exported, for the message.

        Raises:
            RunError: it differs by more.
        """
        for kind in ("largest", "mean"):
            value, limit = getattr(drift, kind), getattr(self, kind)
            if limit is not None and not value <= limit:
                raise RunError(
                    f"{what} differs from the model: the {kind} difference is {value:.2g}, more "
                    f"than {limit:g}; nothing was written"
                )
