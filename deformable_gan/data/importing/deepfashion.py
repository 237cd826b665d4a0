"""DeepFashion's In-shop Clothes Retrieval images, in the layouts in use.

- As distributed: `…/WOMEN/Tees_Tanks/id_00000730/05_3_back.jpg`; 00000730 is the item, 05 one of
  its colours or wearers, and `3_back` the view.
- Flat, in `train` and `test`, as made by the original and later projects:
  `fasionWOMENTeesTanksid0000073005_3back.jpg`, or `fashionWOMENTees_Tanksid0000073005_3back.jpg`.

Two images belong together if everything before the view is equal: one person in one outfit. The
person's name ends at the first `_`, so the importer removes the `_` of a category from image names.
Annotation files may name the images with or without it.
"""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from deformable_gan.data.annotations import person_of
from deformable_gan.data.dataset_folder import SPLITS
from deformable_gan.data.file_names import printable
from deformable_gan.data.folder_contents import folder_contents
from deformable_gan.data.importing.import_report import ImportReport
from deformable_gan.data.importing.source_image import SourceImage, why_no_photo
from deformable_gan.data.media import PHOTO_SUFFIXES
from deformable_gan.errors import DatasetError

_FLAT = re.compile(r"fash?ion((?:WO)?MEN)([A-Za-z_]+?)_?id_?(\d+)_(\w+)\.(jpg|png)", re.IGNORECASE)
_GARMENT = re.compile(r"id_(\d+)")
_VIEW = re.compile(r"(\d+)_(\w+)\.(jpg|png)", re.IGNORECASE)


def fashion_name(name: str) -> str:
    """Return a flat file name in the form that datasets use; other names stay unchanged.

    `fashionWOMENTees_Tanksid0000073005_3back.jpg` becomes
    `fasionWOMENTeesTanksid0000073005_3back.jpg`, the original's form.
    """
    match = _FLAT.fullmatch(name)
    if match is None:
        return name
    gender, category, number, view, suffix = match.groups()
    return _joined(gender, category, number, view, suffix)


def find_deepfashion(
    folder: Path,
    report: ImportReport,
    split_names: dict[str, Iterable[str]],
    test_outfits: int,
    seed: int,
) -> list[SourceImage]:
    """Return the images of both splits.

    Args:
        folder: a folder with `train` and `test`, or any parent of the folders `MEN` and `WOMEN`.
        report: records what is left out.
        split_names: names of each split's images, for images as distributed; empty if no file
            gives them.
        test_outfits: number of outfits to draw for testing if no file gives the splits.
        seed: seed of the random selection.

    Raises:
        DatasetError: the folder holds no images of DeepFashion.
    """
    if (folder / "train").is_dir():
        images = _find_flat(folder, report)
    else:
        images = _find_distributed(folder, report, split_names, test_outfits, seed)
    if not images:
        raise DatasetError(
            f"{folder} holds no images of DeepFashion: expected …/WOMEN/CATEGORY/id_NUMBER/"
            "NN_N_view.jpg, or the folders train and test with "
            "fasionWOMENCATEGORYidNUMBER_Nview.jpg"
        )
    return images


def _find_flat(folder: Path, report: ImportReport) -> list[SourceImage]:
    images = []
    for split in SPLITS:
        paths = sorted((folder / split).iterdir()) if (folder / split).is_dir() else []
        for path in paths:
            if reason := why_no_photo(path):
                report.leave_out(split, reason, printable(path.name))
            elif _FLAT.fullmatch(path.name) is None:
                report.leave_out(split, "not a DeepFashion name", path.name)
            else:
                images.append(SourceImage(path, split, fashion_name(path.name)))
    return images


def _find_distributed(
    folder: Path,
    report: ImportReport,
    split_names: dict[str, Iterable[str]],
    test_outfits: int,
    seed: int,
) -> list[SourceImage]:
    found: dict[str, Path] = {}
    contents = folder_contents(folder)
    for name, reason in contents.problems:
        report.leave_out("", reason, printable(name))
    for path in contents.files:
        parts = path.relative_to(folder).parts
        if path.suffix.lower() not in PHOTO_SUFFIXES or not {"MEN", "WOMEN"} & set(parts[:-1]):
            continue
        garment, view = (_GARMENT.fullmatch(path.parent.name), _VIEW.fullmatch(path.name))
        if len(parts) < 4 or garment is None or view is None:
            report.leave_out("", "not a DeepFashion name", path.name)
            continue
        gender, category = path.parts[-4:-2]
        number, view_name, suffix = view.groups()
        found[_joined(gender, category, garment[1] + number, view_name, suffix)] = path
    split_of = _splitter(found, split_names, test_outfits, seed)
    images = []
    for name, path in found.items():
        split = split_of(name)
        if split is None:
            report.leave_out("", "in neither split", name)
        else:
            images.append(SourceImage(path, split, name))
    return images


def _splitter(
    names: Iterable[str], split_names: dict[str, Iterable[str]], test_outfits: int, seed: int
) -> Callable[[str], str | None]:
    """Return a function that returns an image's split by its name."""
    if any(split_names.values()):
        splits = {name: split for split in SPLITS for name in split_names.get(split, ())}
        return splits.get
    outfits = sorted({person_of(name) for name in names})
    count = min(test_outfits, len(outfits))
    drawn = np.random.default_rng(seed).choice(len(outfits), count, replace=False)
    test = {outfits[index] for index in drawn}
    return lambda name: "test" if person_of(name) in test else "train"


def _joined(gender: str, category: str, number: str, view: str, suffix: str) -> str:
    category, view = category.replace("_", ""), view.replace("_", "")
    return f"fasion{gender.upper()}{category}id{number}_{view}.{suffix.lower()}"
