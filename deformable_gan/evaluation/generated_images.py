"""Generated images on disk: the package's own, and those of other systems, found by their names."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import cv2
import numpy as np

from deformable_gan.checksums import value_digest
from deformable_gan.data.file_names import shortened
from deformable_gan.data.media import PHOTO_SUFFIXES, read_photo
from deformable_gan.errors import DatasetError, MediaError
from deformable_gan.evaluation.image_files import contents_digest, find_images
from deformable_gan.evaluation.image_pairs import ImagePairs
from deformable_gan.text_files import read_text

#: Separators of the source's and the target's name, in the order of search.
SEPARATORS = ("___", "_to_", "_2_", "_")
#: The suffix that other systems append to the joined names of source and target.
_ENDING = "_vis"
_MOST_NAMED = 5
# The most bytes of a source's or target's name in the name of a generated image.
_LONGEST = 100


def image_name(source: str, target: str) -> str:
    """Return the file name of the package's generated image for a pair: `SOURCE___TARGET.png`.

    A source or target name of more than 100 bytes is shortened.
    """
    ends = shortened(_flat(source), _LONGEST), shortened(_flat(target), _LONGEST)
    return f"{SEPARATORS[0].join(ends)}.png"


@dataclass(frozen=True)
class GeneratedImages:
    """A generated image for every pair that is scored.

    Attributes:
        paths: the files, in the order of the pairs.
        image_size: (H, W) that every image must have, or is resized to.
        resize: whether images of other sizes are resized instead of refused.
        last_panel: whether each file shows several images side by side, the generated one last.
        missing: names of pairs without an image, which are therefore not scored.
        unused: how many images belong to no pair.
        left_out: messages about media files in unsupported formats.
    """

    paths: tuple[Path, ...]
    image_size: tuple[int, int]
    resize: bool = False
    last_panel: bool = False
    missing: tuple[str, ...] = ()
    unused: int = 0
    left_out: tuple[str, ...] = ()

    def read(self, indices: Sequence[int] | np.ndarray) -> np.ndarray:
        """Read images, uint8 [B, H, W, 3].

        Raises:
            MediaError: an image cannot be read or has another size.
        """
        return np.stack([self._read(self.paths[index]) for index in indices])

    def digest(self) -> str:
        """Return the SHA-256 of the files' contents and of how they are read.

        Raises:
            MediaError: a file cannot be read.
        """
        contents = contents_digest(self.paths)
        return value_digest([contents, self.image_size, self.resize, self.last_panel])

    def _read(self, path: Path) -> np.ndarray:
        image = read_photo(path)
        height, width = self.image_size
        if self.last_panel:
            panels = round(image.shape[1] * height / image.shape[0] / width)
            image = image[:, -(image.shape[1] // max(panels, 1)) :]
        if image.shape[:2] == self.image_size:
            return image
        if not self.resize:
            raise MediaError(
                f"the image in {path} has {image.shape[0]}x{image.shape[1]} pixels, the target "
                f"images have {height}x{width}: use --resize to scale the generated images, which "
                "changes the scores, or --last-panel if each file shows several images side by side"
            )
        shrinks = image.shape[0] > height
        method = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
        return cv2.resize(image, (width, height), interpolation=method)


def find_generated(
    folder: Path,
    pairs: ImagePairs,
    names: Path | None = None,
    resize: bool = False,
    last_panel: bool = False,
) -> tuple[GeneratedImages, ImagePairs]:
    """Match a folder's images with pairs.

    The name of an image tells its pair: `SOURCE___TARGET`, `SOURCE_to_TARGET`, `SOURCE_2_TARGET` or
    `SOURCE_TARGET`, source and target with or without their file suffixes, optionally followed by
    `_vis`. If no name fits a pair, images that are named after a target only are scored without
    sources. If the pairs have no sources, any text may stand for the source. A folder in a name is
    a real sub-folder, or is written with `--` instead of `/`.

    Args:
        folder: the folder of images.
        pairs: the pairs that can be scored.
        names: a CSV file with the columns `image`, `target` and optionally `source`, which replaces
            the matching by file names.
        resize: see `GeneratedImages`.
        last_panel: see `GeneratedImages`.

    Returns:
        The images, and the pairs that they belong to, in the order of `pairs`.

    Raises:
        DatasetError: the folder is absent or holds no images, no image belongs to any pair, two
            images belong to the same pair, a name fits two pairs, or the CSV file is not valid.
        MediaError: a folder cannot be read, or a name is not in UTF-8.
    """
    if not folder.is_dir():
        raise DatasetError(
            f"{folder} does not exist or is not a folder: expected a folder of generated images"
        )
    left_out: list[str] = []
    files = find_images(folder, left_out.append)
    if not files:
        raise DatasetError("; ".join([f"{folder} holds no images", *left_out]))
    if names is not None:
        keyed = _keys_of_table(names, folder, pairs)
    else:
        keyed = [(_keys(path.relative_to(folder).as_posix()), path) for path in files]
    candidates = [pairs] if pairs.has_sources else []
    targets = pairs.distinct_targets()
    for wanted in (*candidates, targets):
        expected = [_exact_keys(wanted), _expected_keys(wanted)]
        found, unused = _match(keyed, expected, any_source=not pairs.has_sources)
        if found:
            break
    else:
        raise DatasetError(_describe_no_match(folder, files, pairs, names))
    places = [place for place, _ in found]
    missing = tuple(
        " -> ".join(filter(None, wanted.names(index)))
        for index in sorted(set(range(len(wanted))) - set(places))
    )
    images = GeneratedImages(
        tuple(path for _, path in found),
        pairs.image_size,
        resize,
        last_panel,
        missing,
        unused,
        tuple(left_out),
    )
    return images, wanted.selected(places)


def _describe_no_match(
    folder: Path, files: list[Path], pairs: ImagePairs, names: Path | None
) -> str:
    source, target = pairs.names(0)
    if names is not None:
        example = f"{source},{target}" if source else target
        return (
            f"no line of {names} names a pair that can be scored: expected values of the columns "
            f"source and target (or target only) such as {example}"
        )
    return (
        f"none of the {len(files)} images in {folder} is named after a pair: expected, for "
        f"instance, {image_name(source or 'SOURCE', target)} or "
        f"{PurePosixPath(target).stem}.png, received {files[0].name}; rename the images or "
        "give --names CSV"
    )


def describe_missing(images: GeneratedImages) -> str:
    """Return messages about pairs without an image and images that are left out, or ""."""
    lines = list(images.left_out)
    if images.missing:
        named = ", ".join(images.missing[:_MOST_NAMED])
        more = ", …" if len(images.missing) > _MOST_NAMED else ""
        lines.append(
            f"{len(images.missing)} pairs have no image and are not scored ({len(images.paths)} "
            f"pairs are scored): {named}{more}"
        )
    if images.unused:
        lines.append(f"{images.unused} images belong to no scored pair and are left out")
    return "\n".join(lines)


def own_images(folder: Path, pairs: ImagePairs) -> GeneratedImages:
    """Return the paths of the package's own images of pairs with sources, written or not.

    Raises:
        DatasetError: a pair is listed more than once.
    """
    ends = map(pairs.names, range(len(pairs)))
    names = [image_name(source, target) for source, target in ends if source is not None]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DatasetError(
            "pairs-test.csv lists a pair more than once (its generated image is "
            f"{twice[0]}): remove the repeated line"
        )
    return GeneratedImages(tuple(folder / name for name in names), pairs.image_size)


def _flat(name: str) -> str:
    return name.replace("/", "--")


def _stem(name: str) -> str:
    """Return a name without the suffix of an image file."""
    path = PurePosixPath(name)
    return str(path.with_suffix("")) if path.suffix.lower() in PHOTO_SUFFIXES else name


def _keys(name: str) -> list[str]:
    """Return the forms in which an image's name is compared, the most complete first."""
    flat = _flat(name)
    bare = _stem(flat).removesuffix(_ENDING)
    return list(dict.fromkeys([flat, _stem(flat), bare, _stem(bare)]))


def _exact_keys(pairs: ImagePairs) -> dict[str, int | None]:
    """Return the pairs' positions by their full names, with all file suffixes."""
    exact: dict[str, int | None] = {}
    for index in range(len(pairs)):
        source, target = pairs.names(index)
        keys = [_flat(target)]
        if source is not None:
            keys = [f"{_flat(source)}{separator}{_flat(target)}" for separator in SEPARATORS]
            keys.append(_stem(image_name(source, target)))  # perhaps shortened
        for key in keys:
            _expect(exact, key, index, pairs)
    return exact


def _expected_keys(pairs: ImagePairs) -> dict[str, int | None]:
    """Return the pairs' positions by the names that their images may have.

    A name that fits two pairs maps to None: A_B_C could mean A and B_C, or A_B and C.
    """
    expected: dict[str, int | None] = {}
    for index in range(len(pairs)):
        source, target = pairs.names(index)
        if source is None:
            keys: Iterable[str] = [_stem(_flat(target))]
        else:
            ends = _stem(_flat(target))
            keys = [
                f"{begins}{separator}{ends}"
                for begins in (_flat(source), _stem(_flat(source)))
                for separator in SEPARATORS
            ]
        for key in keys:
            _expect(expected, key, index, pairs)
    return expected


def _expect(expected: dict[str, int | None], key: str, index: int, pairs: ImagePairs) -> None:
    place = expected.setdefault(key, index)
    # A pair that is listed twice counts as one pair.
    if place is not None and pairs.names(place) != pairs.names(index):
        expected[key] = None


def _match(
    keyed: list[tuple[list[str], Path]], expected: list[dict[str, int | None]], any_source: bool
) -> tuple[list[tuple[int, Path]], int]:
    """Return (pair's position, image) in the order of positions, and how many images fit no pair.

    Args:
        keyed: the forms of the images' names, and their files.
        expected: the pairs' positions by full names, then by shorter ones. An image with a pair's
            full name belongs to that pair, whatever else the name could mean.
        any_source: whether any text before a separator may be a source. Then one target may have
            several images.
    """
    found: dict[tuple[int, str], Path] = {}
    unused = 0
    for keys, path in keyed:
        begins, place = "", None
        for places in expected:
            known, begins, place = _look_up(keys, places, any_source)
            if known:
                break
        else:
            unused += 1
            continue
        if place is None:
            raise DatasetError(
                f"the name of {path} fits two pairs: name it {image_name('SOURCE', 'TARGET')}, "
                "with the file suffixes of source and target, or give --names CSV"
            )
        if (place, begins) in found:
            raise DatasetError(
                f"{found[place, begins]} and {path} belong to the same pair: keep only one"
            )
        found[place, begins] = path
    return [(place, path) for (place, _), path in sorted(found.items())], unused


def _look_up(
    keys: list[str], places: dict[str, int | None], any_source: bool
) -> tuple[bool, str, int | None]:
    """Return whether a key is known, the source's name in it (or ""), and its pair's position."""
    for key in keys:
        if key in places:
            return True, "", places[key]
    for key in keys if any_source else ():
        for separator in SEPARATORS[:-1]:
            before, _, after = key.rpartition(separator)
            if before and after in places:
                return True, before, places[after]
    return False, "", None


def _keys_of_table(table: Path, folder: Path, pairs: ImagePairs) -> list[tuple[list[str], Path]]:
    try:
        rows = list(csv.DictReader(io.StringIO(read_text(table))))
    except (OSError, ValueError, csv.Error) as error:
        raise DatasetError(f"{table} cannot be read: {error}") from error
    if not rows or not {"image", "target"} <= set(rows[0]):
        raise DatasetError(
            f"{table}: expected the columns image,source,target (source may be absent) and at "
            f"least one line, received {','.join(filter(None, rows[0])) if rows else 'nothing'}"
        )
    keyed = []
    for number, row in enumerate(rows, start=2):
        image, source, target = (row.get(key) or "" for key in ("image", "source", "target"))
        path = folder / image
        if not image or not target or not path.is_file():
            raise DatasetError(
                f"{table}, line {number}: expected an existing image and a target, received "
                f"{path} and {target!r}"
            )
        begins = f"{_flat(source)}{SEPARATORS[0]}" if source and pairs.has_sources else ""
        names = dict.fromkeys([_flat(target), _stem(_flat(target))])
        keyed.append(([f"{begins}{name}" for name in names], path))
    return keyed
