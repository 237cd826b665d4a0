"""The effects of a camera and its file format on an image."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

_LUMA = np.array([0.299, 0.587, 0.114])


@dataclass(frozen=True)
class Recording:
    """Exposure, colours, noise, sharpness and compression, equal for all images of a person.

    Attributes:
        exposure: gain of all channels.
        gamma: exponent of brightness.
        contrast: gain around the middle grey.
        saturation: 0 is grey, 1 unchanged.
        tint: gains of red, green and blue.
        haze: brightness of black, in grey levels.
        noise: standard deviation of the sensor's noise, in grey levels.
        blur: standard deviation of a blur, in pixels.
        sharpening: share of the difference from a blurred image that is added.
        shrinking: size of the recording relative to the image, at most 1.
        quality: quality of JPEG compression, 1 to 100; 0 for none.
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
        """Draw a random camera; most are good."""
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

    def take(self, image: np.ndarray, rng: np.random.Generator | None = None) -> np.ndarray:
        """Return the recorded image.

        Args:
            image: uint8 [H, W, 3].
            rng: determines the noise; None for no noise.
        """
        height, width = image.shape[:2]
        image = cv2.LUT(cv2.transform(image, self._colors), self._curve)
        if self.shrinking < 1:
            size = (max(8, round(width * self.shrinking)), max(8, round(height * self.shrinking)))
            image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
            image = cv2.resize(image, (width, height), interpolation=cv2.INTER_CUBIC)
        if self.blur > 0:
            image = cv2.GaussianBlur(image, (5, 5), self.blur)
        if self.noise > 0 and rng is not None:
            grain = rng.standard_normal((height, width, 3), np.float32)
            # Mostly brightness, because cameras remove colour noise first.
            grain = 0.8 * grain[..., :1] + 0.45 * grain
            image = cv2.add(image, grain * np.float32(self.noise), dtype=cv2.CV_8U)
        if self.sharpening > 0:
            soft = cv2.GaussianBlur(image, (5, 5), 1.0)
            image = cv2.addWeighted(image, 1 + self.sharpening, soft, -self.sharpening, 0)
        if self.quality:
            image = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
            _, data = cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, self.quality))
            image = cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
        return image
