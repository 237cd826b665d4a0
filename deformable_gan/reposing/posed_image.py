"""An image of a person, of any size, with joints."""

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from deformable_gan.backgrounds.fill_person import fill_person
from deformable_gan.data.annotations import read_annotations
from deformable_gan.data.dataset_folder import (
    BACKGROUNDS,
    MANIFEST,
    PERSON_GREY,
    PERSON_MASKS,
    SPLITS,
    DatasetFolder,
    person_mask_name,
)
from deformable_gan.data.media import read_photo
from deformable_gan.data.usable_pose import (
    REQUIRED_JOINTS,
    SEEN,
    keep_seen_joints,
    why_unusable,
)
from deformable_gan.errors import MediaError, PoseError
from deformable_gan.pose.body_box import BodyBox
from deformable_gan.pose.person_crop import PersonCrop
from deformable_gan.pose.skeleton import Skeleton, convert_keypoints
from deformable_gan.reposing.other_people import other_person

# In pixels. The face, the hands and the folds of the clothes of a smaller person are not visible.
_SMALLEST_BODY = 32


@dataclass(frozen=True)
class PosedImage:
    """An image of one person with joints.

    Attributes:
        image: uint8 [H, W, 3] RGB.
        keypoints: float32 [J, 3] of (y, x, confidence) in pixels of `image`; 0 for missing joints.
        skeleton: the joints' layout.
        mask: the person mask, uint8 [H, W], 255 on the person and 0 elsewhere; None if it is not
            needed.
        photograph: uint8 [H', W', 3], from which `image` was cropped; None if `image` is not a
            crop.
        crop: the crop's position in the photograph.
        background: uint8, the photograph (or `image` if it is not a crop) without the person; None
            if it is not needed.
        shrunk_from: (height, width) of the photograph before `limited` shrank it, or None.
        still: an image of the same size as the photograph (or `image`) that is shown where nothing
            moves; None for the photograph itself; see `sources.placed_sources`.
        behind: uint8 [H, W, 3], the background of `image`; None if it is the crop of `background`.
        more: other photographs of the same person; for each pose the photographs that suit it best
            are used. This one determines the place and the background.
        lead: an amount by which the costs of this photograph are lowered, so that it is preferred
            to those in `more`; see `sources.source_mixer`.
    """

    image: np.ndarray
    keypoints: np.ndarray
    skeleton: Skeleton
    mask: np.ndarray | None = None
    photograph: np.ndarray | None = None
    crop: PersonCrop | None = None
    background: np.ndarray | None = None
    shrunk_from: tuple[int, int] | None = None
    still: np.ndarray | None = None
    behind: np.ndarray | None = None
    more: tuple["PosedImage", ...] = ()
    lead: float = 0.0

    @property
    def background_image(self) -> np.ndarray | None:
        """The background at the size of `image`, uint8 [H, W, 3], or None."""
        if self.behind is not None:
            return self.behind
        if self.background is None or self.crop is None:
            return self.background
        return self.crop.apply(self.background)

    def in_layout(self, skeleton: Skeleton) -> "PosedImage":
        """Return the image with joints in another layout."""
        keypoints = convert_keypoints(self.keypoints, self.skeleton, skeleton)
        return replace(self, keypoints=keypoints, skeleton=skeleton)

    def masked(self, path: Path) -> "PosedImage":
        """Return the image with the person mask in a file.

        Raises:
            MediaError: the file cannot be read, or is not a person mask of this image.
        """
        mask, size = read_photo(path), self.image.shape[:2]
        problem = None
        if mask.shape[:2] != size:
            problem = "is {}x{}, but the image is {}x{}".format(*mask.shape[:2], *size)
        elif (mask != mask[..., :1]).any():
            problem = "is coloured"
        elif mask.max() < PERSON_GREY:
            problem = f"has no pixel brighter than {mask.max()}"
        if problem:
            raise MediaError(
                f"{path} {problem}: expected a grey image of the photograph's size, 255 on the "
                "person and 0 elsewhere"
            )
        return replace(self, mask=mask[..., 0])

    def with_background(self, path: Path | None = None) -> "PosedImage":
        """Return the image with an image of its background.

        Args:
            path: a file with the background, of the same size; None to replace the person by a fill
                from the surroundings (`fill_person`).

        Raises:
            MediaError: the file cannot be read, or has another size.
        """
        whole, keypoints, mask = self.image, self.keypoints, self.mask
        if self.crop is not None:
            whole, keypoints, mask = self.photograph, self.crop.from_crop(self.keypoints), None
        if path is None:
            background = fill_person(whole, keypoints, self.skeleton, mask)
            return replace(self, background=background)
        background = read_photo(path)
        if background.shape != whole.shape:
            received, expected = (f"{one.shape[0]}x{one.shape[1]}" for one in (background, whole))
            raise MediaError(
                f"{path} is {received}, but the image is {expected}: give a background of the "
                "same size"
            )
        return replace(self, background=background)

    def cropped(self, image_size: tuple[int, int]) -> "PosedImage":
        """Return the person cropped to a size; an image of that size is returned unchanged."""
        if self.image.shape[:2] == tuple(image_size):
            return self
        size = self.image.shape[:2]
        box = BodyBox.of_pose(self.keypoints, self.skeleton).within(size)
        crop = PersonCrop.around(box, image_size).fitted(size)
        joints = crop.to_crop(self.keypoints)
        joints = keep_seen_joints(joints, image_size, 0.0)
        mask = None if self.mask is None else crop.apply(self.mask)
        image = crop.apply(self.image)
        return PosedImage(image, joints, self.skeleton, mask, self.image, crop, self.background)

    def limited(self, pixels: float) -> "PosedImage":
        """Return a copy with a photograph of at most `pixels` pixels; `image` stays unchanged.

        Args:
            pixels: the largest number of pixels.
        """
        if self.crop is None or self.photograph.shape[0] * self.photograph.shape[1] <= pixels:
            return self
        size = np.array(self.photograph.shape[:2])
        smaller = np.maximum(np.floor(size * np.sqrt(pixels / size.prod())), 1).astype(int)
        scale = smaller / size

        def shrunk(image):
            return cv2.resize(
                image, (int(smaller[1]), int(smaller[0])), interpolation=cv2.INTER_AREA
            )

        crop = replace(
            self.crop,
            top=float((self.crop.top + 0.5) * scale[0] - 0.5),
            left=float((self.crop.left + 0.5) * scale[1] - 0.5),
            height=float(self.crop.height * scale[0]),
            width=float(self.crop.width * scale[1]),
        )
        return replace(
            self,
            photograph=shrunk(self.photograph),
            crop=crop,
            background=None if self.background is None else shrunk(self.background),
            shrunk_from=(int(size[0]), int(size[1])),
        )

    def cut_out(self, times: int) -> "PosedImage":
        """Return a copy whose photograph is the resampled crop.

        Args:
            times: ratio of the new photograph's height and width to those of `image`.
        """
        if self.crop is None:
            return self
        height, width = self.image.shape[:2]
        larger = replace(self.crop, output_size=(height * times, width * times))
        return replace(
            self,
            photograph=larger.apply(self.photograph),
            crop=PersonCrop(-0.5, -0.5, height * times, width * times, (height, width)),
            background=None if self.background is None else larger.apply(self.background),
            still=None if self.still is None else larger.apply(self.still),
        )


def annotated_image(path: Path) -> PosedImage | None:
    """Read an image of a dataset folder with its annotation, or return None for any other file.

    Raises:
        DatasetError: the dataset or its annotations are damaged.
        MediaError: the image cannot be read.
        PoseError: the annotation has no joints.
    """
    folder = path.parent.parent
    if not (folder / MANIFEST).is_file():
        return None
    skeleton = DatasetFolder(folder).skeleton
    annotations = folder / f"annotations-{path.parent.name}.csv"
    if not annotations.is_file():
        return None
    joints = _annotated_joints(annotations, len(skeleton), annotations.stat().st_mtime_ns).get(
        path.name
    )
    if joints is None:
        return None
    if not joints.any():
        raise PoseError(f"{path}: its line in {annotations} has no joints: choose another image")
    return PosedImage(read_photo(path), joints, skeleton)


@lru_cache(maxsize=4)
def _annotated_joints(path: Path, joint_count: int, written: int) -> dict[str, np.ndarray]:
    """Return the joints by image name; the file is read again only after it has changed."""
    names, keypoints = read_annotations(path, joint_count)
    return dict(zip(names, keypoints, strict=True))


def annotated_person_mask(path: Path) -> Path | None:
    """Return the path of the person mask of a dataset folder's image, if it has one."""
    mask = path.parent.with_name(f"{PERSON_MASKS}{path.parent.name}") / person_mask_name(path.name)
    return mask if mask.is_file() else None


def annotated_background(path: Path) -> Path | None:
    """Return the path of the background of a dataset folder's image, if it has one.

    Raises:
        DatasetError: the dataset or its annotations are damaged.
    """
    folder, split = path.parent.parent, path.parent.name
    if not path.parent.with_name(f"{BACKGROUNDS}{split}").is_dir():
        return None
    if split not in SPLITS or not (folder / MANIFEST).is_file():
        return None
    annotations = folder / f"annotations-{split}.csv"
    # If the file is missing, reading the dataset raises an error that says so.
    written = annotations.stat().st_mtime_ns if annotations.is_file() else 0
    return _annotated_backgrounds(folder, split, written).get(path.name)


@lru_cache(maxsize=4)
def _annotated_backgrounds(folder: Path, split: str, written: int) -> dict[str, Path]:
    """Return the backgrounds by image name; a dataset is read again only after it has changed."""
    images = getattr(DatasetFolder(folder), split)
    backgrounds = images.backgrounds
    return {name: backgrounds.image_path(index) for index, name in enumerate(images.names)}


def estimated_image(
    image: np.ndarray, movenet, name: str = "the image", most_prominent: bool = False
) -> PosedImage:
    """Find the person in a photograph.

    Args:
        image: uint8 [H, W, 3] RGB.
        movenet: a `MoveNet`.
        name: the photograph's name, for messages.
        most_prominent: whether to use the most prominent of several people, large and near the
            middle, instead of raising an error.

    Raises:
        PoseError: there is no person with visible shoulders and hips, the person is very small, or
            several people are in view.
    """
    size = image.shape[:2]
    skeleton = movenet.skeleton
    keypoints = keep_seen_joints(movenet.estimate(image), size, SEEN)
    reason = why_unusable(keypoints, skeleton)
    if reason:
        if not (keypoints[skeleton.indices(*REQUIRED_JOINTS), 2] > 0).any() and keypoints.any():
            reason = "a face or a limb is seen but no body"
        raise PoseError(
            f"{name}: {reason}; expected a photograph of one person with both shoulders and both "
            "hips in view"
        )
    box = BodyBox.of_pose(keypoints, skeleton).within(size)
    extent = max(box.height, box.width)
    if extent < _SMALLEST_BODY:
        raise PoseError(
            f"{name}: the person spans only {extent:.0f} pixels, but at least "
            f"{_SMALLEST_BODY} are needed: take a larger image of the person"
        )
    other = None if most_prominent else other_person(image, keypoints, movenet)
    if other:
        places = " and ".join(f"({x:.0f}, {y:.0f})" for y, x in (box.centre, other.centre))
        raise PoseError(
            f"{name}: several people are in view, around (x, y) = {places}: crop the image to one "
            "of them, or take the most prominent one with --most-prominent"
        )
    return PosedImage(image, keypoints, skeleton)
