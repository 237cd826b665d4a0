"""Loading a trained generator, wherever it is saved."""

from pathlib import Path

from deformable_gan.models.generator import Generator
from deformable_gan.saving.generator_files import read_generator_config, read_generator_weights
from deformable_gan.saving.saved_generator import SavedGenerator


def load_generator(saved: SavedGenerator) -> tuple[Generator, int | None]:
    """Return a saved generator, in float32, and its number of training steps.

    The number is None if it is not known.

    Raises:
        RunError: a file is missing or damaged.
        ConfigurationError: the configuration is damaged.
    """
    generator = Generator.of_experiment(saved.read_config())
    return generator, saved.restore(generator)


def read_generator(folder: Path) -> Generator:
    """Return the generator that `saving.generator_files.write_generator` wrote into a folder.

    Raises:
        RunError: the files are damaged, come from another release, or describe no generator.
    """
    generator = Generator.of_experiment(read_generator_config(folder))
    read_generator_weights(generator, folder)
    return generator
