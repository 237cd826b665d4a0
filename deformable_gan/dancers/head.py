"""Head, nose, ears and the hair that projects from the head."""

import numpy as np

from deformable_gan.dancers.body import Body
from deformable_gan.dancers.dancer import Dancer
from deformable_gan.dancers.face import EAR, EYE, NOSE_TIP
from deformable_gan.dancers.solid_maker import SIDES, SolidMaker, depth_of
from deformable_gan.dancers.sweep import Sweep

_COVERED_EARS = ("bob", "long", "afro", "pigtails", "scarf")


def head_solids(dancer: Dancer, body: Body, maker: SolidMaker) -> list[Sweep]:
    """Return the solids of a dancer's head, nose, ears, hair and headwear.

    Args:
        dancer: the dancer.
        body: the dancer's posed body.
        maker: makes the solids; it holds the shapes, the textures and the camera.
    """
    build = dancer.build
    left, up, forward = body.axes["head"]
    crown, chin = body.points["crown"], body.points["chin"]
    half_width = build.head_width / 2
    depth = depth_of(crown, chin) + 0.04
    bridge = crown + EYE[0] * (chin - crown) + 1.02 * half_width * forward
    tip = crown + NOSE_TIP * (chin - crown) + dancer.nose * half_width * forward
    solids = [
        maker.make("head", (crown, chin), forward, depth),
        maker.make(
            "nose", (bridge, tip), forward, depth + 0.06 * float(forward[2]), texture="skin"
        ),
        *_hair(dancer, body, maker, depth),
    ]
    covered = dancer.hair_style in _COVERED_EARS
    for side, sign in SIDES:
        ear = ear_center(body, build.head_width, sign)
        solids.append(
            maker.make(
                f"{side}_ear",
                (ear + 0.016 * up, ear - 0.016 * up),
                forward,
                # In a front view both ears are behind the head, in a side view only the far one.
                depth + 0.06 * sign * float(left[2]) - (0.032 if covered else 0.02),
                shape="ear",
                texture=("cover" if dancer.cover is not None else "hair") if covered else "ear",
            )
        )
    return solids


def ear_center(body: Body, head_width: float, sign: int) -> np.ndarray:
    """Return the position [3] of an ear, in body heights; see `Body` for the axes.

    Args:
        body: the posed body.
        head_width: the width of the head, in body heights.
        sign: 1 for the left ear, -1 for the right ear.
    """
    left, _, forward = body.axes["head"]
    crown, chin = body.points["crown"], body.points["chin"]
    return crown + EAR * (chin - crown) + sign * 0.97 * head_width / 2 * left - 0.006 * forward


def _hair(dancer: Dancer, body: Body, maker: SolidMaker, head_depth: float) -> list[Sweep]:
    """Return the hair and headwear that are solids, not painted on the head."""
    style, half_width = dancer.hair_style, dancer.build.head_width / 2
    _, up, forward = body.axes["head"]
    crown, chin = body.points["crown"], body.points["chin"]
    down = np.array([0.0, 1.0, 0.0])
    # The hair is behind the head if the dancer faces the camera, and in front of it in a view from
    # the back.
    depth = head_depth - 0.035 - 0.11 * float(forward[2])

    texture = "hair" if dancer.cover is None else "cover"

    def mass(part: str, start: np.ndarray, end: np.ndarray, shape: str, width: float) -> Sweep:
        width = width * dancer.hair_volume if part == "hair" else width
        return maker.make(
            part, (start, end), forward, depth, shape=shape, texture=texture, width=width
        )

    def at(along: float, behind: float) -> np.ndarray:
        return crown + along * (chin - crown) - behind * forward

    if style in ("short", "ponytail", "bun"):
        solids = [mass("hair", at(-0.09, 0.010), at(0.72, 0.016), "ball", half_width * 1.13)]
        if style == "ponytail":
            root = at(0.22, half_width * 1.25)
            length = 0.13 * dancer.hair_length / 0.115
            tip = root + length * down - 0.03 * forward - 0.02 * up
            solids.append(mass("tail", root, tip, "lock", 0.024))
        elif style == "bun":
            center = at(-0.06, half_width * 0.55)
            solids.append(mass("tail", center + 0.034 * up, center - 0.034 * up, "ball", 0.034))
        return solids
    if style in ("cap", "beanie"):
        solids = [mass("hair", at(-0.08, 0.004), at(0.62, 0.012), "ball", half_width * 1.06)]
        if style == "cap":
            brim = at(0.30, -0.75 * half_width)
            front = brim + 0.062 * forward + 0.006 * down
            solids.append(
                maker.make(
                    "tail",
                    (brim, front),
                    up,
                    head_depth + 0.03 * float(forward[2]),
                    shape="brim",
                    texture="cover",
                    width=0.85 * half_width,
                )
            )
        return solids
    if style == "scarf":
        tips = at(1.0, 0.01) + 0.4 * dancer.hair_length * down
        return [mass("hair", at(0.20, 0.01), tips, "lock", half_width * 1.16)]
    if style == "pigtails":
        left, tails = body.axes["head"][0], []
        for sign in (1, -1):
            root = at(0.5, 0.02) + sign * 1.0 * half_width * left
            tip = root + (0.05 + dancer.hair_length) * down + sign * 0.02 * left
            tails.append(mass("tail", root, tip, "lock", 0.018 * dancer.hair_volume))
        return [mass("hair", at(-0.06, 0.01), at(0.80, 0.02), "ball", half_width * 1.1), *tails]
    if style == "bob":
        return [mass("hair", at(0.33, 0.014), at(0.98, 0.02), "lock", half_width * 1.20)]
    if style == "long":
        tips = at(0.75, 0.024) + dancer.hair_length * down
        return [mass("hair", at(0.34, 0.016), tips, "lock", half_width * 1.18)]
    if style == "afro":
        return [mass("hair", at(-0.30, 0.012), at(0.92, 0.02), "ball", half_width * 1.72)]
    return []
