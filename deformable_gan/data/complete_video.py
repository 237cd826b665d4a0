"""Checking that a video file is complete: FFmpeg ignores a missing end."""

import struct
from fractions import Fraction
from pathlib import Path

import av

from deformable_gan.errors import MediaError


def check_complete(
    path: Path,
    container: av.container.InputContainer,
    stream: av.VideoStream,
    packets: int,
    end: Fraction,
    video_end: Fraction,
) -> None:
    """Raise an error if a file ends too early.

    A file with fewer packets than it states is not necessarily truncated: recorders write an empty
    packet where nothing changed or a frame was lost, and FFmpeg drops empty packets. A file is
    complete if its last packets are present.

    Args:
        path: the file.
        container: the open file, read to its end.
        stream: the file's video stream.
        packets: number of video packets read.
        end: time at which images and sound end, in seconds.
        video_end: time at which images end, in seconds.

    Raises:
        MediaError: the file is truncated.
    """
    if container.format.name == "gif":
        # FFmpeg counts a GIF's frames itself, but every complete GIF ends with a semicolon.
        with path.open("rb") as file:
            file.seek(-min(64, path.stat().st_size), 2)
            if not file.read().rstrip(b"\0").endswith(b";"):
                raise MediaError(f"{path} is truncated: the GIF has no end mark; copy it again")
    elif stream.frames:
        if packets < stream.frames and _lacks_end(path, container, stream, video_end):
            raise MediaError(
                f"{path} is truncated: it holds {packets} of {stream.frames} frames; copy it again"
            )
    elif container.duration:
        stated = Fraction(container.duration + (container.start_time or 0), av.time_base)
        if end < stated - max(Fraction(1, 2), stated / 50):
            raise MediaError(
                f"{path} is truncated: it holds {float(end):.1f} of {float(stated):.1f} seconds; "
                "copy it again"
            )


def _lacks_end(
    path: Path, container: av.container.InputContainer, stream: av.VideoStream, end: Fraction
) -> bool:
    stated_size = _riff_size(path) if container.format.name == "avi" else None
    if stated_size is not None:
        return path.stat().st_size < stated_size
    if stream.duration is None:
        return True
    stated = (stream.duration + (stream.start_time or 0)) * stream.time_base
    # Half an average frame: a file without its last frame lacks a whole one.
    return end < stated - stream.duration * stream.time_base / stream.frames / 2


def _riff_size(path: Path) -> int | None:
    """Return the size in bytes that an AVI's first RIFF chunk states; None if it states none."""
    with path.open("rb") as file:
        head = file.read(8)
    if len(head) < 8 or head[:4] != b"RIFF":
        return None
    size = struct.unpack("<I", head[4:])[0]
    return size + 8 if 0 < size < 0xFFFFFFFF else None
