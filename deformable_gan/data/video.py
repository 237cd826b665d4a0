"""Reading videos: which frames there are, when they are shown, and some of them.

Decoding is PyAV's (FFmpeg's libraries): mp4, mov, webm, gif and whatever else they know.
"""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

import av
import numpy as np

from deformable_gan.errors import MediaError

#: Endings (lower case) of the files taken for videos in a folder.
VIDEO_SUFFIXES = frozenset({".mp4", ".mov", ".m4v", ".webm", ".mkv", ".avi", ".gif"})

Item = TypeVar("Item")


@dataclass(frozen=True)
class ClipInformation:
    """What a video says about itself.

    Attributes:
        path: the file.
        height: of the pictures as they are shown (rotated, with square pixels).
        width: likewise.
        rate: average frames per second, or None where the file does not say.
        duration: seconds, or None.
        frame_count: as stated by the container; None where it states none.
    """

    path: Path
    height: int
    width: int
    rate: float | None
    duration: float | None
    frame_count: int | None


def clip_information(path: str | Path) -> ClipInformation:
    """Read what a video says about itself, and its first frame to see that it has one.

    Raises:
        MediaError: as `read_frames`.
    """
    path = Path(path)
    with _open_video(path) as (container, stream):
        frame = next(container.decode(stream), None)
        if frame is None:
            raise MediaError(f"{path} holds no frames")
        height, width = _shown_size(frame, stream)
        duration = None
        if stream.duration is not None:
            duration = float(stream.duration * stream.time_base)
        elif container.duration is not None:
            duration = container.duration / av.time_base
        rate = stream.average_rate
        return ClipInformation(
            path, height, width, float(rate) if rate else None, duration, stream.frames or None
        )


def read_frames(
    path: str | Path, rate: float | None = 6.0, height: int | None = 240
) -> Iterator[tuple[float, np.ndarray]]:
    """Decode a video frame by frame, keeping only some frames and never more than a few at once.

    Frames are chosen by their timestamps, so a variable frame rate is followed: for every
    multiple of 1 / rate the frame nearest in time, each frame at most once. A clip of fewer
    frames per second than `rate` gives all it has.

    Args:
        path: the video.
        rate: frames per second wanted; None for every frame.
        height: pictures of more lines than this are scaled down to it, keeping their shape; None
            leaves them as they are.

    Yields:
        The time in seconds since the clip's first frame, and the frame, uint8 [H, W, 3] RGB,
        rotated the way it is shown and with square pixels.

    Raises:
        MediaError: the file is absent, not a video, damaged, or holds no frames; or, after the
            last frame that is there, it ends before it should.
    """
    path = Path(path)
    with _open_video(path) as (container, stream):
        start = None
        for time, frame in select_at_rate(_timed_frames(path, container, stream), rate):
            start = time if start is None else start
            yield float(time - start), _to_rgb(frame, stream, height)
        if start is None:
            raise MediaError(f"{path} holds no frames that can be decoded")


def select_at_rate(
    items: Iterable[tuple[Fraction, Item]], rate: float | None
) -> Iterator[tuple[Fraction, Item]]:
    """Choose from a stream of timed items the one nearest to every multiple of 1 / rate.

    Times count from the first item. An item is chosen at most once; of two equally near ones the
    earlier. Items whose time does not come after that of the item before are left out. Only one
    item is held back at a time.

    Args:
        items: (time in seconds, item), in order of time.
        rate: items per second wanted; None for all.

    Yields:
        The chosen (time, item).
    """
    if rate is None:
        yield from items
        return
    per_second = Fraction(rate).limit_denominator(1_000_000)
    start = held = None
    interval = Fraction(0)
    wanted = 0  # the number of the first multiple that no item has been chosen for
    for time, item in items:
        if start is None:
            start = time
        elif time <= held[0]:
            continue
        else:
            interval = time - held[0]
            # What is wanted up to half way to this item, the held one serves better.
            served = (held[0] + interval / 2 - start) * per_second
            if wanted <= served:
                yield held
                wanted = served.__floor__() + 1
        held = (time, item)
    # The last item serves as long after its time as it did before.
    if held is not None and wanted <= (held[0] + interval / 2 - start) * per_second:
        yield held


@contextlib.contextmanager
def _open_video(path: Path) -> Iterator[tuple[av.container.InputContainer, av.VideoStream]]:
    """Open a file, find its video stream, and turn PyAV's errors into ours."""
    if not path.exists():
        raise MediaError(f"{path} does not exist")
    if not path.is_file():
        raise MediaError(f"{path} is not a file")
    if path.stat().st_size == 0:
        raise MediaError(f"{path} is empty (0 bytes)")
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise MediaError(f"{path} has no video in it")
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            yield container, stream
    except av.FFmpegError as error:
        raise MediaError(
            f"{path} cannot be decoded as a video: {error.strerror}; it may be truncated, "
            "damaged or of another kind"
        ) from error


def _timed_frames(
    path: Path, container: av.container.InputContainer, stream: av.VideoStream
) -> Iterator[tuple[Fraction, av.VideoFrame]]:
    packets = 0
    end = Fraction(0)
    time = None
    step = 1 / stream.average_rate if stream.average_rate else Fraction(1, 25)
    timelines = [stream, *container.streams.audio]
    for packet in container.demux(timelines):
        if packet.pts is not None:
            shown_until = (packet.pts + (packet.duration or 0)) * packet.time_base
            end = max(end, shown_until)
        if packet.stream.index != stream.index:
            continue
        packets += packet.size > 0 or packet.dts is not None  # all but the flushing one
        for frame in packet.decode():
            if frame.pts is not None:
                time = frame.pts * frame.time_base
            else:
                time = Fraction(0) if time is None else time + step
            yield time, frame
    _check_complete(path, container, stream, packets, end)


def _check_complete(
    path: Path,
    container: av.container.InputContainer,
    stream: av.VideoStream,
    packets: int,
    end: Fraction,
) -> None:
    """Refuse a file that stops early, which FFmpeg passes over in silence."""
    if container.format.name == "gif":
        # Its count is FFmpeg's own, of what is there; but every GIF ends with a semicolon.
        with path.open("rb") as file:
            file.seek(-min(64, path.stat().st_size), 2)
            if not file.read().rstrip(b"\0").endswith(b";"):
                raise MediaError(f"{path} is truncated: the GIF has no end mark")
    elif stream.frames:
        if packets < stream.frames:
            raise MediaError(f"{path} is truncated: {packets} of {stream.frames} frames are there")
    elif container.duration:
        stated = Fraction(container.duration + (container.start_time or 0), av.time_base)
        if end < stated - max(Fraction(1, 2), stated / 50):
            raise MediaError(
                f"{path} is truncated: {float(end):.1f} of {float(stated):.1f} seconds are there"
            )


def _shown_size(frame: av.VideoFrame, stream: av.VideoStream) -> tuple[int, int]:
    aspect = stream.sample_aspect_ratio or 1  # the shape of a pixel; 0 or None when unknown
    height, width = frame.height, max(1, round(frame.width * aspect))
    return (width, height) if frame.rotation % 180 else (height, width)


def _to_rgb(frame: av.VideoFrame, stream: av.VideoStream, height: int | None) -> np.ndarray:
    shown_height, shown_width = _shown_size(frame, stream)
    lines = min(height, shown_height) if height else shown_height
    size = (lines, max(1, round(shown_width * lines / shown_height)))
    stored = size[::-1] if frame.rotation % 180 else size
    # Scaled while it is converted: a frame of 4K never exists as RGB.
    picture = frame.reformat(
        height=stored[0], width=stored[1], format="rgb24", interpolation="AREA"
    ).to_ndarray()
    return np.ascontiguousarray(np.rot90(picture, frame.rotation // 90 % 4))
