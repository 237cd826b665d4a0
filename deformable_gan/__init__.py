"""Deformable GANs for pose-based human image generation (Siarohin et al., 2018) on Keras 3."""

from deformable_gan.version import __version__

__all__ = ["__version__"]
