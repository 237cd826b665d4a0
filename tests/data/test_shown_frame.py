import struct
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from deformable_gan.data.video import clip_information, read_frames

# The eight orientations of a rectangle: (a, b, c, d) of the display matrix, which maps
# x' = a x + c y and y' = b x + d y, and the same operation on an array.
ORIENTATIONS = {
    "as it is": ((1, 0, 0, 1), lambda stored: stored),
    "mirrored": ((-1, 0, 0, 1), lambda stored: stored[:, ::-1]),
    "upside down": ((-1, 0, 0, -1), lambda stored: stored[::-1, ::-1]),
    "flipped down": ((1, 0, 0, -1), lambda stored: stored[::-1]),
    "clockwise": ((0, 1, -1, 0), lambda stored: np.rot90(stored, -1)),
    "counterclockwise": ((0, -1, 1, 0), lambda stored: np.rot90(stored, 1)),
    "transposed": ((0, 1, 1, 0), lambda stored: stored.swapaxes(0, 1)),
    "transposed the other way": ((0, -1, -1, 0), lambda stored: stored[::-1, ::-1].swapaxes(0, 1)),
}


def set_display_matrix(path, matrix, shift=(0, 0)):
    """Write four numbers and a shift (x, y) into the track header (ISO/IEC 14496-12, 8.3.2)."""
    a, b, c, d = (number << 16 for number in matrix)
    data = bytearray(path.read_bytes())
    place = data.index(b"tkhd") + 4 + 40
    data[place : place + 36] = struct.pack(">9i", a, b, 0, c, d, 0, *shift, 1 << 30)
    path.write_bytes(data)


def picture_with_corner():
    """Return an image whose eight orientations all differ."""
    image = np.full((64, 96, 3), 60, np.uint8)
    image[:24, :48] = 250
    image[:40, :16] = (250, 40, 40)
    return image


@pytest.mark.parametrize("name", ORIENTATIONS)
@pytest.mark.parametrize("height", [None, 32])
def test_display_matrix_against_frames_turned_by_hand(make_video, name, height):
    matrix, turn = ORIENTATIONS[name]
    path = make_video("a.mp4", [picture_with_corner()] * 2, options={"crf": "1"})
    (stored, _) = [frame for _, frame in read_frames(path, None, None)]
    set_display_matrix(path, matrix)
    _, shown = next(read_frames(path, None, height))
    expected = turn(stored)
    if height is None:
        np.testing.assert_array_equal(shown, expected)
        information = clip_information(path)
        assert (information.height, information.width) == expected.shape[:2]
    else:
        width = round(expected.shape[1] * height / expected.shape[0])
        assert shown.shape == (height, width, 3)
        averaged = cv2.resize(expected, (width, height), interpolation=cv2.INTER_AREA)
        assert np.abs(shown.astype(int) - averaged).mean() < 3


def test_mirrored_selfie(shared):
    _, mirrored = next(read_frames(shared / "faults/clips/selfie_hflip.mp4", None, None))
    _, original = next(read_frames(shared / "clips/tfjs_solo_dance.mp4", None, None))
    np.testing.assert_array_equal(mirrored, original[:, ::-1])


@pytest.mark.parametrize(
    ("size", "red", "blue"),
    # The weights of red and blue in the luma: BT.601 and, from 720 lines on, BT.709.
    [((64, 96), 0.299, 0.114), ((720, 96), 0.2126, 0.0722)],
)
@pytest.mark.parametrize("shrunk", [1, 2])
def test_colours_are_those_of_the_standard(make_video, size, red, blue, shrunk):
    path = make_video("a.mp4", [np.full((*size, 3), (90, 140, 180), np.uint8)] * 2)
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        assert frame.colorspace == 2  # 2: the file does not specify one
        planes = frame.to_ndarray()  # yuv420p: luma above, then both chroma planes
    luma = (planes[: size[0]].mean() - 16) * 255 / 219
    chroma = planes[size[0] :].reshape(2, -1).mean(axis=1)
    to_blue, to_red = (chroma - 128) * 255 / 224
    first, last = luma + 2 * (1 - red) * to_red, luma + 2 * (1 - blue) * to_blue
    middle = (luma - red * first - blue * last) / (1 - red - blue)
    _, shown = next(read_frames(path, None, size[0] // shrunk))
    assert np.abs(shown.mean(axis=(0, 1)) - (first, middle, last)).max() < 0.8


@pytest.mark.parametrize(
    ("name", "codec", "pixels"),
    [
        ("a.mov", "png", "rgba"),
        ("b.mov", "prores_ks", "yuva444p10le"),
        ("a.webm", "libvpx-vp9", "yuva420p"),
    ],
)
@pytest.mark.parametrize("height", [None, 32])
def test_transparency_is_laid_on_white(tmp_path, name, codec, pixels, height):
    image = np.zeros((64, 96, 4), np.uint8)
    image[..., 0] = 200
    image[:, :48, 3] = 255  # the right half is transparent, and red underneath
    with av.open(str(tmp_path / name), "w") as container:
        stream = container.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = 96, 64, pixels
        for number in range(3):
            frame = av.VideoFrame.from_ndarray(image, format="rgba")
            frame.pts, frame.time_base = number, Fraction(1, 10)
            container.mux(stream.encode(frame.reformat(format=pixels)))
        container.mux(stream.encode(None))
    frames = [frame for _, frame in read_frames(tmp_path / name, None, height)]
    assert len(frames) == 3
    for frame in frames:
        middle = frame.shape[1] // 2
        np.testing.assert_allclose(frame[:, : middle - 4].mean(axis=(0, 1)), (200, 0, 0), atol=3)
        np.testing.assert_array_equal(frame[:, middle + 4 :], 255)


def sized_parts(path, parts):
    """Write a webm whose frame size changes midway; it joins the packets of several encoders."""
    with av.open(str(path), "w") as container:
        largest = max((size for size, _ in parts), key=lambda size: size[0] * size[1])
        stream = container.add_stream("libvpx", rate=10)
        stream.height, stream.width = largest
        stream.pix_fmt = "yuv420p"
        start = 0
        for size, frames in parts:
            encoder = av.CodecContext.create("libvpx", "w")
            encoder.height, encoder.width = size
            encoder.pix_fmt, encoder.time_base = "yuv420p", Fraction(1, 10)
            for number, image in enumerate([*frames, None]):
                frame = None
                if image is not None:
                    frame = av.VideoFrame.from_ndarray(image, format="rgb24")
                    frame.pts, frame.time_base = number, Fraction(1, 10)
                    frame = frame.reformat(format="yuv420p")
                for packet in encoder.encode(frame):
                    packet.pts += start
                    packet.dts += start
                    packet.time_base = Fraction(1, 10)
                    packet.stream = stream
                    container.mux(packet)
            start += len(frames)


def squared(size, colour):
    """Return a black image with a square in the middle, a third as high as the image."""
    image = np.zeros((*size, 3), np.uint8)
    (y, x), side = (size[0] // 2, size[1] // 2), size[0] // 6
    image[y - side : y + side, x - side : x + side] = colour
    return image


def side_of_square(frame):
    return np.count_nonzero(frame[..., 1].max(axis=1) > 100), np.count_nonzero(
        frame[..., 1].max(axis=0) > 100
    )


@pytest.mark.parametrize("sizes", [((60, 90), (120, 180)), ((120, 180), (60, 90))])
def test_a_size_that_changes_midway_is_brought_to_the_larger(tmp_path, sizes):
    sized_parts(tmp_path / "a.webm", [(size, [squared(size, 220)] * 4) for size in sizes])
    frames = [frame for _, frame in read_frames(tmp_path / "a.webm", None)]
    assert [frame.shape for frame in frames] == [(120, 180, 3)] * 8
    for frame in frames:
        assert side_of_square(frame) == pytest.approx((40, 40), abs=4)
    assert clip_information(tmp_path / "a.webm").height == 120


def test_another_shape_midway_gets_borders_and_stays_undistorted(tmp_path):
    parts = [((120, 90), [squared((120, 90), 220)] * 3), ((90, 120), [squared((90, 120), 220)] * 3)]
    sized_parts(tmp_path / "a.webm", parts)
    frames = [frame for _, frame in read_frames(tmp_path / "a.webm", None)]
    assert [frame.shape for frame in frames] == [(120, 90, 3)] * 6
    assert side_of_square(frames[0]) == pytest.approx((40, 40), abs=4)
    # 120 columns become 90, so that the square's 30 pixels become 22.5.
    assert side_of_square(frames[-1]) == pytest.approx((22.5, 22.5), abs=3)


def test_call_recording_whose_size_changes(shared):
    frames = list(read_frames(shared / "faults/clips/resized_midway.webm", None, None))
    original = list(read_frames(shared / "clips/tfjs_solo_dance.mp4", None, None))
    assert len(frames) == 42
    for (_, frame), (_, expected) in zip(frames, original, strict=True):
        assert frame.shape == expected.shape
        assert np.abs(frame.astype(int) - expected).mean() < 8


@pytest.mark.long
def test_display_matrices_at_length(make_video):
    """Frames of many sizes and orientations equal frames turned by hand; heights are limited."""
    rng = np.random.default_rng(0)
    for number in range(10):
        size = tuple(int(length) for length in 2 * rng.integers(16, 100, 2))
        image = rng.integers(0, 255, (size[0] // 8 + 1, size[1] // 8 + 1, 3), np.uint8)
        image = cv2.resize(image, size[::-1], interpolation=cv2.INTER_CUBIC)
        path = make_video(f"{number}.mp4", [image] * 2)
        stored = [frame for _, frame in read_frames(path, None, None)]
        for matrix, turn in ORIENTATIONS.values():
            place = tuple(int(length) for length in rng.integers(0, 2000, 2))
            set_display_matrix(path, matrix, place)
            for (_, shown), frame in zip(read_frames(path, None, None), stored, strict=True):
                expected = turn(frame)
                np.testing.assert_array_equal(shown, expected)
            height = int(rng.integers(8, 200))
            _, small = next(read_frames(path, None, height))
            assert small.shape[0] == min(height, expected.shape[0])
            information = clip_information(path)
            assert (information.height, information.width) == expected.shape[:2]
