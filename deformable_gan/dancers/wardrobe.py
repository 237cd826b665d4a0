"""Unrolled skin and clothes: the textures that are wrapped around a dancer's parts."""

from dataclasses import replace

import cv2
import numpy as np

from deformable_gan.dancers.dancer import Dancer
from deformable_gan.dancers.face import paint_head
from deformable_gan.dancers.outfit import SLEEVES
from deformable_gan.dancers.pattern import Color, Pattern, paint_motif
from deformable_gan.dancers.portrait import paint_portrait
from deformable_gan.dancers.prints import add_folds
from deformable_gan.dancers.shapes import torso_extents

#: Pixels per body height at which textures are painted before they are scaled down for an image.
#: Dancers with `features` (the variety `wide`) are painted at the image's density, but at not less
#: than `_LEAST_DENSITY` and not more than this number.
_DENSITY = 560
_LEAST_DENSITY = 160
_SMALL_PARTS = ("foot", "skin", "ear", "hair", "cover")  # painted at fixed sizes
_TORSO = (0.46, 0.35)  # length once around and from neck to crotch, in body heights
_SIDES = ("left", "right")


def paint_wardrobe(dancer: Dancer, density: float) -> dict[str, np.ndarray]:
    """Return the textures of a dancer's parts, uint8 [h, w, 3] by part.

    Args:
        dancer: the dancer.
        density: pixels per body height in the image to draw; textures are scaled down to it, so
            that fine patterns do not flicker.
    """
    painted = _DENSITY if dancer.features is None else min(_DENSITY, max(density, _LEAST_DENSITY))
    rng = np.random.default_rng(dancer.seed)
    textures = {
        "skirt": _paint_skirt(dancer, painted, rng),
        "foot": _paint_shoe(dancer),
        "head": paint_head(dancer) if dancer.features is None else paint_portrait(dancer),
        "skin": _plain(dancer.skin),
        "ear": _plain(tuple(int(c * 0.93) for c in dancer.skin)),
        "hair": _paint_hair(dancer.hair),
    }
    if dancer.cover is not None:
        textures["cover"] = add_folds(_plain(dancer.cover), dancer.outfit.folds, 32, rng)
    torso = _paint_torso(dancer, painted, rng)
    for part, extent in torso_extents(dancer.outfit).items():
        first, last = (round(fraction * len(torso)) for fraction in extent)
        textures[part] = torso[first:last]
    for side in _SIDES:
        limbs = _paint_limbs(dancer, side, painted, rng)
        textures |= {f"{side}_{part}": cloth for part, cloth in limbs.items()}
    if dancer.light.tint != (1.0, 1.0, 1.0):
        tint = np.diag(dancer.light.tint).astype(np.float32)
        textures = {part: cv2.transform(cloth, tint) for part, cloth in textures.items()}
    return {part: _fitted(cloth, part, density, painted) for part, cloth in textures.items()}


def _fitted(texture: np.ndarray, part: str, density: float, painted: float) -> np.ndarray:
    """Return a texture scaled down to a density."""
    if part == "head":
        # Textures of heads have fixed sizes; 192 rows correspond to `_DENSITY`.
        factor = density / _DENSITY * 192 / len(texture)
    elif part in _SMALL_PARTS:
        factor = density / _DENSITY
    else:
        factor = density / painted
    if factor >= 1:
        return texture
    size = (max(8, round(texture.shape[1] * factor)), max(4, round(texture.shape[0] * factor)))
    return cv2.resize(texture, size, interpolation=cv2.INTER_AREA)


def _paint_torso(dancer: Dancer, density: float, rng: np.random.Generator) -> np.ndarray:
    outfit = dancer.outfit
    cloth = outfit.top.paint(*_TORSO, density)
    height, width = cloth.shape[:2]
    along = ((np.arange(height) + 0.5) / height)[:, None]
    angle = (((np.arange(width) + 0.5) / width - 0.5) * 2 * np.pi)[None, :]
    behind = np.abs(angle) > np.pi / 2
    if outfit.top.motif:
        center = (width / 2 - 0.5, 0.37 * height)
        paint_motif(cloth, outfit.top.motif, outfit.top.motif_color, center, 0.062 * density)
        if outfit.top.motif == "bands":
            cloth[np.broadcast_to(behind, cloth.shape[:2])] = outfit.top.color
    cloth = _paint_back(cloth, dancer, along, angle, behind, density)
    if outfit.opening is not None:
        _lay(cloth, (np.abs(angle) < 0.34 - 0.10 * along), outfit.opening)
        edge = np.abs(np.abs(angle) - 0.34 + 0.10 * along) < 0.035
        _lay(cloth, edge, tuple(int(c * 0.72) for c in outfit.top.color))

    cloth = add_folds(cloth, outfit.folds, density, rng)
    front = np.abs(angle)
    depth = {
        "round": 0.035 + 0.085 * np.exp(-((front / 0.55) ** 2)),
        "vee": 0.03 + np.clip(0.19 - 0.26 * front, 0, None),
        "wide": 0.05 + 0.075 * np.exp(-((front / 0.95) ** 4)),
        "collar": 0.03 + np.clip(0.10 - 0.22 * front, 0, None),
    }[outfit.neckline]
    if outfit.neckline == "collar":
        _lay(cloth, along < depth + 0.05, tuple(int(c * 0.80) for c in outfit.top.color))
        if outfit.top.motif is None:
            _lay(cloth, (np.abs(angle) < 0.03) & (along < 0.40), outfit.back_color)
    else:
        _lay(cloth, along < depth + 0.016, tuple(int(c * 0.80) for c in outfit.top.color))
    _lay(cloth, along < depth, dancer.skin)

    if outfit.bottom != "dress":
        _paint_below_hem(cloth, dancer, along, angle, density, rng)
    elif outfit.belt is not None:
        _lay(cloth, np.abs(along - 0.64) < 0.022, outfit.belt)
    return cloth


def _paint_back(
    cloth: np.ndarray,
    dancer: Dancer,
    along: np.ndarray,
    angle: np.ndarray,
    behind: np.ndarray,
    density: float,
) -> np.ndarray:
    outfit = dancer.outfit
    if outfit.back == "plain":
        _lay(cloth, behind & (along < 2), outfit.top.color)
    elif outfit.back == "yoke":
        _lay(cloth, behind & (along < 0.30), outfit.back_color)
    elif outfit.back == "stripe":
        _lay(cloth, (np.abs(angle) > np.pi - 0.32) & (along < 2), outfit.back_color)
    elif outfit.back == "number":
        height, width = cloth.shape[:2]
        turned = np.ascontiguousarray(np.roll(cloth, width // 2, axis=1))
        center = (width / 2 - 0.5, 0.36 * height)
        paint_motif(turned, "letter", outfit.back_color, center, 0.07 * density)
        cloth = np.ascontiguousarray(np.roll(turned, -(width // 2), axis=1))
    return cloth


def _paint_below_hem(
    cloth: np.ndarray,
    dancer: Dancer,
    along: np.ndarray,
    angle: np.ndarray,
    density: float,
    rng: np.random.Generator,
) -> None:
    outfit = dancer.outfit
    everywhere = np.abs(angle) < 4
    waistband, waistband_end = outfit.waistband
    if outfit.hem < waistband:
        _lay(cloth, everywhere & (along > outfit.hem), dancer.skin)
    below = np.broadcast_to(everywhere & (along > waistband), cloth.shape[:2])
    legs = _for_side(outfit.legs, "left").paint(*_TORSO, density)
    if outfit.legs.kind == "halves" and outfit.bottom != "skirt":
        right = _for_side(outfit.legs, "right").paint(*_TORSO, density)
        legs = np.where((angle < 0)[..., None], right, legs)
    legs = add_folds(legs, outfit.folds, density, rng)
    cloth[below] = legs[below]
    band = outfit.belt or tuple(int(c * 0.72) for c in cloth[-1, 0])
    _lay(cloth, everywhere & (along > waistband) & (along < waistband_end), band)


def _paint_limbs(
    dancer: Dancer, side: str, density: float, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    outfit, build = dancer.outfit, dancer.build
    sleeve = SLEEVES[outfit.sleeves]
    top = _for_side(replace(outfit.top, motif=None), side)
    legs = _for_side(outfit.legs, side)
    covered = {
        "trousers": 1.97,
        "leggings": 1.85,
        "shorts": outfit.leg_length,
        "skirt": 0.0,
        "dress": 0.0,
    }[outfit.bottom]
    # Cloth, girth, length, covered fraction, and where the part begins on its sleeve or leg.
    limbs = {
        "upper_arm": (top, 0.17, build.upper_arm, sleeve, 0.0),
        "forearm": (top, 0.13, build.forearm, sleeve - 1, build.upper_arm),
        "thigh": (legs, 0.27, build.thigh, covered, 0.0),
        "calf": (legs, 0.18, build.calf, covered - 1, build.thigh),
    }
    textures = {
        part: _dress(dancer.skin, *limb, density, outfit.folds, rng) for part, limb in limbs.items()
    }
    if outfit.socks is not None and covered < 1.5:
        calf = textures["calf"]
        calf[round(0.72 * len(calf)) :] = outfit.socks
        calf[round(0.72 * len(calf)) : round(0.76 * len(calf))] = [
            int(c * 0.8) for c in outfit.socks
        ]
    return textures


def _dress(
    skin: Color,
    cloth: Pattern,
    around: float,
    length: float,
    covered: float,
    skip: float,
    density: float,
    folds: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return a limb's texture, clothed from its start to the fraction `covered`."""
    texture = cloth.paint(around, skip + length, density)
    texture = np.ascontiguousarray(texture[-max(4, round(length * density)) :])
    texture = add_folds(texture, folds if covered > 0 else 0.0, density, rng)
    end = round(float(np.clip(covered, 0, 1)) * len(texture))
    if 0 < covered < 1:
        hem = slice(max(0, end - round(0.012 * density)), end)
        texture[hem] = (texture[hem] * 0.78).astype(np.uint8)
    texture[end:] = skin
    return texture


def _paint_skirt(dancer: Dancer, density: float, rng: np.random.Generator) -> np.ndarray:
    outfit = dancer.outfit
    length = 0.12 + outfit.leg_length * dancer.build.thigh
    cloth = replace(outfit.legs, motif=None).paint(0.6, length, density)
    columns = np.arange(cloth.shape[1]) / cloth.shape[1]
    cloth = add_folds(cloth, outfit.folds, density, rng)
    depth = np.linspace(0.02, 0.13, len(cloth))[:, None]
    folds = 1 - depth * (1 + np.sin(2 * np.pi * columns * 13)[None, :])
    cloth = (cloth * folds[..., None]).astype(np.uint8)
    hem = round(0.014 * density)
    cloth[-hem:] = (cloth[-hem:] * 0.82).astype(np.uint8)
    return cloth


def _paint_shoe(dancer: Dancer) -> np.ndarray:
    outfit = dancer.outfit
    shoe = _plain(outfit.shoes, (64, 96))
    shoe[:, :14] = outfit.soles
    shoe[:, -14:] = outfit.soles
    shoe[52:] = (shoe[52:] * 0.6 + np.array(outfit.soles) * 0.4).astype(np.uint8)
    for row in (26, 34, 42):
        shoe[row : row + 3, 40:56] = outfit.soles
    return shoe


def _paint_hair(color: Color) -> np.ndarray:
    columns = np.arange(192) / 192 * 2 * np.pi
    rows = np.linspace(0, 1, 96)[:, None]
    strands = 1 + 0.09 * np.sin(columns * 17 + 2 * rows) + 0.06 * np.sin(columns * 31 - 3 * rows)
    return np.clip(np.array(color) * strands[..., None], 0, 255).astype(np.uint8)


def _for_side(pattern: Pattern, side: str) -> Pattern:
    """Return the cloth of a limb; if the cloth has two halves, each side gets one."""
    if pattern.kind != "halves":
        return pattern
    return replace(pattern, kind="plain", color=pattern.second if side == "left" else pattern.color)


def _plain(color: Color, size: tuple[int, int] = (32, 32)) -> np.ndarray:
    return np.full((*size, 3), color, np.uint8)


def _lay(cloth: np.ndarray, where: np.ndarray, color: Color) -> None:
    """Colour the part of a cloth where a mask of compatible shape is true."""
    cloth[np.broadcast_to(where, cloth.shape[:2])] = color
