"""What a camera and its file format do to a picture."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

_LUMA = np.array([0.299, 0.587, 0.114])


@dataclass(frozen=True)
class Recording:
    """Exposure, colours, noise, sharpness and compression, the same for all pictures of a person.

    Attributes:
        exposure: gain of all channels.
        gamma: exponent of brightness.
        contrast: gain about the middle grey.
        saturation: 0 is grey, 1 as drawn.
        tint: gains of red, green and blue.
        haze: brightness of black, grey levels.
        noise: deviation of the sensor's noise, grey levels.
        blur: deviation of a blur, pixels.
        sharpening: how much of the difference to a blurred picture is added.
        shrinking: size of the recording over that of the picture, at most 1.
        quality: of JPEG compression, 1 to 100; 0 for none.
    """

    exposure: float = 1.0
    gamma: float = 1.0
    contrast: float = 1.0
    saturation: float = 1.0
    tint: tuple[float, ...] = (1.0, 1.0, 1.0)
    haze: float = 0.0
    noise: float = 0.0
    blur: float = 0.0
    sharpening: float = 0.0
    shrinking: float = 1.0
    quality: int = 0

    @classmethod
    def random(cls, rng: np.random.Generator) -> "Recording":
        """Draw a camera: most are good ones."""
        poor = rng.random() < 0.35
        warmth, green = rng.normal(0, 0.05), rng.normal(0, 0.02)
        soft = rng.random()
        return cls(
            exposure=float(np.exp(rng.normal(0, 0.10))),
            gamma=float(np.exp(rng.normal(0, 0.16))),
            contrast=float(np.exp(rng.normal(0, 0.12))),
            saturation=float(np.clip(rng.normal(1.0, 0.16), 0.4, 1.5))
            if rng.random() > 0.02
            else 0.0,
            tint=tuple(float(gain) for gain in np.exp([warmth, green, -warmth])),
            haze=float(rng.uniform(5, 40) if rng.random() < 0.1 else rng.uniform(0, 5)),
            noise=float(rng.uniform(1.0, 4.5) if poor else rng.uniform(0, 1.5)),
            blur=float(rng.uniform(0.3, 0.8)) if soft < 0.2 else 0.0,
            sharpening=float(rng.uniform(0.2, 1.0)) if soft > 0.65 else 0.0,
            shrinking=float(rng.uniform(0.55, 0.95)) if poor and rng.random() < 0.25 else 1.0,
            quality=int(rng.integers(50, 93)) if poor or rng.random() < 0.3 else 0,
        )

    @cached_property
    def _curve(self) -> np.ndarray:
        """The tone curve, uint8 [256]."""
        level = np.arange(256) / 255 * self.exposure
        level = 0.5 + (np.clip(level, 0, 1) ** self.gamma - 0.5) * self.contrast
        return np.clip(self.haze + (255 - self.haze) * level, 0, 255).round().astype(np.uint8)

    @cached_property
    def _colors(self) -> np.ndarray:
        """The matrix of saturation and tint, float32 [3, 3]."""
        mixing = self.saturation * np.eye(3) + (1 - self.saturation) * _LUMA[None, :]
        return (np.array(self.tint)[:, None] * mixing).astype(np.float32)

    def take(self, picture: np.ndarray, rng: np.random.Generator | None = None) -> np.ndarray:
        """Return the recorded picture.

        Args:
            picture: uint8 [H, W, 3].
            rng: of the noise; None for none.
        """
        height, width = picture.shape[:2]
        picture = cv2.LUT(cv2.transform(picture, self._colors), self._curve)
        if self.shrinking < 1:
            size = (max(8, round(width * self.shrinking)), max(8, round(height * self.shrinking)))
            picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
            picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_CUBIC)
        if self.blur > 0:
            picture = cv2.GaussianBlur(picture, (5, 5), self.blur)
        if self.noise > 0 and rng is not None:
            grain = rng.standard_normal((height, width, 3), np.float32)
            # Mostly brightness: colour noise is what cameras remove first.
            grain = 0.8 * grain[..., :1] + 0.45 * grain
            picture = cv2.add(picture, grain * np.float32(self.noise), dtype=cv2.CV_8U)
        if self.sharpening > 0:
            soft = cv2.GaussianBlur(picture, (5, 5), 1.0)
            picture = cv2.addWeighted(picture, 1 + self.sharpening, soft, -self.sharpening, 0)
        if self.quality:
            picture = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
            _, data = cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, self.quality))
            picture = cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
        return picture
