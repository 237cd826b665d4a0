import cv2
import numpy as np
import pytest

from deformable_gan.data.video import read_frames
from deformable_gan.data.write_video import write_video
from deformable_gan.errors import MediaError

COLOURS = [(200, 30, 30), (30, 200, 30), (30, 30, 200), (128, 128, 128), (250, 250, 250)]


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".webm", ".gif"])
def test_colours_times_and_sizes_come_back(tmp_path, suffix):
    frames = [np.full((128, 72, 3), colour, np.uint8) for colour in COLOURS]
    path = tmp_path / f"clip{suffix}"
    write_video(path, iter(frames), rate=5)
    back = list(read_frames(path, rate=None))
    assert [time for time, _ in back] == pytest.approx([0, 0.2, 0.4, 0.6, 0.8], abs=2e-3)
    for (_, frame), colour in zip(back, COLOURS, strict=True):
        assert frame.shape == (128, 72, 3)
        assert np.abs(frame.astype(int) - colour).max() <= 6  # 8-bit YUV of limited range
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("rate", [24, 25, 30])
def test_a_gif_lasts_as_long_as_its_clip(tmp_path, rate):
    frames = [np.full((16, 16, 3), 2 * number, np.uint8) for number in range(61)]
    write_video(tmp_path / "a.gif", frames, rate)
    times = [time for time, _ in read_frames(tmp_path / "a.gif", rate=None)]
    # Each time is rounded to hundredths of a second, and the errors do not add up.
    assert times == pytest.approx(np.arange(61) / rate, abs=5.1e-3)


def test_fine_detail_survives(tmp_path):
    y, x = np.mgrid[0:128, 0:72]
    frame = (127 + 60 * np.sin(y / 3) * np.cos(x / 4)).astype(np.uint8)[..., None].repeat(3, -1)
    write_video(tmp_path / "a.mp4", [frame] * 4, rate=6)
    back = cv2.VideoCapture(str(tmp_path / "a.mp4")).read()[1]
    assert np.abs(back.astype(int) - frame).mean() < 2


def test_odd_sizes_repeat_the_border(tmp_path):
    frame = np.zeros((33, 35, 3), np.uint8)
    frame[:, -1] = frame[-1] = 240
    write_video(tmp_path / "a.mp4", [frame] * 2, rate=6)
    _, back = next(read_frames(tmp_path / "a.mp4", rate=None))
    assert back.shape == (34, 36, 3)
    assert back[33].min() > 215
    assert back[:, 35].min() > 215
    write_video(tmp_path / "a.gif", [frame] * 2, rate=6)
    assert next(read_frames(tmp_path / "a.gif", rate=None))[1].shape == (33, 35, 3)


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".webm", ".gif"])
def test_equal_frames_give_equal_bytes(tmp_path, suffix):
    # Moving content of the model's usual size: with it, x264's AVX-512 routines wrote different
    # files more often than not.
    y, x = np.mgrid[0:128, 0:72]
    texture = (127 + 60 * np.sin(y / 3) * np.cos(x / 4)).astype(np.uint8)[..., None].repeat(3, -1)
    frames = [np.roll(texture, (2 * shift, shift), (0, 1)) for shift in range(24)]
    for number, frame in enumerate(frames):
        frame[40 : 60 + number, 2 * number : 2 * number + 20] = COLOURS[number % 5]
    written = set()
    for number in range(6):
        path = tmp_path / f"{number}{suffix}"
        write_video(path, frames, rate=12)
        written.add(path.read_bytes())
    assert len(written) == 1


def test_a_failing_source_leaves_nothing(tmp_path):
    def failing():
        yield np.zeros((32, 32, 3), np.uint8)
        raise RuntimeError("stop")

    for suffix in (".mp4", ".gif"):
        with pytest.raises(RuntimeError, match="stop"):
            write_video(tmp_path / f"a{suffix}", failing(), rate=6)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_written_is_said(tmp_path):
    frame = np.zeros((32, 32, 3), np.uint8)
    with pytest.raises(MediaError, match=r"\.avi"):
        write_video(tmp_path / "a.avi", [frame], rate=6)
    with pytest.raises(MediaError, match="no frames"):
        write_video(tmp_path / "a.mp4", [], rate=6)
    with pytest.raises(ValueError, match="first frame's shape"):
        write_video(tmp_path / "a.mp4", [frame, frame[:16]], rate=6)
    with pytest.raises(ValueError, match="uint8"):
        write_video(tmp_path / "a.mp4", [frame.astype(float)], rate=6)
    with pytest.raises(ValueError, match="rate"):
        write_video(tmp_path / "a.mp4", [frame], rate=0)


@pytest.mark.parametrize("suffix", [".mp4", ".gif"])
def test_a_name_with_a_colon_is_no_protocol(tmp_path, monkeypatch, suffix):
    monkeypatch.chdir(tmp_path)
    frames = [np.full((32, 32, 3), 80 * number, np.uint8) for number in range(3)]
    write_video(f"PROTO:a{suffix}", frames, 10)
    assert len(list(read_frames(tmp_path / f"PROTO:a{suffix}", None))) == 3
