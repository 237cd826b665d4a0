"""Annotation, pairs and list files of another project's dataset."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from deformable_gan.data.annotations import read_annotations, read_pairs
from deformable_gan.data.dataset_folder import SPLITS
from deformable_gan.data.importing.import_report import ImportReport
from deformable_gan.errors import DatasetError
from deformable_gan.text_files import read_text

#: Converts an image name in one of these files into the name that the dataset uses.
Rename = Callable[[str], str]

_BAD_LINE = "line that cannot be parsed"


@dataclass(frozen=True)
class AnnotationFiles:
    """The information about a split that its annotation files give.

    Attributes:
        keypoints: float32 [J, 3] of (y, x, confidence) by image name, in the file's order; None if
            there is no annotations file.
        pairs: (source, target) image names; None without a pairs file.
        listed: the names in a list file (`train.lst`).
    """

    keypoints: dict[str, np.ndarray] | None = None
    pairs: list[tuple[str, str]] | None = None
    listed: list[str] = field(default_factory=list)

    @property
    def names(self) -> Sequence[str]:
        """The names of the images that belong to the split according to the files."""
        return list(self.keypoints) if self.keypoints is not None else self.listed


def read_annotation_files(
    folder: Path, joint_count: int, report: ImportReport, rename: Rename
) -> dict[str, AnnotationFiles]:
    """Read a folder's files for both splits, found by their names.

    The names are `*annotation*train*.csv`, `*pairs*train*.csv` and `train.lst`, and the same with
    `test`. These patterns cover the original's files (`market-annotation-train.csv`), those of
    later projects (`fasion-resize-pairs-test.csv`) and those of a dataset folder
    (`annotations-train.csv`). Single lines that cannot be parsed are reported and left out.

    Args:
        folder: the folder of the files.
        joint_count: number of joints of the annotations.
        report: records lines that cannot be parsed.
        rename: see `Rename`.

    Raises:
        DatasetError: `folder` is not a folder, several files match one pattern, or a file cannot be
            read at all.
    """
    if not folder.is_dir():
        raise DatasetError(f"{folder} is not a folder: give the folder of the annotation files")
    return {split: _read_split(folder, split, joint_count, report, rename) for split in SPLITS}


def has_annotations(folder: Path) -> bool:
    """Return whether a folder holds joints; if it holds only lists, MoveNet must find the joints.

    Raises:
        DatasetError: the folder holds neither annotations nor lists.
    """
    if any(folder.glob("*annotation*.csv")):
        return True
    if any((folder / f"{split}.lst").is_file() for split in SPLITS):
        return False
    raise DatasetError(
        f"{folder} holds neither *annotation*.csv nor train.lst or test.lst: give the folder "
        "that holds such files, or omit --annotations to let MoveNet find the joints"
    )


def _read_split(
    folder: Path, split: str, joint_count: int, report: ImportReport, rename: Rename
) -> AnnotationFiles:
    def bad_line(problem: str) -> None:
        report.leave_out(split, _BAD_LINE, problem)

    keypoints = pairs = None
    if path := _only(folder, f"*annotation*{split}*.csv"):
        names, table = read_annotations(path, joint_count, bad_line)
        keypoints = dict(zip(map(rename, names), table, strict=True))
    if path := _only(folder, f"*pairs*{split}*.csv"):
        pairs = [(rename(s), rename(t)) for s, t in read_pairs(path, bad_line)]
    listed = folder / f"{split}.lst"
    return AnnotationFiles(keypoints, pairs, [rename(name) for name in _read_list(listed)])


def _read_list(path: Path) -> list[str]:
    if not path.is_file():
        return []
    try:
        lines = [line.strip() for line in read_text(path).split("\n")]
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise DatasetError(f"{path} cannot be read as UTF-8 text: {error}") from error
    return [line for line in lines if line]


def _only(folder: Path, pattern: str) -> Path | None:
    found = sorted(folder.glob(pattern))
    if len(found) > 1:
        raise DatasetError(
            f"{folder} holds several files that match {pattern}: "
            f"{', '.join(path.name for path in found)}; put the files to use into a folder of "
            "their own"
        )
    return found[0] if found else None
