"""The whole step of every preset with XLA, at its own image size and with few filters."""

import numpy as np
import pytest
import tensorflow as tf

from deformable_gan.pose.skeleton import get_skeleton
from deformable_gan.presets import PRESETS
from deformable_gan.training.build import build_gan

# Compiling takes half a minute for each preset.
pytestmark = pytest.mark.long


@pytest.mark.parametrize("preset", PRESETS)
def test_one_step_is_the_plain_graphs(preset):
    config = PRESETS[preset].config.scaled(1 / 16).replace(generator__dropout=0.0)
    pairs = config.training.batch_size * (2 if config.training.separate_batches else 1)
    rng = np.random.default_rng(0)
    height, width = config.image_size
    joints = len(get_skeleton(config.skeleton))
    batch = {}
    for role in ("source", "target"):
        image = rng.integers(0, 256, (pairs, height, width, 3), np.uint8)
        keypoints = rng.random((pairs, joints, 3)) * (height, width, 1)
        batch[f"{role}_image"] = tf.constant(image)
        batch[f"{role}_keypoints"] = tf.constant(keypoints, tf.float32)
    results = []
    for jit_compile in (False, True):
        gan = build_gan(config, "random", jit_compile)
        step = tf.function(gan.train_step, jit_compile=jit_compile)
        terms = {name: float(value) for name, value in step(batch).items()}
        generated = gan.generator({**batch, "source_image": _floats(batch)}, training=False)
        results.append((terms, generated.numpy()))
    (plain_terms, plain), (xla_terms, xla) = results
    assert xla_terms == pytest.approx(plain_terms, rel=1e-3)
    assert np.abs(xla - plain).mean() < 1e-3


def _floats(batch):
    return tf.cast(batch["source_image"], tf.float32) / 127.5 - 1
