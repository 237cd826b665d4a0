"""The camera that crops an image around a dancer."""

import numpy as np

from deformable_gan.dancers.body import Body
from deformable_gan.dancers.camera import Camera

_MARGIN = 0.028  # width of the flesh around the points of a body, in body heights
_TORSO = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")


def frame_body(
    body: Body, image_size: tuple[int, int], rng: np.random.Generator | None = None
) -> Camera:
    """Return a camera that frames a dancer as tightly as the crop of a person detector.

    The body is usually about nine tenths as tall as the image. A crouching body is smaller, because
    the scale is limited. A body that is too wide for the image is scaled down by at most 14 %, so
    limbs that are stretched sideways may leave a narrow image. The torso stays inside.

    Args:
        body: the posed body.
        image_size: (height, width) in pixels.
        rng: source of a small random shift and scale; None for no random shift and scale.
    """
    height, width = image_size
    jitter = rng.uniform(-1, 1, 4) if rng is not None else np.zeros(4)
    points = np.array(list(body.points.values()))[:, :2]
    low, high = points.min(axis=0) - _MARGIN, points.max(axis=0) + _MARGIN
    fill = 0.905 + 0.035 * jitter[0]
    scale = min(fill * height / (high[1] - low[1]), 1.10 * fill * height)
    scale = min(scale, max(0.98 * width / (high[0] - low[0]), 0.86 * scale))

    torso = np.array([body.points[name][0] for name in _TORSO])
    middle = 0.55 * (low[0] + high[0]) / 2 + 0.45 * torso.mean() + 0.012 * jitter[1]
    inside = max(0.0, (0.5 - 0.08) * width / scale - 0.02)
    nearest, farthest = torso.max() - inside, torso.min() + inside
    middle = np.clip(middle, min(nearest, farthest), max(nearest, farthest))
    bottom = (0.966 + 0.010 * jitter[2]) * height
    return Camera(
        float(scale),
        (float((width - 1) / 2 - middle * scale), float(bottom - high[1] * scale)),
    )
