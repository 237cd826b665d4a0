"""A trained model, ready to repose people."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from deformable_gan.data.media import read_photo
from deformable_gan.data.video import VIDEO_SUFFIXES
from deformable_gan.errors import ConfigurationError, MediaError, PoseError
from deformable_gan.on_litert.model import LiteRTModel
from deformable_gan.pose.movenet_source import DEFAULT_LOOKS
from deformable_gan.pose.skeleton import Skeleton
from deformable_gan.pose.tracking import LookingEstimator
from deformable_gan.reposing.make_composer import make_composer
from deformable_gan.reposing.pose_sequence import PoseSequence
from deformable_gan.reposing.posed_image import (
    PosedImage,
    annotated_background,
    annotated_image,
    annotated_person_mask,
    estimated_image,
)
from deformable_gan.reposing.poses_in_file import poses_in_file
from deformable_gan.reposing.repose_options import (
    MIX,
    MOST_PIXELS,
    MOST_SOURCES,
    NETWORK,
    PHOTOGRAPH,
    SMOOTHING,
)
from deformable_gan.reposing.retargeting.fit_poses import fit_poses
from deformable_gan.reposing.sources.gather_sources import gather_sources
from deformable_gan.reposing.sources.source_mixer import SourceMixer
from deformable_gan.reposing.steadiness import People
from deformable_gan.reposing.views.own_person import own_person, with_views
from deformable_gan.reposing.views.stored_views import read_views

if TYPE_CHECKING:  # these modules import TensorFlow
    from deformable_gan.inference import Compose, Generate
    from deformable_gan.models.generator import Generator

_BATCH = 16
_OR_SEVERAL = " (clips are accepted with --one-person)"

Photo = str | Path | np.ndarray | PosedImage
Pose = str | Path | np.ndarray | PosedImage | PoseSequence
Size = str | int
MoveNetPath = str | Path | None


class Reposer:
    """A model that puts a person from an image into other poses.

    ::

        reposer = Reposer.load()
        images = reposer.repose("anna.jpg", "dance.mp4")

    Args:
        generate: see `inference.make_generate`; may be None if there is `compose`, from whose
            results whole images are then mixed.
        image_size: (H, W) of the model's images.
        skeleton: the layout of the model's joints.
        movenet: a `MoveNet` or another estimator, or its path; it finds the joints in images
            without annotations.
        wants_mask: whether `generate` also takes a person mask.
        most_prominent: whether to use the most prominent of several people in a photograph, large
            and near the middle, instead of raising an error.
        generator: the network itself, for visualisation; None if it is not available.
        compose: see `inference.make_compose`; None for a generator that does not compose.
        wants_background: whether `generate` also takes an image of the background: the dataset's
            background, or the photograph with the person replaced by a fill from the surroundings.
        most_pixels: `person` shrinks larger photographs to this many pixels if the model composes.
        people: see `Steadiness`.
        each: returns the results of `compose` (or of a network that makes whole images, under
            `image`) for one pose after the other, without the batch axis; it takes the place of
            `generate` and `compose`.
        load_movenet: returns an estimator for a path, which may be None; None for `MoveNet.load`.

    Attributes:
        many_sources: `mix` or `choose`, see `SourceMixer`.
        views: images of the person of a personal model; none for any other model.
    """

    def __init__(
        self,
        generate: "Generate | None",
        image_size: tuple[int, int],
        skeleton: Skeleton,
        movenet: MoveNetPath | LookingEstimator = None,
        wants_mask: bool = False,
        most_prominent: bool = False,
        generator: "Generator | None" = None,
        compose: "Compose | None" = None,
        wants_background: bool = False,
        most_pixels: float = MOST_PIXELS,
        people: People | None = None,
        each: Callable[..., Iterator[dict[str, np.ndarray]]] | None = None,
        load_movenet: Callable[[MoveNetPath], LookingEstimator] | None = None,
    ):
        self._generate = generate
        self.image_size = (image_size[0], image_size[1])
        self.skeleton = skeleton
        self.wants_mask = wants_mask
        self.wants_background = wants_background
        self.most_prominent = most_prominent
        self.generator = generator
        self.most_pixels = most_pixels
        self._compose = compose
        self.people = people
        self._each = each
        self._movenet_path = movenet if isinstance(movenet, (str, Path)) else None
        self._movenet = None if isinstance(movenet, (str, Path)) else movenet
        self._load_movenet = load_movenet or _load_movenet
        self._lack_of_movenet: PoseError | None = None
        self.many_sources = MIX
        self.views: Sequence[PosedImage] = ()

    @classmethod
    def load(
        cls,
        path: str | Path | None = None,
        movenet: MoveNetPath | LookingEstimator = None,
        most_prominent: bool = False,
    ) -> "Reposer":
        """Load a run directory, an exported model, a model from a hub, or one in the package.

        Args:
            path: a folder, a handle or a name; None for the model `people`, which ships with the
                package; see `TrainedModel.load`.
            movenet: as in the class.
            most_prominent: as in the class.

        Raises:
            RunError: the folder is neither a run nor an exported model, or it is damaged.
            ConfigurationError: the model's configuration is damaged.
            HubError: the handle's model cannot be downloaded, is not a preset, or is damaged.
        """
        from deformable_gan.trained_model import TrainedModel  # it imports TensorFlow

        model = TrainedModel.load(path)
        reposer = cls(
            model.generate,
            model.image_size,
            model.skeleton,
            movenet,
            "source_mask" in model.wants,
            most_prominent,
            model.generator,
            model.compose,
            "background" in model.wants,
        )
        reposer.views = read_views(path) if path is not None else ()
        return reposer

    #: The name of this method in Keras.
    from_preset = load

    @classmethod
    def of_litert(
        cls,
        networks: Path,
        path: str | Path | None = None,
        movenet: MoveNetPath | LookingEstimator = None,
        most_prominent: bool = False,
        load_movenet: Callable[[MoveNetPath], LookingEstimator] | None = None,
    ) -> "Reposer":
        """Load a model that was converted to LiteRT; see `on_litert`.

        Args:
            networks: the folder of the converted model.
            path: the model itself, whose images of a person are used, if it has any.
            movenet: as in the class.
            most_prominent: as in the class.
            load_movenet: as in the class.

        Raises:
            RunError: LiteRT is not installed, or a file is missing or damaged.
        """
        model = LiteRTModel(networks)
        reposer = cls(
            None if model.composes else lambda *inputs, **more: model(*inputs, **more)["image"],
            model.image_size,
            model.skeleton,
            movenet,
            most_prominent=most_prominent,
            compose=model if model.composes else None,
            wants_background="background" in model.wants,
            people=model.people,
            each=model.each,
            load_movenet=load_movenet,
        )
        reposer.views = read_views(path) if path is not None else ()
        return reposer

    @property
    def composes(self) -> bool:
        """Whether results can be composed at the photograph's own size."""
        return self._compose is not None

    @property
    def size(self) -> str:
        """The default size of results: `photograph` for a model that composes, else `network`."""
        return PHOTOGRAPH if self.composes else NETWORK

    def repose(
        self,
        photo: Photo,
        pose: Pose,
        progress: Callable[[int], object] | None = None,
        size: Size | None = None,
        retarget: bool | None = None,
    ) -> np.ndarray:
        """Generate images of the person in every pose.

        Args:
            photo: the person; see `person`.
            pose: one pose or many; see `poses`.
            progress: see `images`.
            size: the size of the results; see `images`.
            retarget: see `poses`.

        Returns:
            uint8 [T, H, W, 3].

        Raises:
            DeformableGANError: as `person` and `poses`.
        """
        poses = self.poses(pose, retarget=retarget)
        return np.stack(list(self.images(self.person(photo), poses, progress, size)))

    def images(
        self,
        person: PosedImage,
        poses: PoseSequence,
        progress: Callable[[int], object] | None = None,
        size: Size | None = None,
        measure: Callable[[str], AbstractContextManager] = nullcontext,
    ) -> Iterator[np.ndarray]:
        """Generate images of a person one by one, holding only a few in memory.

        Args:
            person: from `person`, `one_person` or `own_person`.
            poses: from `poses`; `fit_poses` fits them to the person if they are to be retargeted.
            progress: called with the number of new images after each batch or each image.
            size: the size of the images: `network`; `crop`, the part of the photograph that the
                network sees, at the photograph's resolution; `photograph`, the whole photograph; a
                number for a multiple of the network's size; None for the model's default. A model
                that does not compose always makes images of the network's size, and so does any
                model for a photograph of that size.
            measure: returns a context manager for the part of the work named `composing`.

        Yields:
            uint8 [H, W, 3].
        """
        size = self.size if size is None else size
        person, poses = fit_poses(person, poses)
        if not person.more:
            yield from self._images(person, poses.keypoints, progress, size, measure)
            return
        mixer = SourceMixer(person, poses, self.many_sources)
        for image in mixer.images(lambda *one: self._images(*one, None, size, measure)):
            yield image
            if progress:
                progress(1)

    def _images(self, person: PosedImage, keypoints: np.ndarray, progress, size: Size, measure):
        """Yield the images of one photograph; see `images`."""
        draw = make_composer(person, size, self.composes, self._generate is not None)
        given = {} if person.mask is None else {"source_mask": person.mask[None, ..., None]}
        if self.wants_background and person.background is not None:
            given["background"] = person.background_image[None]
        if self._each is not None:
            source = person.image[None], person.keypoints[None]
            for parts in self._each(*source, keypoints, given.get("background")):
                if progress:
                    progress(1)
                with measure("composing"):
                    image = parts["image"] if draw is None else draw(parts)
                yield image
            return
        for start in range(0, len(keypoints), _BATCH):
            targets = keypoints[start : start + _BATCH]
            count = len(targets)
            images = (self._generate if draw is None else self._compose)(
                np.repeat(person.image[None], count, axis=0),
                np.repeat(person.keypoints[None], count, axis=0),
                targets,
                **{name: np.repeat(value, count, axis=0) for name, value in given.items()},
            )
            if progress:
                progress(count)
            if draw is None:
                yield from images
                continue
            for place in range(count):
                with measure("composing"):
                    image = draw({name: value[place] for name, value in images.items()})
                yield image

    def person(self, photo: Photo, mask: str | Path | None = None) -> PosedImage:
        """Return the person in an image, at the model's size and in its layout.

        An image of a dataset folder comes with its annotation; in any other image MoveNet finds
        the person.

        Args:
            photo: a file; an image, uint8 [H, W, 3] RGB; or a `PosedImage`.
            mask: the file of a person mask, grey and of the image's size, 255 on the person and 0
                elsewhere, for models that need one; None for the dataset's person mask.

        Raises:
            MediaError: the image or the person mask cannot be read.
            PoseError: the image shows no person or several people, or no MoveNet is available.
            DatasetError: the dataset of the image is damaged.
            ConfigurationError: the model needs a mask and there is none, or does not take the mask.
        """
        if mask and not self.wants_mask:
            raise ConfigurationError(
                f"this model was trained without person masks: leave out --person-mask {mask}"
            )
        posed = self.posed(photo)
        is_file = isinstance(photo, (str, Path))
        if self.wants_mask and posed.mask is None:
            mask = mask or (annotated_person_mask(Path(photo)) if is_file else None)
            if not mask:
                raise ConfigurationError(
                    "this model needs a person mask for "
                    f"{photo if is_file else 'the image'} (grey, of the same size, 255 on the "
                    "person and 0 elsewhere): give one with --person-mask"
                )
            posed = posed.masked(Path(mask))
        if self.wants_background and posed.background is None:
            posed = posed.with_background(annotated_background(Path(photo)) if is_file else None)
        person = posed.cropped(self.image_size).in_layout(self.skeleton)
        return person.limited(self.most_pixels) if self.composes else person

    def one_person(
        self,
        photos: Sequence[str | Path],
        most: int = MOST_SOURCES,
        report: Callable[[str], object] = lambda reason: None,
    ) -> PosedImage:
        """Return a person from several photographs or clips; each pose uses the best of them.

        The first usable file determines the place, the background and the proportions. A personal
        model adds the images that it includes.

        Args:
            photos: files of photographs and clips of the same person, which is not checked.
            most: the largest number of photographs and clip frames to use; see `gather_sources`.
            report: called with a message for each unusable photograph, for each clip that has
                unusable frames, and for the numbers of images found and used.

        Raises:
            DeformableGANError: none of the files is usable; see `gather_sources`.
        """
        person = gather_sources([Path(photo) for photo in photos], self, most, report)
        return with_views(person, self.views, self) if self.views else person

    def own_person(self) -> PosedImage:
        """Return the person of a personal model, from the images that the model includes.

        Raises:
            ConfigurationError: the model includes no images.
        """
        return own_person(self.views, self)

    def poses(
        self,
        pose: Pose,
        rate: float | None = None,
        smooth: float = SMOOTHING,
        progress: Callable[[int], object] | None = None,
        seconds: float | None = None,
        retarget: bool | None = None,
    ) -> PoseSequence:
        """Return one pose or several from a file, an image or key points.

        Args:
            pose: the file of a photograph or clip; a dataset's `annotations-*.csv`; a pose file
                (see `pose_file`); an image, uint8 [H, W, 3] RGB; a `PosedImage`; key points, float
                [J, 3] or [T, J, 3] in pixels of the model's images; or a `PoseSequence`.
            rate: poses per second of a clip; None for all its frames.
            smooth: seconds over which a clip's poses are smoothed; see `PoseSequence.of_clip`.
            progress: called with 1 after each frame of a clip.
            seconds: duration of the part of a clip to use, from its beginning.
            retarget: whether the person keeps their own proportions and place in these poses (see
                `retargeting`). None: only in poses that MoveNet finds, or as a `PoseSequence` says.

        Raises:
            MediaError: the file is absent, of an unknown kind, or cannot be read.
            PoseError: no person is found, a photograph shows several people, a pose file or the
                key points are invalid, or no MoveNet is available.
            DatasetError: a dataset's annotations cannot be read.
        """
        if isinstance(pose, PoseSequence):
            poses = pose
        elif isinstance(pose, PosedImage) or (
            isinstance(pose, np.ndarray) and pose.dtype == np.uint8
        ):
            poses = PoseSequence.of_image(self.posed(pose), self.image_size)
            poses = replace(poses, retarget=isinstance(pose, np.ndarray))
        elif isinstance(pose, np.ndarray):
            poses = PoseSequence.of_keypoints(pose, self.skeleton)
        else:
            poses = poses_in_file(Path(pose), self, rate, smooth, progress, seconds)
        if retarget is not None:
            poses = replace(poses, retarget=retarget)
        return poses.in_layout(self.skeleton)

    def warm_up(self, clips: bool = False, size: Size | None = None) -> None:
        """Build the graphs, with an empty image, so that the first real image is made quickly.

        Args:
            clips: whether poses from clips will follow, for which MoveNet is also prepared.
            size: the size of the results; see `images`.

        Raises:
            PoseError: MoveNet is needed but not available.
        """
        joints = np.zeros((_BATCH, len(self.skeleton), 3), np.float32)
        nothing = np.zeros((_BATCH, *self.image_size, 3), np.uint8)
        given = {"source_mask": nothing[..., :1]} if self.wants_mask else {}
        if self.wants_background:
            given["background"] = nothing
        composed = self._generate is None or (self.composes and (size or self.size) != NETWORK)
        (self._compose if composed else self._generate)(nothing, joints, joints, **given)
        if clips:
            self.find_movenet().look_at(nothing[0], (0, 0, min(self.image_size)))

    def posed(self, photo: Photo) -> PosedImage:
        """Return the person in an image, unchanged and at its own size; see `person`."""
        if isinstance(photo, PosedImage):
            return photo
        if isinstance(photo, np.ndarray):
            return estimated_image(photo, self.find_movenet(), most_prominent=self.most_prominent)
        path = Path(photo)
        if not path.is_file():
            raise MediaError(f"{path} does not exist or is not a file")
        if path.suffix.lower() in VIDEO_SUFFIXES - {".gif"}:
            raise MediaError(f"{path} is a clip: expected a photograph of one person{_OR_SEVERAL}")
        annotated = annotated_image(path)
        if annotated:
            return annotated
        image = read_photo(path)
        return estimated_image(image, self.find_movenet(), str(path), self.most_prominent)

    def find_movenet(self) -> LookingEstimator:
        """Return MoveNet, which is loaded at the first call.

        Raises:
            PoseError: no MoveNet is available.
        """
        if self._lack_of_movenet:
            raise self._lack_of_movenet  # do not try to download it for every photograph
        if self._movenet is None:
            try:
                self._movenet = self._load_movenet(self._movenet_path)
            except PoseError as error:
                self._lack_of_movenet = error
                raise
        return self._movenet


def _load_movenet(path: MoveNetPath) -> LookingEstimator:
    from deformable_gan.pose.movenet import MoveNet  # it imports TensorFlow

    return MoveNet.load(path, looks=DEFAULT_LOOKS)
