"""Crops of a clip's frames: one fixed crop, or crops that follow the person."""

from collections.abc import Sequence

import numpy as np

from deformable_gan.errors import ConfigurationError
from deformable_gan.pose.body_box import BodyBox
from deformable_gan.pose.crop_modes import CROP_MODES
from deformable_gan.pose.person_crop import PersonCrop

#: `auto` uses a fixed crop if the body's box is at least this share of the crop's height.
SMALLEST_FIXED_SHARE = 0.6

_SMOOTHING_SECONDS = 0.5
_FARTHEST_SHARE = 1 / 40


def crop_clip(
    boxes: Sequence[BodyBox],
    times: Sequence[float],
    image_size: tuple[int, int],
    output_size: tuple[int, int],
    mode: str = "auto",
) -> tuple[str, list[PersonCrop]]:
    """Choose a crop for every frame of a clip.

    `fixed` is one crop around the boxes. A still camera's background then stays still, which is
    easier to learn from than a background that moves with the person. On each side the farthest
    boxes, one frame in forty, may be cut off, so that one wrong wrist does not make all images of
    the person small. `follow` is a crop that moves and scales with the person, smoothed in time,
    and contains each frame's box. `auto` is `fixed` if the median height of the boxes is then at
    least 60 % of the crop's height, and otherwise `follow`, because a person who crosses the frame
    would be small in a fixed crop. All crops are moved into the frame and slightly shrunk if
    necessary (`PersonCrop.fitted`).

    Args:
        boxes: the body's box in each frame.
        times: the times at which the frames are shown, in seconds, increasing.
        image_size: (height, width) of the frames, in pixels.
        output_size: (height, width) of the crops, in pixels.
        mode: `auto`, `fixed` or `follow`.

    Returns:
        The mode used, `fixed` or `follow`, and a crop for each frame.

    Raises:
        ConfigurationError: the mode is unknown.
    """
    if mode not in CROP_MODES:
        raise ConfigurationError(
            f"unknown crop mode {mode!r}: expected one of {', '.join(CROP_MODES)}"
        )
    if mode != "follow":
        crop = PersonCrop.around(usual_extent(boxes), output_size)
        share = np.median([box.height for box in boxes]) / crop.height
        if mode == "fixed" or share >= SMALLEST_FIXED_SHARE:
            return "fixed", [crop.fitted(image_size)] * len(boxes)
    crops = _following_crops(boxes, np.asarray(times, np.float64), output_size)
    return "follow", [crop.fitted(image_size) for crop in crops]


def usual_extent(boxes: Sequence[BodyBox]) -> BodyBox:
    """Return the box around the boxes of a clip, without the farthest one in forty on each side.

    Args:
        boxes: the body's box in each frame, at least one.
    """
    edges = np.array([(box.top, box.left, box.bottom, box.right) for box in boxes])
    low = np.quantile(edges[:, :2], _FARTHEST_SHARE, axis=0)
    high = np.quantile(edges[:, 2:], 1 - _FARTHEST_SHARE, axis=0)
    return BodyBox(*map(float, (*low, *high)))


def _following_crops(
    boxes: Sequence[BodyBox], times: np.ndarray, output_size: tuple[int, int]
) -> list[PersonCrop]:
    apart = (times[:, None] - times[None, :]) / _SMOOTHING_SECONDS
    weights = np.exp(-(apart**2) / 2)
    weights /= weights.sum(axis=1, keepdims=True)
    centres = weights @ np.array([box.centre for box in boxes])
    # For each frame, the least size, as a multiple of `output_size`, of a crop around the smoothed
    # centre that contains the frame's box.
    needed = np.array(
        [
            2 * max(abs(edge - middle) / size for edge, middle, size in edges)
            for edges in (
                (
                    (box.top, y, output_size[0]),
                    (box.bottom, y, output_size[0]),
                    (box.left, x, output_size[1]),
                    (box.right, x, output_size[1]),
                )
                for box, (y, x) in zip(boxes, centres, strict=True)
            )
        ]
    )
    # The largest size needed within a second of each frame, smoothed, so that the size hardly
    # changes from frame to frame and is never too small.
    largest = np.where(np.abs(apart) <= 2, needed[None, :], 0).max(axis=1)
    scales = np.maximum(weights @ largest, needed)
    return [
        PersonCrop(
            float(y - scale * output_size[0] / 2),
            float(x - scale * output_size[1] / 2),
            float(scale * output_size[0]),
            float(scale * output_size[1]),
            (output_size[0], output_size[1]),
        )
        for (y, x), scale in zip(centres, scales, strict=True)
    ]
