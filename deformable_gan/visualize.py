"""Visualisations: skeletons on images, and grids of images."""

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from deformable_gan.pose.skeleton import Skeleton

# The person's left side is blue, the right side orange, and the middle white. People with red-green
# colour blindness can distinguish these colours, too.
_LEFT, _RIGHT, _MIDDLE = (64, 156, 255), (255, 128, 0), (255, 255, 255)
_OUTLINE = (0, 0, 0)
# cv2 draws at fractions of a pixel: coordinates are integers in units of 2**-_SHIFT pixels.
_SHIFT = 4
_FONT_SIZE = 14
_LARGEST_SCALE = 4


def draw_skeleton(
    image: np.ndarray,
    keypoints: np.ndarray,
    skeleton: Skeleton,
    threshold: float = 0.0,
    scale: int = 1,
) -> np.ndarray:
    """Draw the bones and joints of one person on a copy of an image.

    Args:
        image: uint8 [H, W, 3] RGB.
        keypoints: float [J, 3] of (y, x, confidence) in pixels of `image`.
        skeleton: the joints' layout.
        threshold: joints whose confidence is not higher are left out, with their bones.
        scale: integer factor by which the image is enlarged first, so that lines on a small image
            stay thin.

    Returns:
        uint8 [H·scale, W·scale, 3]. Bones and joints of the person's left are blue, of the right
        orange, the others white.
    """
    size = (image.shape[1] * scale, image.shape[0] * scale)
    canvas = cv2.resize(image, size, interpolation=cv2.INTER_CUBIC) if scale > 1 else image.copy()
    joints = np.asarray(keypoints, np.float64)
    drawn = (joints[:, 2] > threshold) & np.isfinite(joints[:, :2]).all(axis=1)
    # Far outside the image, clipping bends a bone slightly but prevents an overflow of cv2's
    # integers.
    limit = 16 * max(size)
    centres = np.clip((joints[:, :2] + 0.5) * scale - 0.5, -limit, limit)
    points = {
        index: (round(float(x) * 2**_SHIFT), round(float(y) * 2**_SHIFT))
        for index, (y, x) in enumerate(np.where(drawn[:, None], centres, 0))
    }
    thickness = max(1, round(max(size) / 250))
    bones = [bone for bone in skeleton.bone_indices if drawn[list(bone)].all()]
    for extra, outline in ((2, True), (0, False)):
        for start, end in bones:
            colour = _OUTLINE if outline else _bone_colour(skeleton, start, end)
            cv2.line(
                canvas, points[start], points[end], colour, thickness + extra, cv2.LINE_AA, _SHIFT
            )
    radius = round((thickness / 2 + 0.75) * 2**_SHIFT)
    for index in np.flatnonzero(drawn):
        colour = _side_colour(skeleton.joints[index])
        cv2.circle(canvas, points[index], radius, colour, cv2.FILLED, cv2.LINE_AA, _SHIFT)  # type: ignore[index]  # NumPy integers are indices, too
    return canvas


def image_grid(
    rows: Sequence[Sequence[np.ndarray]],
    padding: int = 2,
    column_titles: Sequence[str] | None = None,
) -> np.ndarray:
    """Arrange images in rows and columns on white, each centred in its cell.

    Args:
        rows: uint8 [H, W, 3] RGB images, row by row; rows may have different lengths and images
            different sizes.
        padding: pixels between cells and around the grid.
        column_titles: titles above the columns, on several lines if they are long. If necessary,
            all images are enlarged by the same integer factor (at most 4), so that the longest word
            fits.

    Returns:
        uint8 [H', W', 3].

    Raises:
        ValueError: no image is given, or an image is not uint8 [H, W, 3].
    """
    images = [image for row in rows for image in row]
    if not images:
        raise ValueError("image_grid needs at least one image, received none")
    for image in images:
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
            raise ValueError(
                f"image_grid expects uint8 [H, W, 3] images, received {image.dtype} {image.shape}"
            )
    columns = max(len(row) for row in rows)
    titles = list(column_titles or [])[:columns]
    font = ImageFont.load_default(_FONT_SIZE)
    words = [word for title in titles for word in title.split()]
    widest = max(image.shape[1] for image in images)
    wanted = max((font.getlength(word) for word in words), default=0) + 4
    scale = int(np.clip(np.ceil(wanted / widest), 1, _LARGEST_SCALE))
    cell_height = max(image.shape[0] for image in images) * scale
    cell_width = widest * scale
    wrapped = [_wrap(title, font, cell_width) for title in titles]  # type: ignore[arg-type]  # both are fonts
    line_height = _FONT_SIZE + 3
    header = line_height * max((len(lines) for lines in wrapped), default=0)
    top = padding + header
    grid = np.full(
        (
            top + len(rows) * (cell_height + padding),
            padding + columns * (cell_width + padding),
            3,
        ),
        255,
        np.uint8,
    )
    for r, row in enumerate(rows):
        for c, image in enumerate(row):
            if scale > 1:
                image = image.repeat(scale, axis=0).repeat(scale, axis=1)
            y = top + r * (cell_height + padding) + (cell_height - image.shape[0]) // 2
            x = padding + c * (cell_width + padding) + (cell_width - image.shape[1]) // 2
            grid[y : y + image.shape[0], x : x + image.shape[1]] = image
    if header:
        titled = Image.fromarray(grid)
        pen = ImageDraw.Draw(titled)
        for c, lines in enumerate(wrapped):
            middle = padding + c * (cell_width + padding) + cell_width / 2
            for number, line in enumerate(lines):
                # Bottom-aligned: short titles are directly above their column.
                y = header - (len(lines) - number) * line_height + 1
                pen.text((middle, y), line, fill=(0, 0, 0), font=font, anchor="ma")
        grid = np.array(titled)
    return grid


def _bone_colour(skeleton: Skeleton, start: int, end: int) -> tuple[int, int, int]:
    colours = {_side_colour(skeleton.joints[index]) for index in (start, end)}
    if len(colours) == 1:
        return colours.pop()
    # The bone from nose to left eye is left; a bone between a left and a right joint has no side.
    sides = colours - {_MIDDLE}
    return sides.pop() if len(sides) == 1 else _MIDDLE


def _side_colour(joint: str) -> tuple[int, int, int]:
    if joint.startswith("left_"):
        return _LEFT
    return _RIGHT if joint.startswith("right_") else _MIDDLE


def _wrap(title: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    lines: list[str] = []
    for word in title.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
