"""A trained model, ready to repose people."""

from pathlib import Path

import numpy as np

from deformable_gan.data.media import PHOTO_SUFFIXES
from deformable_gan.data.video import VIDEO_SUFFIXES
from deformable_gan.errors import ConfigurationError, MediaError
from deformable_gan.inference import Generate
from deformable_gan.pose.movenet import MoveNet
from deformable_gan.pose.skeleton import Skeleton
from deformable_gan.reposing.pose_sequence import PoseSequence
from deformable_gan.reposing.posed_image import (
    PosedImage,
    annotated_image,
    annotated_mask,
    estimated_image,
)
from deformable_gan.trained_model import TrainedModel

_BATCH = 16


class Reposer:
    """Puts a person from a picture into other poses.

    ::

        reposer = Reposer.load("runs/demo")
        images = reposer.repose(reposer.person("anna.jpg"), reposer.poses("dance.mp4"))

    Args:
        generate: see `inference.make_generate`.
        image_size: (H, W) of the model's images.
        skeleton: the layout of the model's joints.
        movenet: where MoveNet lies, for pictures without annotations; see `MoveNet.load`.
        wants_mask: whether `generate` takes a mask of the person, too.
    """

    def __init__(
        self,
        generate: Generate,
        image_size: tuple[int, int],
        skeleton: Skeleton,
        movenet: str | Path | None = None,
        wants_mask: bool = False,
    ):
        self._generate = generate
        self.image_size = tuple(image_size)
        self.skeleton = skeleton
        self.wants_mask = wants_mask
        self._movenet_path = movenet
        self._movenet: MoveNet | None = None

    @classmethod
    def load(cls, path: str | Path, movenet: str | Path | None = None) -> "Reposer":
        """Load a run directory or an exported model.

        Raises:
            RunError: it is neither, or damaged.
        """
        model = TrainedModel.load(path)
        return cls(
            model.generate,
            model.image_size,
            model.skeleton,
            movenet,
            wants_mask="source_mask" in model.wants,
        )

    def person(self, path: str | Path, mask: str | Path | None = None) -> PosedImage:
        """Return the person in a picture, at the model's size.

        An image of a dataset folder comes with its annotation; in any other MoveNet looks for the
        person.

        Args:
            path: the picture.
            mask: a grey picture of the same size, 255 on the person and 0 elsewhere, for models
                that want one; None for the dataset's.

        Raises:
            MediaError: the picture or the mask cannot be read.
            PoseError: nobody is found in it, or MoveNet cannot be had.
            ConfigurationError: the model wants a mask and there is none, or the other way round.
        """
        path = Path(path)
        if mask and not self.wants_mask:
            raise ConfigurationError(f"this model was trained without masks: leave out {mask}")
        posed = self._posed(path)
        if self.wants_mask:
            mask = mask or annotated_mask(path)
            if not mask:
                raise ConfigurationError(
                    f"this model wants a mask of the person in {path} (grey, of the same size, "
                    "255 on the person and 0 elsewhere): give one with --mask"
                )
            posed = posed.masked(Path(mask))
        return posed.cropped(self.image_size).in_layout(self.skeleton)

    def poses(self, path: str | Path, rate: float | None = None) -> PoseSequence:
        """Return the poses in a picture, a clip or a dataset's `annotations-*.csv`.

        Args:
            path: the file.
            rate: poses per second of a clip; None for all its frames.

        Raises:
            MediaError: the file is absent, of no known kind, or cannot be read.
            PoseError: nobody is found, or MoveNet cannot be had.
        """
        path = Path(path)
        suffix = path.suffix.lower()
        if not path.is_file():
            raise MediaError(f"{path} does not exist")
        if suffix == ".csv":
            poses = PoseSequence.of_annotations(path, self.image_size)
        elif suffix in VIDEO_SUFFIXES:
            poses = PoseSequence.of_clip(path, self._find_movenet(), self.image_size, rate)
        elif suffix in PHOTO_SUFFIXES:
            poses = PoseSequence.of_image(self._posed(path), self.image_size)
        else:
            raise MediaError(
                f"{path}: a pose comes from a photograph ({', '.join(sorted(PHOTO_SUFFIXES))}), a "
                f"clip ({', '.join(sorted(VIDEO_SUFFIXES))}) or a dataset's annotations-*.csv"
            )
        return poses.in_layout(self.skeleton)

    def repose(self, person: PosedImage, poses: PoseSequence, progress=None) -> np.ndarray:
        """Generate the person in every pose.

        Args:
            person: from `person`.
            poses: from `poses`.
            progress: called with the number of images after each batch.

        Returns:
            uint8 [T, H, W, 3].
        """
        images = []
        mask = {} if person.mask is None else {"source_mask": person.mask[None, ..., None]}
        for start in range(0, len(poses.keypoints), _BATCH):
            targets = poses.keypoints[start : start + _BATCH]
            count = len(targets)
            images.append(
                self._generate(
                    np.repeat(person.image[None], count, axis=0),
                    np.repeat(person.keypoints[None], count, axis=0),
                    targets,
                    **{name: np.repeat(value, count, axis=0) for name, value in mask.items()},
                )
            )
            if progress:
                progress(count)
        return np.concatenate(images)

    def _posed(self, path: Path) -> PosedImage:
        if not path.is_file():
            raise MediaError(f"{path} does not exist")
        return annotated_image(path) or estimated_image(path, self._find_movenet())

    def _find_movenet(self) -> MoveNet:
        if self._movenet is None:
            self._movenet = MoveNet.load(self._movenet_path)
        return self._movenet
