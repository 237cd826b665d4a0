"""The files that describe an exported model, and the files of a preset."""

import json
from collections.abc import Collection
from pathlib import Path

from deformable_gan.checksums import file_digest
from deformable_gan.errors import RunError
from deformable_gan.text_files import read_text

#: The description of the model for programs, in JSON.
DESCRIPTION = "deformable_gan.json"
#: The model card: the description for people, who may edit it.
CARD = "README.md"
#: The names of the joints in their order, one per line.
LABELS = "labels.txt"
#: Keras's format of a model as a folder: the network, the versions that wrote it, the weights.
CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
#: The files of a preset: the files that `from_preset` needs, and the model card.
PRESET_FILES = (DESCRIPTION, CARD, LABELS, CONFIG, METADATA, WEIGHTS)
#: The name of Keras's format among the formats.
KERAS = "keras"

FORMAT = "deformable_gan model"
#: Increased when earlier releases cannot read the files.
FORMAT_VERSION = 1


def folder_digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 digests of an export's files by their names.

    Three kinds of files are left out: the description, which contains the digests; the model card,
    which people may edit; and hidden files, because git adds `.gitattributes` and `.git`.
    """
    names = {
        file.relative_to(folder).as_posix(): file
        for file in sorted(folder.rglob("*"))
        if file.is_file()
        and not any(part.startswith(".") for part in file.relative_to(folder).parts)
    }
    return {
        name: file_digest(file) for name, file in names.items() if name not in (DESCRIPTION, CARD)
    }


def read_description(
    folder: Path, only: Collection[str] | None = None, remedy: str = "export again"
) -> dict:
    """Return an export's description after comparing the export's files with their checksums.

    Args:
        folder: the export's folder.
        only: the files that must exist and are compared; None for all files.
        remedy: what to do about damage, for the message.

    Raises:
        RunError: the folder is not an export, comes from a later release, or is damaged.
    """
    file = folder / DESCRIPTION
    try:
        description = json.loads(read_text(file))
        version = description.get("format_version", FORMAT_VERSION)
        writer = description.get("written_by", "a later release")
        written = dict(description["sha256"]) if version == FORMAT_VERSION else {}
        description["formats"] = list(description.get("formats", ["savedmodel"]))
    except FileNotFoundError:
        raise RunError(f"{folder} is not an exported model: it has no {DESCRIPTION}") from None
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise RunError(
            f"{file} is not the description of an exported model, or is damaged: {error!r:.200}"
        ) from error
    if version != FORMAT_VERSION:
        raise RunError(
            f"{folder} was written by {writer} in format version {version!r:.20}, but this release "
            f"reads version {FORMAT_VERSION}: upgrade deformable-gan"
        )
    if only is None:
        present = folder_digests(folder)
    else:
        written = {name: written.get(name) for name in only}
        present = {name: file_digest(folder / name) for name in only if (folder / name).is_file()}
    for name in sorted({*written, *present}):
        if written.get(name) != present.get(name):
            raise RunError(
                f"{folder} is damaged: {name} is not what was exported (changed, missing or "
                f"added); {remedy}"
            )
    return description
