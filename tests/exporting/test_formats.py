import importlib.util

import pytest

from deformable_gan.errors import ConfigurationError
from deformable_gan.exporting.formats import FORMATS


def test_each_has_a_file_of_its_own():
    assert len({one.file for one in FORMATS.values()}) == len(FORMATS)


def test_single_precision_agrees_to_a_thousandth():
    for name in ("savedmodel", "litert", "onnx"):
        assert FORMATS[name].tolerance.largest <= 1e-3


@pytest.mark.parametrize(
    ("name", "extra"), [("litert-int8", "litert"), ("onnx", "onnx"), ("savedmodel", None)]
)
def test_absent_libraries(monkeypatch, name, extra):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    if extra is None:
        FORMATS[name].require_packages()
        return
    with pytest.raises(ConfigurationError, match=rf"{name} needs .* 'deformable-gan\[{extra}\]'"):
        FORMATS[name].require_packages()
