"""Finding files in folders that are given in place of files."""

from collections.abc import Callable, Sequence
from pathlib import Path

from deformable_gan.data.file_names import describe_no_text, is_text
from deformable_gan.data.folder_contents import folder_contents
from deformable_gan.data.media import PHOTO_SUFFIXES
from deformable_gan.data.video import VIDEO_SUFFIXES
from deformable_gan.errors import MediaError

_POSE_FILES = frozenset({".json"})


def find_files(
    paths: Sequence[Path],
    poses: bool = False,
    without: Sequence[Path] = (),
    report: Callable[[str], object] = lambda reason: None,
) -> list[Path]:
    """Return the given files; each folder is replaced by its matching files, sorted by path.

    Args:
        paths: files, which need not exist, and folders, which are searched with their sub-folders
            (see `folder_contents`).
        poses: whether to look in folders for photographs, clips and pose files (`.json`) instead of
            photographs alone.
        without: folders that are never searched, such as the output.
        report: called with a reason for each path that is left out because its name is not UTF-8 or
            it cannot be read, and for each format of media files that cannot be read.

    Raises:
        MediaError: a folder contains no matching file, or no file remains.
    """
    suffixes = PHOTO_SUFFIXES | VIDEO_SUFFIXES | _POSE_FILES if poses else PHOTO_SUFFIXES
    found: list[Path] = []
    reasons: list[str] = []
    for path in paths:
        if not is_text(path):
            reasons.append(describe_no_text(path))
            continue
        if not path.is_dir():
            found.append(path)
            continue
        contents = folder_contents(path, without=without)
        left_out = [reason for _, reason in contents.problems] + contents.unreadable_media()
        inside = contents.of_kind(suffixes)
        if not inside:
            what = "photographs, clips or pose files" if poses else "photographs"
            raise MediaError("; ".join([f"folder {path} contains no {what}", *left_out]))
        found += inside
        reasons += left_out
    if not found:
        raise MediaError("; ".join(reasons))
    for reason in reasons:
        report(reason)
    return found
