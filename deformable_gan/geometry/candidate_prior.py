"""The prior weight of each candidate of a composed image, computed from the two poses.

Not in the paper. A *candidate* is an image from which a composed image can take its pixels: the
source image warped by the transform of each region, the background behind the target person, the
unchanged source image, and the image that the decoder draws.
"""

from dataclasses import dataclass

from keras import ops

from deformable_gan.geometry.background_mask import person_masks, trunk_rectangle
from deformable_gan.geometry.facing import facing, turns_away
from deformable_gan.geometry.rectangles import limb_rectangles
from deformable_gan.geometry.regions import (
    HEAD_HALF_SIDE,
    LIMB_HALF_WIDTH,
    joint_positions,
    mean_of_present,
    shoulder_midpoint,
    torso_size,
)
from deformable_gan.geometry.round_head import head_center
from deformable_gan.geometry.solid_torso import solid_torso
from deformable_gan.geometry.warp import apply_transforms, coordinates_of, pixel_grid
from deformable_gan.pose.region import REGIONS, Region
from deformable_gan.pose.skeleton import Skeleton

#: Weights of the candidates before they are scaled to a sum of 1.
DRAWN = 0.3
BACKGROUND_BESIDE_SOURCE = 0.2
LEAST = 0.001


@dataclass(frozen=True)
class Outline:
    """Where the prior expects a person's regions around the joints.

    Attributes:
        softness: the distance from a region's shape at which the region's weight has fallen to 1/e,
            in torso sizes. Clothes and hair do not end at the edge of a rectangle.
        body_of_person: the weight of the body is at least this number on the person.
        trunk_margin: how far the trunk goes beyond the joints on both sides, in torso sizes.
        solid: whether the torso has depth, the middle of the head is between the ears, and each
            limb has its own width (`Region.solid_half_width`) instead of the width of its mask.
    """

    softness: float
    body_of_person: float
    trunk_margin: float
    solid: bool = False


#: The outlines of the two kinds of bodies of `region_transforms`.
OUTLINES = {
    "flat": Outline(softness=0.08, body_of_person=0.2, trunk_margin=0.15),
    "solid": Outline(softness=0.05, body_of_person=0.1, trunk_margin=0.0, solid=True),
}

# The distance of the head's centre above the middle of its joints, in torso sizes; see
# `_head_center`.
_LIFT = 0.1

# The body's transform must not read the source's head within this fraction of the head's radius.
# The fraction is less than 1 because the lower edge of the whole disc lies on the shoulders.
_FACE = 0.7

# Pixels whose values (from -1 to 1) differ from the background's by about this much show the
# person.
_DISTINCT = 0.1

# The factor of a head's weight where the source shows the back of the head and the target the face.
# Logits cannot overrule it, so the decoder draws the face.
_OTHER_SIDE = 1e-6

# Shifts of about this many pixels are as likely to be noise of the key points as motion.
_STILL = 1.0


def candidate_names(
    background: bool = False, regions: tuple[Region, ...] = REGIONS
) -> tuple[str, ...]:
    """Return the candidates' names in their order.

    Args:
        background: whether an image of the background is among them.
        regions: the regions of the skeleton.
    """
    names = (region.name for region in regions)
    return (*names, *(("background",) if background else ()), "source", "drawn")


def candidate_prior(
    source_keypoints,
    target_keypoints,
    transforms,
    size,
    skeleton: Skeleton,
    matte=None,
    body: str = "flat",
):
    """Return the prior weight of each candidate.

    - A limb or the head: 1 in its shape in the target pose, falling off softly around it.
    - The body: 1 in the trunk, falling off softly around it, but at least `Outline.body_of_person`
      on the person; 0 where its transform reads the source's head, which would appear twice.
    - Each of these is multiplied by the fraction of the pixel that its transform reads from inside
      the source image (see `share_inside`) and, with a matte, by the matte there.
    - The background (with a matte): where no region claims the pixel, 1 if the source's or the
      target's person stands there, otherwise `BACKGROUND_BESIDE_SOURCE`, because the source image
      then shows the background itself.
    - The unchanged source: 1 where neither person stands; on the target's person, a number from 0
      to 1 that is larger the less the regions move, since a copy is sharper than a warp with little
      motion.
    - The drawn image: `DRAWN` where the source's or the target's person stands.

    All are at least `LEAST`, so that logits can overrule the prior. The head of a solid body is
    then multiplied by `_OTHER_SIDE` where the source shows the back of the head and the target the
    face. In the other direction the transform covers the head with hair (`hair_transform`).

    Args:
        source_keypoints: float [B, J, 3] of (y, x, confidence) in pixels.
        target_keypoints: float [B, J, 3].
        transforms: float32 [B, R, 8], target pixel -> source pixel, of `region_transforms`.
        size: (H, W) of the images.
        skeleton: the layout of the key points.
        matte: float32 [B, R, H, W] from 0 to 1, how certainly each region's transform reads the
            person rather than the background; None if the background is unknown and therefore not
            a candidate.
        body: `flat` or `solid`, as for the transforms; it chooses one of `OUTLINES`.

    Returns:
        float32 [B, H, W, K], positive, in the order of `candidate_names`. No gradient flows into
        the key points.
    """
    target_keypoints = ops.stop_gradient(target_keypoints)
    poses = [target_keypoints, ops.stop_gradient(source_keypoints)]
    outline = OUTLINES[body]
    person, source_person = person_masks(poses, size, skeleton)
    places = _places(transforms, size)
    share, still = _share_and_stillness(places, size)
    regions = _region_prior(target_keypoints, person, size, skeleton, outline) * share
    torsos = len(skeleton.regions_of("torso"))
    beside = _beside_head(source_keypoints, places, skeleton, torsos, outline)
    trunks, others = ops.split(regions, [torsos], axis=1)
    regions = ops.concatenate([trunks * beside, others], axis=1)
    unmoved = ops.sum(regions * still, axis=1) / ops.maximum(ops.sum(regions, axis=1), LEAST)
    nobody = 1.0 - ops.maximum(person, source_person)  # as `background_mask`
    others = [ops.maximum(nobody, unmoved * person), DRAWN * (1.0 - nobody)]
    if matte is not None:
        regions = regions * matte
        free = 1.0 - ops.max(regions, axis=1)
        others.insert(0, free * (1.0 - (1.0 - BACKGROUND_BESIDE_SOURCE) * nobody))
    prior = ops.concatenate([ops.transpose(regions, (0, 2, 3, 1)), ops.stack(others, -1)], axis=-1)
    prior = ops.maximum(prior, LEAST)
    if not outline.solid:
        return prior
    same_side = _same_side(source_keypoints, target_keypoints, skeleton)
    others = ops.ones_like(prior[:, :1, :1, len(skeleton.regions) :])
    return prior * ops.concatenate([same_side, others], axis=-1)


def _region_prior(target_keypoints, person, size, skeleton, outline):
    """Return the prior of the regions from the target pose alone, float32 [B, R, H, W]."""
    y = ops.arange(size[0], dtype="float32")
    x = ops.arange(size[1], dtype="float32")
    positions, presence = joint_positions(target_keypoints, skeleton)
    torso, torso_known = torso_size(positions, presence, skeleton)
    softness = (outline.softness * torso)[:, None, None, None]
    parts = []
    for head in skeleton.regions_of("head"):
        center, known = _head_center(positions, presence, skeleton, head, torso, outline)
        distance = _distance_from_head(center, torso, y, x)
        parts.append(
            _falloff(ops.expand_dims(distance, axis=1), softness, (known & torso_known)[:, None])
        )
    if limbs := skeleton.regions_of("limb"):
        extensions = [limb.mask_extension for limb in limbs]
        widths = [limb.solid_half_width if outline.solid else LIMB_HALF_WIDTH for limb in limbs]
        rectangles = limb_rectangles(positions, presence, skeleton, limbs, extensions, widths)
        parts.append(_falloff(rectangles.distance(y, x), softness, rectangles.valid))
    shape = solid_torso(positions, presence, skeleton) if outline.solid else positions
    trunk = trunk_rectangle(shape, presence, skeleton, outline.trunk_margin)
    beyond = ops.expand_dims(trunk.distance(y, x), axis=1)
    body = _falloff(beyond, softness, trunk.valid[:, None])
    body = ops.maximum(body, outline.body_of_person * ops.expand_dims(person, axis=1))
    return ops.concatenate([body for _ in skeleton.regions_of("torso")] + parts, axis=1)


def person_matte(image, background):
    """Return how certainly each pixel shows the person, from its difference from the background.

    Where the background image is wrong, the result is near 1, so the person is not lost. Clothes of
    the background's colour count as background, which does no harm because the colours are equal.

    Args:
        image: float [B, H, W, 3] in [-1, 1].
        background: float [B, H, W, 3], the same scene without the person.

    Returns:
        float [B, H, W, 1] from 0 to 1.
    """
    difference = ops.max(ops.abs(image - background), axis=-1, keepdims=True) / _DISTINCT
    return 1.0 - ops.exp(-difference * difference)


def share_inside(transforms, size):
    """Return the fraction of each pixel that a transform reads from inside the image.

    Args:
        transforms: float [B, R, 8], output -> input pixel.
        size: (H, W) of the image.

    Returns:
        float32 [B, R, H, W] from 0 to 1: what warping an image of ones bilinearly would give.
    """
    return _share_and_stillness(_places(transforms, size), size)[0]


def _places(transforms, size):
    """Return where each transform reads each pixel: rows and columns, float [B, R, H, W]."""
    transforms = ops.stop_gradient(coordinates_of(transforms))
    return apply_transforms(transforms[:, :, None, None, :], *pixel_grid(size, transforms.dtype))


def _share_and_stillness(places, size):
    """Return `share_inside` and a stillness: 1 where a pixel stays in place, 0 if it moves far."""
    y, x = places
    rows, columns = pixel_grid(size, y.dtype)
    share = ops.clip(ops.minimum(y + 1.0, size[0] - y), 0.0, 1.0)
    share = share * ops.clip(ops.minimum(x + 1.0, size[1] - x), 0.0, 1.0)
    # Transforms to the outside map far away; the squares must not overflow.
    down, right = ops.clip(y - rows, -100.0, 100.0), ops.clip(x - columns, -100.0, 100.0)
    return share, ops.exp(-(down * down + right * right) / (2 * _STILL * _STILL))


def _beside_head(source_keypoints, places, skeleton, torsos, outline):
    """Return 0 where a torso's transform reads the source's head, else 1, [B, torsos, H, W]."""
    positions, presence = joint_positions(ops.stop_gradient(source_keypoints), skeleton)
    torso, torso_known = torso_size(positions, presence, skeleton)
    softness = (outline.softness * torso)[:, None, None, None]
    radius = _FACE * _head_radius(torso)[:, None]
    beside = ops.ones_like(places[0][:, :torsos])
    for head in skeleton.regions_of("head"):
        center, known = _head_center(positions, presence, skeleton, head, torso, outline)
        rows, columns = (
            place[:, :torsos] - center[:, axis, None, None, None]
            for axis, place in enumerate(places)
        )
        distance = ops.maximum(ops.sqrt(rows * rows + columns * columns) - radius, 0.0)
        beside = beside * (1.0 - _falloff(distance, softness, (known & torso_known)[:, None]))
    return beside


def _same_side(source_keypoints, target_keypoints, skeleton):
    """Return factors of the regions' weights, float32 [B, 1, 1, R].

    A head's factor falls from 1 to nearly 0 as the poses show opposite sides of it. It is 1 again
    where the person turns away, since the head is then covered with hair. Other factors are 1.
    """
    source, source_seen = joint_positions(ops.stop_gradient(source_keypoints), skeleton)
    target, target_seen = joint_positions(ops.stop_gradient(target_keypoints), skeleton)
    product = facing(source, source_seen, skeleton) * facing(target, target_seen, skeleton)
    same = ops.clip(1.0 + product, _OTHER_SIDE, 1.0)
    same = ops.where(turns_away(source, source_seen, target, target_seen, skeleton), 1.0, same)
    heads = ops.convert_to_tensor([region.kind == "head" for region in skeleton.regions], "bool")
    return ops.where(heads, same[:, None], 1.0)[:, None, None]


def _falloff(distance, softness, valid):
    ratio = distance / softness
    return ops.where(valid[..., None, None], ops.exp(-ratio * ratio), 0.0)


def _distance_from_head(center, torso, y, x):
    """Return the distance from the head's disc, float32 [B, h, w]."""
    rows = y[None, :, None] - center[:, 0, None, None]
    columns = x[None, None, :] - center[:, 1, None, None]
    distance = ops.sqrt(rows * rows + columns * columns) - _head_radius(torso)
    return ops.maximum(distance, 0.0)


def _head_center(positions, presence, skeleton, head, torso, outline):
    """Return the middle of the head, float32 [B, 2], and bool [B]: whether a joint of it is known.

    It lies above the middle of the head's joints. These are in the face, and skull and hair reach
    further from the shoulders.
    """
    middle = head_center if outline.solid else mean_of_present
    face, known = middle(positions, presence, skeleton, head.joints)
    shoulders, both = shoulder_midpoint(positions, presence, skeleton)
    up = face - shoulders
    up = up / ops.sqrt(ops.sum(up * up, axis=-1, keepdims=True) + 1e-6)
    lift = ops.where((both & known)[:, None], _LIFT * torso[:, None] * up, 0.0)
    return face + lift, known


def _head_radius(torso):
    return (HEAD_HALF_SIDE * torso)[:, None, None]
