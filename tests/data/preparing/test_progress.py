import io

from deformable_gan.data.preparing import progress as progress_module
from deformable_gan.data.preparing.progress import PrepareProgress
from deformable_gan.data.preparing.recordings import VideoRecording


def recordings(tmp_path, *sizes):
    made = []
    for index, size in enumerate(sizes):
        path = tmp_path / f"{index}.mp4"
        path.write_bytes(b"x" * size)
        made.append(VideoRecording(str(index), path))
    return made


def test_what_is_not_open_yet_is_guessed_by_its_size(tmp_path):
    with PrepareProgress(recordings(tmp_path, 100, 100, 300), io.StringIO()) as progress:
        assert progress.expected == 0
        progress.opened(0, 60)
        assert progress.expected == 300
        progress.advanced(0, 20)
        progress.advanced(0, 20)
        progress.closed(0)  # it had 40 frames, not 60
        assert progress.frames == 40
        assert progress.expected == 200
        progress.opened(2, 160)
        assert progress.expected == 250


def test_without_a_terminal_a_line_a_minute(tmp_path, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(progress_module.time, "monotonic", lambda: now[0])
    stream = io.StringIO()
    with PrepareProgress(recordings(tmp_path, 100, 100), stream) as progress:
        progress.opened(0, 900)
        now[0] += 30
        progress.advanced(0, 450)
        assert stream.getvalue() == ""
        now[0] += 30
        progress.advanced(0, 450)
    assert stream.getvalue() == "0 of 2 inputs, 900 frames, 15.0 frames/s, about 01:00 left\n"


def test_before_the_first_frame_no_time_left_is_named(tmp_path, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(progress_module.time, "monotonic", lambda: now[0])
    stream = io.StringIO()
    with PrepareProgress(recordings(tmp_path, 100, 100), stream) as progress:
        now[0] += 60
        progress.opened(0, 900)
    assert stream.getvalue() == "0 of 2 inputs, 0 frames\n"
