"""A generator from the files that `write_generator` wrote."""

from pathlib import Path

from deformable_gan.models.generator import Generator
from deformable_gan.models.generator_files import read_generator_config, read_generator_weights


def read_generator(folder: Path) -> Generator:
    """Return the generator of a folder.

    Raises:
        RunError: the files are no generator's, damaged, or of another release.
    """
    generator = Generator.of_experiment(read_generator_config(folder))
    read_generator_weights(generator, folder)
    return generator
