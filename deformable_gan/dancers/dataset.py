"""Dataset folders of synthetic dancers."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from deformable_gan.dancers.dancer import VARIETIES
from deformable_gan.dancers.draw_people import draw_people
from deformable_gan.dancers.drawing_options import DatasetOptions
from deformable_gan.dancers.joints import SKELETON
from deformable_gan.dancers.recordings import Recordings, read_recordings
from deformable_gan.dancers.sitting import RATE, Sitting
from deformable_gan.dancers.stretch import Stretch
from deformable_gan.data.dataset_folder import MANIFEST, SPLITS, DatasetFolder
from deformable_gan.data.dataset_writer import DatasetWriter
from deformable_gan.data.pairs import pairs_within_people
from deformable_gan.errors import ConfigurationError
from deformable_gan.pose.skeleton import Skeleton, convert_keypoints, get_skeleton

KIND = "synthetic-dancers"
#: Version of the drawings, which increases whenever equal arguments give other images than in an
#: earlier release. The plain variety still has version 1.
DRAWING_VERSION = 2
#: The smallest height or width of an image in pixels: faces in smaller images are unrecognisable.
MINIMUM_SIZE = 32
#: The number of the first test person of a `wide` or `mixed` dataset. Its test people are always
#: the same plain people, so that scores of all releases are comparable; its training people have
#: higher numbers.
TEST_PEOPLE_FROM = 60
TRAIN_PEOPLE_FROM = 1000
#: Varieties of training people.
DATASET_VARIETIES = (*VARIETIES, "mixed")
_DEFAULTS = DatasetOptions()
_SKELETON = get_skeleton(_DEFAULTS.skeleton)


def make_dancers(
    output: str | Path,
    *,
    image_size: tuple[int, int] = _DEFAULTS.image_size,
    train_people: int = _DEFAULTS.train_people,
    test_people: int = _DEFAULTS.test_people,
    images_per_person: int | tuple[int, int] = _DEFAULTS.images_per_person,
    train_pairs: int | None = None,
    test_pairs: int | None = None,
    seed: int = _DEFAULTS.seed,
    skeleton: Skeleton = _SKELETON,
    variety: str = _DEFAULTS.variety,
    person_masks: bool = False,
    backgrounds: bool = False,
    workers: int = 1,
    motion: Sequence[str | Path] | Recordings | None = None,
    random_facing: bool = False,
    overwrite: bool = False,
    progress: bool = True,
) -> DatasetFolder:
    """Make a dataset folder of synthetic dancers, or return one made with equal arguments.

    Equal arguments give byte-identical folders, whatever the number of workers. The two splits
    contain different people. A person depends only on the seed, their number and variety, not on
    the counts in other arguments. Test people are always plain.

    Args:
        output: the folder to write.
        image_size: (height, width) of the images in pixels, each at least 32.
        train_people: number of training people.
        test_people: number of test people.
        images_per_person: number of images of each person, at least 2, because a pair needs two;
            or one number for training people and one for test people.
        train_pairs: largest number of training pairs, chosen at random; None for all pairs.
        test_pairs: largest number of test pairs, chosen at random; None for all pairs.
        seed: determines everything random.
        skeleton: the joints' layout.
        variety: appearance of the training people: `wide` for people as in photographs; `plain` for
            clear drawings in front of simple backdrops, the only variety of earlier releases;
            `mixed` for alternating plain and wide people.
        person_masks: whether to write the dancers' person masks.
        backgrounds: whether to write images of the places without dancers and shadows.
        workers: number of drawing processes. With more than one, a script needs the usual guard
            `if __name__ == "__main__":`.
        motion: BVH files, or their `Recordings`: every dancer performs a random part of a random
            recording. None for invented dances.
        random_facing: whether each dancer with recorded motion is turned by a random angle about
            the vertical axis; otherwise a person who faces the recording's z axis faces the viewer.
        overwrite: whether to replace a dataset that was made with other arguments.
        progress: whether to show a progress bar on standard error.

    Returns:
        The dataset.

    Raises:
        ConfigurationError: an argument is out of range, or `random_facing` is given without
            `motion`.
        DatasetError: `output` has other contents (see `DatasetWriter`), or a drawing process was
            killed.
        MediaError: a recording cannot be used (see `Recordings.read`).
    """
    output = Path(output)
    per_person = _per_person(images_per_person)
    _check(image_size, train_people, test_people, per_person, train_pairs, test_pairs, seed)
    if variety not in DATASET_VARIETIES:
        raise ConfigurationError(
            f"variety must be one of {', '.join(DATASET_VARIETIES)}, received {variety!r}"
        )
    if workers < 1:
        raise ConfigurationError(f"workers must be at least 1, received {workers}")
    recordings = read_recordings(motion, random_facing)  # type: ignore[arg-type]  # accepts `Recordings`, too
    plain = variety == "plain"
    people = {
        "train": range(train_people),
        "test": range(train_people, train_people + test_people),
    }
    if not plain:
        if test_people > TRAIN_PEOPLE_FROM - TEST_PEOPLE_FROM:
            raise ConfigurationError(
                f"test_people must be at most {TRAIN_PEOPLE_FROM - TEST_PEOPLE_FROM} unless the "
                f"variety is 'plain', received {test_people}"
            )
        people = {
            "train": range(TRAIN_PEOPLE_FROM, TRAIN_PEOPLE_FROM + train_people),
            "test": range(TEST_PEOPLE_FROM, TEST_PEOPLE_FROM + test_people),
        }
    pairs = {"train": train_pairs, "test": test_pairs}
    size = (int(image_size[0]), int(image_size[1]))
    source = {
        "kind": KIND,
        "drawing_version": 1 if plain else DRAWING_VERSION,
        "image_size": list(size),
        "train_people": train_people,
        "test_people": test_people,
        "images_per_person": per_person[0] if plain and len({*per_person}) == 1 else [*per_person],
        "train_pairs": train_pairs,
        "test_pairs": test_pairs,
        "seed": seed,
        "skeleton": skeleton.name,
        **({} if plain else {"variety": variety}),
        **({"masks": True} if person_masks else {}),
        **({"backgrounds": True} if backgrounds else {}),
        **({"motion": recordings.source} if recordings else {}),
        **({"random_facing": True} if random_facing else {}),
    }
    if (output / MANIFEST).is_file():
        present = DatasetFolder(output)
        if present.manifest.get("source") == source:
            return present

    def stretch(number: int, images: int) -> Stretch | None:
        if recordings is None:
            return None
        # Separate random numbers, so that the person's appearance does not depend on the motion.
        rng = np.random.default_rng([seed, number, 1])
        return recordings.draw(rng, images, RATE, random_facing)

    sittings = {
        split: [
            Sitting(
                seed,
                number,
                _variety_of(number, variety) if split == "train" else "plain",
                images,
                size,
                person_masks,
                backgrounds,
                stretch(number, images),
            )
            for number in people[split]
        ]
        for split, images in zip(SPLITS, per_person, strict=True)
    }
    total = sum(sitting.images for split in SPLITS for sitting in sittings[split])
    with (
        DatasetWriter(output, skeleton, size, source, overwrite) as writer,
        tqdm(
            total=total, unit="image", desc="drawing dancers", disable=None if progress else True
        ) as bar,
    ):
        drawn = draw_people([*sittings["train"], *sittings["test"]], workers)
        for split in SPLITS:
            names = []
            for _ in sittings[split]:
                for image in next(drawn):
                    keypoints = convert_keypoints(image.keypoints, SKELETON, skeleton)
                    writer.add_encoded(split, image.name, image.data, keypoints)
                    for prefix, (name, data) in image.supplements.items():
                        writer.write_file(f"{prefix}{split}/{name}", data)
                    names.append(image.name)
                    bar.update()
            writer.set_pairs(split, pairs_within_people(names, pairs[split], seed))
        drawn.close()  # type: ignore[attr-defined]  # draw_people is a generator function
    return DatasetFolder(output)


def default_workers() -> int:
    """Return the default number of drawing processes: one per core, at most 16; 1 if unknown."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    return min(16, cores)


def _variety_of(number: int, variety: str) -> str:
    return variety if variety in VARIETIES else VARIETIES[number % 2]


def _per_person(images: int | tuple[int, int]) -> tuple[int, int]:
    numbers = (images, images) if isinstance(images, int) else tuple(images)
    if len(numbers) == 1:
        numbers *= 2
    if len(numbers) != 2:
        raise ConfigurationError(
            f"images_per_person must be one number or two, received {len(numbers)} numbers"
        )
    return int(numbers[0]), int(numbers[1])


def _check(
    image_size: tuple[int, int],
    train_people: int,
    test_people: int,
    images_per_person: tuple[int, int],
    train_pairs: int | None,
    test_pairs: int | None,
    seed: int,
) -> None:
    if len(image_size) != 2 or min(image_size) < MINIMUM_SIZE:
        raise ConfigurationError(
            f"image_size must be (height, width) of at least {MINIMUM_SIZE} pixels each, "
            f"received {tuple(image_size)}"
        )
    least = {
        "train_people": (train_people, 1),
        "test_people": (test_people, 0),
        "images_per_person": (min(images_per_person), 2),
        "train_pairs": (train_pairs, 1),
        "test_pairs": (test_pairs, 1),
        "seed": (seed, 0),
    }
    for name, (value, minimum) in least.items():
        if value is not None and value < minimum:
            raise ConfigurationError(f"{name} must be at least {minimum}, received {value}")
