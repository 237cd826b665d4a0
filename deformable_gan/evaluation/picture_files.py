"""The picture files of a folder: which there are, and what tells them from others."""

import os
from collections.abc import Iterable
from pathlib import Path

from deformable_gan.checksums import file_digest, value_digest
from deformable_gan.data.media import PHOTO_SUFFIXES
from deformable_gan.errors import MediaError


def find_pictures(folder: Path) -> list[Path]:
    """Return a folder's pictures, those of its subfolders too, sorted by path.

    What a dot hides is left out: half-written files of a process that was killed, and what some
    systems put beside pictures (`._NAME.jpg`).

    Raises:
        MediaError: a name is not in UTF-8; no table or report could hold it.
    """
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in PHOTO_SUFFIXES
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    )
    for path in files:
        try:
            str(path).encode()
        except UnicodeEncodeError:
            shown = os.fsencode(path).decode(errors="replace")
            raise MediaError(
                f"the name of {shown} is not in UTF-8: rename it (`convmv -f latin1 -t utf8` does, "
                "for names that an archive brought along)"
            ) from None
    return files


def contents_digest(files: Iterable[Path]) -> str:
    """Return the SHA-256 over the contents of files, in their order.

    Their dates say nothing: copies on another machine have others, and a changed picture may have
    the same.

    Raises:
        MediaError: a file cannot be read.
    """
    return value_digest([file_digest(path) for path in files])
