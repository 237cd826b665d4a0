"""A trained model, ready to repose people."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np

from deformable_gan.data.media import read_photo
from deformable_gan.data.video import VIDEO_SUFFIXES
from deformable_gan.errors import ConfigurationError, MediaError, PoseError
from deformable_gan.inference import Compose, Generate
from deformable_gan.models.generator import Generator
from deformable_gan.pose.movenet import MoveNet
from deformable_gan.pose.movenet_source import DEFAULT_LOOKS
from deformable_gan.pose.skeleton import Skeleton
from deformable_gan.reposing.make_composer import make_composer
from deformable_gan.reposing.pose_sequence import PoseSequence
from deformable_gan.reposing.posed_image import (
    PosedImage,
    annotated_background,
    annotated_image,
    annotated_mask,
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
from deformable_gan.reposing.views.own_person import own_person, with_views
from deformable_gan.reposing.views.stored_views import read_views
from deformable_gan.trained_model import TrainedModel

_BATCH = 16
_OR_SEVERAL = " (with --one-person a clip counts as several)"

Photo = str | Path | np.ndarray | PosedImage
Pose = str | Path | np.ndarray | PosedImage | PoseSequence
Size = str | int


class Reposer:
    """Puts a person from a picture into other poses.

    ::

        reposer = Reposer.load()
        images = reposer.repose("anna.jpg", "dance.mp4")

    Args:
        generate: see `inference.make_generate`.
        image_size: (H, W) of the model's images.
        skeleton: the layout of the model's joints.
        movenet: for pictures without annotations: a `MoveNet`, or where it lies.
        wants_mask: whether `generate` takes a mask of the person, too.
        most_prominent: of several people in a photograph take the most prominent one, large and
            near the middle, instead of raising.
        generator: the network itself, for looking inside; None where it is not at hand.
        compose: see `inference.make_compose`; None for a generator that does not compose.
        wants_background: whether `generate` takes a picture of what is behind the person, too:
            that of the dataset, or the photograph with the person's place filled in.
        most_pixels: of photographs that results are composed at; `person` shrinks larger ones.

    Attributes:
        many_sources: `mix` or `choose`, see `SourceMixer`.
        views: pictures of the person whose own model this is; none of any other model.
    """

    def __init__(
        self,
        generate: Generate,
        image_size: tuple[int, int],
        skeleton: Skeleton,
        movenet: str | Path | MoveNet | None = None,
        wants_mask: bool = False,
        most_prominent: bool = False,
        generator: Generator | None = None,
        compose: Compose | None = None,
        wants_background: bool = False,
        most_pixels: float = MOST_PIXELS,
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
        self._movenet_path = movenet
        self._movenet = movenet if isinstance(movenet, MoveNet) else None
        self._lack_of_movenet: PoseError | None = None
        self.many_sources = MIX
        self.views: Sequence[PosedImage] = ()

    @classmethod
    def load(
        cls,
        path: str | Path | None = None,
        movenet: str | Path | MoveNet | None = None,
        most_prominent: bool = False,
    ) -> "Reposer":
        """Load a run directory, an exported model, one from a hub, or one of the package.

        Args:
            path: a folder, a handle or a name; None for the model `people`, which ships with the
                package; see `TrainedModel.load`.
            movenet: as in the class.
            most_prominent: likewise.

        Raises:
            RunError: the folder is neither, or damaged.
            HubError: the handle's model cannot be downloaded, or is no preset, or damaged.
        """
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

    #: What Keras calls it.
    from_preset = load

    @property
    def composes(self) -> bool:
        """Whether results can be composed at the photograph's own size."""
        return self._compose is not None

    @property
    def size(self) -> str:
        """How large results are by default: `photograph` of a model that composes, or `network`."""
        return PHOTOGRAPH if self.composes else NETWORK

    def repose(
        self,
        photo: Photo,
        pose: Pose,
        progress: Callable[[int], object] | None = None,
        size: Size | None = None,
        retarget: bool | None = None,
    ) -> np.ndarray:
        """Generate the person in every pose.

        Args:
            photo: who is to be seen; see `person`.
            pose: one pose or many; see `poses`.
            progress: called with the number of images after each batch.
            size: of the results; see `images`.
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
        """Do the same one image after the other, holding no more than a few.

        Args:
            person: from `person`.
            poses: from `poses`; brought to the person by `fit_poses` where they are to be.
            progress: called with the number of images after each batch.
            size: of the images: `network`; `crop`, the part of the photograph that the network
                sees, at the photograph's resolution; `photograph`, the whole of it; a number, so
                many times the network's size; None for the model's own choice. A model that does
                not compose makes images of the network's size whatever is asked, and so does any
                of a picture that has that size.
            measure: called with `composing`, the name of a part of the work, returns the context
                in which that is done.

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
        draw = make_composer(person, size, self.composes)
        given = {} if person.mask is None else {"source_mask": person.mask[None, ..., None]}
        if self.wants_background and person.background is not None:
            given["background"] = person.background_image[None]
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
        """Return the person in a picture, at the model's size and in its layout.

        An image of a dataset folder comes with its annotation; in any other MoveNet looks for the
        person.

        Args:
            photo: a file; a picture, uint8 [H, W, 3] RGB; or a `PosedImage`.
            mask: a grey picture of the same size, 255 on the person and 0 elsewhere, for models
                that want one; None for the dataset's.

        Raises:
            MediaError: the picture or the mask cannot be read.
            PoseError: nobody is found in it, or several people, or MoveNet cannot be had.
            ConfigurationError: the model wants a mask and there is none, or the other way round.
        """
        if mask and not self.wants_mask:
            raise ConfigurationError(f"this model was trained without masks: leave out {mask}")
        posed = self.posed(photo)
        is_file = isinstance(photo, (str, Path))
        if self.wants_mask and posed.mask is None:
            mask = mask or (annotated_mask(Path(photo)) if is_file else None)
            if not mask:
                raise ConfigurationError(
                    "this model wants a mask of the person in "
                    f"{photo if is_file else 'the picture'} (grey, of the same size, 255 on the "
                    "person and 0 elsewhere): give one with --mask"
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
        """Return a person of whom there are several photographs or clips; the best serve each pose.

        The first one that can be used gives the place, the background and the proportions. A
        person's own model adds the pictures that it brings along.

        Args:
            photos: files of photographs and clips, all of one person, which is not checked.
            most: photographs, and frames of clips, that are used: those that show the poses of all.
            report: told of each photograph that cannot be used, and of the frames of each clip.

        Raises:
            DeformableGANError: none of them can be used; see `gather_sources`.
        """
        person = gather_sources([Path(photo) for photo in photos], self, most, report)
        return with_views(person, self.views, self) if self.views else person

    def own_person(self) -> PosedImage:
        """Return the person whose own model this is, from the pictures that it brings along.

        Raises:
            ConfigurationError: the model brings none.
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
        """Return the pose or poses in something.

        Args:
            pose: a photograph's file; a clip's; a dataset's `annotations-*.csv`; a pose file (see
                `pose_file`); a picture, uint8 [H, W, 3] RGB; a `PosedImage`; key points, float
                [J, 3] or [T, J, 3] in pixels of the model's images; or a `PoseSequence`.
            rate: poses per second of a clip; None for all its frames.
            smooth: of a clip; see `PoseSequence.of_clip`.
            progress: called with 1 after each frame of a clip.
            seconds: of a clip, what comes later is left out.
            retarget: whether whoever takes the poses keeps their own proportions and place (see
                `retargeting`); None: for clips and photographs in which MoveNet finds the pose, and
                not for poses that come as numbers (annotations, pose files, key points).

        Raises:
            MediaError: the file is absent, of no known kind, or cannot be read.
            PoseError: nobody is found, or several people in a photograph, or MoveNet cannot be had.
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
        """Do what only the first picture takes: build the graphs, on a picture of nothing.

        Args:
            clips: whether clips are to come, too.
            size: of the results; see `images`.

        Raises:
            PoseError: MoveNet is wanted and cannot be had.
        """
        joints = np.zeros((_BATCH, len(self.skeleton), 3), np.float32)
        nothing = np.zeros((_BATCH, *self.image_size, 3), np.uint8)
        given = {"source_mask": nothing[..., :1]} if self.wants_mask else {}
        if self.wants_background:
            given["background"] = nothing
        composed = self.composes and (size or self.size) != NETWORK
        (self._compose if composed else self._generate)(nothing, joints, joints, **given)
        if clips:
            self.find_movenet().look_at(nothing[0], (0, 0, min(self.image_size)))

    def posed(self, photo: Photo) -> PosedImage:
        """Return the person in a picture as it is, at its own size; see `person`."""
        if isinstance(photo, PosedImage):
            return photo
        if isinstance(photo, np.ndarray):
            return estimated_image(photo, self.find_movenet(), most_prominent=self.most_prominent)
        path = Path(photo)
        if not path.is_file():
            raise MediaError(f"{path} does not exist")
        if path.suffix.lower() in VIDEO_SUFFIXES - {".gif"}:
            raise MediaError(f"{path} is a clip: expected a photograph of one person{_OR_SEVERAL}")
        annotated = annotated_image(path)
        if annotated:
            return annotated
        image = read_photo(path)
        return estimated_image(image, self.find_movenet(), str(path), self.most_prominent)

    def find_movenet(self) -> MoveNet:
        """Return MoveNet, loaded at the first call.

        Raises:
            PoseError: it cannot be had.
        """
        if self._lack_of_movenet:
            raise self._lack_of_movenet  # of a thousand photographs, not a thousand downloads
        if self._movenet is None:
            try:
                self._movenet = MoveNet.load(self._movenet_path, looks=DEFAULT_LOOKS)
            except PoseError as error:
                self._lack_of_movenet = error
                raise
        return self._movenet
