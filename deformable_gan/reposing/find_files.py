"""Folders in place of many files."""

from collections.abc import Sequence
from pathlib import Path

from deformable_gan.data.media import PHOTO_SUFFIXES
from deformable_gan.data.video import VIDEO_SUFFIXES
from deformable_gan.errors import MediaError

_POSE_FILES = frozenset({".json"})


def find_files(paths: Sequence[Path], poses: bool = False) -> list[Path]:
    """Return files, and in place of folders what is in them, in the order of their names.

    Args:
        paths: of files, which need not exist, and folders, which are searched with their
            sub-folders.
        poses: look for what a pose can come from, and not for photographs alone.

    Raises:
        MediaError: a folder holds nothing of the kind.
    """
    suffixes = PHOTO_SUFFIXES | VIDEO_SUFFIXES | _POSE_FILES if poses else PHOTO_SUFFIXES
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        inside = sorted(file for file in path.rglob("*") if file.suffix.lower() in suffixes)
        if not inside:
            what = "photographs, clips or pose files" if poses else "photographs"
            raise MediaError(f"folder {path} holds no {what}")
        found += inside
    return found
