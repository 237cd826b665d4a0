"""The generator to export, and the destination."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from deformable_gan.exporting.samples import sample_pairs
from deformable_gan.exporting.serving import Serve, images_of_generator, make_serve
from deformable_gan.models.generator import Generator
from deformable_gan.pose.movenet import MoveNet
from deformable_gan.pose.skeleton import Skeleton

_SAMPLES = 4


@dataclass(frozen=True)
class ExportRequest:
    """The generator to export, the destination, and the reference for comparisons.

    Attributes:
        generator: the model.
        skeleton: the layout of its joints.
        folder: where the files are written.
        movenet: finds people in photographs; None for exports that take key points only.
        runtime: see `web.runtime_files.find_runtime`.
        about: JSON values that describe the model.
    """

    generator: Generator
    skeleton: Skeleton
    folder: Path
    movenet: MoveNet | None = None
    runtime: str | Path | None = None
    about: dict = field(default_factory=dict)

    @cached_property
    def inputs(self) -> dict[str, np.ndarray]:
        """Inputs to compare models on: synthetic dancers, and backgrounds if needed.

        They are images and key points in the form of `sample_pairs`.
        """
        generator = self.generator
        return sample_pairs(
            _SAMPLES, generator.image_size, self.skeleton, background=generator.background
        )

    @cached_property
    def serve(self) -> Serve:
        """The generator's serving function, kept because tracing takes longer than running it."""
        return make_serve(self.generator)

    @cached_property
    def images_of_generator(self) -> np.ndarray:
        """The generator's own images of `inputs`, float32 [N, H, W, 3] in [-1, 1]."""
        return images_of_generator(self.generator, self.inputs, self.serve)

    @property
    def samples_nearest(self) -> bool:
        """Whether the generator's warps sample the nearest pixel."""
        generator = self.generator
        return generator.skip != "none" and generator.pose_warp.interpolation == "nearest"
