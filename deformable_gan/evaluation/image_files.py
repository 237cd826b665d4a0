"""Finding the image files of a folder, and identifying them by their contents."""

from collections.abc import Callable, Iterable
from pathlib import Path

from deformable_gan.checksums import file_digest, value_digest
from deformable_gan.data.folder_contents import folder_contents
from deformable_gan.data.media import PHOTO_SUFFIXES
from deformable_gan.errors import MediaError


def find_images(folder: Path, report: Callable[[str], object] | None = None) -> list[Path]:
    """Return the images of a folder and its subfolders, sorted by path.

    Hidden and unintended files are left out (see `folder_contents`): half-written files of a killed
    process, and files that some systems put next to images (`._NAME.jpg`).

    Args:
        folder: the folder.
        report: called with a message about media files in an unsupported format; None makes them an
            error.

    Raises:
        MediaError: a folder cannot be read; a name is not in UTF-8 and so does not fit a table or
            report; or, without `report`, there are media files in an unsupported format.
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
    """Return the SHA-256 of the contents of files, in their order.

    Dates are not used: copies on another machine have other dates, and a changed image may have the
    same date.

    Raises:
        MediaError: a file cannot be read.
    """
    return value_digest([file_digest(path) for path in files])
