"""The network itself in Keras's format, which this package and `from_preset` read."""

from pathlib import Path

import numpy as np
import tensorflow as tf

from deformable_gan.errors import RunError
from deformable_gan.exporting.drift import Drift, Tolerance
from deformable_gan.exporting.export_format import ExportFormat
from deformable_gan.exporting.export_request import ExportRequest
from deformable_gan.models.generator import Generator
from deformable_gan.models.load_generator import read_generator
from deformable_gan.models.pixels import images_to_floats
from deformable_gan.saving.generator_files import write_generator
from deformable_gan.sharing.model_folder import WEIGHTS


class KerasFormat(ExportFormat):
    """The network itself: its configuration and its weights."""

    title = "Keras, the network itself"
    file = WEIGHTS
    files = ()  # every uploaded preset overwrites them
    tolerance = Tolerance(largest=1e-5)

    def check(self, request: ExportRequest) -> None:
        """Accept every generator, whatever inputs it needs."""

    def expect(self, request: ExportRequest) -> None:
        """Do nothing: `compare` runs the generator itself."""

    def write(self, request: ExportRequest) -> None:
        """Write the configuration and the weights."""
        write_generator(request.generator, request.folder)

    def run(self, request: ExportRequest, inputs: dict[str, np.ndarray]) -> np.ndarray:
        """Read the network again and run it."""
        loaded = read_generator(request.folder)
        loaded.warp_method = request.generator.warp_method
        return _images(loaded, inputs)

    def compare(self, request: ExportRequest) -> Drift:
        """Compare weights and images; inputs that the sample pairs do not have are random."""
        drift = drift_of_network(request.folder, request.generator, request.inputs)
        self.require_close(request, drift, "the network in Keras's format")
        return drift


def drift_of_network(folder: Path, generator: Generator, inputs: dict[str, np.ndarray]) -> Drift:
    """Load a written network and compare it with the original one.

    Args:
        folder: the folder of the written network.
        generator: the original network.
        inputs: the network's inputs; those that are missing are random.

    Returns:
        The differences between the images of both networks: 0 on most devices.

    Raises:
        RunError: the written network cannot be read or has other weights.
    """
    loaded = read_generator(folder)
    loaded.warp_method = generator.warp_method
    for weight, own in zip(loaded.weights, generator.weights, strict=True):
        if not np.array_equal(weight.numpy(), own.numpy()):
            raise RunError(
                f"{own.path} has other values after loading than before writing: nothing was "
                "exported; export again"
            )
    rng = np.random.default_rng(0)
    for name, shape in generator.input_shapes().items():
        if name not in inputs:
            shape = (len(inputs["source_image"]), *shape[1:])
            inputs = {**inputs, name: rng.integers(0, 256, shape, np.uint8)}
    return Drift.between(_images(loaded, inputs), _images(generator, inputs))


def _images(generator: Generator, inputs: dict[str, np.ndarray]) -> np.ndarray:
    tensors = {name: tf.convert_to_tensor(value) for name, value in inputs.items()}
    return generator(images_to_floats(tensors), training=False).numpy()
