"""The files of a run directory that describe its networks."""

import json
from pathlib import Path

from deformable_gan.boxed.names import boxed_names
from deformable_gan.config import ExperimentConfig
from deformable_gan.errors import RunError
from deformable_gan.saving.checkpoint_files import CheckpointFiles
from deformable_gan.text_files import read_text


class RunFiles:
    """A reader of the files that describe a run; `training.RunDirectory` writes them.

    Args:
        path: the folder.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self.config_file = self.path / "config.json"
        self.details_file = self.path / "run.json"
        self.scores_file = self.path / "scores.json"
        self.checkpoints = CheckpointFiles(self.path / "checkpoints")

    def read_config(self) -> ExperimentConfig:
        """Return the configuration of the experiment.

        Raises:
            RunError: the folder is not a run directory, or its configuration cannot be read.
            ConfigurationError: the configuration is damaged.
        """
        if not self.config_file.is_file():
            raise RunError(
                f"{self.path} is not a run directory (it has no {self.config_file.name}): train "
                "one with `python -m deformable_gan.train --run DIR`, or use a model that ships "
                f"with the package ({', '.join(boxed_names())})"
            )
        try:
            text = read_text(self.config_file)
        except (OSError, ValueError) as error:
            raise RunError(f"{self.config_file} cannot be read: {error}") from error
        return ExperimentConfig.from_json(text, str(self.config_file))

    def read_details(self) -> dict:
        """Return facts about the dataset, the versions and the origin of the weights.

        Raises:
            RunError: the file is missing or damaged.
        """
        try:
            details = json.loads(read_text(self.details_file))
        except (OSError, ValueError, RecursionError) as error:
            raise RunError(f"{self.details_file} cannot be read: {error}") from error
        if not isinstance(details, dict):
            raise RunError(f"{self.details_file}: expected a JSON object, received {details!r:.60}")
        return details

    def read_scores(self) -> dict:
        """Return the scores of held-out pairs, or an empty dict before the training has ended.

        Raises:
            RunError: the file is damaged.
        """
        if not self.scores_file.is_file():
            return {}
        try:
            return json.loads(read_text(self.scores_file))
        except (OSError, ValueError) as error:
            raise RunError(f"{self.scores_file} cannot be read: {error}; delete it") from error
