"""With a GPU, no pixel positions are computed on the host."""

import importlib.util
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from deformable_gan.devices import mask_positions
from deformable_gan.geometry.index_type import index_type
from deformable_gan.geometry.warp import warp, warp_image
from deformable_gan.layers.deformable_skip import DeformableSkip
from deformable_gan.losses.nearest_neighbor_loss import NearestNeighborLoss

_FILE = Path(__file__).resolve().parents[1] / "stand_ins" / "gpu_kernels.py"
_SPEC = importlib.util.spec_from_file_location("gpu_kernels", _FILE)
gpu_kernels = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(gpu_kernels)

SIZE = 96


def maps(channels, batch=None):
    return tf.TensorSpec((batch, SIZE, SIZE, channels), tf.float32)


def skip_gradient(features, transforms, masks):
    skip = DeformableSkip(method="sparse", first_covers_all=True)
    skip.nonzero = mask_positions.nonzero
    with tf.GradientTape() as tape:
        tape.watch(features)
        total = tf.reduce_sum(skip(features, transforms, masks))
    return tape.gradient(total, features)


def loss_gradient(target, generated):
    with tf.GradientTape() as tape:
        tape.watch(generated)
        loss = NearestNeighborLoss(5)(target, generated)
    return tape.gradient(loss, generated)


# The batch size is known, so that whatever depends on the shape alone is folded into constants.
TRANSFORMS = tf.TensorSpec((4, 10, 8), tf.float32)
MASKS = tf.TensorSpec((4, 10, SIZE, SIZE), tf.float32)
COMPUTATIONS = {
    "sparse skip": (skip_gradient, (maps(8, 4), TRANSFORMS, MASKS)),
    "nearest-neighbour loss": (loss_gradient, (maps(8, 4), maps(8, 4))),
    "dense warp": (
        lambda features, transforms: warp(features, transforms),
        (maps(8, 4), TRANSFORMS),
    ),
    "images' warp": (
        lambda image, transforms: warp_image(image, transforms),
        (maps(3, 4), TRANSFORMS),
    ),
}


@pytest.fixture
def a_gpu(monkeypatch):
    """Make Keras report a GPU; the tests only build graphs and do not run them."""
    monkeypatch.setattr(keras.distribution, "list_devices", lambda kind=None: ["gpu:0"])


def on_host(name):
    function, inputs = COMPUTATIONS[name]
    graph = tf.function(function, autograph=False).get_concrete_function(*inputs).graph
    return [
        line
        for line in gpu_kernels.computed_on_host(graph)
        # This operation computes shapes, which have one entry per axis.
        if not line.startswith("BroadcastGradientArgs")
    ]


@pytest.mark.parametrize("name", COMPUTATIONS)
def test_gpu_kernels_make_all_positions(name, a_gpu):
    assert index_type() == "int64"
    assert on_host(name) == []


@pytest.mark.parametrize("name", COMPUTATIONS)
def test_the_table_of_kernels_tells(name):
    """Without a GPU positions are int32, and the check reports that the host computes them."""
    assert index_type() == "int32"
    assert on_host(name)


def test_only_networks_that_warp_are_told(monkeypatch):
    monkeypatch.setattr(mask_positions, "computes_on_gpu", lambda: True)
    mask_positions.find_positions_on_gpu(object())

    class Network:
        class pose_warp:  # noqa: N801
            skip = DeformableSkip(method="sparse")

    mask_positions.find_positions_on_gpu(Network)
    assert Network.pose_warp.skip.nonzero is mask_positions.nonzero


def test_positions_are_those_of_numpy():
    values = np.random.default_rng(0).integers(0, 2, (2, 3, 5, 4))
    found = mask_positions.nonzero(tf.constant(values))
    for axis, expected in zip(found, np.nonzero(values), strict=True):
        np.testing.assert_array_equal(axis, expected)


def test_results_do_not_depend_on_the_type(monkeypatch):
    rng = np.random.default_rng(1)
    features = rng.normal(size=(2, 12, 9, 3)).astype(np.float32)
    transforms = rng.normal(size=(2, 4, 8)).astype(np.float32)
    masks = (rng.uniform(size=(2, 4, 12, 9)) > 0.7).astype(np.float32)
    other = rng.normal(size=features.shape).astype(np.float32)

    def results():
        skip = DeformableSkip(method="sparse", first_covers_all=False)
        return (
            skip(features, transforms, masks),
            warp(features, transforms),
            warp_image(features, transforms),
            NearestNeighborLoss(3)(features, other),
        )

    without = results()
    monkeypatch.setattr(keras.distribution, "list_devices", lambda kind=None: ["gpu:0"])
    for one, two in zip(without, results(), strict=True):
        np.testing.assert_array_equal(one, two)
