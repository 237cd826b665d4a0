"""The picture files of a folder: which there are, and what tells them from others."""

from collections.abc import Callable, Iterable
from pathlib import Path

from deformable_gan.checksums import file_digest, value_digest
from deformable_gan.data.folder_contents import folder_contents
from deformable_gan.data.media import PHOTO_SUFFIXES
from deformable_gan.errors import MediaError


def find_pictures(folder: Path, report: Callable[[str], object] | None = None) -> list[Path]:
    """Return a folder's pictures, those of its subfolders too, sorted by path.

    What is hidden or not meant is left out (see `folder_contents`): half-written files of a process
    that was killed, and what some systems put beside pictures (`._NAME.jpg`).

    Args:
        folder: the folder.
        report: told of media files that nothing here reads; None makes them an error.

    Raises:
        MediaError: a folder cannot be read; a name is not in UTF-8, so that no table or report
            could hold it; or, without `report`, there are media files that nothing here reads.
    """
    contents = folder_contents(folder)
    if contents.problems:
        raise MediaError(contents.problems[0][1])
    for reason in contents.unreadable_media():
        if report is None:
            raise MediaError(reason.replace("left out", "cannot be read"))
        report(reason)
    return contents.of_kind(PHOTO_SUFFIXES)


def contents_digest(files: Iterable[Path]) -> str:
    """Return the SHA-256 over the contents of files, in their order.

    Their dates say nothing: copies on another machine have others, and a changed picture may have
    the same.

    Raises:
        MediaError: a file cannot be read.
    """
    return value_digest([file_digest(path) for path in files])
