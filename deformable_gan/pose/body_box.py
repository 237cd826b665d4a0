"""The extent of a body around its joints."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from deformable_gan.errors import PoseError
from deformable_gan.pose.skeleton import Skeleton

#: The margin around the joints, in torso lengths (shoulders to hips, about half a metre). An
#: adult's head ends 0.3 torso lengths above the nose, hands 0.35 beyond the wrists, feet 0.2 below
#: and 0.4 in front of the ankles.
MARGIN_IN_TORSOS = 0.4
#: The least length of a torso, as a share of the longer side of the joints' box, because a torso
#: that is seen from above or bent towards the camera looks too short.
LEAST_TORSO_IN_BOX = 0.25
#: The pairs of joints between which the torso's length is measured.
TORSO_SIDES = (("left_shoulder", "left_hip"), ("right_shoulder", "right_hip"))


@dataclass(frozen=True)
class BodyBox:
    """An axis-aligned box of a body, in image pixels with pixel centres at integers.

    Attributes:
        top: upper edge.
        left: left edge.
        bottom: lower edge.
        right: right edge.
    """

    top: float
    left: float
    bottom: float
    right: float

    @classmethod
    def of_pose(
        cls, keypoints: np.ndarray, skeleton: Skeleton, threshold: float = 0.0
    ) -> "BodyBox":
        """Return the box of the visible joints, with a margin for head, hands and feet.

        The margin is 0.4 torso lengths (the root mean square of both sides, shoulder to hip) on
        every side, because a dancer's head can point in any direction. A torso that is not seen,
        or looks shorter than a quarter of the longer side of the joints' box, counts as that
        quarter.

        Args:
            keypoints: float [J, 3] of (y, x, confidence) in image pixels.
            skeleton: the joints' layout.
            threshold: joints whose confidence is not above it are not seen.

        Raises:
            PoseError: fewer than two joints are seen.
        """
        keypoints = np.asarray(keypoints, np.float64)
        seen = keypoints[:, 2] > threshold
        if seen.sum() < 2:
            raise PoseError(
                f"{int(seen.sum())} joints are above the confidence {threshold}, but at least 2 "
                "are needed to find the body"
            )
        places = keypoints[seen, :2]
        low, high = places.min(axis=0), places.max(axis=0)
        sides = [
            np.sum((keypoints[shoulder, :2] - keypoints[hip, :2]) ** 2)
            for shoulder, hip in (skeleton.indices(*side) for side in TORSO_SIDES)
            if seen[shoulder] and seen[hip]
        ]
        torso = np.sqrt(np.mean(sides)) if sides else 0.0
        margin = MARGIN_IN_TORSOS * max(torso, LEAST_TORSO_IN_BOX * (high - low).max(), 1.0)
        return cls(*map(float, (*(low - margin), *(high + margin))))

    @classmethod
    def union(cls, boxes: Iterable["BodyBox"]) -> "BodyBox":
        """Return the smallest box that contains all given boxes.

        Raises:
            ValueError: there are no boxes.
        """
        edges = np.array([(box.top, box.left, box.bottom, box.right) for box in boxes])
        if not len(edges):
            raise ValueError("a union needs at least one box, received none")
        return cls(*map(float, (*edges[:, :2].min(axis=0), *edges[:, 2:].max(axis=0))))

    def within(self, image_size: tuple[int, int]) -> "BodyBox":
        """Return the part of the box that lies in an image.

        Args:
            image_size: (height, width) of the image, in pixels.

        Raises:
            PoseError: the box lies outside the image.
        """
        height, width = image_size
        top, bottom = max(self.top, -0.5), min(self.bottom, height - 0.5)
        left, right = max(self.left, -0.5), min(self.right, width - 0.5)
        if top >= bottom or left >= right:
            raise PoseError(f"the body's box {self} lies outside the {height} x {width} image")
        return BodyBox(top, left, bottom, right)

    @property
    def height(self) -> float:
        """The height in pixels."""
        return self.bottom - self.top

    @property
    def width(self) -> float:
        """The width in pixels."""
        return self.right - self.left

    @property
    def centre(self) -> tuple[float, float]:
        """The (y, x) of the middle."""
        return (self.top + self.bottom) / 2, (self.left + self.right) / 2
