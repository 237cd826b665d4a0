"""A trained model as it is passed on: an export's folder with the network in Keras's form."""

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
    """An export whose files are what was exported.

    Attributes:
        folder: where it lies.
        description: what `deformable_gan.json` says.
        origin: the handle or the path it was asked for by.
    """

    folder: Path
    description: dict
    origin: str

    @classmethod
    def find(cls, place: str | Path) -> "Preset":
        """Return the preset in a folder, or on a hub.

        Of a model on a hub only the network in Keras's form is taken: it is numbers and sizes. A
        SavedModel is a program, which could read and write files.

        Args:
            place: an export's folder, or a handle (`hf://USER/NAME`,
                `kaggle://USER/MODEL/keras/VARIATION`).

        Raises:
            HubError: it cannot be downloaded, or what was is no preset, or damaged.
            RunError: the folder holds no export, or one of a later release, or it is damaged.
        """
        handle = Handle.find(place)
        if handle is None:
            return cls(Path(place), read_description(Path(place)), str(place))
        folder = hub_of(handle).download(handle)
        cache = folder.parents[1] if handle.hub == HUGGING_FACE else folder
        remedy = f"delete {cache} and try again, or tell who published it"
        try:
            # What else the model folder holds was not even downloaded.
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
