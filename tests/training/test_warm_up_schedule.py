import math

import keras
import numpy as np
import pytest

from deformable_gan.config import TrainingConfig
from deformable_gan.training.learning_rate import learning_rate
from deformable_gan.training.warm_up_schedule import WarmUpSchedule


def test_rises_then_follows_half_a_cosine():
    schedule = WarmUpSchedule(0.5, warm_up=10, total=110)
    rates = [float(schedule(step)) for step in range(111)]
    np.testing.assert_allclose(rates[:10], 0.05 * np.arange(1, 11), rtol=1e-6)
    expected = [0.25 * (1 + math.cos(math.pi * step / 100)) for step in range(101)]
    np.testing.assert_allclose(rates[10:], expected, atol=1e-7)
    assert float(schedule(1000)) < 1e-7


def test_without_a_total_the_peak_stays():
    schedule = WarmUpSchedule(2e-4, warm_up=4)
    assert [round(float(schedule(step)), 9) for step in (0, 3, 4, 10_000)] == [5e-5, *[2e-4] * 3]


def test_survives_its_configuration():
    schedule = WarmUpSchedule(0.1, 3, 20)
    data = keras.optimizers.schedules.serialize(schedule)
    again = keras.optimizers.schedules.deserialize(data)
    assert [float(again(s)) for s in range(22)] == [float(schedule(s)) for s in range(22)]


def test_the_configuration_s_rate():
    constant = TrainingConfig(learning_rate=3e-4)
    assert learning_rate(constant) == 3e-4
    training = TrainingConfig(
        learning_rate=3e-4, warm_up=20, schedule="cosine", epochs=2, steps_per_epoch=50
    )
    schedule = learning_rate(training)
    assert (schedule.warm_up, schedule.total) == (20, 100)
    # Two accumulated batches make one update.
    accumulated = learning_rate(
        TrainingConfig(warm_up=20, schedule="cosine", epochs=2, steps_per_epoch=50, accumulate=2)
    )
    assert (accumulated.warm_up, accumulated.total) == (10, 50)
    assert float(schedule(19)) == pytest.approx(3e-4)
