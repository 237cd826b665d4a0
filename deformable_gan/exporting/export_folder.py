"""What lies in an export's folder beside the models."""

import hashlib
from pathlib import Path

#: What the model is, in JSON.
DESCRIPTION = "deformable_gan.json"
#: The same for people, who may write in it.
CARD = "README.md"
#: The joints' names, one a line, in their order.
LABELS = "labels.txt"


def export_digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 digests of an export's files by their names.

    Its description, which holds them, is left out, and the model card, which is there to be edited.
    """
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.relative_to(folder).as_posix() not in (DESCRIPTION, CARD)
    }
