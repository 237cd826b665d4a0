import configparser
import importlib.util
from pathlib import Path

import pytest

from deformable_gan.errors import ConfigurationError
from deformable_gan.exporting.formats import FORMAT_NAMES, files_of_formats, get_format


def test_each_has_a_file_of_its_own():
    assert len({get_format(name).file for name in FORMAT_NAMES}) == len(FORMAT_NAMES)


def test_an_upload_replaces_the_files_of_every_format():
    assert files_of_formats() == [
        *("saved_model.pb", "fingerprint.pb", "variables/*", "assets/*", "*.tflite", "*.onnx")
    ]


def test_extras_install_the_packages():
    """In setup.cfg, each format's extra and the extra `test` list the format's packages."""
    text = (Path(__file__).parents[2] / "setup.cfg").read_text(encoding="utf-8")
    setup = configparser.ConfigParser()
    setup.read_string(text)
    for one in map(get_format, FORMAT_NAMES):
        needs = setup["options.extras_require"][one.extra] if one.extra else ""
        tests = setup["options.extras_require"]["test"]
        for package in one.packages:
            assert package.replace("_", "-") in needs
            assert package.replace("_", "-") in tests


def test_single_precision_agrees_to_a_thousandth():
    for name in ("savedmodel", "litert", "onnx"):
        assert get_format(name).tolerance.largest <= 1e-3


@pytest.mark.parametrize(
    ("name", "extra"), [("litert-int8", "litert"), ("onnx", "onnx"), ("savedmodel", None)]
)
def test_absent_libraries(monkeypatch, name, extra):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    if extra is None:
        get_format(name).require_packages()
        return
    with pytest.raises(ConfigurationError, match=rf"{name} needs .* 'deformable-gan\[{extra}\]'"):
        get_format(name).require_packages()
