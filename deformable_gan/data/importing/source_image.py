"""An image of a foreign dataset."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from deformable_gan.data.file_names import is_text
from deformable_gan.data.folder_contents import is_meant
from deformable_gan.data.media import PHOTO_SUFFIXES, UNREADABLE_MEDIA

# What annotation files, pairs files or file systems would stumble over.
_UNUSABLE = str.maketrans(dict.fromkeys(":\\\0\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029", "-"))
_KEPT_SUFFIXES = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True)
class SourceImage:
    """An image and what it is to be in the dataset.

    Attributes:
        path: the file.
        split: `train` or `test`.
        name: its name in the dataset, `PERSON_REST`.
    """

    path: Path
    split: str
    name: str


def dataset_name(name: str) -> str:
    """Return the name under which an image can stand in a dataset folder.

    Names that are usable stay as they are. Characters that separate fields or lines become `-`,
    spaces at the ends go, and images in formats other than JPEG and PNG become JPEG.
    """
    name = name.translate(_UNUSABLE).strip()
    path = PurePosixPath(name)
    return name if path.suffix.lower() in _KEPT_SUFFIXES else f"{path.stem}.jpg"


def why_no_photo(path: Path) -> str | None:
    """Return why a file is not imported; None if it is a photograph."""
    suffix = path.suffix.lower()
    if not is_text(path.name):
        return "with a name that is not in UTF-8"
    if suffix in UNREADABLE_MEDIA:
        return f"{suffix}: {UNREADABLE_MEDIA[suffix]}"
    return None if suffix in PHOTO_SUFFIXES and is_meant(path.name) else "not a picture"
