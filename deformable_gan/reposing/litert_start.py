"""Choosing whether a model runs on LiteRT, and converting it the first time."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from deformable_gan.devices.unused_gpu import has_nvidia_gpu
from deformable_gan.errors import ConfigurationError, MediaError, RunError
from deformable_gan.on_litert.cache import (
    is_converted,
    is_litert_installed,
    model_folder,
    movenet_file,
)
from deformable_gan.on_litert.movenet import LiteRTMoveNet
from deformable_gan.pose.movenet_source import DEFAULT_LOOKS, find_movenet
from deformable_gan.pose.tracking import LookingEstimator


@dataclass(frozen=True)
class LiteRTStart:
    """A way to load a model and MoveNet as LiteRT networks, which are converted once.

    Attributes:
        place: the model; see `SavedGenerator.find`.
        start_tensorflow: imports TensorFlow, which only a conversion needs.
        report: called with a line of text before a conversion.
    """

    place: str | Path
    start_tensorflow: Callable[[], object]
    report: Callable[[str], object]

    @property
    def is_advisable(self) -> bool:
        """Whether this model has not been converted, although LiteRT `is_possible` with it."""
        if not self.is_possible:
            return False
        folder = model_folder(self.place)
        return folder is not None and not is_converted(folder)

    @property
    def is_possible(self) -> bool:
        """Whether LiteRT is installed and there is no NVIDIA GPU, on which TensorFlow is faster."""
        return is_litert_installed() and not has_nvidia_gpu()

    def networks(self, wanted: bool | None, worthwhile: bool) -> Path | None:
        """Return the folder of the model's networks.

        Args:
            wanted: True to use LiteRT, False not to use it, None to use it where it `is_possible`,
                if the model has been converted or the conversion is worthwhile.
            worthwhile: whether a conversion, which takes about half a minute, saves time now.

        Returns:
            The folder; None to use TensorFlow.

        Raises:
            ConfigurationError: LiteRT is wanted, but it is not installed, or the model is on a hub
                or needs a person mask.
            MediaError: LiteRT is wanted, but the converted model cannot be written.
            RunError: the boxed model is damaged; LiteRT is wanted, but the model is missing or
                damaged or cannot be converted.
        """
        if wanted is False or (wanted is None and not self.is_possible):
            return None
        if not is_litert_installed():
            raise ConfigurationError(
                "--litert needs LiteRT, which is not installed or cannot be imported: pip install "
                "'deformable-gan[litert]', or leave out the option"
            )
        folder = model_folder(self.place)
        if is_converted(folder):
            return folder
        if folder is None:
            if wanted:
                raise ConfigurationError(
                    "--litert needs the folder of a model (a run, an export, or a model in the "
                    f"package), received {self.place}: give a folder, or leave out --litert"
                )
            return None
        if not (wanted or worthwhile):
            return None
        try:
            self._convert(folder)
        except (ConfigurationError, MediaError, RunError) as error:
            if wanted:
                raise
            self.report(
                f"note: this model cannot be converted to LiteRT ({error}); TensorFlow is used, "
                "which is slower (--no-litert: without an attempt)"
            )
            return None
        return folder

    def movenet(self, path: str | Path | None) -> LookingEstimator:
        """Return MoveNet; a SavedModel is converted the first time.

        If it cannot be converted, it runs with TensorFlow.

        Args:
            path: see `find_movenet`.

        Raises:
            PoseError: no MoveNet is available, or it is damaged.
        """
        found = find_movenet(path)
        if found.is_dir():
            source, found = found, movenet_file(found)
            if not found.is_file():
                self.report("converting MoveNet to LiteRT (a few seconds, only this time)")
                self.start_tensorflow()
                from deformable_gan.exporting.reposing_networks import write_reposing_movenet
                from deformable_gan.pose.movenet import MoveNet

                try:
                    write_reposing_movenet(source, found)
                except (MediaError, RunError) as error:
                    self.report(
                        f"note: MoveNet cannot be converted to LiteRT ({error}); it runs with "
                        "TensorFlow, which is slower"
                    )
                    return MoveNet.load(source, looks=DEFAULT_LOOKS)
        return LiteRTMoveNet(found, looks=DEFAULT_LOOKS)

    def _convert(self, folder: Path) -> None:
        self.report(
            "converting the model to LiteRT (about half a minute, only this time); later commands "
            "start in about a second"
        )
        start = time.monotonic()
        self.start_tensorflow()
        from deformable_gan.exporting.reposing_networks import write_reposing_networks

        write_reposing_networks(self.place, folder)
        self.report(f"converted in {time.monotonic() - start:.0f} s and kept in {folder}")
