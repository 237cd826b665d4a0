"""Trainings to disturb, and the result of an undisturbed one."""

import numpy as np
import pytest

from deformable_gan.training.run_directory import RunDirectory
from deformable_gan.training.session import train

_OTHERS = ("generator_optimizer", "discriminator_optimizer", "metrics")
# Two units in the last place of a float32.
_ROUNDING = 2.4e-7


@pytest.fixture(scope="session")
def config(tiny_config):
    """Two epochs of four steps on the smallest networks, with dropout and random mirroring."""
    return tiny_config.replace(
        generator__skip="none", training__epochs=2, training__steps_per_epoch=4
    )


@pytest.fixture(scope="session")
def undisturbed(config, dancers, tmp_path_factory):
    """A run that trained `config` without an interruption."""
    run = RunDirectory(tmp_path_factory.mktemp("undisturbed") / "run")
    train(config, dancers, run, vgg19="random", jit_compile=False)
    return run


@pytest.fixture
def start(config, dancers):
    """A function that trains `config` on the dancers; it takes a run and the options of `train`."""

    def start(run, **options):
        return train(config, dancers, run, vgg19="random", jit_compile=False, **options)

    return start


def assert_same_end(run, expected):
    """Check that variables, seeds, optimiser states and scores are the same, and metrics nearly so.

    Metrics may differ in a float32's last digit: TensorFlow's graph optimiser does not always
    order `a * x + b * y` in the same way. Of 18 undisturbed processes on a busy machine, one had a
    different `generator_loss` (32.3527718 instead of 32.3527756) but the same weights to the bit.
    """
    ours, theirs = run.checkpoints.paths()[0], expected.checkpoints.paths()[0]
    assert ours.name == theirs.name
    with np.load(ours) as one, np.load(theirs) as other:
        assert one.files == other.files
        # Networks with dropout have seeds as well.
        for kind in ("generator", "discriminator", *_OTHERS):
            assert any(name.startswith(f"{kind}/") for name in one.files), kind
        for name in one.files:
            if name.startswith("metrics/"):
                np.testing.assert_allclose(one[name], other[name], rtol=_ROUNDING, err_msg=name)
            else:
                assert one[name].tobytes() == other[name].tobytes(), name
    ours, theirs = (which.read_metrics() for which in (run, expected))
    for one, other in zip(ours, theirs, strict=True):
        assert one == pytest.approx(other, rel=_ROUNDING)
    assert run.scores_file.read_bytes() == expected.scores_file.read_bytes()


@pytest.fixture(scope="session")
def same_end():
    """`assert_same_end` for test modules."""
    return assert_same_end
