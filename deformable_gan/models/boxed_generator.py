"""The generator of a model that ships with the package."""

from deformable_gan.boxed.boxed_model import BoxedModel
from deformable_gan.models.generator import Generator


def read_boxed_generator(model: BoxedModel) -> Generator:
    """Return the generator of a boxed model, in float32.

    Raises:
        RunError: the model's weights are damaged.
    """
    generator = Generator.of_experiment(model.config)
    model.restore("generator", generator.weights)
    return generator
