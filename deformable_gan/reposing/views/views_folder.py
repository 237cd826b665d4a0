"""The place of a person's images in a run directory."""

from pathlib import Path

#: The folder of the images in a run directory, and their list, which is written last.
VIEWS = Path("personal", "views")
LIST = "views.json"


def has_views(run: str | Path | None) -> bool:
    """Return whether a run directory includes images of its person.

    Args:
        run: a run directory. For a model's handle or None the result is False.
    """
    return run is not None and (Path(run) / VIEWS / LIST).is_file()
