"""The background that a still camera sees behind the people of a clip."""

from dataclasses import dataclass

import numpy as np

#: If more than this share of the background changes, the camera is assumed to move.
MOST_CHANGE = 0.08
#: Noise and compression change a pixel by at most this many grey levels; a larger difference counts
#: as visible.
VISIBLE = 16


@dataclass(frozen=True)
class BackgroundPlate:
    """An image of a clip's scene without people.

    Attributes:
        image: uint8 [H, W, 3] RGB. Each pixel is the median over the frames in which no person
            covers it; pixels at which no frame shows the scene are filled in.
        unseen: bool [H, W], true where no frame shows the scene, because people hide it or because
            it lies outside the frames (of a moving camera).
        change: how much the camera, or the scene, moves. In each frame, a share of the pixels
            without a person differs visibly from the plate; this is the median of these shares.
        frames: number of frames that the plate was made from. The frames with which
            `complete_plate` later fills unseen pixels do not count.
    """

    image: np.ndarray
    unseen: np.ndarray
    change: float
    frames: int

    @property
    def still(self) -> bool:
        """Whether the camera is still, so that the plate shows the background of the people."""
        return self.change <= MOST_CHANGE

    @property
    def unseen_share(self) -> float:
        """The share of the plate that is filled in."""
        return float(self.unseen.mean())
