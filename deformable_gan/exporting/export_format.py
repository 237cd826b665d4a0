"""The common base of the export formats."""

import importlib.util
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

import numpy as np

from deformable_gan.errors import ConfigurationError, RunError
from deformable_gan.exporting.drift import Drift, Tolerance
from deformable_gan.exporting.export_request import ExportRequest
from deformable_gan.exporting.serving import check_exportable
from deformable_gan.pose.movenet import MoveNet


class ExportFormat(ABC):
    """A format that a generator can be exported to.

    Attributes:
        title: the format's name in text.
        file: the main file, which only exports of this format have.
        files: patterns of all files of the format, as in `.gitignore`; an upload replaces older
            files that match.
        tolerance: the largest allowed difference from the model.
        nearest: the tolerance for a model that samples the nearest pixel; None for `tolerance`.
        extra: the extra of this package that installs the libraries; None for no extra.
        packages: the names of the modules that the format needs.
        holds_movenet: whether the files can contain MoveNet.
        needs_movenet: whether the files do not work without MoveNet.
        takes_photographs: whether files with MoveNet take photographs.

    Args:
        name: the format's name on the command line.
    """

    title: ClassVar[str]
    file: ClassVar[str]
    files: ClassVar[tuple[str, ...]]
    tolerance: ClassVar[Tolerance]
    nearest: ClassVar[Tolerance | None] = None
    extra: ClassVar[str | None] = None
    packages: ClassVar[tuple[str, ...]] = ()
    holds_movenet: ClassVar[bool] = False
    needs_movenet: ClassVar[bool] = False
    takes_photographs: ClassVar[bool] = False

    def __init__(self, name: str):
        self.name = name

    def require_packages(self) -> None:
        """Check that the libraries that write and compare this format are installed.

        Raises:
            ConfigurationError: a library is not installed.
        """
        absent = [name for name in self.packages if importlib.util.find_spec(name) is None]
        if absent:
            raise ConfigurationError(
                f"--format {self.name} needs {', '.join(absent)}, which is not installed: run "
                f"pip install 'deformable-gan[{self.extra}]'"
            )

    def check(self, request: ExportRequest) -> None:
        """Check, before any work is done, that the generator can be exported.

        Raises:
            ConfigurationError: the generator needs inputs that this format does not take, or
                MoveNet does not fit or is missing.
        """
        check_exportable(request.generator)
        self.check_movenet(request.movenet)

    def check_movenet(self, movenet: MoveNet | None) -> None:  # noqa: B027  most accept any
        """Check that a MoveNet can be part of this format.

        Raises:
            ConfigurationError: MoveNet does not fit or is missing.
        """

    def expect(self, request: ExportRequest) -> None:
        """Compute the images that the files are compared with, before anything is written."""
        _ = request.images_of_generator

    @abstractmethod
    def write(self, request: ExportRequest) -> None:
        """Write the files into the request's folder.

        Raises:
            RunError: the format lacks an operation of the generator.
        """

    @abstractmethod
    def run(self, request: ExportRequest, inputs: dict[str, np.ndarray]) -> np.ndarray:
        """Load the files again and generate images.

        Args:
            request: the export whose files were written.
            inputs: the arguments of `serving.make_serve`'s function.

        Returns:
            float32 [N, H, W, 3] in [-1, 1].
        """

    def compare(self, request: ExportRequest) -> Drift:
        """Return the difference between the images of the files and of the generator.

        Raises:
            RunError: the files do not run, or differ by more than the tolerance.
        """
        try:
            images = self.run(request, request.inputs)
        except Exception as error:  # each runtime has its own types of errors
            reason = " ".join(str(error).split())[:200]
            raise RunError(f"the exported {self.file} does not run: {reason}") from error
        drift = Drift.between(images, request.images_of_generator)
        self.require_close(request, drift, f"the exported {self.file}")
        return drift

    def require_close(self, request: ExportRequest, drift: Drift, what: str) -> None:
        """Check a difference against this format's tolerance.

        Args:
            request: the export whose files were written.
            drift: the difference.
            what: the name of the compared model, for the message.

        Raises:
            RunError: the difference is larger than the tolerance.
        """
        nearest = self.nearest or self.tolerance
        (nearest if request.samples_nearest else self.tolerance).require(drift, what)

    def size(self, folder: Path) -> int:
        """Return the size in bytes of the model in an export's folder."""
        return (folder / self.file).stat().st_size

    def notes(self, shown: object, movenet: MoveNet | None) -> list[str]:
        """Return lines that the commands print after the export.

        Args:
            shown: the name of the folder in messages.
            movenet: the MoveNet that the export contains, or None.
        """
        return []
