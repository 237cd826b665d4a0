"""Every layer, loss, metric and model is registered with Keras and has a golden instance."""

import importlib
import inspect
import pkgutil

import keras
import pytest

import deformable_gan.layers
import deformable_gan.losses
import deformable_gan.metrics
import deformable_gan.models
from deformable_gan.models.discriminators.conditional_discriminator import ConditionalDiscriminator

_KINDS = (keras.layers.Layer, keras.losses.Loss, keras.metrics.Metric)
# A base class, never created directly.
_BASES = {ConditionalDiscriminator}


def _own_classes():
    classes = set()
    for package in (
        deformable_gan.layers,
        deformable_gan.losses,
        deformable_gan.metrics,
        deformable_gan.models,
    ):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            for _, kind in inspect.getmembers(
                importlib.import_module(module.name), inspect.isclass
            ):
                if issubclass(kind, _KINDS) and kind.__module__ == module.name:
                    classes.add(kind)
    return sorted(classes - _BASES, key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", _own_classes(), ids=lambda kind: kind.__name__)
def test_is_registered_under_the_package_s_name(kind):
    name = keras.saving.get_registered_name(kind)
    assert name == f"deformable_gan>{kind.__name__}"
    assert keras.saving.get_registered_object(name) is kind


def test_every_class_has_a_golden_instance(golden_classes):
    assert set(_own_classes()) <= golden_classes
