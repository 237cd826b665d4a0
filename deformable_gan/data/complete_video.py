"""Whether a video file is all there: FFmpeg passes over a missing end in silence."""

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
    """Refuse a file that stops early.

    Fewer packets than the file states do not mean that it was cut: recorders write an empty packet
    where nothing changed or a frame was lost, and FFmpeg leaves those out. What counts is whether
    the last ones are there.

    Args:
        path: the file.
        container: the open file, read to its end.
        stream: its video.
        packets: how many of the video there were.
        end: until when, in seconds, pictures and sound last.
        video_end: until when pictures last.

    Raises:
        MediaError: the file is truncated.
    """
    if container.format.name == "gif":
        # Its count is FFmpeg's own, of what is there; but every GIF ends with a semicolon.
        with path.open("rb") as file:
            file.seek(-min(64, path.stat().st_size), 2)
            if not file.read().rstrip(b"\0").endswith(b";"):
                raise MediaError(f"{path} is truncated: the GIF has no end mark")
    elif stream.frames:
        if packets < stream.frames and _lacks_end(path, container, stream, video_end):
            raise MediaError(f"{path} is truncated: {packets} of {stream.frames} frames are there")
    elif container.duration:
        stated = Fraction(container.duration + (container.start_time or 0), av.time_base)
        if end < stated - max(Fraction(1, 2), stated / 50):
            raise MediaError(
                f"{path} is truncated: {float(end):.1f} of {float(stated):.1f} seconds are there"
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
    # Half of an average frame: a file without its last frame lacks a whole one.
    return end < stated - stream.duration * stream.time_base / stream.frames / 2


def _riff_size(path: Path) -> int | None:
    """Return how many bytes an AVI's first RIFF chunk says to have; None where it does not say."""
    with path.open("rb") as file:
        head = file.read(8)
    if len(head) < 8 or head[:4] != b"RIFF":
        return None
    size = struct.unpack("<I", head[4:])[0]
    return size + 8 if 0 < size < 0xFFFFFFFF else None
