"""The solids that dancers consist of, and how they are drawn."""

from dataclasses import dataclass

import cv2
import numpy as np

from deformable_gan.dancers.light import TABLE_STEPS, Light

#: Samples of a profile along its axis.
PROFILE_SAMPLES = 128


@dataclass(frozen=True)
class Sweep:
    """A tapered solid: ellipses swept along an axis, with a texture wrapped around it.

    *Convention*: positions in pixels of the canvas, (x, y), pixel centres at integers. Lateral
    is the axis's direction rotated by a quarter turn from x towards -y, so for an axis that points
    down the image lateral is to the right.

    Attributes:
        start: [2], the beginning of the axis (texture row 0).
        end: [2], the end of the axis (last row).
        radius: float [PROFILE_SAMPLES], half widths of the ellipses across the body's front,
            evenly spaced from start to end, in pixels.
        depth_ratio: ratio of the half width from front to back to `radius`.
        front: the angle of the solid's front (the texture's middle column) from the viewer
            towards lateral, at start and end.
        texture: uint8 [h, w, 3]; the columns run once around the solid: from the back over the side
            opposite to lateral to the front, and over the lateral side to the back again.
        part: the solid's number on the canvas.
        depth: solids with greater depth are nearer and drawn over others.
        shear: slope of the texture's rows against lateral, at start and end.
        caps: lengths of the rounded ends relative to the radius there: 1 is a half circle, 0.05
            is flat.
    """

    start: np.ndarray
    end: np.ndarray
    radius: np.ndarray
    depth_ratio: float
    front: tuple[float, float]
    texture: np.ndarray
    part: int
    depth: float
    shear: tuple[float, float] = (0.0, 0.0)
    caps: tuple[float, float] = (1.0, 1.0)

    def surface_point(self, along: float, angle: float) -> np.ndarray:
        """Return the canvas position [2] (x, y) of a point on the surface.

        Args:
            along: fraction of the axis from start to end.
            angle: around the axis from the front towards lateral, in radians.
        """
        axis = self.end - self.start
        length = max(float(np.linalg.norm(axis)), 1e-6)
        lateral = np.array([axis[1], -axis[0]]) / length
        radius, phase = self._silhouette()
        index = round(np.clip(along, 0, 1) * (PROFILE_SAMPLES - 1))
        across = radius[index] * np.sin(angle + phase[index])
        return self.start + along * axis + across * lateral

    def _silhouette(self) -> tuple[np.ndarray, np.ndarray]:
        """Return half widths as seen, and the phase of the surface's angle, for each sample.

        The ellipse (a sin t, b cos t) turned by f has the lateral coordinate
        A sin(t + phase) with A² = a² cos² f + b² sin² f and tan(phase) = (b sin f) / (a cos f).
        """
        begin, end = self.front
        front = _SAMPLES * ((end - begin) / (PROFILE_SAMPLES - 1)) + begin
        front[-1] = end
        a, b = np.cos(front), self.depth_ratio * np.sin(front)
        return self.radius * np.hypot(a, b), np.arctan2(b, a)


class Canvas:
    """An image on which sweeps are painted, nearest last.

    Args:
        background: uint8 [H, W, 3], which is copied.
        light: the light on the sweeps.

    Attributes:
        image: uint8 [H, W, 3].
        parts: uint8 [H, W], number of the solid visible at each pixel, 0 for the background.
    """

    def __init__(self, background: np.ndarray, light: Light | None = None):
        self.light = light or Light()
        self.image = background.copy()
        self.parts = np.zeros(background.shape[:2], np.uint8)

    def paint(self, sweep: Sweep) -> None:
        """Paint a solid over the image."""
        axis = sweep.end - sweep.start
        length = max(float(np.hypot(*axis)), 1e-3)
        along = axis / length if length > 1e-3 else np.array([0.0, 1.0])
        lateral = np.array([along[1], -along[0]])
        widest = float(sweep.radius.max()) * max(1.0, sweep.depth_ratio) + 1
        box = self._box(sweep, along, lateral, widest)
        if box is None:
            return
        top, bottom, left, right = box
        x = np.arange(left, right, dtype=np.float32) - np.float32(sweep.start[0])
        y = np.arange(top, bottom, dtype=np.float32)[:, None] - np.float32(sweep.start[1])
        v = x * np.float32(along[0]) + y * np.float32(along[1])
        u = x * np.float32(lateral[0]) + y * np.float32(lateral[1])
        if sweep.shear != (0.0, 0.0):
            fraction = np.clip(v * np.float32(1 / length), 0, 1)
            v += u * (
                np.float32(sweep.shear[0]) + np.float32(sweep.shear[1] - sweep.shear[0]) * fraction
            )
        radius, phase = sweep._silhouette()
        steepness = _slopes(radius) * ((PROFILE_SAMPLES - 1) / max(length, 1.0))
        # The distance to a sloping outline is smaller than the distance along lateral.
        steepness = np.minimum(np.maximum(steepness, -6), 6)
        closeness = (1 / np.sqrt(1 + steepness**2)).astype(np.float32)
        radius = np.maximum(radius, 1e-3).astype(np.float32)
        index = v * np.float32((PROFILE_SAMPLES - 1) / length)
        index += np.float32(0.5)
        index = _within(index, 0, PROFILE_SAMPLES - 1).astype(np.uint8)
        r = _look_up(radius, index)
        beyond = np.maximum(v - np.float32(length), 0)
        beyond *= np.float32(1 / sweep.caps[1])
        before = np.maximum(-v, 0)
        before *= np.float32(1 / sweep.caps[0])
        beyond -= before
        cover = r - cv2.magnitude(u, beyond)
        cover *= _look_up(closeness, index)
        cover += np.float32(0.5)
        cover = _within(cover, 0, 1)

        q = _within(u / r, -1, 1)
        map_x = q + np.float32(1)
        map_x *= np.float32(TABLE_STEPS / 2)
        map_x = _ARCSINE.take(map_x.astype(np.intp))
        map_x -= _look_up(phase.astype(np.float32), index)
        rows, columns = sweep.texture.shape[:2]
        map_x *= np.float32(columns / (2 * np.pi))
        map_x += np.float32(columns / 2 - 0.5)
        map_y = v * np.float32(rows / length)
        map_y -= np.float32(0.5)
        map_y = _within(map_y, 0, rows - 1)
        color = cv2.remap(sweep.texture, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
        light = _shading(self.light, q, beyond / r, along, lateral)
        color = cv2.multiply(color, cv2.merge((light, light, light)), dtype=cv2.CV_8U)
        region = self.image[top:bottom, left:right]
        self.image[top:bottom, left:right] = cv2.blendLinear(color, region, cover, 1 - cover)
        self.parts[top:bottom, left:right][cover > 0.5] = sweep.part

    def _box(
        self, sweep: Sweep, along: np.ndarray, lateral: np.ndarray, widest: float
    ) -> tuple[int, int, int, int] | None:
        """Return (top, bottom, left, right) of the pixels that a solid may touch, or None."""
        slant = widest * max(abs(sweep.shear[0]), abs(sweep.shear[1]))
        before = sweep.start - along * (sweep.radius[0] * sweep.caps[0] + slant + 1)
        after = sweep.end + along * (sweep.radius[-1] * sweep.caps[1] + slant + 1)
        reach = np.abs(lateral) * widest
        low = np.floor(np.minimum(before, after) - reach).astype(int)
        high = np.ceil(np.maximum(before, after) + reach).astype(int) + 1
        left, right = max(low[0], 0), min(high[0], self.image.shape[1])
        top, bottom = max(low[1], 0), min(high[1], self.image.shape[0])
        return (top, bottom, left, right) if left < right and top < bottom else None


def _shading(
    light: Light, across: np.ndarray, beyond: np.ndarray, along: np.ndarray, lateral: np.ndarray
) -> np.ndarray:
    """Return the brightness: 1 is the texture's own colour; smaller values are near the outline.

    Rounded ends are lit like their limb; otherwise the joints of bent limbs would look like balls.
    """
    towards = np.array(light.direction[:2])
    index = np.abs(across)
    index *= np.float32(TABLE_STEPS)
    shade = light.frontal_brightness.take(index.astype(np.intp))
    shade += across * np.float32(light.diffuse * (lateral @ towards))
    beyond *= np.float32(0.25 * light.diffuse * (along @ towards))
    shade += beyond
    return _within(shade, 0.35, 1.12)


def _within(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Clip float32 values in place and return them."""
    np.maximum(values, np.float32(low), out=values)
    return np.minimum(values, np.float32(high), out=values)


def _look_up(profile: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Return the samples of a profile at positions [h, w], uint8."""
    table = np.zeros(256, profile.dtype)
    table[:PROFILE_SAMPLES] = profile
    return cv2.LUT(index, table)


def _slopes(profile: np.ndarray) -> np.ndarray:
    """Return the differences between samples, like `numpy.gradient`."""
    slopes = np.empty_like(profile)
    slopes[1:-1] = (profile[2:] - profile[:-2]) / 2
    slopes[0], slopes[-1] = profile[1] - profile[0], profile[-1] - profile[-2]
    return slopes


_SAMPLES = np.arange(PROFILE_SAMPLES)
_ARCSINE = np.arcsin(np.linspace(-1, 1, TABLE_STEPS + 1)).astype(np.float32)
_ARCSINE = np.append(_ARCSINE, _ARCSINE[-1])
