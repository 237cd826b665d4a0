"""Images in a `train` and a `test` folder, the original's layout for other datasets.

The person is the part of a file's name before the first `_`. Market-1501 has this layout after its
folders are renamed as the original's instructions require.
"""

from pathlib import Path

from deformable_gan.data.annotations import person_of
from deformable_gan.data.dataset_folder import SPLITS
from deformable_gan.data.file_names import printable
from deformable_gan.data.importing.import_report import ImportReport
from deformable_gan.data.importing.source_image import SourceImage, dataset_name, why_no_photo
from deformable_gan.errors import DatasetError


def find_photos(folder: Path, report: ImportReport) -> list[SourceImage]:
    """Return the usable images of both splits, and report the files that are left out.

    Raises:
        DatasetError: there is no `train` folder.
    """
    if not (folder / "train").is_dir():
        raise DatasetError(
            f"{folder} has no folder `train` with images PERSON_ANYTHING.jpg (and, for testing, "
            "`test`): to make a dataset of photographs that are not divided into these folders, "
            "use `python -m deformable_gan.prepare`"
        )
    images = []
    for split in SPLITS:
        paths = sorted((folder / split).iterdir()) if (folder / split).is_dir() else []
        for path in paths:
            # The original leaves out names with these beginnings, whatever follows.
            distractor = path.name.startswith("-1") or path.name.startswith("0000")
            if reason := why_no_photo(path):
                report.leave_out(split, reason, printable(path.name))
            elif distractor:
                report.leave_out(split, "distractor", path.name)
            elif person_of(path.name) == path.name:
                report.leave_out(split, "no PERSON_ in the name", path.name)
            else:
                images.append(SourceImage(path, split, dataset_name(path.name)))
    return images
