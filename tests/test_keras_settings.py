"""The user's settings of Keras do not change the commands' results."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from deformable_gan.data.media import read_photo

SETTINGS = [
    ({"KERAS_BACKEND": "jax"}, None),
    ({"KERAS_BACKEND": "torch"}, None),
    ({}, {"backend": "torch", "floatx": "float16", "image_data_format": "channels_first"}),
    ({}, {"backend": "jax", "floatx": "float64", "epsilon": 0.1}),
]


def run(arguments, home, variables=(), settings=None):
    home.mkdir()
    if settings is not None:
        (home / "keras.json").write_text(json.dumps(settings))
    environment = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    environment |= {"KERAS_HOME": str(home), **dict(variables)}
    return subprocess.run(
        [sys.executable, "-m", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )


@pytest.fixture(scope="module")
def repose(tiny_run, dancers, tmp_path_factory):
    """Return a function that reposes a person under settings of Keras and returns the image."""
    photo, pose = dancers.test.image_path(0), dancers.test.image_path(1)

    def repose(*setting):
        folder = tmp_path_factory.mktemp("reposed")
        result = run(
            [
                *("deformable_gan.repose", "--run", tiny_run.path, "--source", photo),
                *("--pose", pose, "--output", folder / "image.png"),
            ],
            folder / "home",
            *setting,
        )
        assert result.returncode == 0, result.stderr
        return read_photo(folder / "image.png")

    return repose


@pytest.fixture(scope="module")
def usually_reposed(repose):
    return repose()


@pytest.mark.slow
@pytest.mark.parametrize(("variables", "settings"), SETTINGS)
def test_repose(repose, usually_reposed, variables, settings):
    np.testing.assert_array_equal(repose(variables, settings), usually_reposed)


@pytest.fixture(scope="module")
def train(dancers, tmp_path_factory):
    """Return a function that trains under settings of Keras and returns the scores."""

    def train(*setting):
        folder = tmp_path_factory.mktemp("trained")
        result = run(
            [
                *("deformable_gan.train", "--dataset", dancers.path, "--run", folder / "run"),
                *("--preset", "demo", "--width", "0.05", "--skip", "none", "--epochs", "1"),
                *("--steps-per-epoch", "2", "--batch-size", "2"),
            ],
            folder / "home",
            *setting,
        )
        assert result.returncode == 0, result.stderr
        return json.loads((folder / "run/scores.json").read_text())

    return train


@pytest.fixture(scope="module")
def usually_trained(train):
    return train()


@pytest.mark.slow
@pytest.mark.parametrize(("variables", "settings"), SETTINGS[-2:])
def test_train(train, usually_trained, variables, settings):
    scores = train(variables, settings)
    assert scores.keys() == usually_trained.keys()
    for who, expected in usually_trained.items():
        assert scores[who] == pytest.approx(expected, rel=1e-4)
