"""Choosing the weights of the finished run."""

from deformable_gan.config import ExperimentConfig
from deformable_gan.personalizing.personal_folder import PersonalFolder
from deformable_gan.personalizing.personal_options import START
from deformable_gan.training.build import build_gan
from deformable_gan.training.resuming import about_run


def keep_weights(folder: PersonalFolder, config: ExperimentConfig, which: str) -> None:
    """Make the run hold the starting or the fine-tuned weights.

    If the run is to hold the starting weights, the fine-tuned ones are moved to the folder
    `fine-tuned`. The folder `start` always keeps the starting weights. Nothing happens if the run
    already holds the chosen weights. If the process is killed, the same call completes the work.

    Args:
        folder: the folder of a finished training.
        config: the run's configuration.
        which: `personal_options.START` or `personal_options.FINE_TUNED`.

    Raises:
        RunError: a checkpoint cannot be read or written.
    """
    checkpoints, apart = folder.run.checkpoints, folder.fine_tuned
    if which == START:
        apart.folder.mkdir(parents=True, exist_ok=True)
        # The newest checkpoint is moved first and moved back last. If `apart` holds any checkpoint,
        # it therefore holds the newest one, even if the process is killed in between.
        trained = [path for path in checkpoints.paths() if not _is_start(path)]
        for path in trained:
            path.replace(apart.folder / path.name)
        if not checkpoints.paths():
            gan = build_gan(config)
            folder.start.checkpoints.restore_networks(gan)
            gan.restart_average()
            checkpoints.save(gan, 0, about_run(config, folder.run.read_details()))
        return
    for path in reversed(apart.paths()):
        path.replace(checkpoints.folder / path.name)
    if len(checkpoints.paths()) > 1:
        for path in filter(_is_start, checkpoints.paths()):
            path.unlink()


def holds_start(folder: PersonalFolder) -> bool:
    """Return whether the run holds the starting weights, not the fine-tuned weights."""
    return all(map(_is_start, folder.run.checkpoints.paths()))


def _is_start(path) -> bool:
    return path.stem.endswith("-000000000")
