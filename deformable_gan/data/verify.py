"""Checking that a dataset folder is unchanged."""

import argparse
import contextlib
from collections.abc import Iterator
from pathlib import Path

from deformable_gan.checksums import file_digest
from deformable_gan.data.annotations import check_image_name, person_of
from deformable_gan.data.dataset_folder import CHECKSUMS, MANIFEST, SPLITS, DatasetFolder
from deformable_gan.errors import DatasetError
from deformable_gan.text_files import read_text

_MOST_NAMED = 10


def verify_dataset(path: str | Path) -> list[str]:
    """Check a dataset folder's checksums, counts and names.

    Backgrounds and person masks that were added later have no checksums. For these the check is
    that every image has one.

    Args:
        path: the folder.

    Returns:
        The problems found, one line each; empty if there are none.

    Raises:
        DatasetError: the folder is not a dataset.
        MediaError: a file of the dataset cannot be read.
    """
    dataset = DatasetFolder(path)
    return [*_check_files(dataset), *_check_splits(dataset)]


def read_checksums(folder: Path) -> dict[str, str]:
    """Return the SHA-256 digests of a dataset's files by their paths in the dataset.

    Raises:
        DatasetError: the list is missing or damaged.
    """
    path = folder / CHECKSUMS
    try:
        text = read_text(path)
    except (OSError, ValueError) as error:
        raise DatasetError(f"{path} cannot be read: {error}") from error
    checksums = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line:
            continue
        digest, separator, name = line.partition("  ")
        if not separator or len(digest) != 64:
            raise DatasetError(f"{path}, line {number}: expected 'SHA256  NAME'")
        checksums[check_image_name(name, f"{path}, line {number}")] = digest
    return checksums


def _check_files(dataset: DatasetFolder) -> Iterator[str]:
    folder = dataset.path
    expected = dataset.manifest.get("checksums_sha256")
    if not (folder / CHECKSUMS).is_file():
        yield f"{CHECKSUMS} is missing, so no file can be compared"
        return
    if file_digest(folder / CHECKSUMS) != expected:
        yield f"{CHECKSUMS} does not match its checksum in {MANIFEST}"
    try:
        checksums = read_checksums(folder)
    except DatasetError as error:
        yield str(error)
        return
    for name, digest in checksums.items():
        path = folder / name
        if not path.is_file():
            yield f"{name} is missing"
        elif file_digest(path) != digest:
            yield f"{name} differs from its checksum"
    present = {
        found.relative_to(folder).as_posix() for found in folder.rglob("*") if found.is_file()
    }
    expected_too = _supplements(dataset)
    for name in sorted(present - set(checksums) - expected_too - {CHECKSUMS, MANIFEST}):
        yield f"{name} does not belong to the dataset"
    for name in sorted(expected_too - set(checksums) - present):
        yield f"{name} is missing"


def _supplements(dataset: DatasetFolder) -> set[str]:
    """Return the backgrounds and person masks that may have been added to a finished dataset."""
    names: set[str] = set()
    for name in SPLITS:
        # `_check_splits` reports unreadable files. In shards, every file has a checksum.
        with contextlib.suppress(DatasetError):
            split = getattr(dataset, name)
            for images in () if split.sharded else split.supplements:
                names.update(f"{images.folder.name}/{image}" for image in images.files)
    return names


def _check_splits(dataset: DatasetFolder) -> Iterator[str]:
    for name in SPLITS:
        try:
            split = getattr(dataset, name)
            _ = split.supplements
        except DatasetError as error:
            yield str(error)
            continue
        counts = {
            "images": len(split.names),
            "people": len(set(map(person_of, split.names))),
            "pairs": len(split.pairs),
        }
        stated = dataset.manifest.get("splits", {}).get(name)
        if stated != counts:
            yield f"{MANIFEST} states {stated} for {name}, but the files hold {counts}"


class VerifyAction(argparse.Action):
    """The action of `--verify`: it checks a dataset, prints the result and ends the program.

    Raises:
        DatasetError: the folder is not a dataset, or is damaged or changed.
    """

    def __call__(self, parser, namespace, values, option_string=None):
        """Check the dataset folder `values`."""
        problems = verify_dataset(values)
        if problems:
            shown = problems[:_MOST_NAMED]
            if len(problems) > len(shown):
                shown.append(f"… and {len(problems) - len(shown)} more")
            raise DatasetError(
                f"{values} is damaged ({len(problems)} problems): make it again, restore it, "
                "or remove files that do not belong to it\n  " + "\n  ".join(shown)
            )
        counts = ", ".join(
            f"{split} {count['images']} images and {count['pairs']} pairs"
            for split, count in DatasetFolder(values).manifest["splits"].items()
        )
        print(f"{values} is unchanged: {counts}")
        parser.exit(0)
