"""The annotations and pairs files, in the original implementation's format.

An annotations file has a line per image, fields separated by `:`::

    name:keypoints_y:keypoints_x:keypoints_confidence
    anna_0001.jpg: [12.5, -1, …]: [30.25, -1, …]: [0.91, 0, …]

A missing joint has -1 in both coordinates; a joint with -1 in one of them or with confidence 0 is
read as missing, too. The original's programs find columns by name, so they ignore the last column.
In a file without that column, every present joint has confidence 1. A pairs file is an ordinary CSV
file with the columns `from,to`.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from deformable_gan.errors import DatasetError
from deformable_gan.text_files import read_text

MISSING = -1
#: Receives a description of a line that is left out, because it cannot be parsed or repeats an
#: image.
ReportProblem = Callable[[str], None]
_COLUMNS = ("name", "keypoints_y", "keypoints_x", "keypoints_confidence")


def read_annotations(
    path: Path, joint_count: int, report_problem: ReportProblem | None = None
) -> tuple[list[str], np.ndarray]:
    """Read an annotations file.

    Args:
        path: the file.
        joint_count: J, the number of joints that each line must have.
        report_problem: receives a description of each line that cannot be parsed or repeats an
            image; the line is then left out. None raises an error instead.

    Returns:
        The N image names in the file's order, and their key points, float32 [N, J, 3] of
        (y, x, confidence) with all three 0 for a missing joint.

    Raises:
        DatasetError: the file cannot be read or lacks a column or, without `report_problem`, a
            line cannot be parsed or repeats an image; the message names the file and the line.
    """
    # Not splitlines(), which also splits at characters that names in other projects' files contain.
    lines = _read_text(path).split("\n")
    header = [field.strip() for field in lines[0].split(":")]
    absent = [column for column in _COLUMNS[:3] if column not in header]
    if absent:
        raise DatasetError(
            f"{path}, line 1: expected the columns {':'.join(_COLUMNS)} (the last may be absent), "
            f"received {lines[0][:80]!r}"
        )
    annotations: dict[str, np.ndarray] = {}
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        try:
            name, keypoints = _parse_line(line, header, joint_count, f"{path}, line {number}")
            if name in annotations:
                raise DatasetError(f"{path}, line {number}: {name!r} is annotated more than once")
        except DatasetError as error:
            if report_problem is None:
                raise
            report_problem(str(error))
        else:
            annotations[name] = keypoints
    table = np.array(list(annotations.values()), np.float32)
    return list(annotations), table.reshape(len(annotations), joint_count, 3)


def format_annotations(names: Sequence[str], keypoints: np.ndarray) -> str:
    """Return the text of an annotations file.

    Args:
        names: N image names.
        keypoints: float [N, J, 3] of (y, x, confidence). Coordinates are written to a hundredth
            of a pixel, confidences to three decimals.
    """
    lines = [":".join(_COLUMNS)]
    for name, joints in zip(names, np.asarray(keypoints, np.float64), strict=True):
        present = joints[:, 2] > 0
        columns = [
            [
                _shortest(value, 2) if seen else MISSING
                for value, seen in zip(axis, present, strict=True)
            ]
            for axis in (joints[:, 0], joints[:, 1])
        ]
        # A confidence that rounds to zero must not turn a present joint into a missing one.
        confidence = [_shortest(max(c, 0.001), 3) if c > 0 else 0 for c in joints[:, 2]]
        lines.append(": ".join([name, *(json.dumps(column) for column in (*columns, confidence))]))
    return "\n".join(lines) + "\n"


def read_pairs(path: Path, report_problem: ReportProblem | None = None) -> list[tuple[str, str]]:
    """Read a pairs file, which has a source image name and a target image name on each line.

    Args:
        path: the file.
        report_problem: as in `read_annotations`.

    Returns:
        The (source image name, target image name) pairs, in the file's order.

    Raises:
        DatasetError: the file cannot be read or lacks a column or, without `report_problem`, a
            line cannot be used; the message names the file and the line.
    """
    reader = csv.reader(io.StringIO(_read_text(path)))
    try:
        rows = [(reader.line_num, [field.strip() for field in row]) for row in reader if row]
    except csv.Error as error:
        raise DatasetError(f"{path}, line {reader.line_num}: {error}") from error
    header = rows[0][1] if rows else []
    if not {"from", "to"} <= set(header):
        raise DatasetError(f"{path}, line 1: expected the columns from,to but received {header}")
    source, target = header.index("from"), header.index("to")
    pairs = []
    checked: set[str] = set()  # each name occurs in many pairs
    for number, row in rows[1:]:
        try:
            if len(row) != len(header):
                raise DatasetError(
                    f"{path}, line {number}: expected {len(header)} fields, received {len(row)}"
                )
            pair = row[source], row[target]
            for name in pair:
                if name not in checked:
                    checked.add(check_image_name(name, f"{path}, line {number}"))
        except DatasetError as error:
            if report_problem is None:
                raise
            report_problem(str(error))
        else:
            pairs.append(pair)
    return pairs


def format_pairs(pairs: Iterable[tuple[str, str]]) -> str:
    """Return the text of a pairs file for (source image name, target image name) tuples."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("from", "to"))
    writer.writerows(pairs)
    return text.getvalue()


def check_image_name(name: str, place: str) -> str:
    """Return `name` if it is a path inside its folder that annotations files can hold unchanged.

    Raises:
        DatasetError: the name is empty, absolute, not in its shortest form, leaves the folder,
            begins or ends with white space, or contains a line break, a backslash, a NUL or a `:`
            (the field separator); the message begins with `place`.
    """
    path = PurePosixPath(name)
    stays_inside = path.parts and not path.is_absolute() and ".." not in path.parts
    reads_back = name.strip() == name and name.splitlines() == [name] and str(path) == name
    if not stays_inside or not reads_back or any(character in name for character in ":\\\0"):
        raise DatasetError(
            f"{place}: {name!r} is not a usable image name (a relative path inside the dataset, in "
            "its shortest form, without '..', ':', '\\', NUL, line breaks or spaces at its ends)"
        )
    return name


def person_of(name: str) -> str:
    """Return the person's name: the image's file name up to the first `_`, as in Market-1501."""
    return PurePosixPath(name).name.split("_", 1)[0]


def _parse_line(
    line: str, header: list[str], joint_count: int, place: str
) -> tuple[str, np.ndarray]:
    fields = [field.strip() for field in line.split(":")]
    if len(fields) != len(header):
        raise DatasetError(
            f"{place}: expected {len(header)} fields separated by ':', received {len(fields)}"
        )
    row = dict(zip(header, fields, strict=True))
    return check_image_name(row["name"], place), _parse_keypoints(row, joint_count, place)


def _parse_keypoints(row: dict[str, str], joint_count: int, place: str) -> np.ndarray:
    columns = []
    for column in _COLUMNS[1:]:
        if column not in row:
            continue
        array = _numbers(row[column])
        if array is None or len(array) != joint_count:
            raise DatasetError(
                f"{place}: {column} must be a list of {joint_count} numbers, "
                f"received {row[column][:60]!r}"
            )
        columns.append(array)
    y, x = columns[:2]
    present = (y != MISSING) & (x != MISSING)
    confidence = columns[2] if len(columns) == 3 else np.ones(joint_count, np.float32)
    present &= confidence > 0
    return np.stack([y, x, confidence], axis=-1) * present[:, None]


def _numbers(text: str) -> np.ndarray | None:
    """Return the text's list of finite numbers, float32; None if it is not such a list."""
    try:
        values = json.loads(text)
        if not isinstance(values, list) or not all(type(value) in (int, float) for value in values):
            return None
        with np.errstate(over="ignore"):
            array = np.array(values, np.float32)
    except (ValueError, OverflowError, RecursionError):
        return None
    return array if np.isfinite(array).all() else None


def _shortest(value: float, decimals: int) -> float | int:
    rounded = round(float(value), decimals)
    if rounded == MISSING:  # a coordinate that must not be read back as a missing joint
        return MISSING + 10**-decimals
    return int(rounded) if rounded == int(rounded) else rounded


def _read_text(path: Path) -> str:
    try:
        return read_text(path)
    except FileNotFoundError:
        raise DatasetError(f"{path} does not exist, but a dataset folder needs it") from None
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise DatasetError(f"{path} cannot be read as UTF-8 text: {error}") from error
