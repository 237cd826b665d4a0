"""Reading a dataset folder: images, annotations, pairs and a manifest.

::

    dataset/
      manifest.json           layout, image size, counts, how it was made
      checksums.sha256        checksums of all files but these two, in the format of `sha256sum -c`
      annotations-train.csv   annotations-test.csv
      pairs-train.csv         pairs-test.csv
      train/NAME.jpg …        test/NAME.jpg …
      backgrounds-train/NAME.jpg …   backgrounds-test/NAME.jpg …     (where there are any)
      masks-train/NAME.png …         masks-test/NAME.png …           (where there are any)

All images of a person may share one background: the manifest's `shared_backgrounds` gives the name
of its file, by split and person.

In large datasets the image folders hold `00000.tfrecord …` instead; see `sharding`. Synthetic
dancers, frames of videos, Market-1501 and DeepFashion all use this format.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath

import numpy as np

from deformable_gan.data.annotations import (
    check_image_name,
    person_of,
    read_annotations,
    read_pairs,
)
from deformable_gan.errors import ConfigurationError, DatasetError
from deformable_gan.pose.skeleton import Skeleton, convert_keypoints, get_skeleton
from deformable_gan.text_files import read_text

MANIFEST = "manifest.json"
CHECKSUMS = "checksums.sha256"
FORMAT = "deformable_gan dataset"
FORMAT_VERSION = 1
SPLITS = ("train", "test")
#: Prefixes of the folders of background images and of person masks; the split's name follows.
BACKGROUNDS = "backgrounds-"
PERSON_MASKS = "masks-"
#: The manifest's key for the background files that all images of a person share.
SHARED_BACKGROUNDS = "shared_backgrounds"
#: A person mask whose brightest pixel is below this shows no person.
PERSON_GREY = 128
#: The manifest's `storage` value for images in TFRecord shards.
TFRECORD = "tfrecord"


@dataclass(frozen=True)
class Split:
    """The training or the test split of a dataset.

    Attributes:
        name: `train` or `test`.
        folder: the folder of its images.
        names: N image file names.
        keypoints: float32 [N, J, 3] of (y, x, confidence) in pixels of the images; zeros where a
            joint is missing.
        pairs: int32 [P, 2] of positions in `names`: source image, target image.
        sharded: whether the images lie in TFRecord shards.
        shared_backgrounds: the file name of the background that all images of a person share,
            by person.
    """

    name: str
    folder: Path
    names: tuple[str, ...]
    keypoints: np.ndarray
    pairs: np.ndarray
    sharded: bool = False
    shared_backgrounds: Mapping[str, str] = field(default_factory=dict)

    def image_path(self, index: int) -> Path:
        """Return the path of the image at a position; only for images that are not in shards."""
        return self.folder / self.names[index]

    def in_layout(self, own: Skeleton, wanted: Skeleton) -> "Split":
        """Return this split with its key points in another joint layout.

        Args:
            own: the dataset's layout.
            wanted: the layout of the result.
        """
        return replace(self, keypoints=convert_keypoints(self.keypoints, own, wanted))

    @property
    def backgrounds(self) -> "Split":
        """This split with backgrounds in place of the images; a name may occur several times.

        Raises:
            DatasetError: the dataset has no backgrounds.
        """
        folder = self._beside(
            BACKGROUNDS,
            "a generator with a background input needs an image without the person for every "
            "image, with the same file name",
        )
        names = tuple(self.shared_backgrounds.get(person_of(name), name) for name in self.names)
        return replace(self, folder=folder, names=names)

    @property
    def has_backgrounds(self) -> bool:
        """Whether the dataset has backgrounds for this split."""
        return self.folder.with_name(f"{BACKGROUNDS}{self.name}").is_dir()

    @property
    def files(self) -> tuple[str, ...]:
        """The distinct names in order: the files in the folder or the records in the shards."""
        return tuple(dict.fromkeys(self.names))

    @property
    def person_masks(self) -> "Split":
        """This split with person masks in place of the images; see `person_mask_name`.

        Raises:
            DatasetError: the dataset has no person masks, or two images would share a mask.
        """
        folder = self._beside(
            PERSON_MASKS,
            "a generator with a mask input needs a person mask for every image: a grey PNG with "
            "the image's name, 255 on the person and 0 elsewhere",
        )
        names = tuple(map(person_mask_name, self.names))
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise DatasetError(
                f"{folder / twice} would be the person mask of two images: give the images "
                "different names"
            )
        return replace(self, folder=folder, names=names)

    @property
    def supplements(self) -> list["Split"]:
        """The splits `backgrounds` and `person_masks`, if the dataset has them.

        Raises:
            DatasetError: two images would share a person mask.
        """
        kinds = {BACKGROUNDS: "backgrounds", PERSON_MASKS: "person_masks"}
        return [
            getattr(self, kind)
            for prefix, kind in kinds.items()
            if self.folder.with_name(f"{prefix}{self.name}").is_dir()
        ]

    def _beside(self, prefix: str, needed: str) -> Path:
        folder = self.folder.with_name(f"{prefix}{self.name}")
        if not folder.is_dir():
            raise DatasetError(f"{folder} does not exist or is not a folder: {needed}")
        return folder


def person_mask_name(image_name: str) -> str:
    """Return the file name of an image's person mask: always a PNG, which keeps edges exact."""
    return str(PurePosixPath(image_name).with_suffix(".png"))


class DatasetFolder:
    """A dataset on disk, whose splits are read on first access.

    Args:
        path: the folder.

    Attributes:
        path: the folder.
        manifest: the manifest's JSON object.
        skeleton: the joints' layout.
        image_size: (height, width) of every image, in pixels.

    Raises:
        DatasetError: the folder or its manifest is missing, damaged or of another format version.
        ConfigurationError: the manifest names an unknown layout of joints.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self.manifest = _read_manifest(self.path)
        try:
            self.skeleton: Skeleton = get_skeleton(self.manifest["skeleton"])
            height, width = self.manifest["image_size"]
            self.image_size: tuple[int, int] = (int(height), int(width))
            if min(self.image_size) < 1:
                raise ValueError(self.manifest["image_size"])
        except ConfigurationError as error:
            raise ConfigurationError(f"{self.path / MANIFEST}: {error}") from None
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise DatasetError(
                f"{self.path / MANIFEST}: expected 'skeleton' (a layout's name) and 'image_size' "
                f"([height, width]), but reading them failed ({error!r}): make the dataset again"
            ) from error

    @cached_property
    def train(self) -> Split:
        """The training split."""
        return self._read_split("train")

    @cached_property
    def test(self) -> Split:
        """The held-out split: other frames of the same videos, or other people."""
        return self._read_split("test")

    def _read_split(self, name: str) -> Split:
        names, keypoints = read_annotations(
            self.path / f"annotations-{name}.csv", len(self.skeleton)
        )
        pairs_path = self.path / f"pairs-{name}.csv"
        position = {image: index for index, image in enumerate(names)}
        pairs = np.zeros((0, 2), np.int32)
        by_name = read_pairs(pairs_path)
        if by_name:
            try:
                pairs = np.array([(position[s], position[t]) for s, t in by_name], np.int32)
            except KeyError as error:
                absent = error.args[0]
                raise DatasetError(
                    f"{pairs_path}, line {_line_of(absent, pairs_path)}: {absent!r} has no line in "
                    f"annotations-{name}.csv"
                ) from None
        sharded = self.manifest.get("storage") == TFRECORD
        shared = self._shared_backgrounds(name)
        return Split(name, self.path / name, tuple(names), keypoints, pairs, sharded, shared)

    def _shared_backgrounds(self, split: str) -> dict[str, str]:
        place = f"{self.path / MANIFEST}, {SHARED_BACKGROUNDS}"
        try:
            shared = dict(self.manifest.get(SHARED_BACKGROUNDS, {}).get(split, {}))
            if not all(isinstance(name, str) for name in shared.values()):
                raise ValueError("received a name that is not a string")
        except (AttributeError, TypeError, ValueError) as error:
            raise DatasetError(
                f"{place}: expected a JSON object of file names by split and person ({error})"
            ) from error
        return {person: check_image_name(name, place) for person, name in shared.items()}


def _line_of(name: str, path: Path) -> int:
    """Return the number of the first line that contains a name, counted from 1, for messages."""
    lines = read_text(path).split("\n")
    return next((number for number, line in enumerate(lines, 1) if name in line), 1)


def _read_manifest(folder: Path) -> dict:
    path = folder / MANIFEST
    if not folder.is_dir():
        raise DatasetError(
            f"dataset folder {folder} does not exist or is not a folder: prepare one with "
            "`python -m deformable_gan.prepare CLIP… --output DIR`"
        )
    try:
        manifest = json.loads(read_text(path))
    except FileNotFoundError:
        raise DatasetError(
            f"{folder} has no {MANIFEST}, so it is not a dataset folder: prepare one with "
            "`python -m deformable_gan.prepare CLIP… --output DIR`"
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise DatasetError(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise DatasetError(f'{path}: expected a JSON object with "format": {FORMAT!r}')
    if manifest.get("format_version") != FORMAT_VERSION:
        raise DatasetError(
            f"{path}: this release reads format version {FORMAT_VERSION}, received "
            f"{manifest.get('format_version')!r}: make the dataset again or upgrade deformable-gan"
        )
    return manifest
