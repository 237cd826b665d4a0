"""A contact sheet: some images of every person, with their skeletons."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from deformable_gan.backgrounds.even_selection import EvenSelection, evenly
from deformable_gan.pose.skeleton import Skeleton
from deformable_gan.visualize import draw_skeleton, image_grid

#: Limits of a sheet, so that it stays small enough to view.
IMAGES_PER_PERSON = 12
MOST_PEOPLE = 40

_CELL_HEIGHT = 256
_HEADING = 24


class Overview:
    """A contact sheet that collects images and shows an even selection of them.

    Args:
        skeleton: the layout of the joints.
    """

    def __init__(self, skeleton: Skeleton):
        self.skeleton = skeleton
        self._people: dict[str, EvenSelection] = {}
        self._headings: dict[str, str] = {}

    def describe(self, person: str, heading: str) -> None:
        """Set the heading of a person's row, which replaces the name."""
        self._headings[person] = heading

    def add(
        self,
        person: str,
        split: str,
        time: float,
        kind: str,
        image: np.ndarray,
        keypoints: np.ndarray,
    ) -> None:
        """Offer an image; the sheet shows at most 40 people, each in up to 12 evenly spaced images.

        Args:
            person: the person's name.
            split: `train` or `test`.
            time: in seconds, or a photograph's number.
            kind: `video` or `photos`.
            image: uint8 [H, W, 3].
            keypoints: float [J, 3] in pixels of the image.
        """
        if person not in self._people and len(self._people) == MOST_PEOPLE:
            return
        label = f"{time:.1f} s" if kind == "video" else f"no. {time:.0f}"
        title = label + (" (test)" if split == "test" else "")
        selection = self._people.setdefault(person, EvenSelection(2 * IMAGES_PER_PERSON))
        if selection.wants_next():
            selection.items.append((title, image, keypoints))

    def draw(self) -> np.ndarray:
        """Return the sheet, uint8 [H, W, 3], with a row for each person.

        Raises:
            ValueError: no image was added.
        """
        if not self._people:
            raise ValueError("an overview needs at least one image, received none")
        rows = []
        for person, selection in self._people.items():
            shown = evenly(selection.items, IMAGES_PER_PERSON)
            scale = max(1, round(_CELL_HEIGHT / shown[0][1].shape[0]))
            cells = [
                draw_skeleton(image, keypoints, self.skeleton, scale=scale)
                for _, image, keypoints in shown
            ]
            row = image_grid([cells], column_titles=[title for title, _, _ in shown])
            rows.append((self._headings.get(person, person), row))
        width = max(row.shape[1] for _, row in rows)
        return np.concatenate([_with_heading(heading, row, width) for heading, row in rows])


def _with_heading(text: str, image: np.ndarray, width: int) -> np.ndarray:
    right = width - image.shape[1]
    canvas = np.pad(image, ((_HEADING, 0), (0, right), (0, 0)), constant_values=255)
    sheet = Image.fromarray(canvas)
    font = ImageFont.load_default(_HEADING - 6)
    ImageDraw.Draw(sheet).text((4, 2), text, fill=(0, 0, 0), font=font)
    return np.array(sheet)
