"""An encoded image of a dancer."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class DrawnImage:
    """An image of a dancer, encoded as files.

    Attributes:
        name: the image's file name.
        keypoints: float32 [17, 3] of (y, x, confidence), in the layout `Renderer.skeleton`.
        data: the image file's bytes.
        supplements: name and bytes of the person mask and of the background, where requested, by
            the prefix of their folder's name (see `dataset_folder`).
    """

    name: str
    keypoints: np.ndarray
    data: bytes
    supplements: dict[str, tuple[str, bytes]] = field(default_factory=dict)
