"""The dataset of a run."""

from pathlib import Path

from deformable_gan.errors import RunError
from deformable_gan.training.resuming import datasets_of
from deformable_gan.training.run_directory import RunDirectory


def dataset_of(path: Path) -> Path | None:
    """Return the folder of the dataset that a run was started on, or of the first of several.

    Args:
        path: a run directory, or an exported model, which names no dataset.

    Returns:
        The folder; None if no dataset is named.
    """
    run = RunDirectory(path)
    try:
        folders, _ = datasets_of(run)
    except RunError:
        return None
    return folders[0]
