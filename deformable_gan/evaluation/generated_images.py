"""Generated pictures on disk: our own, and those of other systems, found by their names."""

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
from deformable_gan.evaluation.image_pairs import ImagePairs
from deformable_gan.evaluation.picture_files import contents_digest, find_pictures
from deformable_gan.text_files import read_text

#: Between a source's and a target's name, in the order in which they are looked for.
SEPARATORS = ("___", "_to_", "_2_", "_")
#: What other systems put behind both.
_ENDING = "_vis"
_MOST_NAMED = 5
# Bytes of an image's name in that of a picture.
_LONGEST = 100


def picture_name(source: str, target: str) -> str:
    """Return the file name of our own generated picture for a pair: `SOURCE___TARGET.png`.

    Names that would make it too long are shortened.
    """
    ends = shortened(_flat(source), _LONGEST), shortened(_flat(target), _LONGEST)
    return f"{SEPARATORS[0].join(ends)}.png"


@dataclass(frozen=True)
class GeneratedImages:
    """A picture for every pair that is scored.

    Attributes:
        paths: by the pairs' places.
        image_size: (H, W) that every picture must have, or is resized to.
        resize: bring pictures of other sizes to that size, instead of refusing them.
        last_panel: the picture is the last of several side by side.
        missing: names of pairs that have no picture and are therefore not scored.
        unused: how many pictures belong to no pair.
        left_out: what is to be said of media files that cannot be read.
    """

    paths: tuple[Path, ...]
    image_size: tuple[int, int]
    resize: bool = False
    last_panel: bool = False
    missing: tuple[str, ...] = ()
    unused: int = 0
    left_out: tuple[str, ...] = ()

    def read(self, indices: Sequence[int] | np.ndarray) -> np.ndarray:
        """Read pictures, uint8 [B, H, W, 3].

        Raises:
            MediaError: a picture cannot be read or is of another size.
        """
        return np.stack([self._read(self.paths[index]) for index in indices])

    def digest(self) -> str:
        """SHA-256 over the files' contents, and how they are read.

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
                f"{path} is {image.shape[0]}x{image.shape[1]}, the target images are "
                f"{height}x{width}: --resize scales the pictures (scores change), --last-panel "
                "takes the last of several side by side"
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
    """Match a folder's pictures with pairs.

    A picture belongs to the pair whose names it bears: `SOURCE___TARGET`, `SOURCE_to_TARGET`,
    `SOURCE_2_TARGET` or `SOURCE_TARGET`, source and target with or without their endings, perhaps
    with `_vis` behind; where pictures bear a target's name alone, or the pairs have no sources,
    they are scored against that target, without a source. Folders in names may stand as they are
    (in subfolders) or as `--`.

    Args:
        folder: the pictures.
        pairs: what there is to score.
        names: a CSV file with the columns `image`, `target` and perhaps `source`, in place of the
            pictures' own names.
        resize: see `GeneratedImages`.
        last_panel: likewise.

    Returns:
        The pictures, and the pairs that they belong to, in the order of `pairs`.

    Raises:
        DatasetError: no picture belongs to any pair, or two belong to the same one.
    """
    if not folder.is_dir():
        raise DatasetError(f"{folder} does not exist: expected a folder of generated pictures")
    left_out: list[str] = []
    files = find_pictures(folder, left_out.append)
    if not files:
        raise DatasetError("; ".join([f"{folder} holds no pictures", *left_out]))
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
        raise DatasetError(_describe_strangers(folder, files, pairs, names))
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


def _describe_strangers(
    folder: Path, files: list[Path], pairs: ImagePairs, names: Path | None
) -> str:
    source, target = pairs.names(0)
    if names is not None:
        example = f"{source},{target}" if source else target
        return f"no line of {names} names a pair's images: expected, for instance, {example}"
    return (
        f"none of the {len(files)} pictures in {folder} bears the names of a pair: expected, "
        f"for instance, {picture_name(source or 'SOURCE', target)} or "
        f"{PurePosixPath(target).stem}.png, received {files[0].name}; or give --names CSV"
    )


def describe_missing(images: GeneratedImages) -> str:
    """Say which pairs have no picture and how many pictures belong to none; "" if all is well."""
    lines = list(images.left_out)
    if images.missing:
        named = ", ".join(images.missing[:_MOST_NAMED])
        more = ", …" if len(images.missing) > _MOST_NAMED else ""
        lines.append(
            f"{len(images.missing)} pictures are missing and not scored, beside "
            f"{len(images.paths)} that are: {named}{more}"
        )
    if images.unused:
        lines.append(
            f"{images.unused} pictures belong to none of the pairs that are scored and are left out"
        )
    return "\n".join(lines)


def own_images(folder: Path, pairs: ImagePairs) -> GeneratedImages:
    """Return where our own pictures of the pairs lie, or will lie."""
    names = [picture_name(*pairs.names(index)) for index in range(len(pairs))]  # type: ignore[arg-type]  # not None here
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DatasetError(f"pairs-test.csv: a pair is listed more than once ({twice[0]})")
    return GeneratedImages(tuple(folder / name for name in names), pairs.image_size)


def _flat(name: str) -> str:
    return name.replace("/", "--")


def _stem(name: str) -> str:
    """Leave out the ending if it is a picture's."""
    path = PurePosixPath(name)
    return str(path.with_suffix("")) if path.suffix.lower() in PHOTO_SUFFIXES else name


def _keys(name: str) -> list[str]:
    """Return the forms in which a picture's name is compared, the nearest to the name first."""
    flat = _flat(name)
    bare = _stem(flat).removesuffix(_ENDING)
    return list(dict.fromkeys([flat, _stem(flat), bare, _stem(bare)]))


def _exact_keys(pairs: ImagePairs) -> dict[str, int | None]:
    """Return the full names of the pairs, with all endings, and the pairs' places."""
    exact: dict[str, int | None] = {}
    for index in range(len(pairs)):
        source, target = pairs.names(index)
        keys = [_flat(target)]
        if source is not None:
            keys = [f"{_flat(source)}{separator}{_flat(target)}" for separator in SEPARATORS]
            keys.append(_stem(picture_name(source, target)))  # perhaps shortened
        for key in keys:
            _expect(exact, key, index, pairs)
    return exact


def _expected_keys(pairs: ImagePairs) -> dict[str, int | None]:
    """Return the names that pictures of the pairs may bear, and the pairs' places.

    A name that two pairs could bear, as A_B_C could be of A and B_C or of A_B and C, has None.
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
    # A pair that is listed twice is one pair.
    if place is not None and pairs.names(place) != pairs.names(index):
        expected[key] = None


def _match(
    keyed: list[tuple[list[str], Path]], expected: list[dict[str, int | None]], any_source: bool
) -> tuple[list[tuple[int, Path]], int]:
    """Return pictures with their pairs' places, in order, and how many fit nowhere.

    Args:
        keyed: the forms of the pictures' names, and their files.
        expected: the pairs' places by full names, and by shorter ones: a picture that bears a
            pair's full name belongs to it, whatever else the name could mean.
        any_source: whether anything that stands before a separator may be a source; then one
            target may have several pictures.
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
                f"{path} could be of two pairs: name it {picture_name('SOURCE', 'TARGET')}, both "
                "with their endings, or give --names CSV"
            )
        if (place, begins) in found:
            raise DatasetError(
                f"{found[place, begins]} and {path} are pictures of one pair: keep one of them"
            )
        found[place, begins] = path
    return [(place, path) for (place, _), path in sorted(found.items())], unused


def _look_up(
    keys: list[str], places: dict[str, int | None], any_source: bool
) -> tuple[bool, str, int | None]:
    """Return whether one of the names is known, what stands before it as a source, its place."""
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
            f"{table}: expected the columns image,source,target (source may be absent), received "
            f"{','.join(filter(None, rows[0])) if rows else 'nothing'}"
        )
    keyed = []
    for number, row in enumerate(rows, start=2):
        image, source, target = (row.get(key) or "" for key in ("image", "source", "target"))
        path = folder / image
        if not image or not target or not path.is_file():
            raise DatasetError(f"{table}, line {number}: {path} does not exist")
        begins = f"{_flat(source)}{SEPARATORS[0]}" if source and pairs.has_sources else ""
        names = dict.fromkeys([_flat(target), _stem(_flat(target))])
        keyed.append(([f"{begins}{name}" for name in names], path))
    return keyed
