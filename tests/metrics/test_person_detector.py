import numpy as np
import pytest
import tensorflow as tf

from deformable_gan.errors import WeightsError
from deformable_gan.metrics.person_detector import PersonDetector


def test_the_surest_person(detector_model):
    images = np.zeros((3, 20, 10, 3), np.uint8)
    images[0, ..., 0], images[1, ..., 1], images[2] = 204, 255, (51, 255, 0)
    detector = PersonDetector.load(detector_model)
    np.testing.assert_allclose(detector(images), [0.8, 0, 0.2], rtol=1e-6)
    np.testing.assert_allclose(detector(images[:1, :7]), [0.8], rtol=1e-6)


def test_what_is_no_detector(detector_model, tmp_path):
    module = tf.Module()
    module.serve = tf.function(
        lambda x: {"output_0": x}, input_signature=[tf.TensorSpec((1,), tf.float32)]
    )
    tf.saved_model.save(module, str(tmp_path / "other"), signatures=module.serve)
    with pytest.raises(WeightsError, match=r"is not a detector: .* received output_0"):
        PersonDetector(tmp_path / "other")
    (tmp_path / "other/saved_model.pb").write_bytes(b"x")
    with pytest.raises(WeightsError, match="not a readable SavedModel"):
        PersonDetector(tmp_path / "other")
    with pytest.raises(WeightsError, match=r"SSD MobileNet v2 path: .* does not exist"):
        PersonDetector.load(tmp_path / "absent")
