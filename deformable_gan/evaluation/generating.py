"""Generating the images of all pairs, the first half of an evaluation.

Every image is kept as a file, since generating is the expensive part. A score that is added later
(because weights could not be downloaded at first) needs the images again, the report shows them,
and other tools can read them. An image of 128x64 pixels takes about 15 kB, one of 256x256 about
100 kB.
"""

import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from deformable_gan.data.atomic_file import atomic_file
from deformable_gan.data.filled_images import FilledImages
from deformable_gan.data.image_store import ImageStore
from deformable_gan.data.media import write_image
from deformable_gan.errors import ConfigurationError, RunError
from deformable_gan.evaluation.generated_images import GeneratedImages
from deformable_gan.evaluation.image_pairs import ImagePairs
from deformable_gan.inference import generate_batch
from deformable_gan.text_files import read_text
from deformable_gan.trained_model import TrainedModel

_ORIGIN = "origin.json"


def generate_images(
    model: TrainedModel,
    pairs: ImagePairs,
    images: GeneratedImages,
    blocks: Sequence[int],
    batch_size: int = 16,
    progress: Callable[[int], object] | None = None,
) -> int:
    """Generate the images of every block in which an image does not exist yet.

    Every image file is complete or absent, so this can be interrupted at any time and called again.
    In an incomplete block, existing images are generated again.

    Args:
        model: the model.
        pairs: pairs of source and target images of the model's size.
        images: where the generated images belong.
        blocks: the numbers of the pairs' blocks to generate, in increasing order.
        batch_size: how many images are generated at once.
        progress: called with the number of further pairs that are done.

    Returns:
        How many images were generated.

    Raises:
        ConfigurationError: the dataset's images have another size than the model's, or the folder
            holds images of another model or dataset.
        RunError: the origin of the folder's images is unknown.
        MediaError: an image cannot be written.
        DatasetError: an image cannot be read, or the dataset lacks backgrounds or person masks that
            the model needs.
    """
    if pairs.image_size != model.image_size:
        raise ConfigurationError(
            "the model generates images of {}x{}, the dataset has images of {}x{}: choose a "
            "dataset of the model's size".format(*model.image_size, *pairs.image_size)
        )
    folder = images.paths[0].parent
    _check_origin(folder, model, pairs)
    there = {path.name for path in folder.iterdir()}
    absent = [
        block
        for block in blocks
        if any(images.paths[place].name not in there for place in pairs.block(block))
    ]
    if progress:
        progress(sum(len(pairs.block(block)) for block in set(blocks) - set(absent)))
    generated = 0
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        in_layout = pairs.in_layout(model.skeleton)
        for _, places, batch in in_layout.read(absent, **_stores(model, in_layout)):
            made = np.concatenate(
                [
                    generate_batch(
                        model.generate,
                        {key: value[start : start + batch_size] for key, value in batch.items()},
                    )
                    for start in range(0, len(places), batch_size)
                ]
            )
            list(threads.map(write_image, [images.paths[place] for place in places], made))
            generated += len(places)
            if progress:
                progress(len(places))
    return generated


def _stores(model: TrainedModel, pairs: ImagePairs) -> dict[str, Any]:
    stores: dict[str, Any] = {}
    size, split = pairs.image_size, pairs.split
    if "background" in model.wants:
        if model.composes and not split.has_backgrounds:
            images = ImageStore(split, size, memory_budget=0)
            stores["filled"] = FilledImages(images, split.keypoints, model.skeleton, size)
        else:
            stores["backgrounds"] = ImageStore(split.backgrounds, size, memory_budget=0)
    if "source_mask" in model.wants:
        masks = ImageStore(split.person_masks, size, memory_budget=0, channels=1)
        stores["person_masks"] = masks
    return stores


def _check_origin(folder: Path, model: TrainedModel, pairs: ImagePairs) -> None:
    """Check that a folder's images are of this model and these pairs; in a new folder, record both.

    Raises:
        ConfigurationError: the images are of another model or dataset.
        RunError: the record is missing, cannot be read or is incomplete.
    """
    file = folder / _ORIGIN
    # Names do not suffice: datasets of the same kind use the same names for different images.
    wanted = {"weights_sha256": model.digest, "checksums_sha256": pairs.checksum}
    folder.mkdir(parents=True, exist_ok=True)
    if not file.is_file():
        if any(path.suffix == ".png" for path in folder.iterdir()):
            raise RunError(
                f"{folder} holds images, but no {_ORIGIN} that says which model made them: delete "
                "the folder or choose another --output"
            )
        with atomic_file(file) as temporary:
            text = json.dumps({**wanted, **model.details}, indent=1)
            temporary.write_text(text + "\n", encoding="utf-8")
        return
    try:
        known = json.loads(read_text(file))
        lacking = [what for what in wanted if what not in known]
    except (OSError, ValueError, TypeError) as error:
        raise RunError(
            f"{file} cannot be read ({error!r}): delete {folder} to evaluate again"
        ) from error
    if lacking:
        raise RunError(
            f"{file} lacks {' and '.join(lacking)}, probably because an earlier release wrote it: "
            f"delete {folder} to evaluate again"
        )
    other = [what for what, value in wanted.items() if known[what] != value]
    if other:
        whose = {
            "weights_sha256": "another model, or of another training step of the same model",
            "checksums_sha256": "another dataset",
        }
        raise ConfigurationError(
            f"{folder} holds the images of {whose[other[0]]}: choose another --output, or delete "
            "the folder to evaluate again"
        )
