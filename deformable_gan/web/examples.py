"""Example people and poses: annotated images of a dataset, or drawn dancers."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import tensorflow as tf

from deformable_gan.data.annotations import person_of
from deformable_gan.data.dataset_folder import PERSON_MASKS, DatasetFolder, Split
from deformable_gan.data.image_store import ImageStore
from deformable_gan.data.usable_pose import why_unusable
from deformable_gan.errors import DatasetError
from deformable_gan.pose.skeleton import Skeleton
from deformable_gan.reposing.drawn_examples import drawn_pair
from deformable_gan.reposing.posed_image import PosedImage

COUNT = 8


@dataclass(frozen=True)
class Examples:
    """The examples of the page. Their joints are known and need not be estimated.

    Attributes:
        people: the people.
        poses: the poses.
        origin: the source of the examples, as the page shows it.
    """

    people: tuple[PosedImage, ...]
    poses: tuple[PosedImage, ...]
    origin: str

    @classmethod
    def of_dataset(cls, path: Path) -> "Examples":
        """Return examples from a dataset, showing as many different people as possible.

        They are held-out images if the dataset has any, otherwise training images.

        Raises:
            DatasetError: the dataset is absent, damaged or without a usable image.
            ConfigurationError: the dataset's layout is unknown.
        """
        dataset = DatasetFolder(path)
        kind, split = "held-out", dataset.test
        if not len(split.names):
            kind, split = "training", dataset.train
        chosen = _spread(split, dataset.skeleton, 2 * COUNT)
        if not chosen:
            raise DatasetError(
                f"{path} has no image for the examples (held-out images if there are any) with "
                "both shoulders and both hips in view: choose another dataset"
            )
        # The first image of each pair is an example of a person, the second an example of a pose.
        shown = _read(dataset, split, chosen)
        people, poses = shown[0::2], shown[1::2]
        return cls(tuple(people), tuple(poses), f"{kind} images of {path.name}")

    @classmethod
    def drawn(cls, image_size: tuple[int, int], skeleton: Skeleton, times: int = 1) -> "Examples":
        """Return drawn dancers, which need no dataset.

        Args:
            image_size: (H, W) of the model's images.
            skeleton: the layout of the model's joints.
            times: the size of the drawings as a multiple of `image_size`, for models that compose.
        """
        pairs = [drawn_pair(number, image_size, skeleton, times) for number in range(COUNT)]
        people, poses = zip(*pairs, strict=True)
        return cls(people, poses, "synthetic dancers")

    def led_by(self, person: PosedImage) -> "Examples":
        """Return the examples with one more person, who comes first."""
        return replace(self, people=(person, *self.people))


def _spread(split: Split, skeleton: Skeleton, count: int) -> list[int]:
    """Return indices of images in pairs, each pair of one person, of as many people as possible."""
    people: dict[str, list[int]] = {}
    for index, (name, pose) in enumerate(zip(split.names, split.keypoints, strict=True)):
        if why_unusable(pose, skeleton) is None:
            people.setdefault(person_of(name), []).append(index)
    chosen: list[int] = []
    turn = 0
    while len(chosen) < count:
        pairs = [
            (images[2 * turn], images[min(2 * turn + 1, len(images) - 1)])
            for images in map(_far_apart, people.values())
            if len(images) > 2 * turn
        ]
        if not pairs:
            break
        chosen += [index for pair in pairs for index in pair]
        turn += 1
    return chosen[:count]


def _far_apart(images: list[int]) -> list[int]:
    """Return a person's images in an order in which neighbours differ: first, middle and so on."""
    half = (len(images) + 1) // 2
    return [
        image
        for pair in zip(images[:half], [*images[half:], None], strict=False)
        for image in pair
        if image is not None
    ]


def _read(dataset: DatasetFolder, split: Split, chosen: list[int]) -> list[PosedImage]:
    # Only the shown images are kept in memory.
    size = dataset.image_size
    images = _take(ImageStore(split, size, memory_budget=0), chosen)
    masks = [None] * len(chosen)
    if split.folder.with_name(f"{PERSON_MASKS}{split.name}").is_dir():
        store = ImageStore(split.person_masks, size, memory_budget=0, channels=1)
        masks = _take(store, chosen)[..., 0]
    return [
        PosedImage(image, split.keypoints[index], dataset.skeleton, mask)
        for image, index, mask in zip(images, chosen, masks, strict=True)
    ]


def _take(store: ImageStore, chosen: list[int]) -> np.ndarray:
    return tf.function(store.take)(tf.constant(chosen, tf.int32)).numpy()
