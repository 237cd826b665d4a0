"""What lies in an export's folder beside the models, and what of it is a preset."""

import json
from collections.abc import Collection
from pathlib import Path

from deformable_gan.checksums import file_digest
from deformable_gan.errors import RunError
from deformable_gan.text_files import read_text

#: What the model is, in JSON.
DESCRIPTION = "deformable_gan.json"
#: The same for people, who may write in it.
CARD = "README.md"
#: The joints' names, one a line, in their order.
LABELS = "labels.txt"
#: Keras's form of a model as a folder: the network, by what it was written, its weights.
CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
#: Of an export's files those that `from_preset` needs, and those that say what they are.
PRESET_FILES = (DESCRIPTION, CARD, LABELS, CONFIG, METADATA, WEIGHTS)
#: The name of Keras's form among the formats.
KERAS = "keras"

FORMAT = "deformable_gan model"
#: Raised when releases before cannot read what is written.
FORMAT_VERSION = 1


def folder_digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 digests of an export's files by their names.

    Its description, which holds them, is left out, the model card, which is there to be edited,
    and what is hidden: a model that travels with git brings `.gitattributes` and `.git`.
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
    """Return what an export's description says, after comparing its files with the checksums.

    Args:
        folder: the export's.
        only: the files that are to be there and are looked at; None for all.
        remedy: what to do about damage, for the message.

    Raises:
        RunError: it is no export, of a later release, or damaged.
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
            f"{file} is not a readable exported model's description: {error!r:.200}"
        ) from error
    if version != FORMAT_VERSION:
        raise RunError(
            f"{folder} was written by {writer} in version {version!r:.20} of the format, of which "
            f"this release reads version {FORMAT_VERSION}: upgrade deformable-gan"
        )
    if only is None:
        present = folder_digests(folder)
    else:
        written = {name: written.get(name) for name in only}
        present = {name: file_digest(folder / name) for name in only if (folder / name).is_file()}
    for name in sorted({*written, *present}):
        if written.get(name) != present.get(name):
            raise RunError(f"{folder} is damaged: {name} is not what was exported; {remedy}")
    return description
