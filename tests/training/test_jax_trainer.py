"""The first step on JAX against the first step on TensorFlow."""

import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest

from deformable_gan.presets import get_preset
from deformable_gan.training.build import build_gan

if importlib.util.find_spec("jax") is None:
    pytest.skip("jax is not installed", allow_module_level=True)
pytestmark = pytest.mark.slow

# Runs in a process of its own: Keras' backend is chosen when it is imported.
_STEP = """
import sys
sys.modules["tensorflow"] = None  # nothing here needs it
import numpy as np
from deformable_gan.config import ExperimentConfig
from deformable_gan.training.jax_trainer import JaxTrainer

folder = sys.argv[1]
trainer = JaxTrainer(ExperimentConfig.from_json(open(folder + "/config.json").read()), "random")
given = np.load(folder + "/given.npz")
for name in ("generator", "discriminator", "frozen"):
    variables = (
        trainer._objective._features.weights
        if name == "frozen" and trainer._objective._features
        else getattr(trainer, name).trainable_variables if name != "frozen" else []
    )
    for index, variable in enumerate(variables):
        variable.assign(given[f"{name}{index}"])
trainer.reset_state()
batch = {name[6:]: given[name] for name in given.files if name.startswith("batch_")}
terms = trainer.step(batch)
again = trainer.step(batch)
trainer.synchronize()
np.savez(
    folder + "/taken.npz",
    **{name: np.asarray(value) for name, value in terms.items()},
    **{"second_" + name: np.asarray(value) for name, value in again.items()},
    **{f"generator{i}": np.asarray(v) for i, v in enumerate(trainer.generator.trainable_variables)},
)
"""


def _batch(size, joints, items):
    random = np.random.default_rng(0)
    keypoints = [
        np.concatenate(
            [
                random.uniform(2, np.array(size) - 3, (items, joints, 2)),
                np.ones((items, joints, 1)),
            ],
            axis=-1,
        ).astype("float32")
        for _ in range(2)
    ]
    images = random.integers(0, 256, (2, items, *size, 3), dtype=np.uint8)
    return {
        "source_image": images[0],
        "target_image": images[1],
        "source_keypoints": keypoints[0],
        "target_keypoints": keypoints[1],
    }


@pytest.mark.parametrize("preset", ["market-full", "demo"])
def test_the_same_first_steps_as_tensorflow(preset, tmp_path):
    size = (40, 36)
    config = get_preset(preset).config.replace(
        image_size=size,
        generator__encoder_filters=(4, 6, 8, 8),
        generator__decoder_filters=(8, 6, 6),
        generator__dropout=0.0,
        discriminator__filters=(4, 6),
        training__batch_size=2,
    )
    gan = build_gan(config, "random", jit_compile=False)
    pairs = 4 if config.training.separate_batches else 2
    batch = _batch(size, 18 if config.skeleton == "openpose18" else 17, pairs)
    if config.generator.background:
        batch["background"] = batch["source_image"][::-1].copy()
    networks = {
        "generator": gan.generator.trainable_variables,
        "discriminator": gan.discriminator.trainable_variables,
        "frozen": gan.features.weights if gan.features else [],
    }
    np.savez(
        tmp_path / "given.npz",
        **{f"batch_{name}": value for name, value in batch.items()},
        **{f"{name}{i}": np.asarray(v) for name, vs in networks.items() for i, v in enumerate(vs)},
    )
    (tmp_path / "config.json").write_text(config.to_json())
    subprocess.run(
        [sys.executable, "-c", _STEP, str(tmp_path)],
        env={**os.environ, "KERAS_BACKEND": "jax"},
        check=True,
    )
    taken = np.load(tmp_path / "taken.npz")

    terms = {name: float(value) for name, value in gan.train_step(_tensors(batch)).items()}
    for name, value in terms.items():
        assert taken[name] == pytest.approx(value, rel=1e-4), name
    for tracker in gan.metrics:
        tracker.reset_state()
    terms = {name: float(value) for name, value in gan.train_step(_tensors(batch)).items()}
    for name, value in terms.items():
        # One update on: Adam's first one has the size of the learning rate wherever a gradient
        # is more than rounding, and rounding decides some signs.
        assert taken[f"second_{name}"] == pytest.approx(value, rel=1e-3), name


def _tensors(batch):
    import tensorflow as tf

    return {name: tf.constant(value) for name, value in batch.items()}
