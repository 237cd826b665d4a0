"""Deformable GANs for pose-based human image generation (Siarohin et al., 2018) on Keras 3.

The names below are loaded when first used, so that importing the package is fast.
"""

from deformable_gan.interruption import end_quietly_until_ready

end_quietly_until_ready()

import importlib  # noqa: E402
from typing import Any  # noqa: E402

from deformable_gan.version import __version__  # noqa: E402

_HOMES = {
    "DatasetFolder": "deformable_gan.data.dataset_folder",
    "DatasetWriter": "deformable_gan.data.dataset_writer",
    "DeformableGAN": "deformable_gan.training.gan",
    "DeformableGANError": "deformable_gan.errors",
    "ExperimentConfig": "deformable_gan.config",
    "Generator": "deformable_gan.models.generator",
    "MoveNet": "deformable_gan.pose.movenet",
    "PRESETS": "deformable_gan.presets",
    "Reposer": "deformable_gan.reposing.reposer",
    "get_preset": "deformable_gan.presets",
    "make_dancers": "deformable_gan.dancers",
}

__all__ = ["__version__", *sorted(_HOMES)]


def __getattr__(name: str) -> Any:
    """Import a public name from the module that defines it."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
