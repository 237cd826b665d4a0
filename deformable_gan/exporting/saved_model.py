"""The SavedModel format, which holds everything in one graph and needs only TensorFlow."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from deformable_gan.errors import ConfigurationError
from deformable_gan.exporting.drift import Drift, Tolerance
from deformable_gan.exporting.export_format import ExportFormat
from deformable_gan.exporting.export_request import ExportRequest
from deformable_gan.exporting.photo_signatures import PhotoSignatures
from deformable_gan.exporting.samples import sample_pairs
from deformable_gan.exporting.serving import Serve, make_serve, make_serve_all, make_serve_parts
from deformable_gan.models.generator import Generator
from deformable_gan.pose.movenet import MoveNet
from deformable_gan.pose.movenet_network import SavedModelNetwork
from deformable_gan.pose.skeleton import Skeleton

KEYPOINTS = "serving_default"
#: The signature that returns the parts of composed images.
PARTS = "compose"
# (height, width) in pixels of the photographs that the signatures with MoveNet are tested on.
_PHOTOGRAPH = (240, 180)


class SavedModelFormat(ExportFormat):
    """A SavedModel, with MoveNet inside if there is one."""

    title = "SavedModel"
    file = "saved_model.pb"
    files = ("saved_model.pb", "fingerprint.pb", "variables/*", "assets/*")
    tolerance = Tolerance(largest=1e-5)
    holds_movenet = True
    takes_photographs = True

    def __init__(self, name: str):
        super().__init__(name)
        self._functions: dict[str, Serve] = {}
        self._signatures: dict[str, Any] = {}

    def check_movenet(self, movenet: MoveNet | None) -> None:
        """Check that MoveNet can be part of a graph."""
        require_graph(movenet)

    def write(self, request: ExportRequest) -> None:
        """Write `saved_model.pb` and its folders."""
        self._functions = write_saved_model(
            request.generator, request.skeleton, request.folder, request.movenet, request.serve
        )

    def run(self, request: ExportRequest, inputs: dict[str, np.ndarray]) -> np.ndarray:
        """Run the signature `serving_default`."""
        self._signatures = load_signatures(request.folder)
        return run_saved_model(self._signatures, inputs)

    def compare(self, request: ExportRequest) -> Drift:
        """Compare `serving_default` and, with MoveNet, the signatures that take photographs."""
        drift = super().compare(request)
        if request.movenet:
            photographs = drift_on_photographs(
                self._signatures, self._functions, request.generator, request.skeleton
            )
            self.require_close(request, photographs, f"the {self.title}, given photographs,")
        return drift

    def size(self, folder: Path) -> int:
        """Return the size in bytes of the graph and of the variables."""
        variables = [path for path in (folder / "variables").iterdir() if path.is_file()]
        return super().size(folder) + sum(path.stat().st_size for path in variables)

    def notes(self, shown: object, movenet: MoveNet | None) -> list[str]:
        """Say what the export lacks without MoveNet."""
        if movenet:
            return []
        return ["the SavedModel has no MoveNet inside: it takes key points, but no photographs"]


def write_saved_model(
    generator: Generator,
    skeleton: Skeleton,
    folder: Path,
    movenet: MoveNet | None = None,
    serve: Serve | None = None,
) -> dict[str, Serve]:
    """Write a generator as a SavedModel.

    Its signature `serving_default` is the function of `make_serve`. A composite generator also has
    the signature `compose`, the function of `make_serve_parts`. With MoveNet, the model also has
    the signatures of `PhotoSignatures`.

    Args:
        generator: a generator that `serving.check_exportable` accepts.
        skeleton: the layout of its joints.
        folder: an existing folder to write to.
        movenet: the estimator that finds people; None for no signatures that take photographs.
        serve: the result of `make_serve`; None to make it.

    Returns:
        The functions of the signatures, by their names.

    Raises:
        ConfigurationError: MoveNet is a LiteRT file, which cannot be part of a graph.
    """
    require_graph(movenet)
    functions = {KEYPOINTS: serve or make_serve(generator)}
    if generator.composite:
        functions[PARTS] = make_serve_parts(generator)
    # The archive finds variables by itself; `track` would save them twice.
    archive = keras.export.ExportArchive()
    if movenet:
        everything = make_serve_all(generator) if generator.composite else functions[KEYPOINTS]
        functions |= PhotoSignatures(everything, generator, skeleton, movenet).functions()
    for name, function in functions.items():
        function.get_concrete_function()  # type: ignore[attr-defined]  # each is a tf.function
        archive.add_endpoint(name, function)
    archive.write_out(str(folder), verbose=False)
    return functions


def require_graph(movenet: MoveNet | None) -> None:
    """Check that a MoveNet can be part of a graph.

    Raises:
        ConfigurationError: MoveNet is a LiteRT file.
    """
    if movenet and not isinstance(movenet.network, SavedModelNetwork):
        raise ConfigurationError(
            f"MoveNet's {movenet.network.format} file cannot be part of a SavedModel: give the "
            "folder of MoveNet's own SavedModel with --movenet, or --without-movenet"
        )


def load_signatures(folder: Path) -> dict[str, Any]:
    """Load a SavedModel and return its signatures by name.

    Args:
        folder: the SavedModel's folder.
    """
    loaded = tf.saved_model.load(str(folder))
    signatures = dict(loaded.signatures)
    for signature in signatures.values():
        signature.loaded = loaded  # keeps the variables alive
    return signatures


def run_saved_model(signatures: dict[str, Any], inputs: dict[str, np.ndarray]) -> np.ndarray:
    """Run a SavedModel's signature `serving_default`.

    Args:
        signatures: the result of `load_signatures`.
        inputs: the arguments of `make_serve`'s function.

    Returns:
        float32 [N, H, W, 3] in [-1, 1].
    """
    given = {name: tf.constant(value) for name, value in inputs.items()}
    return signatures[KEYPOINTS](**given)["image_float"].numpy()


def drift_on_photographs(
    signatures: dict[str, Any],
    functions: dict[str, Serve],
    generator: Generator,
    skeleton: Skeleton,
) -> Drift:
    """Compare a SavedModel's signatures that take photographs with the original functions.

    Args:
        signatures: the result of `load_signatures`.
        functions: the result of `write_saved_model` with MoveNet.
        generator: the model.
        skeleton: the layout of its joints.
    """
    photographs = sample_pairs(2, _PHOTOGRAPH, skeleton, background=True)
    targets = sample_pairs(2, generator.image_size, skeleton)["target_keypoints"]
    inputs = {
        "source_image": photographs["source_image"],
        "target_image": photographs["source_image"][::-1],
        "target_keypoints": targets,
        "background": photographs["background"],
    }
    images = []
    for name in functions.keys() - {KEYPOINTS, PARTS}:
        taken = signatures[name].structured_input_signature[1]
        given = {taken_name: tf.constant(inputs[taken_name]) for taken_name in taken}
        made = [run(**given) for run in (signatures[name], functions[name])]
        images.append([one["image_float"] for one in made])
        if "photograph" in made[0]:
            images.append([tf.cast(one["photograph"], tf.float32) / 127.5 for one in made])
    exported, own = (
        np.concatenate([np.ravel(one) for one in side]) for side in zip(*images, strict=True)
    )
    return Drift.between(exported, own)
