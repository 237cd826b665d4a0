import numpy as np
import pytest


@pytest.fixture
def train_one_step(tiny_config, monkeypatch):
    """A function that trains tiny networks for one step on random poses of a layout.

    It returns the model and the losses by name.
    """
    import tensorflow as tf

    from deformable_gan.pose.skeleton import SKELETONS, add_skeleton
    from deformable_gan.training.build import build_gan

    monkeypatch.setattr("deformable_gan.pose.skeleton.SKELETONS", dict(SKELETONS))

    def train(skeleton, **changes):
        add_skeleton(skeleton)
        config = tiny_config.replace(skeleton=skeleton.name, **changes)
        gan = build_gan(config, "random", jit_compile=False)
        rng = np.random.default_rng(0)
        height, width = config.image_size
        batch = {}
        for role in ("source", "target"):
            joints = rng.random((2, len(skeleton), 3)) * (height, width, 1)
            batch[f"{role}_keypoints"] = tf.constant(joints, tf.float32)
            image = rng.integers(0, 256, (2, height, width, 3), np.uint8)
            batch[f"{role}_image"] = tf.constant(image)
        before = [weight.numpy() for weight in gan.generator.trainable_weights]
        losses = {name: float(value) for name, value in gan.train_step(batch).items()}
        after = gan.generator.trainable_weights
        changed = [not np.array_equal(old, new) for old, new in zip(before, after, strict=True)]
        assert any(changed)
        return gan, losses

    return train
