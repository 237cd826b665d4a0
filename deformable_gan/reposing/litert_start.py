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
                "--litert needs LiteRT, which is not installed: pip install "
                "'deformable-gan[litert]', or leave out the option"
            )
        folder = model_folder(self.place)
        if is_converted(folder):
            return folder
        if folder is None:
            if wanted:
                raise ConfigurationError(
                    "--litert does not work with a model on a hub: "
                    "download the model's folder, or leave out the option"
                )
            return None
        if not (wanted or worthwhile):
            return None
        try:
            self._convert(folder)
        except (ConfigurationError, MediaError, RunError) as error:
            if wanted:
                raise
            self.report(f"note: the model stays as it is and runs with TensorFlow: {error}")
            return None
        return folder

    def movenet(self, path: str | Path | None) -> LiteRTMoveNet:
        """Return MoveNet; a SavedModel is converted the first time.

        Args:
            path: see `find_movenet`.

        Raises:
            PoseError: no MoveNet is available, or it is damaged.
            RunError: LiteRT lacks one of its operations.
        """
        found = find_movenet(path)
        if found.is_dir():
            source, found = found, movenet_file(found)
            if not found.is_file():
                self.start_tensorflow()
                from deformable_gan.exporting.reposing_networks import write_reposing_movenet

                write_reposing_movenet(source, found)
        return LiteRTMoveNet(found, looks=DEFAULT_LOOKS)

    def _convert(self, folder: Path) -> None:
        self.report(
            "converting the model to LiteRT, once (about half a minute); from then on, the first "
            "result takes seconds"
        )
        start = time.monotonic()
        self.start_tensorflow()
        from deformable_gan.exporting.reposing_networks import write_reposing_networks

        write_reposing_networks(self.place, folder)
        self.report(f"{folder}: converted in {time.monotonic() - start:.0f} s")
