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
        image: uint8 [H, W, 3] RGB: the median over the frames of the pixels without a person,
            filled in where no frame shows the scene.
        unseen: bool [H, W], true where no frame shows the scene, because people hide it or because
            it lies outside the frames (of a moving camera).
        change: the share of a frame's pixels without a person that differ visibly from the plate,
            as the median over the frames; it measures how much the camera, or the scene, moves.
        frames: number of the person's frames that the plate is made from; frames that
            `complete_plate` uses do not count.
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
