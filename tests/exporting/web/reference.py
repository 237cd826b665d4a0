"""Results of the package with which the page's JavaScript is compared."""

import base64
import dataclasses
from pathlib import Path

import numpy as np
import tensorflow as tf

from deformable_gan.backgrounds.fill_hole import fill_hole
from deformable_gan.backgrounds.person_area import person_area, person_core
from deformable_gan.backgrounds.person_outline import person_outline
from deformable_gan.data.preparing.person_tracks import person_tracks
from deformable_gan.geometry.region_masks import region_masks
from deformable_gan.geometry.region_transforms import region_transforms
from deformable_gan.pose.adaptive_smoothing import smooth_adaptively
from deformable_gan.pose.averaged_looks import average_looks, squares_around, unmirrored
from deformable_gan.pose.body_box import BodyBox
from deformable_gan.pose.clip_crops import crop_clip
from deformable_gan.pose.interpolation import interpolate_missing
from deformable_gan.pose.movenet import cut_square
from deformable_gan.pose.movenet_source import DEFAULT_LOOKS
from deformable_gan.pose.person_crop import PersonCrop
from deformable_gan.pose.skeleton import COCO17
from deformable_gan.reposing.even_times import at_even_times
from deformable_gan.reposing.full_size import FullSizeComposer
from deformable_gan.reposing.posed_image import PosedImage
from deformable_gan.reposing.retargeting.retarget import retarget
from deformable_gan.reposing.retargeting.room import move_inside, with_room

_FIGURE = np.array(
    [
        *((14, 36), (12, 38), (12, 34), (13, 41), (13, 31), (26, 46), (26, 26), (44, 50), (44, 22)),
        *((60, 52), (60, 20), (64, 42), (64, 30), (88, 43), (88, 29), (114, 44), (114, 28)),
    ],
    float,
)
_MASK_SIZE = (64, 36)


def random_poses(rng: np.random.Generator, count: int, missing: float = 0.1) -> np.ndarray:
    """Draw people of all shapes in all poses, float32 [count, 17, 3]."""
    poses = np.ones((count, 17, 3))
    spread = rng.uniform(0, 12, (count, 1, 1))
    poses[..., :2] = _FIGURE + rng.normal(0, 1, (count, 17, 2)) * spread
    turns = rng.uniform(-0.6, 0.6, count)
    cosine, sine = np.cos(turns), np.sin(turns)
    matrix = np.stack([cosine, -sine, sine, cosine], -1).reshape(-1, 2, 2)
    matrix *= rng.uniform(0.5, 1.1, (count, 1, 1))
    middle = np.array((64, 36))
    poses[..., :2] = np.einsum("nab,njb->nja", matrix, poses[..., :2] - middle) + middle
    poses[..., 2] = rng.uniform(0.31, 1, (count, 17))
    poses[rng.uniform(size=(count, 17)) < missing] = 0
    return poses.astype(np.float32)


def moving_pose(rng: np.random.Generator, count: int) -> np.ndarray:
    """Draw a person who sways, trembles and lifts an arm; some joints are missing."""
    time = np.arange(count)[:, None]
    poses = np.repeat(random_poses(rng, 1, 0), count, axis=0).astype(np.float64)
    poses[..., 1] += 6 * np.sin(time / 5)
    poses[:, 9, 0] -= 15 * (1 + np.sin(time[:, 0] / 4))
    poses[..., :2] += rng.normal(0, 0.4, (count, 17, 2))
    poses[rng.uniform(size=(count, 17)) < 0.05] = 0
    return poses.astype(np.float32)


def textured_image(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Draw stripes, a gradient and noise, uint8 [height, width, 3]."""
    y, x = np.mgrid[:height, :width]
    levels = [90 + 60 * np.sin(x / 9) + 0.2 * y, 120 + 0.4 * y, 200 * (y > 0.7 * height)]
    image = np.stack(levels, -1) + rng.normal(0, 12, (height, width, 3))
    return image.clip(0, 255).astype(np.uint8)


def all_numbers(pairs: int = 1000) -> dict:
    """Return JSON values: the inputs, and the package's results."""
    rng = np.random.default_rng(19)
    return {
        "looks": [_looks(rng) for _ in range(20)],
        "regions": _regions(rng, pairs),
        "crops": [_crop(rng, *size) for size in ((300, 200), (90, 140), (700, 900))],
        "squares": [_square(rng, *one) for one in ((-20, 10, 260), (40, 30, 120), (0, 0, 192))],
        "holes": [_hole(rng, *size) for size in ((160, 120), (500, 400))],
        "retargeting": [_retargeting(rng, count) for count in (1, 24)],
        "tracks": [_track(rng, count) for count in (5, 40)],
        "composing": [_composing(rng, *size) for size in ((128, 72), (200, 240))],
    }


def _regions(rng, pairs) -> dict:
    source, target = random_poses(rng, pairs), random_poses(rng, pairs)
    small = target * np.float32([0.5, 0.5, 1])
    masks = region_masks(small, _MASK_SIZE, COCO17).numpy() > 0
    return {
        "source": _numbers(source),
        "target": _numbers(target),
        "transforms": region_transforms(source, target, COCO17).numpy()[..., :6].tolist(),
        "size": list(_MASK_SIZE),
        "masks": [_bytes(np.packbits(mask.reshape(10, -1), axis=-1)) for mask in masks],
        "half": _numbers(small),
    }


def _crop(rng, height, width) -> dict:
    image = textured_image(rng, height, width)
    crop = PersonCrop(-7.3, 11.9, 0.8 * height, 0.45 * height, (128, 72))
    return {"image": _picture(image), "crop": _rectangle(crop), "made": _bytes(crop.apply(image))}


def _square(rng, top, left, side) -> dict:
    image = textured_image(rng, 230, 200)
    cut = cut_square(tf.constant(image), *(tf.constant(number) for number in (top, left, side)))
    made = tf.round(tf.image.resize(cut, (192, 192), antialias=True)).numpy().astype(np.uint8)
    return {"image": _picture(image), "square": [top, left, side], "made": _bytes(made)}


def _hole(rng, height, width) -> dict:
    image = textured_image(rng, height, width)
    pose = random_poses(rng, 1)[0]
    pose[:, :2] *= height / 150
    area = person_area(pose, (height, width), COCO17)
    return {
        "image": _picture(image),
        "pose": _numbers(pose),
        "area": _bytes(area.astype(np.uint8)),
        "core": _bytes(person_core(pose, (height, width), COCO17)[0].astype(np.uint8)),
        "outline": _bytes(person_outline(image, pose, COCO17).astype(np.uint8)),
        "filled": _bytes(fill_hole(image, area)),
    }


def _retargeting(rng, count) -> dict:
    poses, source = moving_pose(rng, count), random_poses(rng, 1, 0)[0]
    made = retarget(poses, source, COCO17)
    crop = PersonCrop(20.5, 30.5, 256, 144, (128, 72))
    photograph = np.zeros((400, 300, 3), np.uint8)
    person = PosedImage(crop.apply(photograph), source, COCO17, None, photograph, crop)
    outside = np.where(made[..., 2:] > 0, crop.from_crop(made), np.float32(0))
    moved = move_inside(outside, 300)
    return {
        "poses": _numbers(poses),
        "source": _numbers(source),
        "made": _numbers(made),
        "crop": _rectangle(crop),
        "moved": _numbers(moved),
        "room": _rectangle(with_room(person, moved).crop),
    }


def _track(rng, count) -> dict:
    poses = moving_pose(rng, count)
    times = np.cumsum(rng.uniform(0.05, 0.12, count))
    whole = interpolate_missing(poses, times)
    smooth = smooth_adaptively(whole, times, 0.07)
    even = at_even_times(smooth, times, 12.0)
    moments = np.arange(len(even)) / 12
    size = (160, 140)
    boxes = [BodyBox.of_pose(pose, COCO17).within(size) for pose in even]
    _, crops = crop_clip(boxes, moments, size, (128, 72))
    jumping = whole.copy()
    jumping[count // 2 :, :, 1] += 400
    return {
        "poses": _numbers(poses),
        "times": times.tolist(),
        "interpolated": _numbers(whole),
        "smoothed": _numbers(smooth),
        "even": _numbers(even),
        "size": list(size),
        "placed": _numbers([crop.to_crop(pose) for crop, pose in zip(crops, even, strict=True)]),
        "jumping": _numbers(jumping),
        "stretches": person_tracks(jumping, times.tolist(), COCO17),
    }


def _composing(rng, height, width) -> dict:
    photograph, background = (textured_image(rng, height, width) for _ in range(2))
    if (height, width) == (128, 72):
        crop = PersonCrop.whole((128, 72))
    else:
        crop = PersonCrop(-4.2, 33.7, 190, 106.875, (128, 72))
    y, x = np.mgrid[:128, :72]
    middles = rng.uniform(0, 1, (13, 2)) * (128, 72)
    logits = np.stack([-np.hypot(y - a, x - b) / 6 for a, b in middles], -1)
    weights = np.exp(logits - logits.max(-1, keepdims=True))
    weights = (weights / weights.sum(-1, keepdims=True)).astype(np.float32)
    poses = random_poses(rng, 2, 0)
    transforms = region_transforms(poses[:1], poses[1:], COCO17).numpy()[0]
    drawn = rng.uniform(-1, 1, (128, 72, 3)).astype(np.float32)
    parts = {"weights": weights, "drawn": drawn, "transforms": transforms}
    made = FullSizeComposer(photograph, crop, background).in_photograph(parts)
    return {
        "photograph": _picture(photograph),
        "background": _picture(background),
        "crop": _rectangle(crop),
        "parts": {name: _bytes(np.ascontiguousarray(value)) for name, value in parts.items()},
        "made": _bytes(made),
    }


def _looks(rng: np.random.Generator) -> dict:
    square = [int(value) for value in (*rng.integers(-40, 100, 2), rng.integers(30, 700))]
    looks = random_poses(rng, 1, 0) + rng.normal(0, 1.5, (DEFAULT_LOOKS, 17, 3))
    looks[..., 2] = rng.uniform(0.05, 1, looks.shape[:2])
    looks[3, 4, :2] += 60  # a look that misplaces a joint
    looks = looks.astype(np.float32)
    answer = rng.uniform(size=(17, 3)).astype(np.float32)
    around = squares_around(*(tf.constant(value) for value in square), DEFAULT_LOOKS).numpy()
    own = unmirrored(tf.constant(answer), COCO17).numpy()
    top, left, side = square
    in_picture = np.array([side, side, 1]) * (answer, own) + np.array([top - 0.5, left - 0.5, 0])
    return {
        "square": square,
        "squares": around[:, :3].tolist(),
        "looks": _numbers(looks),
        "mean": _numbers(average_looks(tf.constant(looks), tf.constant(square[2]))),
        "mirrored": _numbers(in_picture[0]),
        "own": _numbers(in_picture[1]),
    }


def _numbers(values) -> list:
    # A float64 represents a float32 exactly, and JSON keeps a float64 exactly.
    return np.asarray(values, np.float64).tolist()


def _bytes(values: np.ndarray) -> str:
    return base64.b64encode(values.tobytes()).decode("ascii")


def _picture(image: np.ndarray) -> dict:
    height, width = image.shape[:2]
    return {"height": height, "width": width, "rgb": _bytes(image)}


def _rectangle(crop: PersonCrop) -> dict:
    return dataclasses.asdict(crop)


def write_numbers(path: Path) -> None:
    """Write the result of `all_numbers` as JSON."""
    import json

    path.write_text(json.dumps(all_numbers()), encoding="utf-8")
