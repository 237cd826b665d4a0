"""What a still camera sees behind the people of a clip."""

from dataclasses import dataclass

import numpy as np

#: A camera is taken to move if more than this share of the background changes.
MOST_CHANGE = 0.08
#: Two images of one thing differ by at most this many grey levels: noise and compression.
VISIBLE = 16


@dataclass(frozen=True)
class BackgroundPlate:
    """An empty picture of a clip's scene.

    Attributes:
        image: uint8 [H, W, 3] RGB: the median over the frames of the pixels where nobody stands,
            filled in where somebody always stands.
        unseen: bool [H, W], true where somebody stands in all frames.
        change: the share of the free background of a frame that differs visibly from the plate,
            in the median over the frames: how much the camera, or what is behind people, moves.
        frames: how many frames the plate is made from.
    """

    image: np.ndarray
    unseen: np.ndarray
    change: float
    frames: int

    @property
    def still(self) -> bool:
        """Whether the camera stands still, so that the plate shows what is behind the people."""
        return self.change <= MOST_CHANGE

    @property
    def unseen_share(self) -> float:
        """The share of the plate that is filled in."""
        return float(self.unseen.mean())
