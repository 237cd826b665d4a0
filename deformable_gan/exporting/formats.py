"""The export formats. To add a format, write its class and add a line to `_HOMES`.

This module loads neither TensorFlow nor the formats' modules, so that `--help` is quick.
"""

import importlib
from typing import TYPE_CHECKING

from deformable_gan.errors import ConfigurationError

if TYPE_CHECKING:
    from deformable_gan.exporting.export_format import ExportFormat

#: The module in this package, and the class, of each format, by its name on the command line.
_HOMES = {
    "savedmodel": ("saved_model", "SavedModelFormat"),
    "keras": ("keras_network", "KerasFormat"),
    "litert": ("litert", "LiteRTFormat"),
    "litert-float16": ("litert", "Float16Format"),
    "litert-int8": ("litert", "Int8Format"),
    "onnx": ("onnx_model", "ONNXFormat"),
    "web": ("web.site", "WebFormat"),
}
#: The names on the command line.
FORMAT_NAMES = tuple(_HOMES)


def get_format(name: str) -> "ExportFormat":
    """Return the format of that name.

    Raises:
        ConfigurationError: no format has that name.
    """
    try:
        module, kind = _HOMES[name]
    except KeyError:
        raise ConfigurationError(
            f"unknown export format {name!r}: expected one of {', '.join(FORMAT_NAMES)}"
        ) from None
    return getattr(importlib.import_module(f"deformable_gan.exporting.{module}"), kind)(name)


def files_of_formats() -> list[str]:
    """Return the patterns of all formats' files, which an upload replaces."""
    patterns = [pattern for name in FORMAT_NAMES for pattern in get_format(name).files]
    return list(dict.fromkeys(patterns))
