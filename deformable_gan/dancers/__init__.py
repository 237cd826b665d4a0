"""Synthetic dancers: articulated people with exact joints, as a dataset without a download.

The names below are loaded when first used, so that the command's `--help` is quick.
"""

import importlib
from typing import Any

_HOMES = {
    "Dancer": "dancer",
    "Pose": "pose",
    "Renderer": "renderer",
    "Rendering": "renderer",
    "dance": "choreography",
    "default_workers": "dataset",
    "main": "__main__",
    "make_dancers": "dataset",
    "render": "renderer",
    "write_clips": "clips",
}

__all__ = [
    "Dancer",
    "Pose",
    "Renderer",
    "Rendering",
    "dance",
    "default_workers",
    "main",
    "make_dancers",
    "render",
    "write_clips",
]


def __getattr__(name: str) -> Any:
    """Load a public name from the module that defines it."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
