"""Options for enlarging a training set."""

from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from deformable_gan.errors import ConfigurationError


@dataclass(frozen=True)
class AugmentationOptions:
    """Options for enlarging a training set.

    Attributes:
        output: the folder to write.
        poses_per_image: number of new images for each image.
        seed: determines the poses.
        originals: whether the dataset's own images are added to the new ones.
        same_camera: see `DrawnPoses.draw`.
        images: the name of the folder within `output` that holds the images.
        batch_size: number of images generated at once.

    Raises:
        ConfigurationError: an option is out of range.
    """

    output: Path
    poses_per_image: int = 3
    seed: int = 0
    originals: bool = True
    same_camera: bool = False
    images: str = "train"
    batch_size: int = 16

    def __post_init__(self):
        for name, least in (("poses_per_image", 1), ("seed", 0), ("batch_size", 1)):
            if getattr(self, name) < least:
                raise ConfigurationError(
                    f"{name} must be at least {least}, received {getattr(self, name)}"
                )
        if len(PurePosixPath(self.images).parts) != 1 or self.images in (".", ".."):
            raise ConfigurationError(
                "the folder of the images (--images-folder) must be a plain name such as train, "
                f"received {self.images!r}"
            )

    def decisive(self) -> dict:
        """Return the options that affect the result, as JSON values."""
        values = asdict(self)
        del values["output"]
        return values
