"""An image of a foreign dataset."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from deformable_gan.data.file_names import is_text
from deformable_gan.data.folder_contents import is_meant
from deformable_gan.data.media import PHOTO_SUFFIXES, UNREADABLE_MEDIA

# Characters that break annotation files, pairs files or file systems.
_UNUSABLE = str.maketrans(dict.fromkeys(":\\\0\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029", "-"))
_KEPT_SUFFIXES = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True)
class SourceImage:
    """An image and its place in the dataset.

    Attributes:
        path: the file.
        split: `train` or `test`.
        name: its name in the dataset, `PERSON_REST`.
    """

    path: Path
    split: str
    name: str


def dataset_name(name: str) -> str:
    """Return the name that an image gets in a dataset folder.

    Usable names stay unchanged. Characters that break annotation files or file systems become `-`,
    spaces at the ends are removed, and images in formats other than JPEG and PNG become JPEG.
    """
    name = name.translate(_UNUSABLE).strip()
    path = PurePosixPath(name)
    return name if path.suffix.lower() in _KEPT_SUFFIXES else f"{path.stem}.jpg"


def why_no_photo(path: Path) -> str | None:
    """Return why a file is not imported, or None if it is a photograph."""
    suffix = path.suffix.lower()
    if not is_text(path.name):
        return "with a name that is not in UTF-8"
    if suffix in UNREADABLE_MEDIA:
        return f"{suffix}: {UNREADABLE_MEDIA[suffix]}"
    return None if suffix in PHOTO_SUFFIXES and is_meant(path.name) else "not an image"
