"""Conversion of a run to a model that ships with the package."""

from pathlib import Path

from deformable_gan.boxed.boxed_model import BoxedModel
from deformable_gan.boxed.write_model import write_boxed_model
from deformable_gan.training.build import build_gan
from deformable_gan.training.run_directory import RunDirectory


def box_run(run: RunDirectory, folder: Path, card: str) -> BoxedModel:
    """Write the newest checkpoint's networks as a boxed model.

    If the generator has averaged weights, they are written instead of its weights.

    Args:
        run: the run.
        folder: the model's folder, whose name is the model's name.
        card: the model card in Markdown.

    Returns:
        The model.

    Raises:
        RunError: there is no readable checkpoint, or its weights do not fit half precision.
        OSError: a file cannot be written.
    """
    config = run.read_config()
    gan = build_gan(config, "random")  # VGG19's weights are not needed
    step = run.restore_networks(gan)
    networks = {
        "generator": gan.generator.weights,
        "discriminator": gan.discriminator.weights,
    }
    return write_boxed_model(folder, config, step, networks, card)
