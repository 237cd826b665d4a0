"""Reading videos: their frames and the times at which the frames are shown.

PyAV (FFmpeg's libraries) decodes mp4, mov, webm, gif and all other formats that FFmpeg knows.
"""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import av
import numpy as np

from deformable_gan.data.complete_video import check_complete
from deformable_gan.data.shown_frame import clip_size, to_rgb
from deformable_gan.errors import MediaError

#: Suffixes (lower case) of the files that count as videos in a folder.
VIDEO_SUFFIXES = frozenset(
    {
        *(".mp4", ".mov", ".m4v", ".qt", ".3gp", ".3g2", ".webm", ".mkv", ".avi", ".gif", ".mts"),
        *(".m2ts", ".mpg", ".mpeg", ".wmv", ".asf", ".flv", ".f4v", ".ogv", ".mxf", ".dv", ".vob"),
    }
)
# FFmpeg's own decoders of these formats ignore the transparency, which is a separate stream.
_DECODERS_WITH_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}

Item = TypeVar("Item")


@dataclass(frozen=True)
class ClipInformation:
    """The properties that a video file states.

    Attributes:
        path: the file.
        height: height of the frames as displayed (oriented, with square pixels, all of one size).
        width: width of the frames as displayed.
        rate: average frames per second; None if the file does not state it.
        duration: duration in seconds; None if the file does not state it.
        frame_count: number of frames as stated by the container; None if it states none.
        shown_until: seconds from the first frame to the end of the last one, as the video track
            states (sound may last longer); None if it does not state it.
    """

    path: Path
    height: int
    width: int
    rate: float | None
    duration: float | None
    frame_count: int | None
    shown_until: float | None = None


def clip_information(path: str | Path) -> ClipInformation:
    """Read a video's properties, and its first frame to check that it has one.

    Raises:
        MediaError: as in `read_frames`.
    """
    path = Path(path)
    with _open_video(path) as (container, stream, stated):
        frame = next(container.decode(stream), None)
        if frame is None:
            raise MediaError(f"{path} holds no frames that can be decoded")
        height, width = clip_size(frame, stream, stated)
        duration = shown_until = None
        if stream.duration is not None:
            duration = shown_until = float(stream.duration * stream.time_base)
        elif container.duration is not None:
            duration = container.duration / av.time_base
        rate = stream.average_rate
        return ClipInformation(
            path,
            height,
            width,
            float(rate) if rate else None,
            duration,
            stream.frames or None,
            shown_until,
        )


def read_frames(
    path: str | Path, rate: float | None = 6.0, height: int | None = 240
) -> Iterator[tuple[float, np.ndarray]]:
    """Decode a video frame by frame, holding only a few frames at once.

    Frames are chosen by their timestamps, so a variable frame rate is handled: for every multiple
    of 1 / rate the frame nearest in time is chosen, but no frame twice. A clip with fewer frames
    per second than `rate` yields all its frames.

    Args:
        path: the video.
        rate: frames per second to yield; None for every frame.
        height: larger frames are scaled down to this many lines, keeping their aspect ratio; None
            keeps their size.

    Yields:
        The time in seconds since the clip's first frame, and the frame, uint8 [H, W, 3] RGB, as
        displayed: oriented, with square pixels and transparent parts white. All frames have one
        size, even if the size changes within the clip.

    Raises:
        MediaError: the file is absent, not a video, damaged, or holds no frames; or, after the
            last frame was yielded, the file turns out to be truncated.
    """
    path = Path(path)
    with _open_video(path) as (container, stream, stated):
        start = size = None
        for time, frame in select_at_rate(_timed_frames(path, container, stream), rate):
            if start is None:
                start, size = time, _limited(clip_size(frame, stream, stated), height)
            yield float(time - start), to_rgb(frame, stream, size)  # type: ignore[arg-type]  # not None here
        if start is None:
            raise MediaError(f"{path} holds no frames that can be decoded")


def select_at_rate(
    items: Iterable[tuple[Fraction, Item]], rate: float | None
) -> Iterator[tuple[Fraction, Item]]:
    """Choose from a stream of timed items the one nearest to every multiple of 1 / rate.

    Times count from the first item. An item is chosen at most once; of two equally near items the
    earlier one is chosen. Items that are not later than the item before them are skipped. Only one
    item is held at a time. Without a rate, every item is chosen.

    Args:
        items: (time in seconds, item), in order of time.
        rate: items per second; None for all.

    Yields:
        The chosen (time, item).
    """
    if rate is None:
        yield from items
        return
    per_second = Fraction(rate).limit_denominator(1_000_000)
    start = None
    held: Any = None
    interval = Fraction(0)
    wanted = 0  # the number of the first multiple for which no item has been chosen
    for time, item in items:
        if start is None:
            start = time
        elif time <= held[0]:
            continue
        else:
            interval = time - held[0]
            # For multiples up to half way to this item, the held one is nearer.
            served = (held[0] + interval / 2 - start) * per_second
            if wanted <= served:
                yield held
                wanted = served.__floor__() + 1
        held = (time, item)
    # The last item is chosen as if another one followed after the same interval as before it.
    if held is not None and wanted <= (held[0] + interval / 2 - start) * per_second:
        yield held


@contextlib.contextmanager
def _open_video(
    path: Path,
) -> Iterator[tuple[av.container.InputContainer, av.VideoStream, tuple[int, int]]]:
    """Open a file, find its video and the stated (height, width); errors become `MediaError`."""
    if not path.exists():
        raise MediaError(f"{path} does not exist")
    if not path.is_file():
        raise MediaError(f"{path} is not a file")
    if path.stat().st_size == 0:
        raise MediaError(f"{path} is empty (0 bytes)")
    try:
        # The absolute path: FFmpeg would take `PROTO:a.mp4` for a network address.
        with av.open(str(path.absolute())) as container:
            if not container.streams.video:
                raise MediaError(f"{path} contains no video")
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            # Read these now: decoding overwrites them with the size of the frames.
            stated = stream.codec_context.height, stream.codec_context.width
            yield container, stream, stated
    except av.FFmpegError as error:
        raise MediaError(
            f"{path} cannot be decoded as a video: {error.strerror}; it may be truncated, "
            "damaged or in another format"
        ) from error


def _timed_frames(
    path: Path, container: av.container.InputContainer, stream: av.VideoStream
) -> Iterator[tuple[Fraction, av.VideoFrame]]:
    packets = 0
    end = video_end = Fraction(0)
    time = None
    step = 1 / stream.average_rate if stream.average_rate else Fraction(1, 25)
    decoder = _decoder(stream)
    timelines = [stream, *container.streams.audio]
    for packet in container.demux(timelines):
        if packet.pts is not None:
            shown_until = (packet.pts + (packet.duration or 0)) * packet.time_base
            end = max(end, shown_until)
        if packet.stream.index != stream.index:
            continue
        if packet.pts is not None:
            video_end = max(video_end, shown_until)
        packets += packet.size > 0 or packet.dts is not None  # all but the flushing packet
        for frame in decoder.decode(packet):
            if frame.pts is not None:
                time = frame.pts * frame.time_base
            else:
                time = Fraction(0) if time is None else time + step
            yield time, frame
    check_complete(path, container, stream, packets, end, video_end)


def _decoder(stream: av.VideoStream) -> av.VideoCodecContext:
    """Return the decoder of a stream, with transparency if the stream has it."""
    name = _DECODERS_WITH_ALPHA.get(stream.codec_context.name)
    if name not in av.codecs_available or stream.metadata.get("alpha_mode") != "1":
        return stream.codec_context
    decoder = av.CodecContext.create(name, "r")
    decoder.extradata = stream.codec_context.extradata
    return decoder


def _limited(size: tuple[int, int], height: int | None) -> tuple[int, int]:
    lines = min(height, size[0]) if height else size[0]
    return lines, max(1, round(size[1] * lines / size[0]))
