"""The differences between the images of an exported model and those of the model itself."""

from dataclasses import dataclass

import numpy as np

from deformable_gan.errors import RunError

#: Differences up to this size come from adding numbers in another order.
ROUNDING = 1e-3


@dataclass(frozen=True)
class Drift:
    """The differences between images in [-1, 1].

    Attributes:
        largest: the largest absolute difference of all values.
        mean: the mean absolute difference of all values.
        share: the share of values that differ by more than `ROUNDING`.
    """

    largest: float
    mean: float
    share: float

    @classmethod
    def between(cls, exported: np.ndarray, own: np.ndarray) -> "Drift":
        """Return the differences between two arrays of images of the same shape."""
        difference = np.abs(np.asarray(exported, np.float64) - np.asarray(own, np.float64))
        # Comparisons with NaN are false; here NaN must count as a large difference.
        beyond = ~(difference <= ROUNDING)
        return cls(float(difference.max()), float(difference.mean()), float(beyond.mean()))

    def __str__(self) -> str:
        text = f"by at most {self.largest:.1e}, on average by {self.mean:.1e}"
        return f"{text}; {self.share:.2%} of the numbers by more than {ROUNDING:g}"


@dataclass(frozen=True)
class Tolerance:
    """The differences that an export may have; None for no limit.

    Attributes:
        largest: the limit of the largest difference.
        mean: the limit of the mean difference.
    """

    largest: float | None = None
    mean: float | None = None

    def require(self, drift: Drift, what: str) -> None:
        """Check that an export agrees with the model.

        Args:
            drift: the measured differences.
            what: the name of the export, for the message.

        Raises:
            RunError: a difference exceeds its limit.
        """
        for kind in ("largest", "mean"):
            value, limit = getattr(drift, kind), getattr(self, kind)
            if limit is not None and not value <= limit:
                raise RunError(
                    f"{what} differs from the model: the {kind} difference is {value:.2g}, more "
                    f"than {limit:g}; nothing was written"
                )
