"""A published model: the folder of an export with the network in Keras's format."""

from dataclasses import dataclass
from pathlib import Path

from deformable_gan.errors import HubError, RunError
from deformable_gan.sharing.handle import HUGGING_FACE, Handle
from deformable_gan.sharing.hubs import hub_of
from deformable_gan.sharing.model_folder import (
    CONFIG,
    KERAS,
    LABELS,
    METADATA,
    WEIGHTS,
    read_description,
)


@dataclass(frozen=True)
class Preset:
    """An export whose files agree with their checksums.

    Attributes:
        folder: the export's folder.
        description: the contents of `deformable_gan.json`.
        origin: the handle or the path that was given.
    """

    folder: Path
    description: dict
    origin: str

    @classmethod
    def find(cls, place: str | Path) -> "Preset":
        """Return the preset in a folder, or on a hub.

        From a hub, only the network in Keras's format is downloaded, because its files contain only
        options and weights. A SavedModel is a program, which could read and write files.

        Args:
            place: an export's folder, or a handle (`hf://USER/NAME`,
                `kaggle://USER/MODEL/keras/VARIATION`).

        Raises:
            HubError: the preset cannot be downloaded, or the downloaded files are damaged or not a
                preset.
            RunError: the folder contains no export, or the export is damaged or comes from a later
                release.
        """
        handle = Handle.find(place)
        if handle is None:
            return cls(Path(place), read_description(Path(place)), str(place))
        folder = hub_of(handle).download(handle)
        cache = folder.parents[1] if handle.hub == HUGGING_FACE else folder
        remedy = f"delete {cache} and try again, or tell the publisher"
        try:
            # Only these files were downloaded.
            needed = (LABELS, CONFIG, METADATA, WEIGHTS)
            preset = cls(folder, read_description(folder, needed, remedy), str(handle))
            preset.require_network()
        except RunError as error:
            raise HubError(f"{handle}: {error}") from error
        return preset

    def require_network(self) -> None:
        """Check that the export contains the network itself, in the Keras format.

        Raises:
            RunError: the export contains only other formats.
        """
        formats = self.description["formats"]
        if KERAS not in formats:
            raise RunError(
                f"{self.folder} holds only the formats {', '.join(formats)}, expected {KERAS}: "
                f"export the run again with --format {KERAS}"
            )
