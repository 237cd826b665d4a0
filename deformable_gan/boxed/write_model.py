"""Writing a boxed model."""

import hashlib
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from deformable_gan.boxed.boxed_model import FORMAT, FORMAT_VERSION, BoxedModel, named_weights
from deformable_gan.boxed.names import CARD, DESCRIPTION, WEIGHTS
from deformable_gan.config import ExperimentConfig
from deformable_gan.errors import RunError
from deformable_gan.version import __version__


def write_boxed_model(
    folder: Path,
    config: ExperimentConfig,
    step: int,
    networks: Mapping[str, Iterable[Any]],
    card: str,
) -> BoxedModel:
    """Write networks in half precision, with everything needed to build them again.

    Equal arguments give equal files. Files of an older model in the folder are replaced;
    `model.json`, which holds the checksum of `weights.npz`, is written last.

    Args:
        folder: the model's folder, whose name is the model's name.
        config: the experiment.
        step: the number of training steps.
        networks: the Keras variables by group (`generator`, `discriminator`).
        card: the model card, Markdown.

    Returns:
        The model.

    Raises:
        RunError: a weight is too large for half precision, or not finite.
        OSError: a file cannot be written.
    """
    arrays = {}
    for group, weights in networks.items():
        for name, variable in named_weights(group, weights).items():
            with np.errstate(over="ignore"):
                arrays[name] = np.asarray(variable).astype(np.float16)
            if not np.isfinite(arrays[name]).all():
                raise RunError(
                    f"{name} has weights that float16 cannot hold (not finite, or beyond ±65504): "
                    "train the model again"
                )
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]  # the names are not options of savez
    description = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "written_by": f"deformable_gan {__version__}",
        "steps": step,
        "sha256": hashlib.sha256(buffer.getvalue()).hexdigest(),
        "experiment": json.loads(config.to_json()),
    }
    folder.mkdir(parents=True, exist_ok=True)
    _replace(folder / WEIGHTS, buffer.getvalue())
    _replace(folder / CARD, card.encode())
    _replace(folder / DESCRIPTION, (json.dumps(description, indent=2) + "\n").encode())
    return BoxedModel.open(folder)


def _replace(path: Path, data: bytes) -> None:
    """Write a file so that it appears complete or not at all."""
    temporary = path.with_name(f".{path.name}.writing")
    temporary.write_bytes(data)
    temporary.replace(path)
