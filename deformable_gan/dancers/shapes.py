"""The thickness of a dancer's parts along their length."""

import numpy as np

from deformable_gan.dancers.dancer import Dancer
from deformable_gan.dancers.outfit import SLEEVES, Outfit
from deformable_gan.dancers.sweep import PROFILE_SAMPLES

#: Ratio of the width from front to back to the width across.
DEPTH_RATIOS = {
    "torso": 0.62,
    "hips": 0.62,
    "skirt": 0.75,
    "head": 1.16,
    "hair": 1.1,
    "hand": 0.55,
    "foot": 0.85,
    "brim": 0.16,
}
#: The upper end of the torso's lower piece, as a fraction from neck to crotch.
SEAT = 0.70
_ALONG = np.linspace(0, 1, PROFILE_SAMPLES)


def shape_parts(dancer: Dancer) -> dict[str, np.ndarray]:
    """Return half widths [PROFILE_SAMPLES] by part, in body heights, from start to end.

    The half widths of `ball`, `brim` and `lock` are relative; `SolidMaker.make` multiplies them by
    its `width`.
    """
    build, outfit = dancer.build, dancer.outfit
    girth = build.girth
    plain = dancer.features is None
    half_shoulders = build.shoulders / 2
    hips = build.hips / 2 + 0.048 * girth**0.8
    waist = build.waist * (half_shoulders + 0.010)
    torso = _smooth(
        (0.0, 0.06, 0.11, 0.17, 0.35, 0.62, 0.84, 0.93, 1.0),
        (
            0.026 * girth,
            (0.62 if plain else 0.80) * half_shoulders,
            (0.97 if plain else 1.06) * half_shoulders,
            1.03 * half_shoulders,
            0.90 * half_shoulders,
            waist,
            hips,
            0.94 * hips,
            0.52 * hips,
        ),
    )
    shoulder = 0.031 if plain else 0.027
    upper_arm = _smooth((0, 0.3, 1), np.array((shoulder, 0.029, 0.0225)) * girth)
    forearm = _smooth((0, 0.25, 1), np.array((0.0225, 0.024, 0.0150)) * girth)
    thigh = _smooth((0, 0.25, 1), np.array((0.046, 0.053, 0.034)) * girth**0.8)
    calf = _smooth((0, 0.3, 1), np.array((0.033, 0.035, 0.0195)) * girth**0.8)

    sleeve = SLEEVES[outfit.sleeves]
    upper_arm = _clothe(upper_arm, sleeve, outfit.fit)
    forearm = _clothe(forearm, sleeve - 1, outfit.fit + 0.08)
    if outfit.bottom == "trousers":
        thigh = thigh * (1 + 0.35 * (outfit.looseness - 1))
        calf = np.maximum(calf * outfit.looseness, thigh[-1] * (0.8 + 0.2 * outfit.looseness))
        calf = calf * np.interp(_ALONG, (0, 0.2, 1), (thigh[-1] / calf[0], 1, 0.88))
    elif outfit.bottom == "shorts":
        thigh = _clothe(thigh, outfit.leg_length, outfit.fit)
    elif outfit.bottom in ("skirt", "dress"):  # thin enough not to stick out of the skirt
        thigh = thigh * np.interp(_ALONG, (0, 0.5), (0.70, 1))
    crown_width = np.sqrt(np.clip(1 - np.abs(2 * _ALONG - 1) ** 2.4, 0, 1))
    jaw = 1 - 0.20 * np.clip((_ALONG - 0.5) / 0.5, 0, 1) ** 1.5
    head = build.head_width / 2 * crown_width * jaw
    ball = np.sqrt(np.clip(1 - (2 * _ALONG - 1) ** 2, 0, 1))
    return {
        **{
            part: np.interp(np.linspace(*extent, PROFILE_SAMPLES), _ALONG, torso)
            for part, extent in torso_extents(outfit).items()
        },
        "upper_arm": upper_arm,
        "forearm": forearm,
        "hand": _smooth((0, 0.45, 1), (0.0135, 0.0215, 0.0105)) * girth**0.5,
        "thumb": _smooth((0, 1), (0.0085, 0.006)) * girth**0.5,
        "thigh": thigh,
        "calf": calf,
        "foot": _smooth((0, 0.6, 1), (0.024, 0.029, 0.023)),
        "neck": _smooth((0, 1), (0.026, 0.025)) * girth**0.7,
        "head": head,
        "ear": 0.011 * ball**0.5,
        "nose": _smooth((0, 0.7, 1), (0.004, 0.0095, 0.0085)),
        "ball": ball,
        "brim": _smooth((0, 0.6, 1), (1.0, 0.95, 0.6)),
        "lock": _smooth((0, 0.35, 0.8, 1), (0.85, 1.0, 0.8, 0.5)),
    }


def torso_extents(outfit: Outfit) -> dict[str, tuple[float, float]]:
    """Return the ends of the torso's two pieces, as fractions from neck to crotch.

    The upper piece ends at the waistband's lower end; the lower piece begins above the waistband.
    """
    return {"torso": (0.0, outfit.waistband[1]), "hips": (SEAT, 1.0)}


def _clothe(radius: np.ndarray, covered: float, looseness: float) -> np.ndarray:
    """Widen a limb from its start to the fraction `covered`, most at the hem."""
    if covered <= 0:
        return radius
    widening = 1 + (looseness - 1) * np.clip(_ALONG / min(covered, 1) * 0.6 + 0.4, 0, 1)
    return np.where(covered >= _ALONG, radius * widening, radius)


def _smooth(positions: tuple[float, ...], values: np.ndarray | tuple[float, ...]) -> np.ndarray:
    """Return interpolated values with rounded corners."""
    line = np.interp(_ALONG, positions, values)
    padded = np.pad(line, 6, mode="reflect", reflect_type="odd")
    return np.convolve(padded, np.hanning(15)[1:-1] / np.hanning(15).sum(), mode="valid")
