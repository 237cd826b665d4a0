import numpy as np
import pytest

from deformable_gan.errors import RunError
from deformable_gan.exporting.drift import Drift, Tolerance


def test_measured_by_hand():
    drift = Drift.between(np.array([0.5, 0.0, -1.0, 0.25]), np.array([0.5, 0.002, -1.0, 0.2504]))
    assert drift.largest == pytest.approx(0.002)
    assert drift.mean == pytest.approx(0.0024 / 4)
    assert drift.share == 0.25
    assert str(drift) == (
        "by at most 2.0e-03, on average by 6.0e-04; 25.00% of the numbers by more than 0.001"
    )


def test_no_number_is_no_agreement():
    drift = Drift.between(np.array([0.0, np.nan]), np.zeros(2))
    assert drift.share == 0.5
    for tolerance in (Tolerance(largest=1e9), Tolerance(mean=1e9)):
        with pytest.raises(RunError, match="difference is nan"):
            tolerance.require(drift, "this")


def test_within_and_beyond():
    drift = Drift(largest=0.01, mean=0.001, share=0.5)
    Tolerance().require(drift, "this")
    Tolerance(largest=0.01, mean=0.001).require(drift, "this")
    with pytest.raises(RunError, match=r"this differs .* the largest difference is 0.01, more"):
        Tolerance(largest=0.009).require(drift, "this")
    with pytest.raises(RunError, match=r"the mean difference is 0.001, more than 0.0009"):
        Tolerance(mean=0.0009).require(drift, "this")
