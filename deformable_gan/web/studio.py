"""The work behind the web page: finding people and poses, generating images and clips."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from deformable_gan.data.media import read_photo, write_image
from deformable_gan.data.video import VIDEO_SUFFIXES, clip_information
from deformable_gan.data.write_video import write_video
from deformable_gan.errors import MediaError, PoseError
from deformable_gan.pose.skeleton import Skeleton
from deformable_gan.reposing.frame_layout import FrameLayout
from deformable_gan.reposing.pose_sequence import PoseSequence
from deformable_gan.reposing.posed_image import PosedImage, estimated_image
from deformable_gan.reposing.reposer import Reposer
from deformable_gan.reposing.retargeting.fit_poses import fit_poses
from deformable_gan.visualize import draw_skeleton

#: How many seconds of a clip are used.
CLIP_SECONDS = 20.0
#: The most poses per second; frames of faster clips are skipped.
CLIP_RATE = 30.0
#: Suffixes of the files that `Studio.poses` reads.
CLIP_SUFFIXES = sorted({*VIDEO_SUFFIXES, ".json"})

# The approximate heights to which results are enlarged, in pixels. A GIF of the larger height would
# be a very large file.
_HEIGHT, _GIF_HEIGHT = 512, 256

Progress = Callable[[float, str], object]


@dataclass(frozen=True)
class Answer:
    """The files generated for a person in one pose, or in the poses of a clip.

    Attributes:
        files: the files to download: the result, the result beside its source and pose, and the
            poses.
        image: the result's file; None for a clip.
        clip: the file of source, poses and results side by side; None for an image.
    """

    files: list[Path]
    image: Path | None = None
    clip: Path | None = None


class Studio:
    """A studio that finds people and poses in visitors' files and generates images and clips.

    Args:
        reposer: the model.
    """

    def __init__(self, reposer: Reposer):
        self._reposer = reposer
        self._layout = FrameLayout(scale=self._scale(_HEIGHT))

    @property
    def image_size(self) -> tuple[int, int]:
        """(H, W) of the model's images."""
        return self._reposer.image_size

    @property
    def skeleton(self) -> Skeleton:
        """The layout of the model's joints."""
        return self._reposer.skeleton

    def person(self, photo: Path | PosedImage, most_prominent: bool = False) -> PosedImage:
        """Return a person at the model's size, in its layout.

        Args:
            photo: a photograph, in which MoveNet finds the person; or one of the examples.
            most_prominent: whether to take the most prominent of several people; otherwise several
                people are an error.

        Raises:
            MediaError: the file is not an image.
            PoseError: the image shows no person or several people, or MoveNet is not available.
            ConfigurationError: the model needs a person mask, which photographs lack.
        """
        if isinstance(photo, Path):
            photo = self._look_at(photo, most_prominent)
        return self._reposer.person(photo)

    def pose(self, photo: Path | PosedImage, most_prominent: bool = False) -> np.ndarray:
        """Return the pose in a photograph.

        Args:
            photo: as in `person`.
            most_prominent: as in `person`.

        Returns:
            float32 [J, 3] of (y, x, confidence), in pixels and the layout of the model.

        Raises:
            MediaError: the file is not an image.
            PoseError: the image shows no person or several people, or MoveNet is not available.
        """
        if isinstance(photo, Path):
            photo = self._look_at(photo, most_prominent)
        return self._reposer.poses(photo).keypoints[0]

    def poses(self, file: Path, progress: Progress | None = None) -> PoseSequence:
        """Return the poses of a clip's first `CLIP_SECONDS`, or those of a pose file.

        Args:
            file: a clip or pose file.
            progress: called with the progress from 0 to 1 (or beyond, if the clip does not state
                its length) and a description of the step.

        Raises:
            MediaError: the file is neither a clip nor a pose file, or the clip cannot be read.
            PoseError: the clip shows no person, the pose file cannot be used, or MoveNet is not
                available.
        """
        suffix = file.suffix.lower()
        if suffix not in CLIP_SUFFIXES:
            raise MediaError(
                f"{file} is neither a clip nor a pose file: expected a file that ends in "
                f"{', '.join(CLIP_SUFFIXES)}"
            )
        if suffix == ".json":
            return self._reposer.poses(file)
        clip = clip_information(file)
        self._find_movenet()
        frames = CLIP_RATE * min(clip.duration or CLIP_SECONDS, CLIP_SECONDS)
        if clip.rate:
            frames *= min(1.0, clip.rate / CLIP_RATE)
        done = 0

        def count(more: int) -> None:
            nonlocal done
            done += more
            if progress:
                progress(done / max(frames, 1), "Finding poses")

        return self._reposer.poses(file, CLIP_RATE, progress=count, seconds=CLIP_SECONDS)

    def source(self, person: PosedImage) -> np.ndarray:
        """Return the image of a person with the joints, as the page shows it.

        Returns:
            uint8 [H', W', 3].
        """
        shown = self._layout.source(person)
        scale = shown.shape[0] / person.image.shape[0]
        joints = np.array(person.keypoints, np.float32)
        joints[:, :2] = (joints[:, :2] + 0.5) * scale - 0.5
        return draw_skeleton(shown, joints, self.skeleton)

    def backdrop(self, person: PosedImage) -> np.ndarray:
        """Return the image of `source` without the joints."""
        return self._layout.source(person)

    def image(self, person: PosedImage, keypoints: np.ndarray, folder: Path) -> Answer:
        """Generate one image of a person in a pose.

        Args:
            person: a person from the method `person`.
            keypoints: float [J, 3] of (y, x, confidence), in pixels and the layout of the model.
            folder: the folder for the files.

        Raises:
            MediaError: a file cannot be written.
        """
        poses = PoseSequence.of_keypoints(keypoints, self.skeleton)
        layout = self._layout_of_image(person)
        (generated,) = self._reposer.images(person, poses, size=layout.size)
        result = layout.frame(person, keypoints, generated, self.skeleton)
        parts = [
            layout.source(person),
            layout.skeleton(person, keypoints, self.skeleton),
            result,
        ]
        files = [folder / name for name in ("result.png", "side_by_side.png", "pose.json")]
        write_image(files[0], result)
        write_image(files[1], np.concatenate(parts, axis=1))
        poses.save(files[2], self.image_size)
        return Answer(files, image=files[0])

    def clip(
        self,
        person: PosedImage,
        poses: PoseSequence,
        folder: Path,
        progress: Progress | None = None,
    ) -> Answer:
        """Generate a clip of a person in the poses of a clip.

        Args:
            person: a person from the method `person`.
            poses: poses from the method `poses`.
            folder: the folder for the files.
            progress: as in the method `poses`.

        Raises:
            MediaError: a file cannot be written.
        """
        person, poses = fit_poses(person, poses.in_layout(self.skeleton))
        rate, count = poses.rate or 1.0, len(poses.keypoints)
        images: list[np.ndarray] = []
        for image in self._reposer.images(person, poses, size=self._layout.size):
            images.append(image)
            if progress:
                progress(len(images) / count, "Generating images")

        def frames(layout: FrameLayout) -> Iterator[np.ndarray]:
            for image, keypoints in zip(images, poses.keypoints, strict=True):
                yield layout.frame(person, keypoints, image, self.skeleton)

        layouts = {
            "side_by_side.mp4": FrameLayout(side_by_side=True, scale=self._layout.scale),
            "result.mp4": self._layout,
            "result.gif": FrameLayout(scale=self._scale(_GIF_HEIGHT)),
        }
        for number, (name, layout) in enumerate(layouts.items()):
            if progress:
                progress(number / len(layouts), f"Writing {name}")
            write_video(folder / name, frames(layout), rate)
        poses.save(folder / "poses.json", self.image_size)
        files = [folder / name for name in (*layouts, "poses.json")]
        return Answer(files, clip=files[0])

    def _look_at(self, photo: Path, most_prominent: bool) -> PosedImage:
        suffix = photo.suffix.lower()
        if suffix in VIDEO_SUFFIXES - {".gif"}:
            raise MediaError(f"{photo} is a clip: expected a photograph of one person")
        image = read_photo(photo)
        return estimated_image(image, self._find_movenet(), photo.name, most_prominent)

    def _find_movenet(self):
        try:
            return self._reposer.find_movenet()
        except PoseError as error:
            raise PoseError(
                "this page lacks MoveNet, which finds people in photographs and clips: choose an "
                f"example, or drag the joints. ({error})"
            ) from error

    def _layout_of_image(self, person: PosedImage) -> FrameLayout:
        """Return the layout for an image, at the photograph's own size if that is larger."""
        composed = self._reposer.composes and person.crop is not None
        if composed and person.crop.height > self._layout.scale * self.image_size[0]:
            return FrameLayout(original_size=True)
        return self._layout

    def _scale(self, height: int) -> int:
        return max(1, round(height / self.image_size[0]))
