import pytest

from deformable_gan.errors import ConfigurationError
from deformable_gan.personalizing import step_plan
from deformable_gan.personalizing.recipe import LEAST_STEPS, MOST_STEPS
from deformable_gan.personalizing.step_plan import StepPlan, plan_for_seconds, plan_of_steps


@pytest.mark.parametrize(
    ("seconds", "seconds_per_step", "steps"),
    [
        (200, 1.0, 180),  # a tenth of the time is kept in reserve; 180 steps are 3 epochs of 60
        (100, 0.5, 180),
        (60, 2.0, 27),  # less than an epoch of 50
        (1e6, 0.1, MOST_STEPS),  # more time does not make more steps
    ],
)
def test_steps_fill_the_time(seconds, seconds_per_step, steps):
    plan = plan_for_seconds(seconds, seconds_per_step)
    assert plan.steps == steps
    assert plan.steps * seconds_per_step <= 0.9 * seconds


@pytest.mark.parametrize("seconds", [-30.0, 0.0, LEAST_STEPS * 2 / 0.9 - 1])
def test_too_little_time_is_an_error(seconds):
    with pytest.raises(ConfigurationError, match=r"20 steps or more are needed.*more --minutes"):
        plan_for_seconds(seconds, 2.0)


@pytest.mark.parametrize("steps", [1, 49, 50, 99, 101, 149, 400, 1234])
def test_epochs_are_equal_and_about_fifty_steps_long(steps):
    plan = plan_of_steps(steps)
    assert 0 <= steps - plan.steps < plan.epochs
    assert plan.steps_per_epoch <= 99
    if steps >= 50:
        assert plan.steps_per_epoch >= 50


def test_the_rate_ends_at_zero_after_the_planned_steps(tiny_config):
    from deformable_gan.training.learning_rate import learning_rate

    config = tiny_config.replace(training__schedule="cosine", training__warm_up=2)
    plan = plan_of_steps(130)
    rate = learning_rate(config.replace(**plan.changes).training)
    assert float(rate(plan.steps)) == pytest.approx(0, abs=1e-12)
    assert float(rate(plan.steps // 2)) > 0.2 * config.training.learning_rate


def test_as_json():
    assert StepPlan(2, 50, 0.5).to_json() == {
        "steps": 100,
        "epochs": 2,
        "steps_per_epoch": 50,
        "seconds_per_step": 0.5,
    }
    assert step_plan.EPOCH_STEPS == 50
