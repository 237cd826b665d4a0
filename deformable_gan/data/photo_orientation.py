"""A photograph's orientation: the only fact that is read from an EXIF block.

Cameras, messaging apps and editors write EXIF blocks with entries that point nowhere, form cycles
or have impossible values. Only the orientation is read here, so other faulty entries do no harm.
"""

import re
import struct

import numpy as np

_ORIENTATION = 0x0112
_EXIF_HEADER = b"Exif\0\0"
_XMP_HEADER = b"http://ns.adobe.com/xap/1.0/\0"
_MPF_HEADER = b"MPF\0"
_XMP_ORIENTATION = re.compile(rb'tiff:Orientation(?:="|>)\s*([1-8])')
# The integer types of an entry's value, each with the `struct` format that reads the value's bytes.
_WHOLE_NUMBERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i"}
# JPEG markers without a length: TEM, restarts, start and end of image.
_BARE_MARKERS = frozenset({0x01, *range(0xD0, 0xDA)})
_START_OF_SCAN, _APP1, _APP2 = 0xDA, 0xE1, 0xE2


def exif_orientation(data: bytes) -> int | None:
    """Return the orientation in an EXIF block.

    Args:
        data: the block, with or without `Exif` in front of its TIFF header.

    Returns:
        1 to 8 (EXIF 2.3, tag 0x0112); None if the block has no readable orientation.
    """
    while data.startswith(_EXIF_HEADER):  # some editors write it twice
        data = data[len(_EXIF_HEADER) :]
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None or len(data) < 8:
        return None
    (start,) = struct.unpack_from(order + "I", data, 4)
    if start + 2 > len(data):
        return None
    (count,) = struct.unpack_from(order + "H", data, start)
    for place in range(start + 2, min(start + 2 + 12 * count, len(data) - 11), 12):
        tag, kind = struct.unpack_from(order + "HH", data, place)
        if tag == _ORIENTATION and kind in _WHOLE_NUMBERS:
            (value,) = struct.unpack_from(order + _WHOLE_NUMBERS[kind], data, place + 8)
            return value if 1 <= value <= 8 else None
    return None


def xmp_orientation(data: bytes) -> int | None:
    """Return the orientation in an XMP packet, 1 to 8; None if it has none."""
    match = _XMP_ORIENTATION.search(data)
    return int(match[1]) if match else None


def split_jpeg(data: bytes) -> tuple[bytes, int]:
    """Separate a JPEG's image data from its metadata.

    Args:
        data: the file's contents, beginning with `FF D8`.

    Returns:
        The file without its EXIF, XMP and multi-picture segments, for a decoder to read; and the
        orientation, 1 if none is given.
    """
    kept, start, place = [], 0, 2
    exif = xmp = None
    while place + 4 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xFF:  # padding
            place += 1
            continue
        if marker == _START_OF_SCAN:
            break
        if marker in _BARE_MARKERS:
            place += 2
            continue
        end = place + 2 + struct.unpack_from(">H", data, place + 2)[0]
        content = data[place + 4 : end]
        if marker == _APP1 or (marker == _APP2 and content.startswith(_MPF_HEADER)):
            kept.append(data[start:place])
            start = end
            if content.startswith(_EXIF_HEADER):
                exif = exif or exif_orientation(content)
            elif content.startswith(_XMP_HEADER):
                xmp = xmp or xmp_orientation(content)
        place = end
    kept.append(data[start:])
    return b"".join(kept), exif or xmp or 1


def upright(image: np.ndarray, orientation: int) -> np.ndarray:
    """Return an image the way it is meant to be viewed.

    Args:
        image: [H, W, C], as stored.
        orientation: 1 to 8; from 5 on, rows and columns are exchanged.
    """
    if orientation >= 5:
        image = image.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    return np.ascontiguousarray(image)
