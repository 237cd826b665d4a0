"""The first two steps on JAX equal those on TensorFlow."""

import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest

from deformable_gan.data.dataset_writer import DatasetWriter
from deformable_gan.pose.skeleton import COCO17
from deformable_gan.presets import get_preset
from deformable_gan.training.build import build_gan

if importlib.util.find_spec("jax") is None:
    pytest.skip("jax is not installed", allow_module_level=True)
pytestmark = pytest.mark.slow

# This runs in a process of its own, since Keras chooses its backend when it is imported.
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
averages = trainer.generator.get_weights()
np.savez(
    folder + "/taken.npz",
    **{name: np.asarray(value) for name, value in terms.items()},
    **{"second_" + name: np.asarray(value) for name, value in again.items()},
    **{f"average{i}": value for i, value in enumerate(averages)},
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
        training__average=0.9,
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
        # The second step has a larger tolerance: Adam's first update has the size of the learning
        # rate wherever a gradient is not 0, and rounding decides the signs of tiny gradients.
        assert taken[f"second_{name}"] == pytest.approx(value, rel=1e-3), name
    # After two steps the newest weights have a share of .75 in the average.
    for index, weight in enumerate(gan.averaged.get_weights()):
        error = np.abs(taken[f"average{index}"] - weight).mean()
        assert error < 0.1 * config.training.learning_rate, index


_RUN = """
import sys
sys.modules["tensorflow"] = None
import jax
import numpy as np
from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.presets import get_preset
from deformable_gan.training.jax_pairs import JaxPairs
from deformable_gan.training.jax_trainer import JaxTrainer

if __name__ == "__main__":
    config = get_preset("demo").config.replace(
        image_size=(40, 36), training__batch_size=2, discriminator__filters=(4, 6),
        generator__encoder_filters=(4, 6, 8, 8), generator__decoder_filters=(8, 6, 6),
    )
    pairs = JaxPairs([DatasetFolder(sys.argv[1]).train], [1], config)
    one, other = JaxTrainer(config, "random"), JaxTrainer(config, "random")
    key = jax.random.key(3)
    means = one.run(pairs, key, 3)
    terms = [other.step(pairs.draw(pairs.arrays, k, 2)) for k in jax.random.split(key, 3)]
    for name, mean in means.items():
        np.testing.assert_allclose(mean, np.mean([t[name] for t in terms]), rtol=1e-3)
"""


def test_several_steps_in_one_call(tmp_path):
    random = np.random.default_rng(0)
    with DatasetWriter(tmp_path / "data", COCO17, (40, 36), {"kind": "test"}) as writer:
        names = [f"p_{index}.png" for index in range(3)]
        for name in names:
            image = random.integers(0, 256, (40, 36, 3), np.uint8)
            joints = np.concatenate([random.uniform(8, 28, (17, 2)), np.ones((17, 1))], axis=-1)
            writer.add("train", name, image, joints)
        writer.set_pairs("train", [(a, b) for a in names for b in names if a != b])
        writer.set_pairs("test", [])
    subprocess.run(
        [sys.executable, "-c", _RUN, str(tmp_path / "data")],
        env={**os.environ, "KERAS_BACKEND": "jax"},
        check=True,
    )


def _tensors(batch):
    import tensorflow as tf

    return {name: tf.constant(value) for name, value in batch.items()}
