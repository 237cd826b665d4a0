"""Writing a dataset folder, which appears under its final name only when it is complete."""

import contextlib
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType

import cv2
import numpy as np

from deformable_gan.data.annotations import (
    check_image_name,
    format_annotations,
    format_pairs,
    person_of,
)
from deformable_gan.data.dataset_folder import (
    BACKGROUNDS,
    CHECKSUMS,
    FORMAT,
    FORMAT_VERSION,
    MANIFEST,
    PERSON_MASKS,
    SHARED_BACKGROUNDS,
    SPLITS,
    DatasetFolder,
    person_mask_name,
)
from deformable_gan.data.file_names import LONGEST_NAME, check_name
from deformable_gan.data.usable_pose import keep_seen_joints
from deformable_gan.errors import DatasetError
from deformable_gan.pose.skeleton import Skeleton
from deformable_gan.version import __version__

# Chroma subsampling visibly degrades images of a dataset's small sizes; JPEG of quality 95 without
# chroma subsampling does not.
_JPEG_OPTIONS = (
    cv2.IMWRITE_JPEG_QUALITY,
    95,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
)


def check_output(path: Path, overwrite: bool = True) -> None:
    """Check that a dataset may be written to a folder.

    Args:
        path: the folder.
        overwrite: whether an existing dataset may be replaced.

    Raises:
        DatasetError: the path is a file, a folder with other contents, or (without `overwrite`) an
            existing dataset.
        MediaError: the folder's name is too long.
    """
    check_name(path, LONGEST_NAME)
    if not path.exists() or (path.is_dir() and not any(path.iterdir())):
        return
    if not (path / MANIFEST).is_file():
        raise DatasetError(f"{path} exists and is not a dataset folder: choose another output")
    if not overwrite:
        raise DatasetError(
            f"{path} already holds a dataset: choose another output or allow overwriting "
            "(--overwrite)"
        )


def encode_image(name: str, image: np.ndarray) -> bytes:
    """Return the encoded file of an image, as a dataset stores it.

    Args:
        name: the file's name, which ends in `.jpg` or `.png`.
        image: uint8 [H, W, 3] RGB or [H, W] grey.

    Raises:
        DatasetError: the name's ending is not an image format that can be encoded.
    """
    suffix = Path(name).suffix.lower()
    options = _JPEG_OPTIONS if suffix in (".jpg", ".jpeg") else ()
    if image.ndim == 3:
        image = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    try:
        encoded, data = cv2.imencode(suffix, image, options)
    except cv2.error:
        encoded = False
    if not encoded:
        raise DatasetError(
            f"{name}: cannot encode {suffix!r} images: use names that end in .jpg or .png"
        )
    return data.tobytes()


def put_in_place(building: Path, path: Path) -> None:
    """Move a finished folder to its final name and replace an existing folder there.

    Args:
        building: the finished folder, in the same parent folder as `path`.
        path: its final name.

    Raises:
        OSError: the folder cannot be moved; an existing folder at `path` is kept.
    """
    replaced = building.with_name(building.name + ".replaced")
    if path.exists():
        path.rename(replaced)
    try:
        building.rename(path)
    except OSError:
        if replaced.exists():
            replaced.rename(path)
        raise
    shutil.rmtree(replaced, ignore_errors=True)


class DatasetWriter:
    """A builder that writes a dataset into a temporary sibling folder and then moves it into place.

    Use it as a context manager. Leaving the block normally finishes the dataset. Leaving it with an
    exception removes what was built and keeps an existing dataset unchanged::

        with DatasetWriter(path, COCO17, (128, 72), source={"kind": "…"}) as writer:
            writer.add("train", "anna_0001.jpg", image, keypoints)
            writer.set_pairs("train", [("anna_0001.jpg", "anna_0002.jpg")])

    Args:
        path: the dataset folder to make.
        skeleton: the joints' layout.
        image_size: (height, width) of every image.
        source: how the dataset is made (JSON values), recorded in the manifest.
        overwrite: whether an existing dataset folder is replaced. A non-empty folder that is not a
            dataset is never replaced.
        storage: the manifest's `storage`: None for image files, or `tfrecord`.

    Raises:
        DatasetError: `path` exists and may not be replaced; or, later, the folder cannot be
            written.
        MediaError: the folder's name is too long.
    """

    def __init__(
        self,
        path: str | Path,
        skeleton: Skeleton,
        image_size: tuple[int, int],
        source: dict,
        overwrite: bool = False,
        storage: str | None = None,
    ):
        self.path = Path(path)
        self.storage = storage
        self.skeleton = skeleton
        self.image_size = (int(image_size[0]), int(image_size[1]))
        self.source = source
        check_output(self.path, overwrite)
        self._images: dict[str, list[tuple[str, np.ndarray]]] = {split: [] for split in SPLITS}
        self._pairs: dict[str, list[tuple[str, str]]] = {split: [] for split in SPLITS}
        self._shared_backgrounds: dict[str, dict[str, str]] = {}
        self._checksums: dict[str, str] = {}

    def __enter__(self) -> "DatasetWriter":
        with self._disk_errors():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._building = Path(
                tempfile.mkdtemp(prefix=f".{self.path.name}.building-", dir=self.path.parent)
            )
            self._building.chmod(0o755)
            for split in SPLITS:
                (self._building / split).mkdir()
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if exception_type is None:
                self._finish()
        finally:
            shutil.rmtree(self._building, ignore_errors=True)

    def add(self, split: str, name: str, image: np.ndarray, keypoints: np.ndarray) -> None:
        """Write an image and record its key points.

        Args:
            split: `train` or `test`.
            name: the image's file name, `PERSON_REST.jpg` or `.png`; the person is the part before
                the first `_`.
            image: uint8 [H, W, 3] RGB of the dataset's image size.
            keypoints: float [J, 3] of (y, x, confidence). Joints outside the image are marked
                missing.

        Raises:
            DatasetError: the image's shape or dtype, the name or the key points' shape does not
                fit, or the split already has a file of that name.
        """
        expected = (*self.image_size, 3)
        if image.shape != expected or image.dtype != np.uint8:
            raise DatasetError(
                f"{name}: expected a uint8 image of shape {expected}, received "
                f"{image.dtype} {image.shape}"
            )
        self.add_encoded(split, name, encode_image(name, image), keypoints)

    def add_encoded(self, split: str, name: str, data: bytes, keypoints: np.ndarray) -> None:
        """Add a JPEG or PNG file of the dataset's image size without encoding it again.

        Args:
            split: as in `add`.
            name: as in `add`.
            data: the file's bytes, which are not checked.
            keypoints: as in `add`.

        Raises:
            DatasetError: the name or the key points' shape does not fit, or the split already has a
                file of that name.
        """
        self.add_keypoints(split, name, keypoints)
        self._write(f"{split}/{name}", data)

    def add_written(self, split: str, name: str, digest: str, keypoints: np.ndarray) -> None:
        """Add an image whose file another process writes into the finished folder.

        Args:
            split: as in `add`.
            name: as in `add`.
            digest: SHA-256 of the file's bytes, in hexadecimal.
            keypoints: as in `add`.

        Raises:
            DatasetError: as in `add_encoded`.
        """
        self.add_keypoints(split, name, keypoints)
        self.expect_file(f"{split}/{name}", digest)

    def add_keypoints(self, split: str, name: str, keypoints: np.ndarray) -> None:
        """Record an image's key points only; `expect_file` adds the shard that holds the image.

        Args:
            split: as in `add`.
            name: as in `add`.
            keypoints: as in `add`.

        Raises:
            DatasetError: the name or the key points' shape does not fit.
        """
        check_image_name(name, f"dataset {self.path}")
        joints = np.asarray(keypoints, np.float32)
        if joints.shape != (len(self.skeleton), 3):
            raise DatasetError(
                f"{name}: expected key points of shape {(len(self.skeleton), 3)} (layout "
                f"{self.skeleton.name}), received {joints.shape}"
            )
        self._images[split].append((name, keep_seen_joints(joints, self.image_size, 0.0)))

    def add_person_mask(self, split: str, image_name: str, mask: np.ndarray) -> None:
        """Write the person mask of an image.

        Args:
            split: the image's split.
            image_name: the image's name.
            mask: uint8 [H, W] of the dataset's image size, 255 on the person and 0 elsewhere.

        Raises:
            DatasetError: the mask's shape or dtype does not fit, or the image already has a mask.
        """
        if mask.shape != self.image_size or mask.dtype != np.uint8:
            raise DatasetError(
                f"{image_name}: expected a uint8 person mask of shape {self.image_size}, received "
                f"{mask.dtype} {mask.shape}"
            )
        name = person_mask_name(image_name)
        self._write(f"{PERSON_MASKS}{split}/{name}", encode_image(name, mask))

    def share_background(self, split: str, person: str, name: str) -> None:
        """Record that all images of a person in a split have one background.

        Args:
            split: the images' split.
            person: the person's name.
            name: the background's file name; `write_file` or `expect_file` adds it to the split's
                folder of backgrounds.

        Raises:
            DatasetError: the name cannot be the name of an image.
        """
        place = f"dataset {self.path}"
        check_image_name(f"{BACKGROUNDS}{split}/{name}", place)
        self._shared_backgrounds.setdefault(split, {})[person] = name

    def set_pairs(self, split: str, pairs: Iterable[tuple[str, str]]) -> None:
        """Set the split's (source image name, target image name) pairs."""
        self._pairs[split] = list(pairs)

    def write_file(self, name: str, data: bytes) -> None:
        """Write another file (a report, an overview image) into the folder."""
        self._write(name, data)

    def expect_file(self, name: str, digest: str) -> None:
        """Record the checksum of a file that another process writes into the finished folder.

        Args:
            name: its path in the folder.
            digest: SHA-256 of its bytes, in hexadecimal.

        Raises:
            DatasetError: the dataset already has a file of that name.
        """
        if name in self._checksums:
            raise DatasetError(f"dataset {self.path}: {name} is written twice")
        self._checksums[name] = digest

    def _finish(self) -> None:
        counts = {}
        for split in SPLITS:
            names = [name for name, _ in self._images[split]]
            keypoints = np.array([joints for _, joints in self._images[split]])
            keypoints = keypoints.reshape(len(names), len(self.skeleton), 3)
            self._write(f"annotations-{split}.csv", format_annotations(names, keypoints).encode())
            self._write(f"pairs-{split}.csv", format_pairs(self._pairs[split]).encode())
            counts[split] = {
                "images": len(names),
                "people": len({person_of(name) for name in names}),
                "pairs": len(self._pairs[split]),
            }
        checksums = "".join(
            f"{digest}  {name}\n" for name, digest in sorted(self._checksums.items())
        )
        manifest = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "skeleton": self.skeleton.name,
            "image_size": list(self.image_size),
            **({"storage": self.storage} if self.storage else {}),
            "splits": counts,
            **({SHARED_BACKGROUNDS: self._shared_backgrounds} if self._shared_backgrounds else {}),
            "checksums_sha256": hashlib.sha256(checksums.encode()).hexdigest(),
            "source": self.source,
            "written_by": f"deformable_gan {__version__}",
        }
        text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
        with self._disk_errors():
            (self._building / CHECKSUMS).write_text(checksums, encoding="utf-8")
            (self._building / MANIFEST).write_text(text, encoding="utf-8")
        built = DatasetFolder(self._building)
        _ = built.train, built.test  # a dataset that cannot be read must not replace another one
        with self._disk_errors():
            put_in_place(self._building, self.path)

    def _write(self, name: str, data: bytes) -> None:
        self.expect_file(name, hashlib.sha256(data).hexdigest())
        with self._disk_errors():
            target = self._building / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)

    @contextlib.contextmanager
    def _disk_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise DatasetError(f"dataset {self.path} cannot be made: {error}") from error
