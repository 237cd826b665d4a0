"""What is behind a person in each of a recording's images."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from deformable_gan.backgrounds.background_plate import BackgroundPlate
from deformable_gan.backgrounds.complete_plate import complete_plate
from deformable_gan.backgrounds.fill_person import fill_person
from deformable_gan.backgrounds.plate_builder import MOST_FRAMES, PlateBuilder
from deformable_gan.pose.person_crop import PersonCrop
from deformable_gan.pose.skeleton import Skeleton

#: Where backgrounds come from: a plate of the clip, or each image itself.
PLATE = "plate"
FILLED = "filled"


def plate_positions(splits: Sequence[str | None]) -> list[int]:
    """Return the positions of the frames that a plate is made from: training frames, spread evenly.

    Args:
        splits: N: `train`, `test` or None.
    """
    return evenly([index for index, split in enumerate(splits) if split == "train"], MOST_FRAMES)


def evenly(items: Sequence, most: int) -> list:
    """Return at most that many of some items, spread evenly from the first to the last."""
    places = np.linspace(0, len(items) - 1, min(len(items), most)).round().astype(int)
    return [items[place] for place in places]


@dataclass(frozen=True)
class PersonBackgrounds:
    """The backgrounds of one person's images.

    Attributes:
        skeleton: the joints' layout.
        plate: of the clip; None for photographs, and frames that are not of one size.
        crops: of the images.
        shared: whether all images have one background: a still camera and a fixed crop.
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
        """Make the plate of a clip from its training frames; the held-out ones are not looked at.

        Args:
            read: gives the frame at a position, uint8 [H, W, 3].
            joints: float [N, J, 3] in pixels of the frames.
            splits: N: `train`, `test` or None.
            crops: N.
            crop_mode: `fixed` or `follow`.
            skeleton: the joints' layout.
            scene: further frames, which show the scene without the person, and the joints of other
                people in them.
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
        """Return backgrounds that are all filled in from the photographs themselves."""
        return cls(skeleton, None, crops, False)

    @property
    def kind(self) -> str:
        """`PLATE` or `FILLED`."""
        return PLATE if self.plate and self.plate.still else FILLED

    @property
    def scene(self) -> np.ndarray | None:
        """The plate where it shows what is behind the person, uint8 [H, W, 3]; None elsewhere."""
        return self.plate.image if self.plate and self.kind == PLATE else None

    @property
    def change(self) -> float | None:
        """How much the background of the clip changes; None where there is no plate."""
        return round(self.plate.change, 4) if self.plate else None

    @property
    def unseen(self) -> float | None:
        """The share of the images in which the plate was never seen; None where it is not used."""
        if self.kind != PLATE:
            return None
        unseen = self.plate.unseen.astype(np.uint8) * 255  # type: ignore[union-attr]  # not None here
        shares = [crop.apply(unseen).mean() / 255 for crop in self._distinct_crops()]
        return round(float(np.mean(shares)), 4)

    def image(self, index: int, image: np.ndarray, keypoints: np.ndarray) -> np.ndarray:
        """Return the background of an image, uint8 [h, w, 3].

        Args:
            index: its position.
            image: uint8 [h, w, 3], cropped.
            keypoints: float [J, 3] in its pixels.
        """
        if self.scene is not None:
            return self.crops[index].apply(self.scene)
        return fill_person(image, keypoints, self.skeleton)

    def _distinct_crops(self) -> Iterator[PersonCrop]:
        yield from self.crops[:1] if self.shared else self.crops
