"""Options for preparing a dataset from recordings."""

import dataclasses
from dataclasses import dataclass

from deformable_gan.errors import ConfigurationError
from deformable_gan.pose.crop_modes import CROP_MODES
from deformable_gan.pose.movenet_source import DEFAULT_LOOKS, MOST_LOOKS

_OF_PAIRS = ("train_pairs", "test_pairs", "person_pairs", "pair_distance", "seed")


@dataclass(frozen=True)
class PrepareOptions:
    """Options for preparing a dataset from recordings.

    Attributes:
        image_size: (height, width) of the dataset's images, in pixels.
        rate: frames per second taken from a video.
        height: images higher than this many pixels are scaled down to this height before people
            are searched for.
        looks: number of looks at a person that are averaged (see `averaged_looks`).
        threshold: a joint counts as seen if its confidence is above this.
        absence: seconds without a person after which a new track begins.
        smooth: standard deviation, in seconds, of the Gaussian that smooths a clip's joints over
            time; 0 for no smoothing.
        least_sharpness: frames of a clip that are less sharp than this share of the median are
            dropped; 0 keeps all.
        keep_repeated: whether duplicate frames are kept.
        crop: `auto`, `fixed` or `follow` (see `crop_clip`); each photograph has its own crop.
        test_fraction: share of each person's usable frames in a recording, taken from the end, that
            is held out for testing.
        gap: seconds of a video left out between training and test.
        train_pairs: the largest number of training pairs, drawn at random if there are more; None
            for all.
        test_pairs: the largest number of test pairs, likewise; the default is the paper's number.
        person_pairs: the largest number of pairs of one person in a split; None for all.
        pair_distance: the smallest distance between the poses of a pair, in torso lengths (see
            `pose_pairs`).
        seed: the seed of the random selections of pairs.

    Raises:
        ConfigurationError: a value is out of range.
    """

    image_size: tuple[int, int] = (128, 72)
    rate: float = 6.0
    height: int = 240
    looks: int = DEFAULT_LOOKS
    threshold: float = 0.3
    absence: float = 1.0
    smooth: float = 0.0
    least_sharpness: float = 0.25
    keep_repeated: bool = False
    crop: str = "auto"
    test_fraction: float = 0.2
    gap: float = 0.5
    train_pairs: int | None = 200_000
    test_pairs: int | None = 12_000
    person_pairs: int | None = None
    pair_distance: float = 0.1
    seed: int = 0

    def __post_init__(self):
        def check(condition: bool, name: str, expected: str) -> None:
            if not condition:
                raise ConfigurationError(
                    f"{name} must be {expected}, received {getattr(self, name)}"
                )

        check(min(self.image_size) >= 32, "image_size", "at least 32 x 32 pixels")
        check(0 < self.rate <= 1000, "rate", "positive and at most 1000 frames per second")
        check(self.height >= 32, "height", "at least 32 pixels")
        check(1 <= self.looks <= MOST_LOOKS, "looks", f"between 1 and {MOST_LOOKS}")
        check(0 <= self.threshold < 1, "threshold", "at least 0 and below 1")
        check(self.crop in CROP_MODES, "crop", f"one of {', '.join(CROP_MODES)}")
        check(0 <= self.test_fraction < 1, "test_fraction", "at least 0 and below 1")
        check(self.gap >= 0, "gap", "0 or more seconds")
        check(self.absence > 0, "absence", "a positive number of seconds")
        check(0 <= self.smooth <= 10, "smooth", "between 0 and 10 seconds")
        check(0 <= self.least_sharpness < 1, "least_sharpness", "at least 0 and below 1")
        check(0 <= self.pair_distance < 10, "pair_distance", "from 0 to below 10 torso lengths")
        for name in ("train_pairs", "test_pairs", "person_pairs"):
            limit = getattr(self, name)
            check(limit is None or limit >= 0, name, "0 or more")

    def of_recordings(self) -> dict:
        """Return the options that affect the result of a single recording, as JSON values."""
        options = dataclasses.asdict(self)
        for name in _OF_PAIRS:
            del options[name]
        return {**options, "image_size": list(self.image_size)}
