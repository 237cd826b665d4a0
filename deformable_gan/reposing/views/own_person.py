"""A person whose images a model includes."""

from collections.abc import Sequence
from dataclasses import replace

from deformable_gan.errors import ConfigurationError
from deformable_gan.reposing.posed_image import PosedImage
from deformable_gan.reposing.sources.gather_sources import PersonFinder

#: The costs of the first photograph that the user gives are lowered by this much, so that it is
#: preferred to the model's images: it shows the light, the clothes and the hair that are wanted.
#: See `docs/personal.md`.
LEAD = 0.5


def own_person(views: Sequence[PosedImage], finder: PersonFinder) -> PosedImage:
    """Return a person from a model's own images; the first image determines the place.

    Args:
        views: from `stored_views.read_views`.
        finder: converts the views to the model's size.

    Raises:
        ConfigurationError: there are no images.
    """
    if not views:
        raise ConfigurationError(
            "this model includes no images of its person: give a photograph with --source (only "
            "models made by `python -m deformable_gan.personalize` include images)"
        )
    first, *others = (finder.person(view) for view in views)
    return replace(first, more=tuple(others))


def with_views(person: PosedImage, views: Sequence[PosedImage], finder: PersonFinder) -> PosedImage:
    """Return a person from a photograph with the model's images of the same person in `more`.

    Args:
        person: from `Reposer.person` or `gather_sources`.
        views: from `stored_views.read_views`.
        finder: converts the views to the model's size.
    """
    more = (*person.more, *(finder.person(view) for view in views))
    return replace(person, more=more, lead=LEAD)
