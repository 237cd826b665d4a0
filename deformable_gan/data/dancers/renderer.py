"""Pictures of dancers, with their joints."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from deformable_gan.data.dancers.body import CAMERA_PITCH, Body, place_body
from deformable_gan.data.dancers.camera import Camera
from deformable_gan.data.dancers.dancer import Dancer
from deformable_gan.data.dancers.figure import figure_solids
from deformable_gan.data.dancers.framing import frame_body
from deformable_gan.data.dancers.joints import find_joints, score_joints
from deformable_gan.data.dancers.pose import Pose
from deformable_gan.data.dancers.shapes import shape_parts
from deformable_gan.data.dancers.solid_maker import SolidMaker, depth_of
from deformable_gan.data.dancers.sweep import Canvas
from deformable_gan.data.dancers.wardrobe import paint_wardrobe

_OVERSAMPLING = 2


@dataclass(frozen=True)
class Rendering:
    """A picture of a dancer and all that is known about it.

    Attributes:
        image: uint8 [H, W, 3].
        mask: uint8 [H, W], 255 where the dancer is, 0 elsewhere, between the two on the outline.
        joints: float64 [17, 2] of (y, x): where every joint is, in the frame or not, seen or not.
        visible: bool [17], whether nothing hides the joint and it lies in the frame.
        keypoints: float32 [17, 3] of (y, x, confidence) as an estimator would report them:
            zeros for joints outside the frame and for some hidden ones.
    """

    image: np.ndarray
    mask: np.ndarray
    joints: np.ndarray
    visible: np.ndarray
    keypoints: np.ndarray


class Renderer:
    """Draws one dancer in any pose, at one picture size.

    Args:
        dancer: whom.
        image_size: (height, width) in pixels.
        body_height: about how many pixels tall the dancer will be; None for the picture's height.
    """

    def __init__(
        self, dancer: Dancer, image_size: tuple[int, int], body_height: float | None = None
    ):
        self.dancer = dancer
        self.image_size = image_size
        height, width = image_size
        density = (body_height or height) * _OVERSAMPLING
        self._background = dancer.backdrop.paint(height * _OVERSAMPLING, width * _OVERSAMPLING)
        self._shapes = shape_parts(dancer)
        self._textures = paint_wardrobe(dancer, density)

    def draw(
        self,
        pose: Pose | Body,
        camera: Camera | None = None,
        rng: np.random.Generator | None = None,
    ) -> Rendering:
        """Draw the dancer.

        Args:
            pose: the pose, or the dancer's body already posed.
            camera: None for a crop that the dancer fills.
            rng: of the crop's jitter, and of the confidences and losses of an estimator; None
                for the plain truth: 1 for visible joints, less for hidden ones.
        """
        body = pose if isinstance(pose, Body) else place_body(self.dancer.build, pose)
        if camera is None:
            camera = frame_body(body, self.image_size, rng)
        canvas = Canvas(self._background)
        fine = camera.oversampled(_OVERSAMPLING)
        _cast_shadow(canvas.image, body, fine)
        solids = figure_solids(self.dancer, body, SolidMaker(self._shapes, self._textures, fine))
        for solid in solids:
            canvas.paint(solid)
        dancer = np.where(canvas.parts > 0, np.uint8(255), np.uint8(0))
        fine_joints, visible = find_joints(self.dancer, body, solids, fine, canvas.parts)
        joints = (fine_joints + 0.5) / _OVERSAMPLING - 0.5
        return Rendering(
            image=self._shrunk(canvas.image),
            mask=self._shrunk(dancer),
            joints=joints,
            visible=visible,
            keypoints=score_joints(joints, visible, self.image_size, rng),
        )

    def _shrunk(self, canvas: np.ndarray) -> np.ndarray:
        height, width = self.image_size
        return cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA)


def render(
    dancer: Dancer,
    pose: Pose,
    image_size: tuple[int, int],
    camera: Camera | None = None,
    rng: np.random.Generator | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw a dancer.

    Args:
        dancer: whom.
        pose: in which pose.
        image_size: (height, width) in pixels.
        camera: None for a crop that the dancer fills.
        rng: see `Renderer.draw`.

    Returns:
        The picture, uint8 [height, width, 3], and its key points in the COCO17 layout, float32
        [17, 3] of (y, x, confidence).
    """
    rendering = _renderer(dancer, tuple(image_size)).draw(pose, camera, rng)
    return rendering.image, rendering.keypoints


@lru_cache(maxsize=8)
def _renderer(dancer: Dancer, image_size: tuple[int, int]) -> Renderer:
    return Renderer(dancer, image_size)


def _cast_shadow(picture: np.ndarray, body: Body, camera: Camera) -> None:
    """Darken the floor under the body, in place."""
    ends = [f"{side}_{end}" for side in ("left", "right") for end in ("heel", "toe")]
    feet = np.array([body.points[end] for end in ends])
    floor = 0.6 * feet.mean(axis=0) + 0.4 * body.points["pelvis"]
    # The point of the floor below: at no height, and as far forward.
    floor[1] = depth_of(floor) * np.sin(CAMERA_PITCH) - 0.004
    center = camera.project(floor)
    half_width = camera.scale * (0.13 + 0.5 * np.ptp(feet[:, 0]))
    half_height = camera.scale * max(0.12 * np.sin(CAMERA_PITCH) * 2, 0.03)
    rows, columns = picture.shape[:2]
    top, bottom = np.clip([center[1] - 2 * half_height, center[1] + 2 * half_height], 0, rows)
    left, right = np.clip([center[0] - 2 * half_width, center[0] + 2 * half_width], 0, columns)
    top, bottom, left, right = int(top), int(bottom), int(left), int(right)
    if top >= bottom or left >= right:
        return
    y = (np.arange(top, bottom, dtype=np.float32)[:, None] - center[1]) / half_height
    x = (np.arange(left, right, dtype=np.float32)[None, :] - center[0]) / half_width
    light = (1 - 0.42 * np.exp(-1.5 * (x**2 + y**2))).astype(np.float32)
    region = picture[top:bottom, left:right]
    picture[top:bottom, left:right] = cv2.multiply(
        region, cv2.merge((light, light, light)), dtype=cv2.CV_8U
    )
