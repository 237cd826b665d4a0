"""A trained generator where it is saved: the package, a run directory, an export, or a hub."""

from abc import ABC, abstractmethod
from pathlib import Path

import keras

from deformable_gan.boxed.boxed_model import BoxedModel
from deformable_gan.config import ExperimentConfig
from deformable_gan.saving.generator_files import read_generator_config, read_generator_weights
from deformable_gan.saving.preset import Preset
from deformable_gan.saving.run_files import RunFiles
from deformable_gan.sharing.handle import Handle
from deformable_gan.sharing.model_folder import DESCRIPTION, KERAS


class SavedGenerator(ABC):
    """The configuration of a trained generator, and its weights for a generator like it."""

    @staticmethod
    def find(place: str | Path | None = None, runs: bool = True) -> "SavedGenerator":
        """Return the generator that is saved in a place.

        Args:
            place: a run directory, an export's folder, a handle (`hf://USER/NAME`,
                `kaggle://USER/MODEL/keras/VARIATION`), a boxed model's folder, or the name of one
                in the package; None for its default model.
            runs: whether the place may be a run directory.

        Raises:
            RunError: the model in the package or the export's folder is damaged, or there is none.
            HubError: the handle's model cannot be downloaded, or is not a preset, or is damaged.
        """
        if boxed := BoxedModel.find(place):
            return SavedInPackage(boxed)
        assert place is not None
        if runs and Handle.find(place) is None and not (Path(place) / DESCRIPTION).is_file():
            return SavedInRun(RunFiles(place))
        return SavedInExport(Preset.find(place))

    @property
    def has_network(self) -> bool:
        """Whether the weights are there, and not only graphs that were made from the network."""
        return True

    @abstractmethod
    def read_config(self) -> ExperimentConfig:
        """Return a configuration with the generator's part, image size, skeleton and seed.

        Raises:
            RunError: it is missing or damaged.
            ConfigurationError: it is damaged.
        """

    @abstractmethod
    def restore(self, generator: keras.Model) -> int | None:
        """Load the weights into a generator of that configuration.

        Returns:
            The number of steps that the weights were trained for; None if it is not known.

        Raises:
            RunError: the weights are missing or damaged, or of another generator.
        """

    @abstractmethod
    def details(self, step: int | None) -> dict:
        """Return where the generator comes from, JSON values.

        Args:
            step: what `restore` returned.
        """


class SavedInPackage(SavedGenerator):
    """The generator of a boxed model, in the package or in another folder."""

    def __init__(self, model: BoxedModel):
        self.model = model

    def read_config(self) -> ExperimentConfig:
        """Return the experiment's configuration."""
        return self.model.config

    def restore(self, generator: keras.Model) -> int:
        """Load the weights, as float32."""
        self.model.restore("generator", generator.weights)
        return self.model.step

    def details(self, step: int | None) -> dict:
        """Return the model's name, the preset and the step."""
        return {"model": self.model.name, "preset": self.model.config.preset, "step": step}


class SavedInRun(SavedGenerator):
    """The generator of a run directory's newest readable checkpoint."""

    def __init__(self, run: RunFiles):
        self.run = run

    def read_config(self) -> ExperimentConfig:
        """Return the run's configuration."""
        return self.run.read_config()

    def restore(self, generator: keras.Model) -> int:
        """Load the weights, the averaged ones if there are any."""
        return self.run.checkpoints.restore_generator(generator)

    def details(self, step: int | None) -> dict:
        """Return the run's folder, the preset and the step."""
        return {"run": str(self.run.path), "preset": self.read_config().preset, "step": step}


class SavedInExport(SavedGenerator):
    """The generator of an export, which holds it if it has the format `keras`."""

    def __init__(self, preset: Preset):
        self.preset = preset

    @property
    def has_network(self) -> bool:
        """Whether the export has the format `keras`."""
        return KERAS in self.preset.description["formats"]

    def read_config(self) -> ExperimentConfig:
        """Return the generator's configuration; the rest of it is that of no experiment."""
        self.preset.require_network()
        return read_generator_config(self.preset.folder)

    def restore(self, generator: keras.Model) -> int | None:
        """Load the weights."""
        read_generator_weights(generator, self.preset.folder)
        return self.preset.description.get("steps")

    def details(self, step: int | None) -> dict:
        """Return where the export was found, and the step and the preset where they are known."""
        description = self.preset.description
        experiment = description.get("experiment")
        known = {"step": description["steps"]} if "steps" in description else {}
        if isinstance(experiment, dict) and "preset" in experiment:
            known["preset"] = experiment["preset"]
        return {"export": self.preset.origin, **known}
