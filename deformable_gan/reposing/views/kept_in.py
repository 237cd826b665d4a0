"""Where a run directory keeps the pictures of its person."""

from pathlib import Path

#: Their folder in a run directory, and the list of them, without which they are not complete.
VIEWS = Path("personal", "views")
LIST = "views.json"


def has_views(run: str | Path | None) -> bool:
    """Tell whether a run directory brings pictures of its person along.

    Args:
        run: a run directory, anything else that names a model, or None.
    """
    return run is not None and (Path(run) / VIEWS / LIST).is_file()
