"""Default options of drawn datasets and clips. `make_dancers` and `write_clips` explain them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DatasetOptions:
    """The options of a dataset of dancers.

    Attributes:
        image_size: (height, width) of the images in pixels.
        train_people: number of training people.
        test_people: number of test people.
        images_per_person: (number of images of each training person, of each test person).
        variety: the variety of the training people; see `make_dancers`.
        skeleton: the name of the joint layout.
        seed: the seed of all random choices.
    """

    image_size: tuple[int, int] = (128, 72)
    train_people: int = 300
    test_people: int = 12
    images_per_person: tuple[int, int] = (12, 20)
    variety: str = "mixed"
    skeleton: str = "coco17"
    seed: int = 0


@dataclass(frozen=True)
class ClipOptions:
    """The options of clips of dancers.

    Attributes:
        people: number of dancers, each in one clip.
        seconds: length of each clip.
        rate: frames per second.
        size: (height, width) of the frames in pixels.
        seed: the seed of all random choices.
    """

    people: int = 3
    seconds: float = 6.0
    rate: int = 12
    size: tuple[int, int] = (480, 272)
    seed: int = 0
