"""An image of a dancer as it is kept."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class DrawnImage:
    """An image of a dancer as files.

    Attributes:
        name: the image's.
        keypoints: float32 [17, 3] of (y, x, confidence), in the COCO17 layout.
        data: the image file.
        supplements: other files by prefix of the folder's name (see `dataset_folder`), each
            its name and bytes.
    """

    name: str
    keypoints: np.ndarray
    data: bytes
    supplements: dict[str, tuple[str, bytes]] = field(default_factory=dict)
