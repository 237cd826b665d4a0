"""Reading all images of a split into an array, without TensorFlow."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from PIL import Image

from deformable_gan.data.dataset_folder import Split
from deformable_gan.errors import DatasetError

_THREADS = 8


def read_images(split: Split, image_size: tuple[int, int]) -> np.ndarray:
    """Return the images of a split, for a device with enough memory for all of them.

    Args:
        split: the split; its images must be files.
        image_size: (H, W) that every image must have.

    Returns:
        uint8 [N, H, W, 3] RGB, in the order of `split.names`.

    Raises:
        DatasetError: the images are in TFRecord shards, or an image is missing, unreadable or of
            another size.
    """
    if split.sharded:
        raise DatasetError(
            f"{split.folder} holds TFRecord shards, which only TensorFlow reads: give the dataset "
            "from which they were made"
        )
    distinct = replace(split, names=split.files)
    images = np.empty((len(distinct.names), *image_size, 3), np.uint8)

    def read(index: int) -> None:
        path = distinct.image_path(index)
        try:
            with Image.open(path) as image:
                pixels = np.asarray(image.convert("RGB"))
        except OSError as error:
            raise DatasetError(f"{path} cannot be read: {error}") from error
        if pixels.shape != images.shape[1:]:
            raise DatasetError(
                f"{path} has {pixels.shape[0]}x{pixels.shape[1]} pixels, expected "
                f"{image_size[0]}x{image_size[1]}: make the dataset again"
            )
        images[index] = pixels

    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(read, range(len(images))))
    if len(images) == len(split.names):
        return images
    number_of = {name: number for number, name in enumerate(distinct.names)}
    return images[[number_of[name] for name in split.names]]
