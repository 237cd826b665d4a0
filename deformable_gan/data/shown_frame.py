"""Converting decoded frames for display: oriented, opaque, and all of one size."""

import threading

import numpy as np
from av import VideoFrame, VideoStream
from av.sidedata.sidedata import Type
from av.video.reformatter import VideoReformatter

from deformable_gan.data.scaling import scaled

# A frame whose aspect ratio differs from the clip's by at most this share is stretched. Other
# frames get borders.
_SAME_SHAPE = 0.02
# libswscale's SWS_AREA with SWS_ACCURATE_RND, SWS_FULL_CHR_H_INT and SWS_FULL_CHR_H_INP, which PyAV
# names from version 17 on. Without them colours become 1 to 3 grey levels darker.
_EXACT_AREA = 0x20 | 0x40000 | 0x2000 | 0x4000
# Frames with at least this many lines that name no colour matrix use BT.709, as players assume.
_HIGH_DEFINITION = 720
_UNSPECIFIED = 2  # AVCOL_SPC_UNSPECIFIED


class _Reformatter(threading.local):
    """A reformatter for each thread.

    A frame's own reformatter prepares its tables and starts its threads anew for every frame.
    """

    def __init__(self):
        self.reformat = VideoReformatter().reformat


_thread = _Reformatter()


class Orientation:
    """The effect of a frame's display matrix, one of the eight orientations of a rectangle.

    Convention: the matrix maps stored pixels to displayed ones, x' = a x + c y and y' = b x + d y,
    with x to the right and y downwards (ISO/IEC 14496-12, 8.5.3). Its nine numbers are stored as
    a, b, u, c, d, v, x, y, w; the translation only moves the image back into view. A matrix that
    does not rotate by a multiple of 90 degrees is rounded to the nearest quarter turn.

    Args:
        frame: a decoded frame.

    Attributes:
        transposed: whether x and y are exchanged, before anything else.
        flipped_down: whether the image is then flipped upside down.
        flipped_across: whether the image is then mirrored left to right.
    """

    def __init__(self, frame: VideoFrame):
        self.transposed = self.flipped_down = self.flipped_across = False
        matrix = _display_matrix(frame)
        if matrix is None:
            return
        a, b, c, d = matrix
        self.transposed = abs(b) + abs(c) > abs(a) + abs(d)
        self.flipped_across = (c if self.transposed else a) < 0
        self.flipped_down = (b if self.transposed else d) < 0

    def apply(self, image: np.ndarray) -> np.ndarray:
        """Return the image as displayed, [H, W, 3] or, if transposed, [W, H, 3]."""
        if self.transposed:
            image = image.swapaxes(0, 1)
        if self.flipped_down:
            image = image[::-1]
        if self.flipped_across:
            image = image[:, ::-1]
        return np.ascontiguousarray(image)


def shown_size(frame: VideoFrame, stream: VideoStream) -> tuple[int, int]:
    """Return the (height, width) of a frame as displayed, with square pixels."""
    aspect = stream.sample_aspect_ratio or 1  # the shape of a pixel; 0 or None when unknown
    height, width = frame.height, max(1, round(frame.width * aspect))
    return (width, height) if Orientation(frame).transposed else (height, width)


def clip_size(first: VideoFrame, stream: VideoStream, stated: tuple[int, int]) -> tuple[int, int]:
    """Return the (height, width) to which all frames of a clip are scaled.

    This is the first frame's size, or the size that the file states if that is larger and has the
    same aspect ratio: a video call may begin with small frames while its connection is slow.

    Args:
        first: the first frame.
        stream: the stream of the frame.
        stated: (height, width) of stored frames according to the file; (0, 0) if it states none.
    """
    height, width = shown_size(first, stream)
    scale = stated[0] / first.height
    bent = abs(stated[1] * first.height - stated[0] * first.width)
    if scale > 1 and bent <= _SAME_SHAPE * stated[0] * first.width:
        return round(height * scale), round(width * scale)
    return height, width


def to_rgb(frame: VideoFrame, stream: VideoStream, size: tuple[int, int]) -> np.ndarray:
    """Return a frame as displayed.

    Transparent parts become white. A frame with another aspect ratio than `size` is scaled to fit
    and gets black borders.

    Args:
        frame: a decoded frame.
        stream: the stream of the frame.
        size: (height, width) of the result, in pixels.

    Returns:
        uint8 [H, W, 3] RGB.
    """
    height, width = shown_size(frame, stream)
    scale = min(size[0] / height, size[1] / width)
    inner = max(1, round(height * scale)), max(1, round(width * scale))
    if abs(height * size[1] - width * size[0]) <= _SAME_SHAPE * height * size[1]:
        inner = size
    orientation = Orientation(frame)
    stored = inner[::-1] if orientation.transposed else inner
    if any(component.is_alpha for component in frame.format.components) or (
        frame.format.name == "pal8"
    ):
        # The colours of transparent pixels must not mix with those of their neighbours: make them
        # white first, then scale.
        image = scaled(_on_white(frame.to_ndarray(format="rgba")), stored)
    else:
        # Scaled during the conversion: a 4K frame never exists as RGB.
        matrix = _assumed_matrix(frame)
        image = _thread.reformat(
            frame,
            height=stored[0],
            width=stored[1],
            format="rgb24",
            interpolation=_EXACT_AREA,
            src_colorspace=matrix,
            dst_colorspace=matrix,
        ).to_ndarray()
    image = orientation.apply(image)
    if inner == tuple(size):
        return image
    canvas = np.zeros((*size, 3), np.uint8)
    top, left = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    canvas[top : top + inner[0], left : left + inner[1]] = image
    return canvas


def _display_matrix(frame: VideoFrame) -> tuple[int, int, int, int] | None:
    """Return a, b, c and d of the frame's display matrix; None if it has none."""
    for data in frame.side_data:
        if data.type == Type.DISPLAYMATRIX:
            numbers = np.frombuffer(bytes(data), np.int32)
            if numbers.size == 9:
                a, b, c, d = (int(numbers[index]) for index in (0, 1, 3, 4))
                return a, b, c, d
    return None


def _assumed_matrix(frame: VideoFrame) -> str | None:
    """Return the colour matrix to assume; None to use the stated one, or BT.601 without one."""
    unspecified = frame.colorspace == _UNSPECIFIED
    return "ITU709" if unspecified and frame.height >= _HIGH_DEFINITION else None


def _on_white(image: np.ndarray) -> np.ndarray:
    colours, alpha = image[..., :3].astype(np.uint16), image[..., 3:].astype(np.uint16)
    return ((colours * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
