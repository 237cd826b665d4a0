import numpy as np
import pytest
import tensorflow as tf

from deformable_gan.exporting.drift import Drift
from deformable_gan.exporting.formats import get_format
from deformable_gan.exporting.litert import operations_of_litert, run_litert, write_litert
from deformable_gan.exporting.samples import sample_pairs
from deformable_gan.exporting.serving import images_of_generator
from deformable_gan.layers.deformable_skip import largest_by_selection
from deformable_gan.layers.doubling_convolution import DoublingConvolution
from deformable_gan.models.from_config import build_generator
from deformable_gan.pose.skeleton import COCO17

# The converter is slow, whatever the network's size.
pytestmark = pytest.mark.slow
Interpreter = pytest.importorskip(
    "ai_edge_litert.interpreter", reason="needs the extra litert"
).Interpreter


@pytest.fixture(scope="module")
def inputs():
    return sample_pairs(6, (64, 36), COCO17)


# Two of the four combinations, because the converter is slow. Each value occurs once.
@pytest.mark.parametrize(("skip", "background"), [("none", False), ("mask", True)])
def test_composite_generators(tiny_config, tmp_path, skip, background):
    generator = build_generator(
        tiny_config.replace(
            generator__composite=True, generator__skip=skip, generator__background=background
        )
    )
    generator.warp_method = "sparse"
    inputs = sample_pairs(6, (64, 36), COCO17, background=background)
    write_litert(generator, tmp_path / "model.tflite")
    made = run_litert(tmp_path / "model.tflite", inputs)
    assert Drift.between(made, images_of_generator(generator, inputs)).largest < 1e-4


def test_pictures_are_the_generators(tiny_config, inputs, tmp_path):
    """The images agree up to the order of additions, even for a pose without joints."""
    generator = build_generator(tiny_config)
    generator.warp_method = "sparse"
    path = tmp_path / "model.tflite"
    write_litert(generator, path)
    drift = Drift.between(run_litert(path, inputs), images_of_generator(generator, inputs))
    assert drift.largest < 1e-5
    assert Interpreter(str(path)).get_signature_list() == {
        "serving_default": {
            "inputs": ["source_image", "source_keypoints", "target_keypoints"],
            "outputs": ["image", "image_float"],
        }
    }
    # The generator is unchanged.
    assert generator.pose_warp.skip.nonzero.__module__.startswith("keras")
    assert generator.pose_warp.skip.largest is largest_by_selection
    convolutions = {block.convolve.convolution for block in generator.decoder.blocks}
    assert convolutions == {DoublingConvolution.convolution}


def test_operations_of_litert_compute_the_same(tiny_config):
    generator = build_generator(tiny_config)
    skip, block = generator.pose_warp.skip, generator.decoder.blocks[-1].convolve
    rng = np.random.default_rng(0)
    first, second = (tf.constant(rng.normal(size=(2, 4, 3, 5)), tf.float32) for _ in range(2))
    zeros_compete = tf.constant(rng.random((2, 4, 3, 1)) < 0.5)
    masks = tf.constant(rng.random((2, 3, 4, 5)) < 0.3)
    maps = tf.constant(rng.normal(size=(2, 9, 7, block.kernel.shape[-1])), tf.float32)

    def results():
        yield skip.largest(first, second, zeros_compete)
        yield skip.largest(None, second, zeros_compete)
        yield tf.stack([tf.cast(places, tf.int64) for places in skip.nonzero(masks)])
        yield block.convolution(maps, block.kernel)

    expected = list(results())
    with operations_of_litert(generator):
        made = list(results())
    for one, other in zip(made, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "largest", "mean", "size"),
    # float16 keeps 11 bits of a weight, int8 keeps 7.
    [("litert-float16", 2e-2, 1e-3, 2), ("litert-int8", 0.3, 2e-2, 1)],
)
def test_fewer_bits(tiny_config, inputs, tmp_path, kind, largest, mean, size):
    config = tiny_config.replace(
        generator__skip="none",
        generator__encoder_filters=(16, 32, 64),
        generator__decoder_filters=(32, 16),
    )
    generator = build_generator(config)
    path = tmp_path / "model.tflite"
    write_litert(generator, path, get_format(kind).weights)
    drift = Drift.between(run_litert(path, inputs), images_of_generator(generator, inputs))
    assert drift.largest < largest
    assert drift.mean < mean
    assert path.stat().st_size < size * generator.count_params() + 60_000


def test_nearest_pixels(tiny_config, inputs, tmp_path):
    """LiteRT lacks float64; in float32 nearly all nearest pixels are the same."""
    generator = build_generator(tiny_config.replace(generator__interpolation="nearest"))
    generator.warp_method = "sparse"
    write_litert(generator, tmp_path / "model.tflite")
    drift = Drift.between(
        run_litert(tmp_path / "model.tflite", inputs), images_of_generator(generator, inputs)
    )
    assert drift.mean < 1e-4
    assert drift.share < 5e-3
    assert generator.pose_warp.precision == "float64"
    assert np.isfinite(drift.largest)
