import numpy as np
import pytest

from deformable_gan.exporting.drift import Drift
from deformable_gan.exporting.onnx_model import run_onnx, write_onnx
from deformable_gan.exporting.samples import sample_pairs
from deformable_gan.exporting.serving import images_of_generator
from deformable_gan.models.from_config import build_generator
from deformable_gan.pose.skeleton import COCO17

# The converter is slow, whatever the network's size.
pytestmark = pytest.mark.slow
for package in ("onnx", "tf2onnx", "onnxruntime"):
    pytest.importorskip(package, reason="needs the extra onnx")


@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
def test_pictures_are_the_generators(tiny_config, tmp_path, interpolation):
    """ONNX and Keras give the same images, for a batch and for a single pair."""
    import onnx

    generator = build_generator(tiny_config.replace(generator__interpolation=interpolation))
    generator.warp_method = "sparse"
    inputs = sample_pairs(6, (64, 36), COCO17)
    path = tmp_path / "model.onnx"
    write_onnx(generator, path, {"skeleton": "coco17"})
    own = images_of_generator(generator, inputs)
    assert Drift.between(run_onnx(path, inputs), own).largest < 1e-5
    nobody = {name: value[-1:] for name, value in inputs.items()}
    assert Drift.between(run_onnx(path, nobody), own[-1:]).largest < 1e-5
    model = onnx.load(str(path))
    onnx.checker.check_model(model)
    assert [(entry.key, entry.value) for entry in model.metadata_props] == [("skeleton", "coco17")]
    shapes = {
        value.name: [one.dim_param or one.dim_value for one in value.type.tensor_type.shape.dim]
        for value in (*model.graph.input, *model.graph.output)
    }
    assert shapes == {
        "source_image": ["batch", 64, 36, 3],
        "source_keypoints": ["batch", 17, 3],
        "target_keypoints": ["batch", 17, 3],
        "image": ["batch", 64, 36, 3],
        "image_float": ["batch", 64, 36, 3],
    }
    assert np.isfinite(own).all()


# Two of the four combinations: each takes half a minute, nearly all of it in tf2onnx.
@pytest.mark.parametrize(("skip", "background"), [("none", False), ("mask", True)])
def test_composite_generators(tiny_config, tmp_path, skip, background):
    generator = build_generator(
        tiny_config.replace(
            generator__composite=True, generator__skip=skip, generator__background=background
        )
    )
    generator.warp_method = "sparse"
    inputs = sample_pairs(6, (64, 36), COCO17, background=background)
    write_onnx(generator, tmp_path / "model.onnx", {})
    made = run_onnx(tmp_path / "model.onnx", inputs)
    assert Drift.between(made, images_of_generator(generator, inputs)).largest < 1e-4
