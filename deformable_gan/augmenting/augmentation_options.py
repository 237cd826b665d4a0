"""How a training set is enlarged."""

from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from deformable_gan.errors import ConfigurationError


@dataclass(frozen=True)
class AugmentationOptions:
    """How a training set is enlarged.

    Attributes:
        output: the folder to make.
        poses_per_image: how many new pictures of each image.
        seed: decides which poses.
        originals: whether the dataset's own images are put beside the new ones.
        same_camera: see `DrawnPoses.draw`.
        images: the name of the folder within `output` that holds the pictures.
        batch_size: pictures generated at once.

    Raises:
        ConfigurationError: an option is out of its range.
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
                f"the folder of the pictures must be a plain name, received {self.images!r}"
            )

    def decisive(self) -> dict:
        """Return what decides the result, JSON values."""
        values = asdict(self)
        del values["output"]
        return values
