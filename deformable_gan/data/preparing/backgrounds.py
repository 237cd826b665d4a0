"""The backgrounds of a recording's images."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from deformable_gan.backgrounds.background_plate import BackgroundPlate
from deformable_gan.backgrounds.complete_plate import complete_plate
from deformable_gan.backgrounds.even_selection import evenly
from deformable_gan.backgrounds.fill_person import fill_person
from deformable_gan.backgrounds.plate_builder import MOST_FRAMES, PlateBuilder
from deformable_gan.pose.person_crop import PersonCrop
from deformable_gan.pose.skeleton import Skeleton

#: The source of backgrounds: the clip's background plate, or each image itself.
PLATE = "plate"
FILLED = "filled"


def plate_positions(splits: Sequence[str | None]) -> list[int]:
    """Return the positions of the frames to make a plate from: training frames, spread evenly.

    Args:
        splits: N values, each `train`, `test` or None.
    """
    return evenly([index for index, split in enumerate(splits) if split == "train"], MOST_FRAMES)


@dataclass(frozen=True)
class PersonBackgrounds:
    """The backgrounds of one person's images.

    Attributes:
        skeleton: the joints' layout.
        plate: the clip's background plate; None for photographs and for frames of different sizes.
        crops: the images' crops.
        shared: whether all images have one background, because camera and crop stand still.
    """

    skeleton: Skeleton
    plate: BackgroundPlate | None
    crops: Sequence[PersonCrop]
    shared: bool

    @classmethod
    def of_clip(
        cls,
        read: Callable[[int], np.ndarray],
        joints: np.ndarray,
        splits: Sequence[str | None],
        crops: Sequence[PersonCrop],
        crop_mode: str,
        skeleton: Skeleton,
        scene: Sequence[tuple[np.ndarray, np.ndarray]] = (),
    ) -> "PersonBackgrounds":
        """Make the plate of a clip from its training frames; held-out frames are not used.

        Args:
            read: returns the frame at a position, uint8 [H, W, 3].
            joints: float [N, J, 3] in pixels of the frames.
            splits: N values, each `train`, `test` or None.
            crops: N crops.
            crop_mode: `fixed` or `follow`.
            skeleton: the joints' layout.
            scene: further frames of the scene without the person, each with the joints of other
                people. They complete the plate of a still camera.
        """
        builder = PlateBuilder(skeleton)
        size = None
        for position in plate_positions(splits):
            frame = read(position)
            if size not in (None, frame.shape):
                return cls(skeleton, None, crops, False)
            size = frame.shape
            builder.add(frame, joints[position])
        plate = builder.build()
        if plate.still:
            plate = complete_plate(plate, scene, skeleton)
        return cls(skeleton, plate, crops, plate.still and crop_mode == "fixed")

    @classmethod
    def of_photographs(cls, crops: Sequence[PersonCrop], skeleton: Skeleton) -> "PersonBackgrounds":
        """Return backgrounds that are filled in from the photographs themselves."""
        return cls(skeleton, None, crops, False)

    @property
    def kind(self) -> str:
        """`PLATE` or `FILLED`."""
        return PLATE if self.plate and self.plate.still else FILLED

    @property
    def scene(self) -> np.ndarray | None:
        """The plate, uint8 [H, W, 3], if the camera stands still or was stabilised, else None."""
        return self.plate.image if self.plate and self.kind == PLATE else None

    @property
    def change(self) -> float | None:
        """How much the background changes (`BackgroundPlate.change`); None without a plate."""
        return round(self.plate.change, 4) if self.plate else None

    @property
    def unseen(self) -> float | None:
        """The mean share of an image's area that the plate does not show; None for `FILLED`."""
        if self.kind != PLATE:
            return None
        unseen = self.plate.unseen.astype(np.uint8) * 255  # type: ignore[union-attr]  # not None here
        shares = [crop.apply(unseen).mean() / 255 for crop in self._distinct_crops()]
        return round(float(np.mean(shares)), 4)

    def image(self, index: int, image: np.ndarray, keypoints: np.ndarray) -> np.ndarray:
        """Return the background of an image, uint8 [h, w, 3].

        Args:
            index: the image's position.
            image: uint8 [h, w, 3], cropped.
            keypoints: float [J, 3] in pixels of `image`.
        """
        if self.scene is not None:
            return self.crops[index].apply(self.scene)
        return fill_person(image, keypoints, self.skeleton)

    def _distinct_crops(self) -> Iterator[PersonCrop]:
        yield from self.crops[:1] if self.shared else self.crops
