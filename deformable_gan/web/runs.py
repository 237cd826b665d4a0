"""The dataset of a run."""

from pathlib import Path

from deformable_gan.errors import RunError
from deformable_gan.training.resuming import datasets_of
from deformable_gan.training.run_directory import RunDirectory


def dataset_of(path: Path) -> Path | None:
    """Return the dataset that a run was trained on, or the first of several.

    Args:
        path: a run directory, or an exported model, which names no dataset.

    Returns:
        The dataset's folder; None if none is named.
    """
    run = RunDirectory(path)
    try:
        folders, _ = datasets_of(run)
    except RunError:
        return None
    return folders[0]
