"""A batch of noise with plausible key points, for benchmarks that need no dataset."""

import numpy as np

# The joints of a standing person, (y, x) as shares of the image's size, in the order of COCO's 17:
# nose, eyes, ears, shoulders, elbows, wrists, hips, knees and ankles.
_STANDING = (
    *((0.12, 0.50), (0.10, 0.48), (0.10, 0.52), (0.11, 0.45), (0.11, 0.55)),
    *((0.22, 0.38), (0.22, 0.62), (0.36, 0.32), (0.36, 0.68), (0.48, 0.30), (0.48, 0.70)),
    *((0.50, 0.42), (0.50, 0.58), (0.70, 0.41), (0.70, 0.59), (0.90, 0.40), (0.90, 0.60)),
)


def random_batch(config, size: int | None = None, seed: int = 0) -> dict:
    """Return a batch as `data.pipeline` yields it, but of NumPy arrays.

    Args:
        config: the experiment.
        size: number of images generated per step; None for the configuration's batch size. With
            `separate_batches` the batch has twice as many pairs.
        seed: the seed of the noise and the poses.
    """
    from deformable_gan.pose.skeleton import convert_keypoints, get_skeleton

    random = np.random.default_rng(seed)
    count = (size or config.training.batch_size) * (2 if config.training.separate_batches else 1)
    shape = (count, *config.image_size, 3)

    def keypoints():
        places = np.array(_STANDING) + random.normal(0, 0.03, (count, len(_STANDING), 2))
        places = np.clip(places, 0.02, 0.98) * (np.array(config.image_size) - 1)
        joints = np.concatenate([places, np.ones((*places.shape[:2], 1))], axis=-1)
        layouts = get_skeleton("coco17"), get_skeleton(config.skeleton)
        return convert_keypoints(joints, *layouts).astype("float32")

    def images():
        return random.integers(0, 256, shape, dtype=np.uint8)

    batch = {"source_image": images(), "target_image": images()}
    batch |= {"source_keypoints": keypoints(), "target_keypoints": keypoints()}
    return {**batch, "background": images()} if config.generator.background else batch


def step_graph(preset: str, width: float, precision: str, vgg19: str = "random"):
    """Return a GAN on TensorFlow, its training step as a concrete function, and a batch for it."""
    import tensorflow as tf

    from deformable_gan.presets import get_preset
    from deformable_gan.training.build import build_gan

    config = get_preset(preset).config.scaled(width).replace(training__precision=precision)
    gan = build_gan(config, vgg19, jit_compile=False)
    batch = {name: tf.constant(value) for name, value in random_batch(config).items()}
    step = tf.function(gan.train_step, jit_compile=False)
    return gan, step.get_concrete_function(batch), batch
