"""What is behind a person in each of a recording's images."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from deformable_gan.backgrounds.background_plate import BackgroundPlate
from deformable_gan.backgrounds.camera_motion import STILL, CameraMotion, follow_camera
from deformable_gan.backgrounds.fill_person import fill_person
from deformable_gan.backgrounds.panorama import Panorama
from deformable_gan.backgrounds.person_area import person_area
from deformable_gan.backgrounds.plate_builder import MOST_FRAMES, PlateBuilder
from deformable_gan.pose.person_crop import PersonCrop
from deformable_gan.pose.skeleton import Skeleton

#: Where backgrounds come from: a plate of the clip, or each image itself.
PLATE = "plate"
FILLED = "filled"

# A plate that follows the camera has to differ this much less from the frames.
_BETTER = 0.9
# The camera is followed by what lies this near the crop, as a share of its size.
_AROUND = 0.5


@dataclass(frozen=True)
class PersonBackgrounds:
    """The backgrounds of one person's images.

    Attributes:
        skeleton: the joints' layout.
        plate: of the clip; None for photographs, and frames that are not of one size.
        crops: of the images.
        shared: whether all images have one background: a still camera and a fixed crop.
        panorama: where the plate lies in each frame, if the camera moves; None if it stands still.
    """

    skeleton: Skeleton
    plate: BackgroundPlate | None
    crops: Sequence[PersonCrop]
    shared: bool
    panorama: Panorama | None = None

    @classmethod
    def of_clip(
        cls,
        read: Callable[[int], np.ndarray],
        joints: np.ndarray,
        splits: Sequence[str | None],
        crops: Sequence[PersonCrop],
        crop_mode: str,
        skeleton: Skeleton,
    ) -> "PersonBackgrounds":
        """Make the plate of a clip from its training frames; the held-out ones are not looked at.

        Args:
            read: gives the frame at a position, uint8 [H, W, 3].
            joints: float [N, J, 3] in pixels of the frames.
            splits: N: `train`, `test` or None.
            crops: N.
            crop_mode: `fixed` or `follow`.
            skeleton: the joints' layout.
        """
        training = np.flatnonzero([split == "train" for split in splits])
        count = min(len(training), MOST_FRAMES)
        chosen = training[np.linspace(0, len(training) - 1, count).round().astype(int)].tolist()
        builder = PlateBuilder(skeleton)
        size = None
        for position in chosen:
            frame = read(position)
            if size not in (None, frame.shape):
                return cls(skeleton, None, crops, False)
            size = frame.shape
            builder.add(frame, joints[position])
        plate = builder.build()
        still = cls(skeleton, plate, crops, plate.still and crop_mode == "fixed")
        motion = _camera_motion(read, joints, crops, crop_mode, skeleton)
        if motion is None or motion.extent <= STILL:
            return still
        panorama = Panorama.of_frames(
            ((position, read(position), joints[position]) for position in chosen), motion, skeleton
        )
        followed = cls(skeleton, panorama.plate, crops, False, panorama)
        if not panorama.plate.still:
            return still
        errors = [one._error(read, joints, chosen) for one in (followed, still)]
        return followed if errors[0] < _BETTER * errors[1] else still

    @classmethod
    def of_photographs(cls, crops: Sequence[PersonCrop], skeleton: Skeleton) -> "PersonBackgrounds":
        """Return backgrounds that are all filled in from the photographs themselves."""
        return cls(skeleton, None, crops, False)

    @property
    def kind(self) -> str:
        """`PLATE` or `FILLED`."""
        return PLATE if self.plate and self.plate.still else FILLED

    @property
    def change(self) -> float | None:
        """How much the background of the clip changes; None where there is no plate."""
        return round(self.plate.change, 4) if self.plate else None

    @property
    def unseen(self) -> float | None:
        """The share of the images in which the plate was never seen; None where it is not used."""
        if self.kind != PLATE:
            return None
        if self.panorama:
            shares = [
                crop.apply(self.panorama.seen_from(index)[1].astype(np.uint8) * 255).mean() / 255
                for index, crop in enumerate(self.crops)
            ]
        else:
            unseen = self.plate.unseen.astype(np.uint8) * 255
            shares = [crop.apply(unseen).mean() / 255 for crop in self._distinct_crops()]
        return round(float(np.mean(shares)), 4)

    @property
    def camera_extent(self) -> float | None:
        """How far the camera moves, in pixels of the frames; None where nobody followed it."""
        return round(self.panorama.motion.extent, 2) if self.panorama else None

    def image(self, index: int, image: np.ndarray, keypoints: np.ndarray) -> np.ndarray:
        """Return the background of an image, uint8 [h, w, 3].

        Args:
            index: its position.
            image: uint8 [h, w, 3], cropped.
            keypoints: float [J, 3] in its pixels.
        """
        if self.kind == PLATE:
            return self.crops[index].apply(self._plate_of(index))
        return fill_person(image, keypoints, self.skeleton)

    def _plate_of(self, index: int) -> np.ndarray:
        return self.panorama.seen_from(index)[0] if self.panorama else self.plate.image

    def _error(
        self, read: Callable[[int], np.ndarray], joints: np.ndarray, positions: Sequence[int]
    ) -> float:
        """Return by how many grey levels the plate differs from frames where nobody stands."""
        differences = []
        for position in positions:
            image, crop = read(position), self.crops[position]
            hidden = person_area(joints[position], image.shape[:2], self.skeleton)
            free = ~hidden & crop.covers(image.shape[:2])
            plate = self._plate_of(position)
            if plate.shape != image.shape:  # of a scaled frame
                plate = cv2.resize(plate, image.shape[1::-1])
            if free.any():
                differences.append(cv2.absdiff(image, plate)[free].mean())
        return float(np.mean(differences)) if differences else np.inf

    def _distinct_crops(self) -> Iterator[PersonCrop]:
        yield from self.crops[:1] if self.shared else self.crops


def _camera_motion(
    read: Callable[[int], np.ndarray],
    joints: np.ndarray,
    crops: Sequence[PersonCrop],
    crop_mode: str,
    skeleton: Skeleton,
) -> CameraMotion | None:
    """Follow the camera through a clip, by what the crops show of it."""

    def frames():
        for index, crop in enumerate(crops):
            image = read(index)
            hidden = person_area(joints[index], image.shape[:2], skeleton)
            if crop_mode == "fixed":  # far from it may be another picture, in a clip of several
                hidden |= ~crop.grown(_AROUND).covers(image.shape[:2])
            yield image, hidden

    return follow_camera(frames())
