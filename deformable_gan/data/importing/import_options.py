"""Options for importing a foreign dataset."""

from dataclasses import dataclass
from pathlib import Path

from deformable_gan.errors import ConfigurationError
from deformable_gan.pose.skeleton import get_skeleton

#: Layouts of foreign datasets and their usual image sizes, (height, width).
FORMATS = {
    "market1501": (128, 64),
    "deepfashion": (256, 256),
    "deepfashion-176": (256, 176),
    "folder": (128, 64),
}


@dataclass(frozen=True)
class ImportOptions:
    """Options for importing a foreign dataset into a dataset folder.

    Attributes:
        format: one of `FORMATS`.
        image_size: (height, width) of the dataset's images; None for the format's usual size.
        annotations: the folder with annotation and pairs files; None to estimate the joints.
        joints: the name of the joint layout in the annotation files (see `get_skeleton`).
        whole_image: whether annotations are in pixels of the source images instead of the
            dataset's images, which differ where images are cropped or scaled.
        threshold: estimated joints whose confidence is not above this value count as missing.
        train_pairs: largest number of training pairs to draw if there is no pairs file; None keeps
            all pairs, as the original does.
        test_pairs: the same for test pairs; the original draws 12,000.
        test_outfits: number of test outfits for DeepFashion as distributed, if no file gives the
            split; the original draws 1,000.
        seed: the seed of all random selections.
    """

    format: str
    image_size: tuple[int, int] | None = None
    annotations: Path | None = None
    joints: str = "openpose18"
    whole_image: bool = False
    threshold: float = 0.3
    train_pairs: int | None = None
    test_pairs: int | None = 12_000
    test_outfits: int = 1_000
    seed: int = 0

    def __post_init__(self):
        if self.format not in FORMATS:
            raise ConfigurationError(
                f"format must be one of {', '.join(FORMATS)}, received {self.format!r}"
            )
        get_skeleton(self.joints)
        if self.image_size is not None and min(self.image_size) < 1:
            raise ConfigurationError(f"image_size must be positive, received {self.image_size}")
        for name in ("train_pairs", "test_pairs", "test_outfits"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ConfigurationError(f"{name} must be at least 1, received {value}")
        if self.seed < 0:
            raise ConfigurationError(f"seed must not be negative, received {self.seed}")

    @property
    def size(self) -> tuple[int, int]:
        """The dataset's image size."""
        height, width = self.image_size or FORMATS[self.format]
        return height, width

    def to_json(self) -> dict:
        """Return the options as JSON values, for the manifest."""
        return {
            "kind": "import",
            "format": self.format,
            "image_size": list(self.size),
            "whole_image": self.whole_image,
            "threshold": self.threshold,
            "train_pairs": self.train_pairs,
            "test_pairs": self.test_pairs,
            "test_outfits": self.test_outfits,
            "seed": self.seed,
        }
