import numpy as np
import pytest

from deformable_gan.exporting.drift import Drift
from deformable_gan.exporting.litert import run_litert, write_litert
from deformable_gan.exporting.samples import sample_pairs
from deformable_gan.exporting.serving import own_pictures
from deformable_gan.models.from_config import build_generator
from deformable_gan.pose.skeleton import COCO17

# The converter is slow, whatever the network's size.
pytestmark = pytest.mark.slow
pytest.importorskip("ai_edge_litert", reason="needs the extra litert")


@pytest.fixture(scope="module")
def generator(tiny_config):
    made = build_generator(tiny_config)
    made.warp_method = "sparse"
    return made


@pytest.fixture(scope="module")
def inputs():
    return sample_pairs(6, (64, 36), COCO17)


@pytest.mark.parametrize(
    ("kind", "largest", "mean"),
    # float32: another order of additions; float16: 11 bits of a weight; int8: 7 of them.
    [("litert", 1e-5, 1e-6), ("litert-float16", 2e-2, 1e-3), ("litert-int8", 0.3, 2e-2)],
)
def test_pictures_are_the_generators(generator, inputs, tmp_path, kind, largest, mean):
    from ai_edge_litert.interpreter import Interpreter

    write_litert(generator, tmp_path / "model.tflite", kind)
    pictures = run_litert(tmp_path / "model.tflite", inputs)
    drift = Drift.between(pictures, own_pictures(generator, inputs))
    assert drift.largest < largest
    assert drift.mean < mean
    interpreter = Interpreter(str(tmp_path / "model.tflite"))
    assert interpreter.get_signature_list() == {
        "serving_default": {
            "inputs": ["source_image", "source_keypoints", "target_keypoints"],
            "outputs": ["image", "image_float"],
        }
    }
    # The generator is what it was.
    assert generator.pose_warp.skip.nonzero.__module__.startswith("keras")


def test_nearest_pixels(tiny_config, inputs, tmp_path):
    """Found in float32 for want of float64; nearly all of them are the same."""
    generator = build_generator(tiny_config.replace(generator__interpolation="nearest"))
    generator.warp_method = "sparse"
    write_litert(generator, tmp_path / "model.tflite", "litert")
    drift = Drift.between(
        run_litert(tmp_path / "model.tflite", inputs), own_pictures(generator, inputs)
    )
    assert drift.mean < 1e-4
    assert drift.share < 5e-3
    assert generator.pose_warp.precision == "float64"
    assert np.isfinite(drift.largest)
