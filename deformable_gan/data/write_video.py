"""Writing frames as a video."""

import itertools
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import imageio.v3 as iio
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from deformable_gan.data.atomic_file import atomic_file
from deformable_gan.errors import MediaError

#: x264's option for equal files from equal frames: x264 then uses no routines that only some
#: processors have. (With AVX-512 routines, its macroblock tree sometimes decides differently.)
REPEATABLE = {"x264-params": "cpu-independent=1"}

# Videos of generated people are small: the codecs' default qualities, meant for large frames,
# would blur the details.
_H264 = ("libx264", {"crf": "16", "preset": "medium", **REPEATABLE})
_CODECS = {
    ".mp4": _H264,
    ".mov": _H264,
    ".webm": ("libvpx-vp9", {"crf": "20", "b": "0"}),
}
_BT709 = 1  # in FFmpeg's AVColorPrimaries and AVColorTransferCharacteristic


def write_video(path: str | Path, frames: Iterable[np.ndarray], rate: float) -> None:
    """Write frames as a video; the file appears under its name only when it is complete.

    Args:
        path: the file; its suffix chooses the format: `.mp4`, `.mov`, `.webm` or `.gif`.
        frames: uint8 [H, W, 3] RGB, all of one size; taken one at a time, except for a GIF, whose
            frames are all held in memory. All codecs except GIF halve the colour resolution and
            need even sizes: the last row or column of an odd size is repeated.
        rate: frames per second. A GIF keeps time in hundredths of a second and shows at most 50
            frames per second.

    Raises:
        MediaError: the suffix is not supported, there are no frames, or the file cannot be
            written.
        ValueError: a frame is not uint8 [H, W, 3] of the first frame's size, or the rate is not
            positive.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix != ".gif" and suffix not in _CODECS:
        raise MediaError(
            f"cannot write {path}: {suffix!r} is not a supported video format: use "
            f"{', '.join(_CODECS)} or .gif"
        )
    if not rate > 0:
        raise ValueError(f"rate must be a positive number of frames per second, received {rate}")
    checked = _checked(frames)
    first = next(checked, None)
    if first is None:
        raise MediaError(f"cannot write {path}: there are no frames")
    with atomic_file(path) as temporary:
        try:
            if suffix == ".gif":
                _write_gif(temporary, first, checked, rate)
            else:
                _write_encoded(temporary, *_CODECS[suffix], first, checked, rate)
        except (OSError, av.FFmpegError) as error:
            raise MediaError(f"cannot write {path}: {error.strerror or error}") from error


def _checked(frames: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    shape = None
    for number, frame in enumerate(frames):
        shape = frame.shape if shape is None else shape
        if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != np.uint8:
            raise ValueError(
                f"frame {number}: expected uint8 [H, W, 3], received {frame.dtype} {frame.shape}"
            )
        if frame.shape != shape:
            raise ValueError(
                f"frame {number}: expected the first frame's shape {shape}, received {frame.shape}"
            )
        yield frame


def _write_gif(path: Path, first: np.ndarray, rest: Iterator[np.ndarray], rate: float) -> None:
    images = [first, *rest]
    # Rounding the end of each frame instead of its duration keeps the clip's length.
    ends = np.round(np.arange(len(images) + 1) * 100 / rate) * 10
    # Pillow makes a palette for each frame; FFmpeg's GIF encoder uses one fixed palette.
    iio.imwrite(
        path,
        images,
        extension=".gif",
        plugin="pillow",
        # In milliseconds; browsers slow down shorter durations.
        duration=np.maximum(20, np.diff(ends)).astype(int).tolist(),
        loop=0,
    )


def _write_encoded(
    path: Path,
    codec: str,
    options: dict[str, str],
    first: np.ndarray,
    rest: Iterator[np.ndarray],
    rate: float,
) -> None:
    height, width = first.shape[:2]
    odd = ((0, height % 2), (0, width % 2), (0, 0))
    # Without this option WebM files get random identifiers.
    # The absolute path: FFmpeg would take a name with a colon for an address.
    with av.open(str(path.absolute()), "w", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream(
            codec, rate=Fraction(rate).limit_denominator(1001), options=options
        )
        stream.height, stream.width = height + height % 2, width + width % 2
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        context.colorspace, context.color_range = Colorspace.ITU709, ColorRange.MPEG
        context.color_primaries = context.color_trc = _BT709
        # A frame's own reformatter prepares its tables and starts its threads anew for every frame.
        reformatter = VideoReformatter()
        for image in itertools.chain([first], rest):
            frame = av.VideoFrame.from_ndarray(np.pad(image, odd, mode="edge"), format="rgb24")
            converted = reformatter.reformat(
                frame,
                format="yuv420p",
                dst_colorspace=Colorspace.ITU709,
                dst_color_range=ColorRange.MPEG,
            )
            container.mux(stream.encode(converted))
        container.mux(stream.encode(None))
