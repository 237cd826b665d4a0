"""Conversion between the uint8 images of files and the float images of networks."""

from collections.abc import Mapping

import keras
from keras import ops


def images_to_floats(inputs: Mapping) -> dict:
    """Return the inputs with uint8 images converted to float32 in [-1, 1]; others are unchanged."""
    return {
        name: ops.cast(value, "float32") / 127.5 - 1.0
        if keras.backend.standardize_dtype(value.dtype) == "uint8"
        else value
        for name, value in inputs.items()
    }


def to_uint8(image):
    """Return a float image in [-1, 1] rounded to uint8: the inverse of `images_to_floats`."""
    return ops.cast(ops.round(ops.clip((image + 1.0) * 127.5, 0.0, 255.0)), "uint8")
