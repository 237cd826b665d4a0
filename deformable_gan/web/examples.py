"""People and poses to begin with: of a dataset, with their annotations, or drawn dancers."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import tensorflow as tf

from deformable_gan.data.annotations import person_of
from deformable_gan.data.dancers import Dancer, Renderer, dance
from deformable_gan.data.dancers.body import place_body
from deformable_gan.data.dancers.framing import frame_body
from deformable_gan.data.dataset_folder import MASKS, DatasetFolder, Split
from deformable_gan.data.image_store import ImageStore
from deformable_gan.data.usable_pose import why_unusable
from deformable_gan.errors import DatasetError
from deformable_gan.pose.skeleton import COCO17, Skeleton, convert_keypoints
from deformable_gan.reposing.pose_sequence import PoseSequence
from deformable_gan.reposing.posed_image import PosedImage

COUNT = 8
# Dancers beyond those of any dataset drawn with the same seed.
_FIRST_DANCER = 1_000_000
_DANCE_RATE = 12
_DANCE_SECONDS = 5


@dataclass(frozen=True)
class Examples:
    """What the page offers to choose from; joints are known, so nothing has to be found.

    Attributes:
        people: who.
        poses: in which pose.
        origin: where they come from, for the page.
    """

    people: tuple[PosedImage, ...]
    poses: tuple[PosedImage, ...]
    origin: str

    @classmethod
    def of_dataset(cls, path: Path) -> "Examples":
        """Take people held out of training (of clips: moments), everybody once if possible.

        Raises:
            DatasetError: the dataset is absent or damaged, or shows nobody.
            ConfigurationError: its layout is unknown.
        """
        dataset = DatasetFolder(path)
        split = dataset.test if len(dataset.test.names) else dataset.train
        chosen = _spread(split, dataset.skeleton, 2 * COUNT)
        if not chosen:
            raise DatasetError(f"{path} shows nobody with both shoulders and both hips in view")
        # Of every person one image serves as source and, where there are more, another as pose.
        shown = _read(dataset, split, chosen)
        people, poses = shown[0::2], shown[1::2]
        return cls(tuple(people), tuple(poses), f"held-out images of {path.name}")

    @classmethod
    def drawn(cls, image_size: tuple[int, int], skeleton: Skeleton) -> "Examples":
        """Draw dancers, where no dataset is at hand."""
        people, poses = [], []
        for number in range(COUNT):
            rng = np.random.default_rng([0, _FIRST_DANCER + number])
            renderer = Renderer(Dancer.random(rng), image_size)
            for pose, shown in zip(dance(rng, 2, 1.6), (people, poses), strict=True):
                drawing = renderer.draw(pose, rng=rng)
                keypoints = convert_keypoints(drawing.keypoints, COCO17, skeleton)
                shown.append(PosedImage(drawing.image, keypoints, skeleton, drawing.mask))
        return cls(tuple(people), tuple(poses), "synthetic dancers")


def drawn_dance(image_size: tuple[int, int], seed: int = 0) -> PoseSequence:
    """Return a few seconds of a synthetic dancer's dance, seen by a camera that stands still."""
    rng = np.random.default_rng([seed, _FIRST_DANCER])
    dancer = Dancer.random(rng)
    poses = dance(rng, _DANCE_SECONDS * _DANCE_RATE, _DANCE_RATE)
    cameras = [frame_body(place_body(dancer.build, pose), image_size) for pose in poses]
    farthest = min(cameras, key=lambda camera: camera.scale)
    camera = replace(farthest, origin=((image_size[1] - 1) / 2, farthest.origin[1]))
    renderer = Renderer(dancer, image_size)
    keypoints = np.array([renderer.draw(pose, camera).keypoints for pose in poses])
    usable = [why_unusable(pose, COCO17) is None for pose in keypoints]
    return PoseSequence(keypoints[usable], COCO17, float(_DANCE_RATE))


def _spread(split: Split, skeleton: Skeleton, count: int) -> list[int]:
    """Choose images, in pairs of one person, of as many people as there are."""
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
    """Order a person's images so that neighbours differ: the first, the middle one and so on."""
    half = (len(images) + 1) // 2
    return [
        image
        for pair in zip(images[:half], [*images[half:], None], strict=False)
        for image in pair
        if image is not None
    ]


def _read(dataset: DatasetFolder, split: Split, chosen: list[int]) -> list[PosedImage]:
    # Nothing is to be kept in memory but what is shown.
    size = dataset.image_size
    images = _take(ImageStore(split, size, memory_budget=0), chosen)
    masks = [None] * len(chosen)
    if split.folder.with_name(f"{MASKS}{split.name}").is_dir():
        store = ImageStore(split.masks, size, memory_budget=0, channels=1)
        masks = _take(store, chosen)[..., 0]
    return [
        PosedImage(image, split.keypoints[index], dataset.skeleton, mask)
        for image, index, mask in zip(images, chosen, masks, strict=True)
    ]


def _take(store: ImageStore, chosen: list[int]) -> np.ndarray:
    return tf.function(store.take)(tf.constant(chosen, tf.int32)).numpy()
