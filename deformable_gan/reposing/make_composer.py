"""Choosing how an image of a given size is made from a generator's results."""

from collections.abc import Callable, Mapping

import numpy as np

from deformable_gan.errors import ConfigurationError
from deformable_gan.pose.person_crop import PersonCrop
from deformable_gan.reposing.full_size import FullSizeComposer
from deformable_gan.reposing.posed_image import PosedImage
from deformable_gan.reposing.repose_options import CROP, NETWORK, PHOTOGRAPH


def make_composer(
    person: PosedImage, size: str | int, composes: bool, generates: bool = True
) -> Callable[[Mapping[str, np.ndarray]], np.ndarray] | None:
    """Return a function that composes an image from a generator's parts.

    Args:
        person: the source.
        size: the size of the images; see `Reposer.images`.
        composes: whether the model composes images.
        generates: whether the model can also make whole images of its own size.

    Returns:
        A function that takes the result of `inference.make_compose` for one image, without the
        batch axis, and returns the image; None if the generator makes the image itself.

    Raises:
        ConfigurationError: the size is invalid.
    """
    if size not in (NETWORK, CROP, PHOTOGRAPH) and not (isinstance(size, int) and size > 0):
        raise ConfigurationError(
            f"the size of results must be {NETWORK!r}, {CROP!r}, {PHOTOGRAPH!r} or a positive "
            f"whole number, received {size!r}"
        )
    if not composes or (generates and size == NETWORK and person.still is None):
        return None
    if person.crop is None:
        crop = PersonCrop.whole(person.image.shape[:2])
        composer = FullSizeComposer(person.image, crop, person.background, person.still)
        return composer.in_crop
    if size == NETWORK or not isinstance(size, str):
        person = person.cut_out(1 if size == NETWORK else size)
    composer = FullSizeComposer(person.photograph, person.crop, person.background, person.still)
    return composer.in_photograph if size == PHOTOGRAPH else composer.in_crop
