"""The SavedModel."""

import hashlib
import json
import shutil
import tempfile
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from deformable_gan.errors import RunError
from deformable_gan.inference import check_inputs, images_to_floats, to_uint8
from deformable_gan.models.generator import Generator
from deformable_gan.pose.skeleton import Skeleton
from deformable_gan.version import __version__

#: What the model is, in JSON, beside `saved_model.pb`.
DESCRIPTION = "deformable_gan.json"
TOLERANCE = 1e-5


def export_saved_model(generator: Generator, skeleton: Skeleton, path: str | Path) -> float:
    """Write a generator as a SavedModel that TensorFlow alone can run.

    Its signature `serving_default` takes, for any batch size B,

    - source_image: uint8 [B, H, W, 3];
    - source_keypoints, target_keypoints: float32 [B, J, 3] of (y, x, confidence) in pixels,
      confidence 0 for a missing joint;

    and returns

    - image: uint8 [B, H, W, 3];
    - image_float: float32 [B, H, W, 3] in [-1, 1], before rounding.

    The export is loaded again and compared with the generator on random pictures and poses before
    it gets its name; the folder either appears complete or not at all.

    Args:
        generator: without a background input.
        skeleton: the layout of its joints.
        path: the folder to make; it must not exist.

    Returns:
        The largest difference of `image_float` to the generator's own output.

    Raises:
        RunError: the folder exists or cannot be made, or the reloaded model differs by more than
            1e-5.
        ConfigurationError: the generator wants a background.
    """
    path = Path(path)
    if path.exists():
        raise RunError(f"{path} exists: choose another output or remove it")
    check_inputs(generator)
    shapes = generator.input_shapes()

    def serve(source_image, source_keypoints, target_keypoints):
        inputs = {
            "source_image": source_image,
            "source_keypoints": source_keypoints,
            "target_keypoints": target_keypoints,
        }
        image = generator(images_to_floats(inputs), training=False)
        return {"image": to_uint8(image), "image_float": image}

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=f".{path.name}.building-", dir=path.parent))
    except OSError as error:
        raise RunError(f"{path} cannot be made: {error}") from error
    try:
        archive = keras.export.ExportArchive()
        archive.track(generator)
        archive.add_endpoint(
            "serving_default",
            serve,
            input_signature=[
                tf.TensorSpec(shape, tf.uint8 if name == "source_image" else tf.float32, name=name)
                for name, shape in shapes.items()
            ],
        )
        archive.write_out(str(building), verbose=False)
        description = {
            "image_size": list(generator.image_size),
            "skeleton": skeleton.name,
            "joints": list(skeleton.joints),
            "written_by": f"deformable_gan {__version__}",
            "sha256": export_digests(building),
        }
        text = json.dumps(description, indent=2) + "\n"
        (building / DESCRIPTION).write_text(text, encoding="utf-8")
        difference = _largest_difference(building, serve, shapes)
        if not difference <= TOLERANCE:
            raise RunError(
                f"the exported model differs from the generator by {difference:.2g}, more than "
                f"{TOLERANCE:g}: nothing was written to {path}"
            )
        building.chmod(0o755)
        building.rename(path)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return difference


def export_digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 digests of an export's files, but for its description, by their names."""
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name != DESCRIPTION
    }


def _largest_difference(folder: Path, serve, shapes: dict[str, tuple]) -> float:
    function = tf.saved_model.load(str(folder)).signatures["serving_default"]
    rng = np.random.default_rng(0)
    largest = 0.0
    for batch in (1, 3):
        _, height, width, _ = shapes["source_image"]
        inputs = {"source_image": rng.integers(0, 256, (batch, height, width, 3), np.uint8)}
        for name in ("source_keypoints", "target_keypoints"):
            joints = rng.random((batch, *shapes[name][1:])) * (height, width, 1)
            inputs[name] = joints.astype(np.float32)
        inputs = {name: tf.constant(value) for name, value in inputs.items()}
        reloaded = function(**inputs)["image_float"]
        own = serve(**inputs)["image_float"]
        # Not max(): it would lose a NaN.
        largest = float(np.maximum(largest, np.abs(own - reloaded).max()))
    return largest
