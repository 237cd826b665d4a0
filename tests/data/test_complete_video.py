import struct

import numpy as np
import pytest

from deformable_gan.data.video import read_frames
from deformable_gan.errors import MediaError


@pytest.fixture
def avi(make_video):
    rng = np.random.default_rng(0)
    frames = [rng.integers(0, 255, (64, 96, 3), np.uint8) for _ in range(20)]
    return make_video("a.avi", frames, codec="mpeg4", options={"g": "1"})


def chunks(data):
    """Yield (place, size) of the video chunks of an AVI's `movi` list."""
    place = data.index(b"movi") + 4
    while data[place : place + 4] == b"00dc":
        (size,) = struct.unpack("<I", data[place + 4 : place + 8])
        yield place, size
        place += 8 + size + size % 2


def test_dropped_frames_are_not_truncation(shared):
    frames = list(read_frames(shared / "faults/clips/dropped_frames.avi", None))
    assert len(frames) == 39  # 42 frames, of which three are empty
    assert frames[-1][0] == pytest.approx(4.1)


def test_dropped_frames_at_the_end(avi):
    """A recorder that lost the last frames writes them as empty chunks."""
    data = bytearray(avi.read_bytes())
    # The encoder counts milliseconds: there are already empty chunks between the frames.
    places = [(place, size) for place, size in chunks(data) if size]
    assert len(places) == 20
    for place, size in places[:-4:-1]:
        # An empty chunk, and filler in place of the frame.
        data[place + 4 : place + 8] = struct.pack("<I", 0)
        data[place + 8 : place + 16] = b"JUNK" + struct.pack("<I", size + size % 2 - 8)
    index = data.index(b"idx1")
    del data[index:]
    data[4:8] = struct.pack("<I", len(data) - 8)
    avi.write_bytes(data)
    assert len(list(read_frames(avi, None))) == 17


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_an_avi_that_is_cut_is_refused(avi, share):
    data = avi.read_bytes()
    avi.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(MediaError, match=r"a\.avi"):
        list(read_frames(avi, None))


def test_a_name_with_a_colon_is_no_protocol(avi, tmp_path, monkeypatch):
    avi.rename(tmp_path / "PROTO:a.avi")
    monkeypatch.chdir(tmp_path)
    assert len(list(read_frames("PROTO:a.avi", None))) == 20
