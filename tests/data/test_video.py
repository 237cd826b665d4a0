from fractions import Fraction

import cv2
import numpy as np
import pytest

from deformable_gan.data.video import clip_information, read_frames, select_at_rate
from deformable_gan.errors import MediaError


def gray_frames(count, size=(64, 96)):
    """Return frames of uniform gray; frame i has the level 20 + 5 i, which identifies it."""
    return [np.full((*size, 3), 20 + 5 * index, np.uint8) for index in range(count)]


def numbers(frames):
    return [round((int(frame[frame.shape[0] // 2, 5, 0]) - 20) / 5) for _, frame in frames]


@pytest.mark.parametrize(
    ("name", "codec"), [("a.mp4", "libx264"), ("a.mov", "libx264"), ("a.webm", "libvpx-vp9")]
)
def test_every_frame_with_its_time(make_video, name, codec):
    path = make_video(name, gray_frames(8), codec=codec)
    frames = list(read_frames(path, rate=None))
    assert numbers(frames) == list(range(8))
    assert [time for time, _ in frames] == pytest.approx([i / 10 for i in range(8)], abs=1e-3)
    assert frames[0][1].shape == (64, 96, 3)
    assert frames[0][1].dtype == np.uint8


def test_gif(make_video):
    frames = list(read_frames(make_video("a.gif", gray_frames(5), codec="gif"), rate=None))
    assert len(frames) == 5
    assert frames[4][0] == pytest.approx(0.4)


def test_sampling_takes_the_nearest_frames(make_video):
    path = make_video("a.mp4", gray_frames(20))  # 10 a second
    frames = list(read_frames(path, rate=6))
    # 0, 1/6, 2/6 … s; half way between two frames, the earlier one is taken.
    assert numbers(frames) == [0, 2, 3, 5, 7, 8, 10, 12, 13, 15, 17, 18]


def test_never_more_than_there_are(make_video):
    path = make_video("a.mp4", gray_frames(10), rate=5)
    assert numbers(read_frames(path, rate=6)) == list(range(10))
    assert numbers(read_frames(path, rate=1000)) == list(range(10))


def test_variable_rate_is_followed_by_timestamps(make_video):
    times = [0, 0.02, 0.04, 0.5, 0.52, 2.0, 2.5, 2.52]
    path = make_video("a.mp4", gray_frames(8), times=times)
    frames = list(read_frames(path, rate=2))
    # The nearest frames: 0 at 0 s, 3 at 0.5 s, 4 at 1.0 s, 5 at 1.5 s and again at 2.0 s, and 6 at
    # 2.5 s.
    assert numbers(frames) == [0, 3, 4, 5, 6]
    assert [time for time, _ in frames] == pytest.approx([0, 0.5, 0.52, 2.0, 2.5], abs=2e-3)


def test_selection_by_brute_force():
    rng = np.random.default_rng(0)
    for rate in (1, 2.5, 6, 29.97):
        times = [Fraction(int(t), 1000) for t in np.unique(rng.integers(0, 5000, 60))]
        chosen = [time for time, _ in select_at_rate(((t, None) for t in times), rate)]
        last = times[-1] - times[0] + (times[-1] - times[-2]) / 2
        wanted = []
        step = 0
        while (grid := Fraction(step) / Fraction(rate).limit_denominator(1_000_000)) <= last:
            wanted.append(min(times, key=lambda t: (abs(t - times[0] - grid), t)))
            step += 1
        assert chosen == sorted(set(wanted))


def test_selection_of_little():
    assert list(select_at_rate([], 6)) == []
    assert list(select_at_rate([(Fraction(7), "only")], 6)) == [(Fraction(7), "only")]
    repeated = [(Fraction(0), "a"), (Fraction(0), "b"), (Fraction(1), "c")]
    assert [item for _, item in select_at_rate(repeated, 1)] == ["a", "c"]


@pytest.mark.parametrize("rotation", [90, 180, -90, 270])
def test_rotation_flag_is_honoured_as_opencv_does(make_video, rotation):
    image = np.full((64, 96, 3), 60, np.uint8)
    image[:24, :32] = 250  # a bright corner
    path = make_video("a.mp4", [image] * 3, rotation=rotation)
    _, ours = next(read_frames(path, rate=None))
    reference = cv2.cvtColor(cv2.VideoCapture(str(path)).read()[1], cv2.COLOR_BGR2RGB)
    assert ours.shape == reference.shape
    assert np.abs(ours.astype(int) - reference).max() <= 4  # two roundings of YUV to RGB
    information = clip_information(path)
    assert (information.height, information.width) == ours.shape[:2]


def test_pictures_are_scaled_down_but_never_up(make_video):
    path = make_video("a.mp4", gray_frames(2, size=(480, 640)))
    assert next(read_frames(path))[1].shape == (240, 320, 3)
    assert next(read_frames(path, height=120))[1].shape == (120, 160, 3)
    assert next(read_frames(path, height=None))[1].shape == (480, 640, 3)
    assert next(read_frames(path, height=1000))[1].shape == (480, 640, 3)
    turned = make_video("b.mp4", gray_frames(2, size=(480, 640)), rotation=90)
    assert next(read_frames(turned, height=320))[1].shape == (320, 240, 3)


def test_scaling_down_averages(make_video):
    stripes = np.zeros((256, 256, 3), np.uint8)
    stripes[:, ::2] = 200  # alternating columns: gray on average
    path = make_video("a.mp4", [stripes] * 2, options={"crf": "1"})
    _, small = next(read_frames(path, height=64))
    assert abs(small[8:-8, 8:-8].mean() - 100) < 5
    assert small[8:-8, 8:-8].std() < 8


def test_information(make_video):
    path = make_video("a.mp4", gray_frames(20))
    information = clip_information(path)
    assert (information.height, information.width) == (64, 96)
    assert information.rate == pytest.approx(10, rel=0.06)
    assert information.duration == pytest.approx(2, abs=0.11)
    assert information.frame_count == 20


@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.gif"])
@pytest.mark.parametrize("share", [0.4, 0.8])
def test_truncated_files_are_refused(make_video, name, share):
    rng = np.random.default_rng(0)
    frames = [rng.integers(0, 255, (64, 96, 3), np.uint8) for _ in range(30)]
    codec = {"mp4": "libx264", "webm": "libvpx-vp9", "gif": "gif"}[name[2:]]
    path = make_video(name, frames, codec=codec, options={"movflags": "faststart"})
    assert len(list(read_frames(path, rate=None))) == 30
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(MediaError, match=name):
        list(read_frames(path, rate=None))


def test_index_first_mp4_cut_between_frames(make_video, tmp_path):
    import av

    source = make_video("a.mp4", gray_frames(30))
    target = tmp_path / "fast.mp4"
    with (
        av.open(str(source)) as old,
        av.open(str(target), "w", options={"movflags": "faststart"}) as new,
    ):
        stream = new.add_stream_from_template(old.streams.video[0])
        for packet in old.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                new.mux(packet)
    assert len(list(read_frames(target, rate=None))) == 30
    data = target.read_bytes()
    target.write_bytes(data[: data.index(b"mdat") + 200])
    with pytest.raises(MediaError, match=r"fast\.mp4"):
        list(read_frames(target, rate=None))


def test_what_is_no_video_is_refused_by_name(tmp_path):
    (tmp_path / "text.mp4").write_text("this is not a video\n" * 100)
    (tmp_path / "empty.mp4").touch()
    for name, reason in (
        ("text.mp4", "cannot be decoded"),
        ("empty.mp4", "0 bytes"),
        ("absent.mp4", "does not exist"),
        ("", "not a file"),
    ):
        for read in (lambda path: list(read_frames(path)), clip_information):
            with pytest.raises(MediaError, match=reason):
                read(tmp_path / name)


def test_sound_without_pictures_is_refused(tmp_path):
    import av

    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate = 44100
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(MediaError, match="contains no video"):
        list(read_frames(tmp_path / "a.mp4"))


def test_real_clips_give_six_frames_a_second(shared):
    for name, count in (("tfjs_solo_dance.mp4", 25), ("tfjs_combined_squat_dance.gif", 25)):
        frames = list(read_frames(shared / "clips" / name))
        assert len(frames) == count
        steps = np.diff([time for time, _ in frames])
        assert steps.mean() == pytest.approx(1 / 6, rel=0.01)
        assert steps.min() > 0.09
