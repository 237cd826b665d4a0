"""A person whose pictures a model brings along."""

from collections.abc import Sequence
from dataclasses import replace

from deformable_gan.errors import ConfigurationError
from deformable_gan.reposing.posed_image import PosedImage
from deformable_gan.reposing.sources.gather_sources import PersonFinder

#: A photograph that is given costs so much less than the model's pictures. The light, the clothes
#: and the hair are right in it. See `docs/personal.md`.
LEAD = 0.5


def own_person(views: Sequence[PosedImage], finder: PersonFinder) -> PosedImage:
    """Return a person as seen in a model's own pictures; the first gives the place.

    Args:
        views: from `stored_views.read_views`.
        finder: brings them to the model's size.

    Raises:
        ConfigurationError: there are none.
    """
    if not views:
        raise ConfigurationError(
            "this model brings no pictures of its person along: give a photograph with --source "
            "(models made by `python -m deformable_gan.personalize` bring them)"
        )
    first, *others = (finder.person(view) for view in views)
    return replace(first, more=tuple(others))


def with_views(person: PosedImage, views: Sequence[PosedImage], finder: PersonFinder) -> PosedImage:
    """Return a person of a photograph with the model's pictures of the same person in `more`.

    Args:
        person: from `Reposer.person` or `gather_sources`.
        views: from `stored_views.read_views`.
        finder: brings them to the model's size.
    """
    more = (*person.more, *(finder.person(view) for view in views))
    return replace(person, more=more, lead=LEAD)
