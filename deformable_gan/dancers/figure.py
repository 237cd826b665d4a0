"""A dancer's body as the solids to paint."""

from deformable_gan.dancers.body import Body
from deformable_gan.dancers.dancer import Dancer
from deformable_gan.dancers.head import head_solids
from deformable_gan.dancers.limbs import arm_solids, leg_solids
from deformable_gan.dancers.solid_maker import PARTS, SIDES, SolidMaker
from deformable_gan.dancers.sweep import Sweep
from deformable_gan.dancers.torso import torso_solids


def figure_solids(dancer: Dancer, body: Body, maker: SolidMaker) -> list[Sweep]:
    """Return all solids of a posed body, farthest first."""
    solids = [*torso_solids(dancer, body, maker), *head_solids(dancer, body, maker)]
    skirt_depth = next((solid.depth for solid in solids if solid.part == PARTS["skirt"]), None)
    for side, _ in SIDES:
        solids += arm_solids(dancer, side, body, maker)
        solids += leg_solids(dancer, side, body, maker, skirt_depth)
    return sorted(solids, key=lambda solid: solid.depth)
