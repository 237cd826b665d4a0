"""A saved generator, in the package, a run directory, an export or on a hub."""

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
    """A reader of a trained generator's configuration and weights."""

    @staticmethod
    def find(place: str | Path | None = None, runs: bool = True) -> "SavedGenerator":
        """Return the generator that is saved in a place.

        Args:
            place: a run directory, an export's folder, a handle (`hf://USER/NAME`,
                `kaggle://USER/MODEL/keras/VARIATION`), a boxed model's folder, or the name of a
                boxed model in the package; None for the default model.
            runs: whether the place may be a run directory.

        Raises:
            RunError: the boxed model or the export is missing or damaged.
            HubError: the handle's model cannot be downloaded, is not a preset, or is damaged.
        """
        if boxed := BoxedModel.find(place):
            return SavedInPackage(boxed)
        assert place is not None
        if runs and Handle.find(place) is None and not (Path(place) / DESCRIPTION).is_file():
            return SavedInRun(RunFiles(place))
        return SavedInExport(Preset.find(place))

    @property
    def has_network(self) -> bool:
        """Whether the place contains weights, and not only graphs made from the network."""
        return True

    @abstractmethod
    def read_config(self) -> ExperimentConfig:
        """Return a configuration with the generator's options, image size, skeleton and seed.

        Its other options may have default values.

        Raises:
            RunError: the configuration is missing or damaged.
            ConfigurationError: the configuration is damaged.
        """

    @abstractmethod
    def restore(self, generator: keras.Model) -> int | None:
        """Load the weights into a generator of this configuration.

        Returns:
            The number of steps that the weights were trained for; None if it is not known.

        Raises:
            RunError: the weights are missing, are damaged, or belong to another generator.
        """

    @abstractmethod
    def details(self, step: int | None) -> dict:
        """Return the origin of the generator, as JSON values.

        Args:
            step: the result of `restore`.
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
        """Load the weights, averaged if the checkpoint has averages."""
        return self.run.checkpoints.restore_generator(generator)

    def details(self, step: int | None) -> dict:
        """Return the run's folder, the preset and the step."""
        return {"run": str(self.run.path), "preset": self.read_config().preset, "step": step}


class SavedInExport(SavedGenerator):
    """The generator of an export with the format `keras`."""

    def __init__(self, preset: Preset):
        self.preset = preset

    @property
    def has_network(self) -> bool:
        """Whether the export has the format `keras`."""
        return KERAS in self.preset.description["formats"]

    def read_config(self) -> ExperimentConfig:
        """Return the generator's configuration; the other options have default values."""
        self.preset.require_network()
        return read_generator_config(self.preset.folder)

    def restore(self, generator: keras.Model) -> int | None:
        """Load the weights."""
        read_generator_weights(generator, self.preset.folder)
        return self.preset.description.get("steps")

    def details(self, step: int | None) -> dict:
        """Return where the export was found, and the step and the preset if they are known."""
        description = self.preset.description
        experiment = description.get("experiment")
        known = {"step": description["steps"]} if "steps" in description else {}
        if isinstance(experiment, dict) and "preset" in experiment:
            known["preset"] = experiment["preset"]
        return {"export": self.preset.origin, **known}
