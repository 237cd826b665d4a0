"""Which run to show where none is named, and what it was trained on."""

from pathlib import Path

from deformable_gan.errors import RunError
from deformable_gan.training.resuming import datasets_of
from deformable_gan.training.run_directory import RunDirectory


def latest_run(parent: Path) -> Path:
    """Return the run in a folder whose last checkpoint is the youngest.

    Raises:
        RunError: no run with a checkpoint lies there.
    """
    saved = {}
    for config in parent.glob("*/config.json"):
        checkpoints = RunDirectory(config.parent).checkpoints.paths()
        if checkpoints:
            saved[config.parent] = max(path.stat().st_mtime for path in checkpoints)
    if not saved:
        raise RunError(
            f"no run with a checkpoint lies in {parent}: train one on synthetic dancers with "
            "`python -m deformable_gan.train`, which takes minutes, or name a run with --run DIR "
            "or an exported model with --model DIR"
        )
    return max(saved, key=saved.get)


def dataset_of(path: Path) -> Path | None:
    """Return the dataset that a run was trained on, the first of several.

    Args:
        path: a run directory, or an exported model, which names none.
    """
    run = RunDirectory(path)
    try:
        folders, _ = datasets_of(run)
    except RunError:
        return None
    return folders[0]
