"""Commands do the same whatever the user's Keras is set to."""

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


@pytest.mark.slow
@pytest.mark.parametrize(("variables", "settings"), SETTINGS)
def test_repose(tmp_path, tiny_run, dancers, variables, settings):
    def repose(name, *setting):
        photo, pose = dancers.test.image_path(0), dancers.test.image_path(1)
        result = run(
            [
                *("deformable_gan.repose", "--run", tiny_run.path, "--source", photo),
                *("--pose", pose, "--output", tmp_path / f"{name}.png"),
            ],
            tmp_path / name,
            *setting,
        )
        assert result.returncode == 0, result.stderr
        return read_photo(tmp_path / f"{name}.png")

    np.testing.assert_array_equal(repose("other", variables, settings), repose("usual"))


@pytest.mark.slow
@pytest.mark.parametrize(("variables", "settings"), SETTINGS[-2:])
def test_train(tmp_path, dancers, variables, settings):
    def train(name, *setting):
        result = run(
            [
                *(
                    "deformable_gan.train",
                    "--dataset",
                    dancers.path,
                    "--run",
                    tmp_path / name / "r",
                ),
                *("--preset", "demo", "--width", "0.1", "--epochs", "1"),
                *("--steps-per-epoch", "2", "--batch-size", "2"),
            ],
            tmp_path / name,
            *setting,
        )
        assert result.returncode == 0, result.stderr
        return json.loads((tmp_path / name / "r/scores.json").read_text())

    usual, other = train("usual"), train("other", variables, settings)
    for who, scores in usual.items():
        assert other[who] == pytest.approx(scores, rel=1e-4)
