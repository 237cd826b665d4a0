"""Drawn people with exact joints as examples, which need neither photographs nor MoveNet."""

from dataclasses import dataclass, replace

import numpy as np

from deformable_gan.dancers import Dancer, Renderer, dance
from deformable_gan.dancers.body import place_body
from deformable_gan.dancers.framing import frame_body
from deformable_gan.data.usable_pose import why_unusable
from deformable_gan.pose.person_crop import PersonCrop
from deformable_gan.pose.skeleton import Skeleton, convert_keypoints
from deformable_gan.reposing.pose_sequence import PoseSequence
from deformable_gan.reposing.posed_image import PosedImage

# Larger than any dataset's number of drawn people, so that no dataset contains these people.
_FIRST_DANCER = 1_000_000
_DANCE_RATE = 12
_DANCE_SECONDS = 5
# At this rate, consecutive poses of a dance differ clearly.
_POSES_PER_SECOND = 1.6


@dataclass(frozen=True)
class DrawnDance:
    """A drawn person's dance, seen by a still camera.

    Attributes:
        poses: one pose per frame.
        frames: uint8 [T, H, W, 3], the dance itself.
    """

    poses: PoseSequence
    frames: np.ndarray


def drawn_pair(
    number: int,
    image_size: tuple[int, int],
    skeleton: Skeleton,
    times: int = 1,
    variety: str = "plain",
) -> tuple[PosedImage, PosedImage]:
    """Draw a person in two poses, each of which fills its image.

    Args:
        number: the person's number, from 0.
        image_size: (H, W) of a model's images.
        skeleton: the layout of the joints.
        times: ratio of the drawing's height and width to the model's; the image at the model's
            size is resampled from the whole drawing, as from a photograph.
        variety: the variety of people and places; see `Dancer.random`.

    Returns:
        Two images of the model's size.
    """
    rng = np.random.default_rng([0, _FIRST_DANCER + number])
    size = (image_size[0] * times, image_size[1] * times)
    renderer = Renderer(Dancer.random(rng, variety), size)
    shown = []
    for pose in dance(rng, 2, _POSES_PER_SECOND):
        drawing = renderer.draw(pose, rng=rng)
        keypoints = convert_keypoints(drawing.keypoints, renderer.skeleton, skeleton)
        posed = PosedImage(drawing.image, keypoints, skeleton, drawing.mask)
        shown.append(posed if times == 1 else _as_photograph(posed, image_size))
    return shown[0], shown[1]


def drawn_dance(
    image_size: tuple[int, int],
    seed: int = 0,
    seconds: float = _DANCE_SECONDS,
    times: int = 1,
    variety: str = "plain",
) -> DrawnDance:
    """Draw a few seconds of a person's dance, 12 frames per second.

    Frames with a pose that lacks shoulders or hips are left out.

    Args:
        image_size: (H, W) of a model's images; the poses are in pixels of such an image.
        seed: determines the person and the dance.
        seconds: duration.
        times: ratio of the frames' height and width to `image_size`.
        variety: see `drawn_pair`.
    """
    rng = np.random.default_rng([seed, _FIRST_DANCER])
    dancer = Dancer.random(rng, variety)
    size = (image_size[0] * times, image_size[1] * times)
    poses = dance(rng, round(seconds * _DANCE_RATE), _DANCE_RATE)
    cameras = [frame_body(place_body(dancer.build, pose), size) for pose in poses]
    farthest = min(cameras, key=lambda camera: camera.scale)
    camera = replace(farthest, origin=((size[1] - 1) / 2, farthest.origin[1]))
    renderer = Renderer(dancer, size, camera=camera)
    drawings = [renderer.draw(pose, camera) for pose in poses]
    keypoints = np.array([drawing.keypoints for drawing in drawings])
    keypoints[..., :2] = (keypoints[..., :2] + 0.5) / times - 0.5
    keypoints[keypoints[..., 2] == 0] = 0
    usable = [why_unusable(pose, renderer.skeleton) is None for pose in keypoints]
    frames = np.array([drawing.image for drawing in drawings])
    sequence = PoseSequence(keypoints[usable], renderer.skeleton, float(_DANCE_RATE))
    return DrawnDance(sequence, frames[usable])


def _as_photograph(posed: PosedImage, image_size: tuple[int, int]) -> PosedImage:
    """Return a drawing resampled to the model's size, with the drawing as its photograph."""
    height, width = posed.image.shape[:2]
    crop = PersonCrop(-0.5, -0.5, height, width, tuple(image_size))
    return PosedImage(
        crop.apply(posed.image),
        crop.to_crop(posed.keypoints),
        posed.skeleton,
        crop.apply(posed.mask),
        posed.image,
        crop,
    )
