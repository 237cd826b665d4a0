"""Reading videos: which frames there are, when they are shown, and some of them.

Decoding is PyAV's (FFmpeg's libraries): mp4, mov, webm, gif and whatever else they know.
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

#: Endings (lower case) of the files taken for videos in a folder.
VIDEO_SUFFIXES = frozenset(
    {
        *(".mp4", ".mov", ".m4v", ".qt", ".3gp", ".3g2", ".webm", ".mkv", ".avi", ".gif", ".mts"),
        *(".m2ts", ".mpg", ".mpeg", ".wmv", ".asf", ".flv", ".f4v", ".ogv", ".mxf", ".dv", ".vob"),
    }
)
# FFmpeg's own decoders of these pass over the transparency, which lies in a stream of its own.
_DECODERS_WITH_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}

Item = TypeVar("Item")


@dataclass(frozen=True)
class ClipInformation:
    """What a video says about itself.

    Attributes:
        path: the file.
        height: of the pictures as they are shown (turned, with square pixels, of one size).
        width: likewise.
        rate: average frames per second, or None where the file does not say.
        duration: seconds, or None.
        frame_count: as stated by the container; None where it states none.
        shown_until: seconds from the first frame until the last one is no longer shown, as the
            video's own track says (sound may last longer); None where it does not say.
    """

    path: Path
    height: int
    width: int
    rate: float | None
    duration: float | None
    frame_count: int | None
    shown_until: float | None = None


def clip_information(path: str | Path) -> ClipInformation:
    """Read what a video says about itself, and its first frame to see that it has one.

    Raises:
        MediaError: as `read_frames`.
    """
    path = Path(path)
    with _open_video(path) as (container, stream, stated):
        frame = next(container.decode(stream), None)
        if frame is None:
            raise MediaError(f"{path} holds no frames")
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
        turned and mirrored the way it is shown, with square pixels, transparent parts on white.
        All frames have one size, also where the clip's own changes midway.

    Raises:
        MediaError: the file is absent, not a video, damaged, or holds no frames; or, after the
            last frame that is there, it ends before it should.
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
    start = None
    held: Any = None
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
def _open_video(
    path: Path,
) -> Iterator[tuple[av.container.InputContainer, av.VideoStream, tuple[int, int]]]:
    """Open a file, find its video and the (height, width) stated, and turn errors into ours."""
    if not path.exists():
        raise MediaError(f"{path} does not exist")
    if not path.is_file():
        raise MediaError(f"{path} is not a file")
    if path.stat().st_size == 0:
        raise MediaError(f"{path} is empty (0 bytes)")
    try:
        # The absolute path: `PROTO:a.mp4` alone would be taken for an address.
        with av.open(str(path.absolute())) as container:
            if not container.streams.video:
                raise MediaError(f"{path} has no video in it")
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            # Decoding overwrites it with the frames' own.
            stated = stream.codec_context.height, stream.codec_context.width
            yield container, stream, stated
    except av.FFmpegError as error:
        raise MediaError(
            f"{path} cannot be decoded as a video: {error.strerror}; it may be truncated, "
            "damaged or of another kind"
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
        packets += packet.size > 0 or packet.dts is not None  # all but the flushing one
        for frame in decoder.decode(packet):
            if frame.pts is not None:
                time = frame.pts * frame.time_base
            else:
                time = Fraction(0) if time is None else time + step
            yield time, frame
    check_complete(path, container, stream, packets, end, video_end)


def _decoder(stream: av.VideoStream) -> av.VideoCodecContext:
    """Return what decodes a stream, with its transparency if it has one."""
    name = _DECODERS_WITH_ALPHA.get(stream.codec_context.name)
    if name not in av.codecs_available or stream.metadata.get("alpha_mode") != "1":
        return stream.codec_context
    decoder = av.CodecContext.create(name, "r")
    decoder.extradata = stream.codec_context.extradata
    return decoder


def _limited(size: tuple[int, int], height: int | None) -> tuple[int, int]:
    lines = min(height, size[0]) if height else size[0]
    return lines, max(1, round(size[1] * lines / size[0]))
