"""Measuring the steadiness of clips: changes between frames where nothing moves."""

from collections.abc import Callable

import cv2
import numpy as np

from deformable_gan.pose.skeleton import Skeleton

#: Returns the pixels that belong to a person in each pose, bool [B, H, W], from float [B, J, 3].
People = Callable[[np.ndarray], np.ndarray]

# Number of consecutive frames that are measured together, because the masks of many poses take
# little more time than the masks of a few.
_BATCH = 32


class Steadiness:
    """A measurement of the change between consecutive frames of clips, in grey levels.

    - *background*: the mean absolute change of pixels outside the person in both frames and in the
      source (see `background_mask`). It is 0 if the background is one still image.
    - *person*: the mean absolute change of the other pixels after undoing the movement between the
      two frames by dense optical flow (DIS, on grey levels). What remains is flicker and newly
      covered or uncovered parts.

    Frames 1 and 2 are compared, then 3 and 4, and so on, since optical flow takes time.

    Args:
        skeleton: the layout of all key points.
        people: returns the person masks of poses at the size of every clip; None for
            `person_mask`, which imports Keras.
    """

    def __init__(self, skeleton: Skeleton, people: People | None = None):
        self._skeleton = skeleton
        self._given_people = people
        self._flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        self._sums = {"background": 0.0, "person": 0.0}
        self._counts = {"background": 0, "person": 0}
        self._source = np.zeros((0, 3), np.float32)
        self._source_mask: np.ndarray | None = None
        self._size: tuple[int, int] = (0, 0)
        self._frames: list[tuple[np.ndarray, np.ndarray]] = []

    def start(self, source: np.ndarray, size: tuple[int, int]) -> None:
        """Begin a clip.

        Args:
            source: float [J, 3] of (y, x, confidence), the source person's key points.
            size: (height, width) of the image in whose pixels all key points are given. Frames of
                the same content in another size are scaled to it.
        """
        self._measure()
        self._size = size
        self._source, self._source_mask = np.asarray(source, np.float32), None
        self._frames = []

    def add(self, image: np.ndarray, keypoints: np.ndarray) -> None:
        """Add the next frame of the clip.

        Args:
            image: uint8 [H, W, 3].
            keypoints: float [J, 3] of (y, x, confidence), the target's key points.
        """
        if image.shape[:2] != self._size:
            image = cv2.resize(image, self._size[::-1], interpolation=cv2.INTER_AREA)
        self._frames.append((image, np.asarray(keypoints, np.float32)))
        if len(self._frames) == _BATCH:
            self._measure()

    def changes(self) -> dict[str, float]:
        """Return the mean changes of all clips, in grey levels per frame.

        Returns:
            The mean changes under `background` and `person`; a name without measured pixels is
            absent.
        """
        self._measure()
        return {name: self._sums[name] / count for name, count in self._counts.items() if count > 0}

    def report(self) -> str | None:
        """Return a line of text about all clips, or None if there were no consecutive frames."""
        changes = self.changes()
        words = {
            "background": "background {:.2f}",
            "person": "person {:.2f} after undoing the movement",
        }
        said = [words[name].format(value) for name, value in changes.items()]
        return f"change from frame to frame in grey levels: {', '.join(said)}" if said else None

    def _measure(self) -> None:
        """Measure the pairs of collected frames; a frame without a partner is kept."""
        if len(self._frames) < 2:
            return
        even = len(self._frames) // 2 * 2
        images, poses = zip(*self._frames[:even], strict=True)
        size = images[0].shape[:2]
        if self._source_mask is None:
            self._source_mask = self._people(self._source[None], size)
        outside = ~(self._people(np.stack(poses), size) | self._source_mask)
        for index in range(1, even, 2):
            background = outside[index - 1] & outside[index]
            before, now = images[index - 1], images[index]
            self._count("background", before, now, background)
            self._count("person", self._moved(before, now), now, ~background)
        self._frames = self._frames[even:]

    def _people(self, poses: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """Return the pixels that belong to a person in each pose, bool [B, H, W]."""
        if self._given_people:
            return self._given_people(poses)
        from keras import ops

        from deformable_gan.geometry.background_mask import person_mask

        return ops.convert_to_numpy(person_mask(poses, size, self._skeleton)) > 0.5

    def _moved(self, before: np.ndarray, now: np.ndarray) -> np.ndarray:
        """Return a frame warped by the movement to the next frame."""
        grey = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in (now, before)]
        flow = self._flow.calc(*grey, None)
        rows, columns = np.mgrid[: now.shape[0], : now.shape[1]].astype(np.float32)
        return cv2.remap(
            before,
            columns + flow[..., 0],
            rows + flow[..., 1],
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )

    def _count(self, name: str, before: np.ndarray, now: np.ndarray, where: np.ndarray) -> None:
        difference = np.abs(before.astype(np.int16) - now)[where]
        self._sums[name] += float(difference.sum())
        self._counts[name] += difference.size
