"""A boxed model, instead of a run directory, as the start of a training."""

from pathlib import Path

from deformable_gan.boxed.boxed_model import BoxedModel
from deformable_gan.config import ExperimentConfig
from deformable_gan.training.gan import DeformableGAN
from deformable_gan.training.run_directory import RunDirectory


class BoxedOrigin:
    """The networks of a boxed model as the start of another training.

    It has the members of `RunDirectory` that are needed to start from a run's networks.

    Args:
        model: the model.
    """

    def __init__(self, model: BoxedModel):
        self._model = model
        #: The model's name, in messages (`path`) and in `run.json` (`origin`).
        self.path = Path(model.name)
        self.origin = model.name

    def read_config(self) -> ExperimentConfig:
        """Return the configuration."""
        return self._model.config

    def read_details(self) -> dict:
        """Return an empty dict, because a boxed model has no `run.json`."""
        return {}

    def restore_networks(self, gan: DeformableGAN) -> int:
        """Load both networks' weights; return the number of steps they were trained for.

        Raises:
            RunError: the files are damaged or belong to other networks.
        """
        self._model.restore("generator", gan.generator.weights)
        self._model.restore("discriminator", gan.discriminator.weights)
        return self._model.step


def find_origin(place: str | Path) -> RunDirectory | BoxedOrigin:
    """Return the run or the boxed model whose networks a training starts from.

    Args:
        place: a run directory, a boxed model's folder, or the name of one in the package.

    Raises:
        RunError: the boxed model's files are damaged.
    """
    model = BoxedModel.find(place)
    return RunDirectory(place) if model is None else BoxedOrigin(model)
