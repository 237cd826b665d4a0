"""Between images as files have them and as networks want them."""

from collections.abc import Mapping

import keras
from keras import ops


def images_to_floats(inputs: Mapping) -> dict:
    """Bring what is uint8, the images, to float32 in [-1, 1]; the rest stays as it is."""
    return {
        name: ops.cast(value, "float32") / 127.5 - 1.0
        if keras.backend.standardize_dtype(value.dtype) == "uint8"
        else value
        for name, value in inputs.items()
    }


def to_uint8(image):
    """Round a float image in [-1, 1] to uint8: the way back from `images_to_floats`."""
    return ops.cast(ops.round(ops.clip((image + 1.0) * 127.5, 0.0, 255.0)), "uint8")
