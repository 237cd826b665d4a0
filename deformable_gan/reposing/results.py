"""Writing a `Reposer`'s results: an image, a clip, a grid of people and poses, or many files."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from deformable_gan.data.file_names import shortened
from deformable_gan.data.media import write_image
from deformable_gan.data.write_video import write_video
from deformable_gan.errors import MediaError
from deformable_gan.reposing.frame_layout import FrameLayout
from deformable_gan.reposing.pose_sequence import PoseSequence
from deformable_gan.reposing.posed_image import PosedImage
from deformable_gan.reposing.repose_options import CLIPS, IMAGES, NETWORK
from deformable_gan.reposing.reposer import Reposer
from deformable_gan.reposing.retargeting.fit_poses import fit_poses
from deformable_gan.reposing.steadiness import Steadiness
from deformable_gan.reposing.stopwatch import Stopwatch
from deformable_gan.visualize import image_grid

# The largest number of bytes of an input's name in a result's name.
_LONGEST = 100


class Results:
    """A writer of results.

    Args:
        reposer: the model.
        layout: how results are shown.
        strips: whether to draw every intermediate result (`Strip`) instead.
        stopwatch: measures the time of each part of the work.
    """

    def __init__(
        self,
        reposer: Reposer,
        layout: FrameLayout,
        strips: bool = False,
        stopwatch: Stopwatch | None = None,
    ):
        self._reposer = reposer
        self._layout = layout
        self._strips = strips
        self._stopwatch = stopwatch or Stopwatch()
        #: The steadiness of all clips written.
        self.steadiness = Steadiness(reposer.skeleton, reposer.people)

    def write(self, output: Path, person: PosedImage, poses: PoseSequence) -> None:
        """Write one person in one pose as an image, or in one or many poses as a clip.

        Raises:
            MediaError: the file cannot be written, or it is an image and there are several poses.
        """
        count = len(poses.keypoints)
        is_image = output.suffix.lower() in IMAGES
        if is_image and count > 1:
            raise MediaError(
                f"{output} can show only one pose, but there are {count}: name an output that "
                f"ends in {', '.join(CLIPS[:-1])} or {CLIPS[-1]}"
            )
        frames = self._frames(person, poses)
        with self._stopwatch.measure("drawing and writing"):
            if is_image:
                write_image(output, next(frames))
                return
            frames = tqdm(
                frames, total=count, unit="frame", desc=output.name, disable=None, leave=False
            )
            write_video(output, frames, poses.rate or 1.0)

    def write_grid(
        self, output: Path, people: Sequence[PosedImage], sequences: Sequence[PoseSequence]
    ) -> None:
        """Write an image with a row for each person and a column for each pose.

        Raises:
            MediaError: the file cannot be written, or a sequence has several poses.
        """
        many = max(len(poses.keypoints) for poses in sequences)
        if many > 1:
            raise MediaError(
                f"a file with {many} poses cannot be shown in one image: name a folder as output, "
                "without a suffix"
            )
        rows = []
        with self._stopwatch.measure("drawing and writing"):
            for person in people:
                results = [next(self._frames(person, poses)) for poses in sequences]
                rows.append([self._layout.source(person), *results])
            skeletons = [
                self._layout.skeleton(people[0], poses.keypoints[0], self._reposer.skeleton)
                for poses in sequences
            ]
            nothing = np.full_like(rows[0][0], 255)
            write_image(output, image_grid([[nothing, *skeletons], *rows]))

    def _frames(self, person: PosedImage, poses: PoseSequence) -> Iterator[np.ndarray]:
        skeleton = self._reposer.skeleton
        person, poses = fit_poses(person, poses)
        strip = self._strip(person) if self._strips else None
        size = NETWORK if self._strips else self._layout.size
        images = self._reposer.images(person, poses, size=size, measure=self._stopwatch.measure)
        images = self._stopwatch.each("generator", images)
        self.steadiness.start(person.keypoints, person.image.shape[:2])
        for image, keypoints in zip(images, poses.keypoints, strict=True):
            if len(poses.keypoints) > 1:
                with self._stopwatch.measure("measuring steadiness"):
                    self.steadiness.add(_seen_by_network(image, person), keypoints)
            if strip:
                yield strip.draw(keypoints, image)
            else:
                yield self._layout.frame(person, keypoints, image, skeleton)

    def _strip(self, person: PosedImage):
        from deformable_gan.reposing.strip import Strip  # it imports Keras

        return Strip(self._reposer.generator, person, self._reposer.skeleton)


def _seen_by_network(image: np.ndarray, person: PosedImage) -> np.ndarray:
    """Return what the network saw of a result that is as large as the photograph.

    A result of another size is returned unchanged.
    """
    whole = person.crop is not None and image.shape == person.photograph.shape
    return person.crop.apply(image) if whole else image


def names_of_pairs(
    folder: Path, sources: Sequence[Path], poses: Sequence[Path], endings: Sequence[str]
) -> list[list[Path]]:
    """Return the path of a result for each source in each pose, all with different names.

    Args:
        folder: the folder of the results.
        sources: the sources' files.
        poses: the poses' files.
        endings: the results' suffixes, by pose.

    Returns:
        For each source a list of paths, one for each pose.
    """
    taken: set[Path] = set()

    def free(stem: str, ending: str) -> Path:
        number, path = 1, folder / f"{stem}{ending}"
        while path in taken:
            number += 1
            path = folder / f"{stem}-{number}{ending}"
        taken.add(path)
        return path

    return [
        [
            # A file name has at most 255 bytes, so two names of that length do not fit into one.
            free(f"{shortened(source.stem, _LONGEST)}_as_{shortened(pose.stem, _LONGEST)}", ending)
            for pose, ending in zip(poses, endings, strict=True)
        ]
        for source in sources
    ]
