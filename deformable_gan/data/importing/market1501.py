"""Market-1501 as its authors distribute it.

::

    Market-1501-v15.09.15/
      bounding_box_train/   12,936 images of 751 people: the training split
      bounding_box_test/    19,732 images: the test split, 750 other people, and distractors
      query/                3,368 more images of the test people; the original does not use them

A name such as `0002_c1s1_000451_03.jpg` gives the person, the camera and sequence, the frame, and
the bounding box. `0000` marks distractors and `-1` detections of no particular person.
"""

from pathlib import Path

from deformable_gan.data.annotations import person_of
from deformable_gan.data.file_names import printable
from deformable_gan.data.importing.import_report import ImportReport
from deformable_gan.data.importing.source_image import SourceImage, dataset_name, why_no_photo
from deformable_gan.errors import DatasetError

FOLDERS = {"train": "bounding_box_train", "test": "bounding_box_test"}
_DISTRACTORS = ("-1", "0000")


def find_market1501(folder: Path, report: ImportReport) -> list[SourceImage]:
    """Return the images of both splits, without distractors and unusable files.

    Args:
        folder: `Market-1501-v15.09.15`, or its parent folder.
        report: records what is left out.

    Raises:
        DatasetError: the folders of the splits are not both in one place.
    """
    root = next(
        (
            candidate
            for candidate in (folder, *sorted(folder.glob("Market-1501*")))
            if all((candidate / name).is_dir() for name in FOLDERS.values())
        ),
        None,
    )
    if root is None:
        raise DatasetError(
            f"{folder} is not Market-1501: expected the folders {' and '.join(FOLDERS.values())} "
            "in it or in a folder in it whose name begins with Market-1501"
        )
    images = []
    for split, name in FOLDERS.items():
        for path in sorted((root / name).iterdir()):
            if reason := why_no_photo(path):
                report.leave_out(split, reason, printable(path.name))
            elif person_of(path.name) in _DISTRACTORS:
                report.leave_out(split, "distractor", path.name)
            else:
                images.append(SourceImage(path, split, dataset_name(path.name)))
    return images
