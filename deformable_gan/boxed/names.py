"""Names of the models that ship with the package."""

from pathlib import Path

#: The model that is used if none is named.
DEFAULT_MODEL = "people"
#: The folder that holds a folder for each model.
ROOT = Path(__file__).parent
#: The files of a model: its description, its weights, and its model card.
DESCRIPTION, WEIGHTS, CARD = "model.json", "weights.npz", "README.md"

# Files that make a folder a run directory or an exported model.
_MODEL_FILES = ("config.json", "deformable_gan.json")


def boxed_names() -> list[str]:
    """Return the names of all models that ship with the package, in alphabetical order."""
    return sorted(path.parent.name for path in ROOT.glob(f"*/{DESCRIPTION}"))


def boxed_name(place: str | Path) -> str | None:
    """Return the name of the boxed model that a path or a handle stands for, or None.

    A run directory or an exported model of the same name in the working directory has priority
    over the boxed model.

    Args:
        place: for example, the value of `--model`.
    """
    name = str(place)
    if name not in boxed_names() or any((Path(name) / file).is_file() for file in _MODEL_FILES):
        return None
    return name
