"""A trained generator from the package, a run directory, an export or a hub."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import tensorflow as tf

from deformable_gan.checksums import value_digest
from deformable_gan.devices.graph_optimizer import without_remapper
from deformable_gan.errors import ConfigurationError, RunError
from deformable_gan.inference import OPTIONAL_INPUTS, Compose, Generate, make_compose, make_generate
from deformable_gan.models.generator import Generator
from deformable_gan.models.load_generator import load_generator
from deformable_gan.pose.skeleton import Skeleton, get_skeleton
from deformable_gan.saving.saved_generator import SavedGenerator, SavedInExport

# The SavedModel's signature that returns the parts of composed images.
_PARTS = "compose"
# The exceptions of TensorFlow for a damaged SavedModel; they depend on what is damaged.
_UNREADABLE = (OSError, ValueError, TypeError, LookupError, RuntimeError, tf.errors.OpError)


@dataclass(frozen=True)
class TrainedModel:
    """A generator, ready to be run.

    Attributes:
        generate: see `inference.make_generate`.
        image_size: (H, W) of the generated images.
        skeleton: the layout of the joints.
        digest: SHA-256 of the weights; equal models have equal digests wherever they are saved. For
            an export without the format `keras`, SHA-256 of its files' digests instead.
        wants: the names in `inference.OPTIONAL_INPUTS` that the generator takes.
        details: the origin of the generator, as JSON values.
        generator: the network itself; None for an export without the format `keras`, which has
            only a graph.
        compose: see `inference.make_compose`; None for a generator that does not compose.
    """

    generate: Generate
    image_size: tuple[int, int]
    skeleton: Skeleton
    digest: str
    wants: frozenset[str] = frozenset()
    details: Mapping[str, object] = field(default_factory=dict)
    generator: Generator | None = None
    compose: Compose | None = None

    @property
    def composes(self) -> bool:
        """Whether the network composes its images from copied and drawn pixels."""
        return self.compose is not None

    @classmethod
    def load(cls, path: str | Path | None = None) -> "TrainedModel":
        """Load a model from a run directory, an export, a boxed model, a hub or the package.

        Args:
            path: a folder, a handle (`hf://USER/NAME`, `kaggle://USER/MODEL/keras/VARIATION`), or
                the name of a model that ships with the package; None for `people`, the default.

        Raises:
            RunError: the folder contains no model that can be run, or is damaged.
            ConfigurationError: the model's configuration is damaged.
            HubError: the handle's model cannot be downloaded, is not a preset, or is damaged.
        """
        saved = SavedGenerator.find(path)
        if isinstance(saved, SavedInExport) and not saved.has_network:
            return _load_saved_model(saved.preset.folder, saved.preset.description)
        generator, step = load_generator(saved)
        return _of_generator(generator, saved.details(step))

    #: The name of this method in Keras.
    from_preset = load


def _of_generator(generator: Generator, details: dict) -> TrainedModel:
    generator.warp_method = "sparse"
    digest = hashlib.sha256()
    for weight in generator.weights:
        digest.update(np.ascontiguousarray(weight.numpy()).tobytes())
    return TrainedModel(
        make_generate(generator),
        generator.image_size,
        get_skeleton(generator.get_config()["skeleton"]),
        digest.hexdigest(),
        frozenset(set(OPTIONAL_INPUTS) & set(generator.input_shapes())),
        details,
        generator,
        make_compose(generator) if generator.composite else None,
    )


def _load_saved_model(path: Path, description: dict) -> TrainedModel:
    try:
        height, width = description["image_size"]
        skeleton = get_skeleton(description["skeleton"])
        formats = description["formats"]
        if "savedmodel" not in formats:
            raise RunError(
                f"{path} holds only the formats {', '.join(formats)}, expected savedmodel or "
                "keras: export the run again with one of them"
            )
        loaded = tf.saved_model.load(str(path))
        function = loaded.signatures["serving_default"]
    except ConfigurationError:  # also a ValueError, but with a better message
        raise
    except _UNREADABLE as error:
        raise RunError(
            f"{path} is not a readable exported model: {error}; export the model again"
        ) from error

    def tensors(values: dict) -> dict[str, tf.Tensor]:
        count = len(values["target_keypoints"])
        return {
            name: tf.convert_to_tensor(
                value if len(value) == count else np.repeat(value, count, axis=0),
                function.structured_input_signature[1][name].dtype,
            )
            for name, value in values.items()
        }

    @without_remapper()
    def generate(source_image, source_keypoints, target_keypoints, **more) -> np.ndarray:
        return function(**tensors(_named(source_image, source_keypoints, target_keypoints, more)))[
            "image"
        ].numpy()

    @without_remapper()
    def compose(source_image, source_keypoints, target_keypoints, **more) -> dict[str, np.ndarray]:
        inputs = tensors(_named(source_image, source_keypoints, target_keypoints, more))
        return {name: value.numpy() for name, value in composing(**inputs).items()}

    generate.loaded = loaded  # type: ignore[attr-defined]  # keeps the variables alive
    composing = loaded.signatures.get(_PARTS)
    return TrainedModel(
        generate,
        (height, width),
        skeleton,
        value_digest(description["sha256"]),
        frozenset(set(OPTIONAL_INPUTS) & set(function.structured_input_signature[1])),
        {"export": str(path)},
        compose=compose if composing else None,
    )


def _named(source_image, source_keypoints, target_keypoints, more: dict) -> dict:
    named = {
        "source_image": source_image,
        "source_keypoints": source_keypoints,
        "target_keypoints": target_keypoints,
    }
    return named | more
