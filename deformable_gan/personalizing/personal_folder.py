"""The folder of a personal model."""

import json
from collections.abc import Sequence
from pathlib import Path

from deformable_gan.data.atomic_file import atomic_file
from deformable_gan.errors import RunError
from deformable_gan.reposing.views.views_folder import VIEWS
from deformable_gan.text_files import read_text
from deformable_gan.training.checkpoint_store import CheckpointStore
from deformable_gan.training.run_directory import PERSONAL, RunDirectory


class PersonalFolder:
    """A run directory with everything else that its training needs.

    ::

        runs/me/               the run directory; see `RunDirectory`
          personal/
            made_from.json     the paths of the clips, and the path or name of the starting weights
            dataset/           the frames of the clips
            dancers/           drawn dancers, mixed into the training
            start/             a run directory with the starting weights
            start_scores.json  the scores of the starting weights on the held-out frames
            plan.json          the length of the training, and the times measured for it
            scores.json        the scores on the held-out frames, before and after fine-tuning
            fine-tuned/        the fine-tuned checkpoints, if the run holds the starting weights
            comparison.png     held-out frames, before and after fine-tuning
            views/             images of the person that the model includes
            reposed.json       the scores of images made as `repose` would, with and without views

    Args:
        path: the run directory.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self.run = RunDirectory(path)
        personal = self.path / PERSONAL
        self.made_from_file = personal / "made_from.json"
        self.dataset = personal / "dataset"
        self.dancers = personal / "dancers"
        self.start = RunDirectory(personal / "start")
        self.plan_file = personal / "plan.json"
        self.scores_file = personal / "scores.json"
        self.start_scores_file = personal / "start_scores.json"
        self.fine_tuned = CheckpointStore(personal / "fine-tuned")
        self.comparison_file = personal / "comparison.png"
        self.views = self.path / VIEWS
        self.reposed_file = personal / "reposed.json"

    @property
    def is_prepared(self) -> bool:
        """Whether `made_from.json` exists, which is written once the dataset is usable."""
        return self.made_from_file.is_file()

    def require_for(self, clips: Sequence[str | Path], init_from: str | Path) -> None:
        """Check that the folder is new, or was made from the same clips and starting weights.

        Args:
            clips: the clips that the model is made from.
            init_from: the weights that the training starts from.

        Raises:
            RunError: the folder has other contents, or `made_from.json` cannot be read.
        """
        if self.path.exists() and not self.path.is_dir():
            raise RunError(f"{self.path} is a file: choose another --output")
        names = {path.name for path in self.path.iterdir()} if self.path.is_dir() else set()
        if names and PERSONAL not in names:
            raise RunError(
                f"{self.path} is not empty and holds no model made by personalize: choose another "
                "--output"
            )
        if not self.is_prepared:
            return
        known = self._made_from()
        for what, value in _made_from(clips, init_from).items():
            if known.get(what) != value:
                raise RunError(
                    f"{self.path} was made from {_words(known.get(what))}, not from "
                    f"{_words(value)}: choose another --output, or repeat the original command "
                    "to continue"
                )

    def remember(self, clips: Sequence[str | Path], init_from: str | Path) -> None:
        """Record what the model is made from; see `require_for` for the arguments."""
        self.write_json(self.made_from_file, _made_from(clips, init_from))

    def write_json(self, path: Path, value: object) -> None:
        """Write a JSON file, which appears complete or not at all.

        Raises:
            MediaError: the file cannot be written.
        """
        with atomic_file(path) as temporary:
            text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
            temporary.write_text(text, encoding="utf-8")

    def read_json(self, path: Path) -> object:
        """Return the contents of a JSON file.

        Raises:
            RunError: the file cannot be read.
        """
        try:
            return json.loads(read_text(path))
        except (OSError, ValueError, RecursionError) as error:
            raise RunError(
                f"{path} cannot be read ({error}): delete it and repeat the command"
            ) from error

    def _made_from(self) -> dict:
        values = self.read_json(self.made_from_file)
        return values if isinstance(values, dict) else {}


def _made_from(clips: Sequence[str | Path], init_from: str | Path) -> dict:
    start = Path(init_from)
    return {
        "clips": [str(Path(clip).resolve()) for clip in clips],
        # A model's name is not a path and must not depend on the working directory.
        "init_from": str(start.resolve()) if start.exists() else str(init_from),
    }


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
