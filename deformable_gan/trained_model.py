"""A trained generator from wherever it lies: a run directory or an export."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import tensorflow as tf

from deformable_gan.errors import RunError
from deformable_gan.exporting.export_folder import DESCRIPTION, export_digests
from deformable_gan.inference import OPTIONAL_INPUTS, Generate, make_generate
from deformable_gan.models.from_config import build_generator
from deformable_gan.models.generator import Generator
from deformable_gan.pose.skeleton import Skeleton, get_skeleton
from deformable_gan.training.run_directory import RunDirectory

# What TensorFlow raises for a damaged SavedModel depends on which file is damaged, and where.
_UNREADABLE = (OSError, ValueError, TypeError, LookupError, RuntimeError, tf.errors.OpError)


@dataclass(frozen=True)
class TrainedModel:
    """A generator, ready to be run.

    Attributes:
        generate: see `inference.make_generate`.
        image_size: (H, W) of its images.
        skeleton: the layout of its joints.
        digest: SHA-256 of its weights; equal models have equal ones wherever they lie.
        wants: which of `inference.OPTIONAL_INPUTS` it takes.
        details: where it comes from, JSON values.
        generator: the network itself; None for an export, which has only its graph.
    """

    generate: Generate
    image_size: tuple[int, int]
    skeleton: Skeleton
    digest: str
    wants: frozenset[str] = frozenset()
    details: Mapping[str, object] = field(default_factory=dict)
    generator: Generator | None = None

    @classmethod
    def load(cls, path: str | Path) -> "TrainedModel":
        """Load a run directory or an exported model.

        Raises:
            RunError: it is neither, or damaged.
        """
        path = Path(path)
        if (path / DESCRIPTION).is_file():
            return _load_export(path)
        run = RunDirectory(path)
        config = run.read_config()
        generator = build_generator(config)
        step = run.checkpoints.restore_generator(generator)
        generator.warp_method = "sparse"
        digest = hashlib.sha256()
        for weight in generator.weights:
            digest.update(np.ascontiguousarray(weight.numpy()).tobytes())
        return cls(
            make_generate(generator),
            tuple(config.image_size),
            get_skeleton(config.skeleton),
            digest.hexdigest(),
            frozenset(set(OPTIONAL_INPUTS) & set(generator.input_shapes())),
            {"run": str(path), "preset": config.preset, "step": step},
            generator,
        )


def _load_export(path: Path) -> TrainedModel:
    try:
        description = json.loads((path / DESCRIPTION).read_text(encoding="utf-8"))
        height, width = description["image_size"]
        skeleton = get_skeleton(description["skeleton"])
        formats = description.get("formats", ["savedmodel"])
        if "savedmodel" not in formats:
            raise RunError(
                f"{path} holds no SavedModel but {', '.join(formats)}: export the run once more "
                "with --format savedmodel"
            )
        written = dict(description["sha256"])
        present = export_digests(path)
        for name in sorted({*written, *present}):
            if written.get(name) != present.get(name):
                raise RunError(f"{path} is damaged: {name} is not what was exported; export again")
        loaded = tf.saved_model.load(str(path))
        function = loaded.signatures["serving_default"]
    except _UNREADABLE as error:
        raise RunError(f"{path} is not a readable exported model: {error}") from error

    def generate(source_image, source_keypoints, target_keypoints) -> np.ndarray:
        return function(
            source_image=tf.convert_to_tensor(source_image, tf.uint8),
            source_keypoints=tf.convert_to_tensor(source_keypoints, tf.float32),
            target_keypoints=tf.convert_to_tensor(target_keypoints, tf.float32),
        )["image"].numpy()

    generate.loaded = loaded  # keeps the variables alive
    digest = hashlib.sha256(json.dumps(present, sort_keys=True).encode()).hexdigest()
    return TrainedModel(generate, (height, width), skeleton, digest, details={"export": str(path)})
