import logging
import math
from types import SimpleNamespace

import pytest

from deformable_gan.errors import RunError
from deformable_gan.training.loss_watch import LossWatch


class Means:
    """A stand-in for `fit` that gives a `LossWatch` the running means of the steps' losses."""

    def __init__(self, steps_per_epoch=1000, adversarial="logistic", skipped=0, means=None):
        self.watch = LossWatch(
            steps_per_epoch, adversarial, lambda step: [(f"s{step}", f"t{step}")], skipped
        )
        trackers = {
            name: SimpleNamespace(result=lambda v=v: v) for name, v in (means or {}).items()
        }
        self.watch.set_model(SimpleNamespace(loss_trackers=trackers))
        self.total = {name: value * skipped for name, value in (means or {}).items()}
        self.count = skipped

    def begin(self, epoch):
        self.watch.on_epoch_begin(epoch)
        return self

    def step(self, **losses):
        self.count += 1
        for name, value in losses.items():
            self.total[name] = self.total.get(name, 0.0) + value
        self.watch.on_train_batch_end(
            self.count - 1, {name: total / self.count for name, total in self.total.items()}
        )


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_stops_at_the_step_and_names_it_and_the_one_before(value):
    means = Means(steps_per_epoch=10, skipped=3, means={"content": 0.5}).begin(2)
    means.step(content=0.4)
    with pytest.raises(RunError, match="at step 25 content is not finite") as error:
        means.step(content=value)
    assert "s25 -> t25" in str(error.value)
    assert "s24 -> t24" in str(error.value)


def test_the_first_step_has_none_before():
    with pytest.raises(RunError, match=r"at step 1 .*The batch: s1 -> t1\. The last good"):
        Means().begin(0).step(content=math.nan)


def test_an_ordinary_training_warns_of_nothing(caplog):
    means = Means().begin(0)
    for step in range(900):
        means.step(content=5 * 0.997**step + 0.5, discriminator_loss=0.9, generator_loss=2.0)
    assert not caplog.messages


def test_explosion_is_warned_of_once_an_epoch(caplog):
    means = Means().begin(0)
    for step in range(600):
        means.step(content=0.5 if step < 400 else 20.0, discriminator_loss=1.0)
    (message,) = caplog.messages
    assert "content has grown to" in message
    assert "from its minimum of 0.5" in message
    assert "--learning-rate" in message
    # The moving average over 50 steps exceeds 10 · 0.5 after 13 steps of 20, at
    # 20 - 19.5 · 0.98¹³ = 5.004.
    assert message.startswith("warning: step 414:") or message.startswith("warning: step 413:")


@pytest.mark.parametrize(
    ("adversarial", "fine", "collapsed"),
    [("logistic", 0.1, 0.01), ("least_squares", 0.05, 0.005), ("hinge", 0.1, 0.0)],
)
def test_discriminator_collapse(caplog, adversarial, fine, collapsed):
    with caplog.at_level(logging.WARNING):
        for value in (fine, collapsed):
            means = Means(adversarial=adversarial).begin(0)
            for _ in range(150):
                means.step(discriminator_loss=value)
            assert len(caplog.messages) == (value == collapsed)
    assert "discriminator_loss has fallen" in caplog.messages[0]
    assert "--discriminator" in caplog.messages[0]


def test_costs_next_to_nothing():
    """The watch takes less than 0.1 ms; the fastest step of a real network takes 20 ms."""
    import time

    means = Means().begin(0)
    terms = {"content": 0.5, "discriminator_loss": 1.0, "generator_loss": 2.0, "adversarial": 0.7}
    times = []
    for _ in range(500):
        began = time.perf_counter()
        means.step(**terms)
        times.append(time.perf_counter() - began)
    assert sorted(times)[len(times) // 2] < 100e-6
