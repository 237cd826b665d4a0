"""Dataset folders of synthetic dancers."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from deformable_gan.data.dancers.choreography import dance
from deformable_gan.data.dancers.dancer import Dancer
from deformable_gan.data.dancers.recordings import Recordings, read_recordings
from deformable_gan.data.dancers.renderer import Renderer
from deformable_gan.data.dataset_folder import MANIFEST, SPLITS, DatasetFolder
from deformable_gan.data.dataset_writer import DatasetWriter
from deformable_gan.data.pairs import pairs_within_people
from deformable_gan.errors import ConfigurationError
from deformable_gan.pose.skeleton import COCO17, Skeleton, convert_keypoints

KIND = "synthetic-dancers"
#: Of the drawings: raised when equal arguments give other pictures than in an earlier release.
DRAWING_VERSION = 1
#: The smallest picture, in pixels either way: below it a face is a blot.
MINIMUM_SIZE = 32
# Images of a person are moments of one dance, far enough apart to differ.
_RATE = 1.6


def make_dancers(
    output: str | Path,
    *,
    image_size: tuple[int, int] = (128, 72),
    train_people: int = 60,
    test_people: int = 12,
    images_per_person: int = 20,
    train_pairs: int | None = None,
    test_pairs: int | None = None,
    seed: int = 0,
    skeleton: Skeleton = COCO17,
    masks: bool = False,
    motion: Sequence[str | Path] | Recordings | None = None,
    random_facing: bool = False,
    overwrite: bool = False,
    progress: bool = True,
) -> DatasetFolder:
    """Make a dataset folder of synthetic dancers, or return the one that is already there.

    Equal arguments give byte-identical folders. The people of the two splits are different ones;
    a person depends on the seed and their number alone, not on the other arguments' counts.

    Args:
        output: the folder to make.
        image_size: (height, width) of the images in pixels, each at least 32.
        train_people: how many people to learn from.
        test_people: how many other people to test with.
        images_per_person: images of each; at least 2, for pairs.
        train_pairs: how many pairs to draw; None keeps all.
        test_pairs: how many pairs to draw; None keeps all.
        seed: decides everything random.
        skeleton: the joints' layout.
        masks: keep masks of the dancers beside the images.
        motion: BVH files, or their `Recordings`: every dancer takes a random stretch of a random
            one. None for invented dances.
        random_facing: turn each dancer of recorded motion by a random angle about the vertical
            axis; otherwise a person who faces the recording's z axis faces the viewer.
        overwrite: replace a dataset that was made with other arguments.
        progress: show a bar on standard error.

    Returns:
        The dataset.

    Raises:
        ConfigurationError: an argument is out of its range.
        DatasetError: `output` holds something else (see `DatasetWriter`).
        MediaError: a recording cannot be used (see `Recordings.read`).
    """
    output = Path(output)
    _check(image_size, train_people, test_people, images_per_person, train_pairs, test_pairs, seed)
    recordings = read_recordings(motion, random_facing)
    people = {"train": train_people, "test": test_people}
    pairs = {"train": train_pairs, "test": test_pairs}
    source = {
        "kind": KIND,
        "drawing_version": DRAWING_VERSION,
        "image_size": [int(length) for length in image_size],
        "train_people": train_people,
        "test_people": test_people,
        "images_per_person": images_per_person,
        "train_pairs": train_pairs,
        "test_pairs": test_pairs,
        "seed": seed,
        "skeleton": skeleton.name,
        **({"masks": True} if masks else {}),
        **({"motion": recordings.source} if recordings else {}),
        **({"random_facing": True} if random_facing else {}),
    }
    if (output / MANIFEST).is_file():
        present = DatasetFolder(output)
        if present.manifest.get("source") == source:
            return present

    total = images_per_person * sum(people.values())
    with (
        DatasetWriter(output, skeleton, image_size, source, overwrite) as writer,
        tqdm(
            total=total, unit="image", desc="drawing dancers", disable=None if progress else True
        ) as bar,
    ):
        number = 0
        for split in SPLITS:
            names = []
            for _ in range(people[split]):
                rng = np.random.default_rng([seed, number])
                dancer = Dancer.random(rng)
                renderer = Renderer(dancer, image_size)
                if recordings is None:
                    poses = dance(rng, images_per_person, _RATE)
                else:
                    stretch = recordings.draw(rng, images_per_person, _RATE, random_facing)
                    poses = stretch.bodies(dancer.build)
                for index, pose in enumerate(poses):
                    rendering = renderer.draw(pose, rng=rng)
                    keypoints = convert_keypoints(rendering.keypoints, COCO17, skeleton)
                    names.append(f"dancer{number:04d}_{index:04d}.png")
                    writer.add(split, names[-1], rendering.image, keypoints)
                    if masks:
                        writer.add_mask(split, names[-1], rendering.mask)
                    bar.update()
                number += 1
            writer.set_pairs(split, pairs_within_people(names, pairs[split], seed))
    return DatasetFolder(output)


def _check(
    image_size: tuple[int, int],
    train_people: int,
    test_people: int,
    images_per_person: int,
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
        "images_per_person": (images_per_person, 2),
        "train_pairs": (train_pairs, 1),
        "test_pairs": (test_pairs, 1),
        "seed": (seed, 0),
    }
    for name, (value, minimum) in least.items():
        if value is not None and value < minimum:
            raise ConfigurationError(f"{name} must be at least {minimum}, received {value}")
