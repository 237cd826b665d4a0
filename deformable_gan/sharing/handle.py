"""Names of models on hubs, in Keras's notation."""

import re
from dataclasses import dataclass
from pathlib import Path, PurePath

from deformable_gan.errors import HubError

HUGGING_FACE, KAGGLE = "hf", "kaggle"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/+(.*)", re.DOTALL)
# Characters that both hubs allow in each part of a name. They cannot form a path that leaves the
# cache.
_PART = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?")
_FORMS = {
    HUGGING_FACE: "hf://USER/NAME or hf://USER/NAME@REVISION",
    KAGGLE: "kaggle://USER/MODEL/keras/VARIATION or kaggle://USER/MODEL/keras/VARIATION/VERSION",
}


@dataclass(frozen=True)
class Handle:
    """A model on a hub.

    Attributes:
        hub: `hf` (Hugging Face) or `kaggle`.
        name: `USER/NAME`, or `USER/MODEL/keras/VARIATION`.
        revision: a branch, tag or commit on Hugging Face, or a version number on Kaggle; None for
            the newest state.
    """

    hub: str
    name: str
    revision: str | None = None

    @classmethod
    def find(cls, place: str | Path) -> "Handle | None":
        """Return the handle in a string, or None for a path.

        Args:
            place: a handle, such as `hf://anna/dance`, or a path. A handle that was converted to a
                `Path`, where its two slashes become one, is recognised, too.

        Raises:
            HubError: the string is neither a path nor a valid handle.
        """
        text = place.as_posix() if isinstance(place, PurePath) else str(place)
        match = _SCHEME.fullmatch(text)
        if match is None:
            return None
        hub, rest = match[1].lower(), match[2].strip("/")
        if hub not in _FORMS:
            if isinstance(place, PurePath) or "://" not in text:
                return None
            raise HubError(
                f"{text} names no known hub: expected {' or '.join(_FORMS.values())}, or a "
                "folder's path"
            )
        parts = rest.split("/")
        revision = None
        if hub == HUGGING_FACE:
            rest, at, revision = rest.partition("@")
            parts, revision = rest.split("/"), revision if at else None
            fits = len(parts) == 2 and revision != ""
        else:
            if len(parts) == 5:
                revision = parts.pop()
            fits = len(parts) == 4 and (revision is None or revision.isdecimal())
        if not fits or not all(_PART.fullmatch(part) for part in parts):
            raise HubError(f"{text} is not a model's name: expected {_FORMS[hub]}")
        return cls(hub, "/".join(parts), revision)

    def __str__(self) -> str:
        separator = "@" if self.hub == HUGGING_FACE else "/"
        return f"{self.hub}://{self.name}" + (
            f"{separator}{self.revision}" if self.revision else ""
        )
