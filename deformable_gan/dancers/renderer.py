"""Images of dancers with their joints."""

from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from deformable_gan.dancers.body import CAMERA_PITCH, Body, place_body
from deformable_gan.dancers.camera import Camera
from deformable_gan.dancers.dancer import Dancer
from deformable_gan.dancers.figure import figure_solids
from deformable_gan.dancers.framing import frame_body
from deformable_gan.dancers.joints import SKELETON, find_joints, score_joints
from deformable_gan.dancers.places.place import Place
from deformable_gan.dancers.places.scenery import Scenery
from deformable_gan.dancers.pose import Pose
from deformable_gan.dancers.shapes import shape_parts
from deformable_gan.dancers.solid_maker import SolidMaker, depth_of
from deformable_gan.dancers.sweep import Canvas
from deformable_gan.dancers.wardrobe import paint_wardrobe

_OVERSAMPLING = 2


@dataclass(frozen=True)
class Rendering:
    """An image of a dancer with its annotations.

    Attributes:
        image: uint8 [H, W, 3].
        background: uint8 [H, W, 3], the place without the dancer and their shadow; None if not
            requested.
        mask: the person mask, uint8 [H, W], 255 on the dancer, 0 elsewhere, in between on the
            outline.
        joints: float64 [17, 2] of (y, x): positions of all joints, including hidden ones and those
            outside the frame.
        visible: bool [17], whether the joint is in the frame and not hidden.
        keypoints: float32 [17, 3] of (y, x, confidence) as an estimator would report them:
            zeros for joints outside the frame, some hidden joints and very few visible ones.
    """

    image: np.ndarray
    background: np.ndarray | None
    mask: np.ndarray
    joints: np.ndarray
    visible: np.ndarray
    keypoints: np.ndarray


class Renderer:
    """A renderer of one dancer in any pose, at one image size.

    Args:
        dancer: the dancer.
        image_size: (height, width) in pixels.
        body_height: approximate height of the dancer in pixels; None for the height that `camera`
            gives, or the image's height if there is no camera.
        camera: the camera for which a wide dancer's place is arranged; None for a camera whose
            image the dancer fills.
        moving: whether the cameras of images differ from `camera` and see other parts of the
            place. A plain dancer's backdrop is the same for every camera.

    Attributes:
        skeleton: the layout of the joints.
    """

    skeleton = SKELETON

    def __init__(
        self,
        dancer: Dancer,
        image_size: tuple[int, int],
        body_height: float | None = None,
        camera: Camera | None = None,
        moving: bool = False,
    ):
        self.dancer = dancer
        self.image_size = image_size
        height, width = image_size
        if camera is not None and body_height is None:
            body_height = camera.scale
        density = (body_height or height) * _OVERSAMPLING
        self._place: Place | None = None
        if isinstance(dancer.backdrop, Scenery):
            camera = camera or Camera(0.9 * height, ((width - 1) / 2, 0.95 * height))
            self._place = Place(dancer.backdrop, image_size, camera, _OVERSAMPLING, moving)
        else:
            self._background = dancer.backdrop.paint(height * _OVERSAMPLING, width * _OVERSAMPLING)
        self._shapes = shape_parts(dancer)
        self._textures = paint_wardrobe(dancer, density)

    def draw(
        self,
        pose: Pose,
        camera: Camera | None = None,
        rng: np.random.Generator | None = None,
        background: bool = False,
    ) -> Rendering:
        """Draw the dancer.

        Args:
            pose: the pose.
            camera: None for a crop that the dancer fills.
            rng: determines the crop's jitter, the camera's noise, and an estimator's confidences
                and missing joints; None for no jitter, no noise, no missing joints, and confidence
                1 for visible joints and 0.3 for hidden ones.
            background: whether to also return an image of the place alone.
        """
        return self.draw_body(place_body(self.dancer.build, pose), camera, rng, background)

    def draw_body(
        self,
        body: Body,
        camera: Camera | None = None,
        rng: np.random.Generator | None = None,
        background: bool = False,
    ) -> Rendering:
        """Draw the dancer with a body that already has a pose; see `draw` for the arguments."""
        if camera is None:
            camera = frame_body(body, self.image_size, rng)
        place = self._background if self._place is None else self._place.seen_by(camera)
        canvas = Canvas(place, self.dancer.light)
        fine = camera.oversampled(_OVERSAMPLING)
        if self.dancer.shadows is None:
            _cast_shadow(canvas.image, body, fine)
        solids = figure_solids(self.dancer, body, SolidMaker(self._shapes, self._textures, fine))
        for solid in solids:
            canvas.paint(solid)
        dancer = np.where(canvas.parts > 0, np.uint8(255), np.uint8(0))
        fine_joints, visible = find_joints(self.dancer, body, solids, fine, canvas.parts)
        joints = (fine_joints + 0.5) / _OVERSAMPLING - 0.5
        image, mask, empty = (self._shrunk(each) for each in (canvas.image, dancer, place))
        if self.dancer.shadows is not None:
            light = self.dancer.shadows.cover(mask, body, camera)
            image = image if light is None else _darken(image, mask, empty, light)
        keypoints = score_joints(joints, visible, self.image_size, rng)
        if self.dancer.recording is not None:
            if background:
                empty = self.dancer.recording.take(empty, _other(rng))
            image = self.dancer.recording.take(image, rng)
        return Rendering(
            image=image,
            background=empty if background else None,
            mask=mask,
            joints=joints,
            visible=visible,
            keypoints=keypoints,
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
        dancer: the dancer.
        pose: the pose.
        image_size: (height, width) in pixels.
        camera: None for a crop that the dancer fills.
        rng: see `Renderer.draw`.

    Returns:
        The image, uint8 [height, width, 3], and its key points, float32 [17, 3] of
        (y, x, confidence), in the layout `Renderer.skeleton`.
    """
    rendering = _renderer(dancer, tuple(image_size)).draw(pose, camera, rng)
    return rendering.image, rendering.keypoints


@lru_cache(maxsize=8)
def _renderer(dancer: Dancer, image_size: tuple[int, int]) -> Renderer:
    return Renderer(dancer, image_size)


def _other(rng: np.random.Generator | None) -> np.random.Generator | None:
    """Return a source of other random numbers, derived from `rng` without advancing it."""
    return None if rng is None else np.random.default_rng(deepcopy(rng).integers(2**31))


def _darken(
    image: np.ndarray, mask: np.ndarray, background: np.ndarray, light: np.ndarray
) -> np.ndarray:
    """Return an image with shadows on its background, as far as the mask leaves it visible."""
    lost = (1 - light) * (255 - mask.astype(np.float32)) * np.float32(1 / 255)
    return cv2.subtract(image, background * lost[..., None], dtype=cv2.CV_8U)


def _cast_shadow(image: np.ndarray, body: Body, camera: Camera) -> None:
    """Darken the floor under the body, in place."""
    ends = [f"{side}_{end}" for side in ("left", "right") for end in ("heel", "toe")]
    feet = np.array([body.points[end] for end in ends])
    floor = 0.6 * feet.mean(axis=0) + 0.4 * body.points["pelvis"]
    # The point on the floor below the body: height 0, and equally far forward on the floor.
    floor[1] = depth_of(floor) * np.sin(CAMERA_PITCH) - 0.004
    center = camera.project(floor)
    half_width = camera.scale * (0.13 + 0.5 * np.ptp(feet[:, 0]))
    half_height = camera.scale * max(0.12 * np.sin(CAMERA_PITCH) * 2, 0.03)
    rows, columns = image.shape[:2]
    top, bottom = np.clip([center[1] - 2 * half_height, center[1] + 2 * half_height], 0, rows)
    left, right = np.clip([center[0] - 2 * half_width, center[0] + 2 * half_width], 0, columns)
    top, bottom, left, right = int(top), int(bottom), int(left), int(right)
    if top >= bottom or left >= right:
        return
    y = (np.arange(top, bottom, dtype=np.float32)[:, None] - center[1]) / half_height
    x = (np.arange(left, right, dtype=np.float32)[None, :] - center[0]) / half_width
    light = (1 - 0.42 * np.exp(-1.5 * (x**2 + y**2))).astype(np.float32)
    region = image[top:bottom, left:right]
    image[top:bottom, left:right] = cv2.multiply(
        region, cv2.merge((light, light, light)), dtype=cv2.CV_8U
    )
