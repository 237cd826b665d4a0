"""The built-in example: synthetic people in other poses, as an image and a clip."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from deformable_gan.data.media import write_image
from deformable_gan.data.write_video import write_video
from deformable_gan.reposing.drawn_examples import DrawnDance, drawn_dance, drawn_pair
from deformable_gan.reposing.frame_layout import FrameLayout
from deformable_gan.reposing.posed_image import PosedImage
from deformable_gan.reposing.reposer import Reposer
from deformable_gan.reposing.retargeting.fit_poses import fit_poses
from deformable_gan.visualize import draw_skeleton, image_grid

#: Numbers of the people in the image; the last one also dances in the clip.
PEOPLE = (26, 22, 30)
#: Duration of the clip.
SECONDS = 4.0
#: Approximate height of each image in the image grid and in the clip, in pixels.
HEIGHT = 384
_VARIETY = "wide"
_TITLES = ("source", "pose", "result", "drawn in that pose")
_DANCE_SEED = 26


@dataclass(frozen=True)
class Example:
    """The files of the example.

    Attributes:
        grid: an image with a row per person: source, pose, result, and the drawn target.
        clip: a clip that shows the source, another person's dance, and the result.
        poses: the dance's poses, a pose file.
        people: number of rows of the image.
        frames: number of frames of the clip.
    """

    grid: Path
    clip: Path
    poses: Path
    people: int
    frames: int

    def report(self, seconds: float) -> str:
        """Return a text for a terminal: what was written, how long it took, and what to try."""
        return (
            f"{self.grid}: {self.people} synthetic people, each in another pose\n"
            f"{self.clip}: one of them in the {self.frames} poses of another person's dance, which "
            f"are in {self.poses.name}\n"
            f"made in {seconds:.0f} seconds. What to try next:\n"
            f"  python -m deformable_gan.repose --source PHOTO.jpg --pose {self.poses} --retarget "
            "--output dance.mp4\n"
            "      you in that dance; MoveNet, downloaded once, finds you in PHOTO.jpg\n"
            "  python -m deformable_gan.demo\n"
            "      the same in a browser, with joints to drag\n"
            "  python -m deformable_gan.train\n"
            "      train a model of your own"
        )


def write_example(reposer: Reposer, folder: Path) -> Example:
    """Write an image and a clip of re-posed synthetic people; existing files are replaced.

    Nothing is downloaded, because the joints of synthetic people are known.

    Args:
        reposer: the model.
        folder: the folder of the files, created if necessary.

    Raises:
        MediaError: a file cannot be written.
    """
    height, times = reposer.image_size[0], max(1, round(HEIGHT / reposer.image_size[0]))
    example = Example(
        folder / "people.png",
        folder / "dance.mp4",
        folder / "dance.json",
        len(PEOPLE),
        0,
    )
    layout = FrameLayout(in_photograph=times > 1, scale=1 if times > 1 else HEIGHT // height or 1)
    rows = []
    for number in PEOPLE:
        source, target = drawn_pair(number, reposer.image_size, reposer.skeleton, times, _VARIETY)
        person = reposer.person(source)
        rows.append(_row(reposer, layout, person, target))
    write_image(example.grid, image_grid(rows, padding=4, column_titles=_TITLES))
    show = drawn_dance(reposer.image_size, _DANCE_SEED, SECONDS, times, _VARIETY)
    poses = show.poses.in_layout(reposer.skeleton)
    show = replace(show, poses=replace(poses, retarget=True))
    write_video(example.clip, _frames(reposer, layout, person, show), show.poses.rate)
    poses.save(example.poses, reposer.image_size)
    return replace(example, frames=len(show.frames))


def _row(
    reposer: Reposer, layout: FrameLayout, person: PosedImage, target: PosedImage
) -> list[np.ndarray]:
    """Return source, pose, result, and the person drawn in that pose."""
    poses = reposer.poses(target)
    (image,) = reposer.images(person, poses, size=layout.size)
    pose = poses.keypoints[0]
    return [
        layout.source(person),
        layout.skeleton(person, pose, reposer.skeleton),
        layout.frame(person, pose, image, reposer.skeleton),
        layout.source(target),
    ]


def _frames(
    reposer: Reposer, layout: FrameLayout, person: PosedImage, show: DrawnDance
) -> Iterator[np.ndarray]:
    """Yield the frames of the clip: source, dance with its joints, result."""
    source = layout.source(person)
    scale = show.frames.shape[1] / reposer.image_size[0]
    person, fitted = fit_poses(person, show.poses)
    images = reposer.images(person, fitted, size=layout.size)
    for dance, own, keypoints, image in zip(
        show.frames, show.poses.keypoints, fitted.keypoints, images, strict=True
    ):
        joints = np.array(own, np.float32)
        joints[:, :2] = (joints[:, :2] + 0.5) * scale - 0.5
        danced = draw_skeleton(dance, joints, reposer.skeleton)
        result = layout.frame(person, keypoints, image, reposer.skeleton)
        yield np.concatenate([source, danced, result], axis=1)
