"""BVH files: accepted variants, and messages for faulty files."""

import sys

import numpy as np
import pytest

from deformable_gan.data.motion import BvhNode, read_bvh
from deformable_gan.errors import MediaError

SMALL = """HIERARCHY
ROOT Hips
{
  OFFSET 0 1 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Yrotation Xrotation
  JOINT Left Knee
  {
    OFFSET 0.5 -2e-1 .25
    CHANNELS 3 Yrotation Xrotation Zrotation
    End Site
    {
      OFFSET 0 -1 0
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.05
1 2 3 4 5 6 7 8 9
-1 -2.5 3e0 +4 5.E1 6 7 8 0
"""
LINES = SMALL.splitlines()


def read(tmp_path, text):
    path = tmp_path / "dance.bvh"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return read_bvh(path)


def without(line):
    return "\n".join(LINES[: line - 1] + LINES[line:]) + "\n"


def with_line(line, text):
    return "\n".join([*LINES[: line - 1], text, *LINES[line:]]) + "\n"


def test_reads_skeleton_and_motion(tmp_path):
    recording = read(tmp_path, SMALL)
    assert recording.nodes == (
        BvhNode(
            "Hips",
            -1,
            (0, 1, 0),
            ("Xposition", "Yposition", "Zposition", "Zrotation", "Yrotation", "Xrotation"),
        ),
        BvhNode("Left Knee", 0, (0.5, -0.2, 0.25), ("Yrotation", "Xrotation", "Zrotation")),
        BvhNode(None, 1, (0, -1, 0)),
    )
    assert recording.joint_names == ["Hips", "Left Knee"]
    assert recording.children(1) == [2]
    assert recording.frame_time == 0.05
    np.testing.assert_array_equal(
        recording.values, [[1, 2, 3, 4, 5, 6, 7, 8, 9], [-1, -2.5, 3, 4, 50, 6, 7, 8, 0]]
    )


@pytest.mark.parametrize(
    "text",
    [
        SMALL.replace("\n", "\r\n"),
        SMALL.replace("\n", "\r"),
        SMALL.replace("  ", "\t").replace(" 0 1 0", "\t0  1\t0 "),
        b"\xef\xbb\xbf" + SMALL.encode(),
        SMALL.rstrip("\n"),
        SMALL + "\n \n",
        SMALL.replace("\n", "\n\n"),
        SMALL.replace("\n  {", " {").replace("Hips\n{", "Hips{"),
        SMALL.replace("OFFSET", "offset").replace("End Site", "END SITE").replace("ROOT", "Root"),
        SMALL.replace("Xposition", "XPOSITION").replace("Zrotation", "zRotation"),
        SMALL.replace("Frames: 2", "Frames:\t2").replace("Frame Time: ", "FRAME TIME:"),
        SMALL.replace(" 5 6 7", "\n5 6\n7"),
    ],
    ids=(
        *("crlf", "cr", "tabs", "bom", "no end of line", "blank end", "blank lines", "braces"),
        *("case", "channels' case", "header", "wrapped frames"),
    ),
)
def test_writers_differ(tmp_path, text):
    expected, found = read(tmp_path, SMALL), read(tmp_path, text)
    assert found.nodes == expected.nodes
    assert found.frame_time == expected.frame_time
    np.testing.assert_array_equal(found.values, expected.values)


def test_names_in_other_encodings(tmp_path):
    assert (
        read(tmp_path, SMALL.encode().replace(b"Hips", b"H\xfcfte")).joint_names[1] == "Left Knee"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: the file ends here; expected 'HIERARCHY'"),
        ("PK\x03\x04\n", "line 1: expected 'HIERARCHY' at the beginning, received 'PK"),
        (with_line(2, "JOINT Hips"), "line 2: expected ROOT, received 'JOINT'"),
        (with_line(2, "ROOT"), "line 2: ROOT without a name"),
        (without(3), "line 3: expected '{' after ROOT of line 2, received 'OFFSET'"),
        (without(4), "line 14: joint 'Hips', which begins on line 2, has no OFFSET"),
        (without(12), "line 12: the End Site, which begins on line 10, has no OFFSET"),
        (with_line(4, "OFFSET 0 1"), "line 5: expected a number, received 'CHANNELS'"),
        (with_line(4, "OFFSET 0 1,5 0"), "line 4: expected a number, received '1,5'"),
        (with_line(4, "OFFSET 0 1_5 0"), "line 4: expected a number, received '1_5'"),
        (with_line(4, "OFFSET 0 nan 0"), "line 4: expected a number from -1e7 to 1e7"),
        (with_line(9, LINES[8] + " OFFSET 1 2 3"), "line 9: a second OFFSET for joint 'Left Knee'"),
        (with_line(9, LINES[8] * 2), "line 9: a second CHANNELS"),
        (with_line(9, "CHANNELS x"), "line 9: expected the number of channels, 0 to 6"),
        (with_line(9, "CHANNELS 7"), "line 9: expected the number of channels, 0 to 6"),
        (with_line(9, "CHANNELS 3 Yrotation Xrotation"), "line 10: expected 3 channels such as"),
        (
            with_line(9, "CHANNELS 2 Xrotation xrotation"),
            "line 9: the channel Xrotation is given twice",
        ),
        (with_line(9, "CHANNELS 1 Wrotation"), "received 'Wrotation'"),
        (with_line(12, "CHANNELS 0"), "line 12: CHANNELS inside an End Site"),
        (with_line(12, "JOINT Toe"), "line 12: a joint inside an End Site"),
        (with_line(6, "BONE Knee"), "line 6: expected '}', OFFSET, CHANNELS, JOINT or End Site"),
        (with_line(6, "ROOT Knee"), "line 6: a second ROOT"),
        (
            with_line(16, "ROOT Other"),
            "line 16: a second ROOT, but a file may hold only one person",
        ),
        (with_line(16, "}"), "line 16: expected MOTION, received '}'"),
        (with_line(15, ""), "line 16: expected '}', OFFSET"),
        (without(17), "line 17: expected 'Frames: …', received 'Frame Time: 0.05'"),
        (with_line(17, "Frames: 2.5"), "line 17: expected the number of frames"),
        (with_line(17, "Frames: 0"), "line 17: expected the number of frames, at least 1"),
        (with_line(17, "Frames: -3"), "line 17: expected the number of frames"),
        (without(18), "line 18: expected 'Frame Time: …', received '1 2 3"),
        (with_line(18, "Frame Time: 0"), "line 18: expected a frame time"),
        (with_line(18, "Frame Time: 33"), "line 18: expected a frame time of 0.0001 to 1 s"),
        (with_line(18, "Frame Time: inf"), "line 18: expected a number from"),
        (without(20), "line 19: the file ends here; expected frame 2; the file announces 2 f"),
        (SMALL[:-6], "expected 3 more values of frame 2, which begins on line 20"),
        (with_line(19, "1 2 3 4 5 6 7 8"), "line 20: frame 1, which begins on line 19, has 17"),
        (
            with_line(19, "1 2 3 4 5 6 7 8 9 10"),
            "line 19: frame 1, which begins on line 19, has 10",
        ),
        (with_line(19, "1 2 x 4 5 6 7 8 9"), "line 19: expected a number, received 'x'"),
        (with_line(19, "1 2 nan 4 5 6 7 8 9"), "line 19: expected a number from -1e7 to 1e7"),
        (with_line(20, "1 2 3 4 5 6 7 8 -1e400"), "line 20: expected a number from"),
        (with_line(20, "1 2 3 4 5 6 7 8 1_0"), "line 20: expected a number, received '1_0'"),
        (SMALL + "1 2 3 4 5 6 7 8 9\n", "line 21: text after the 2 frames announced"),
    ],
)
def test_malformed_files(tmp_path, text, message):
    with pytest.raises(MediaError) as error:
        read(tmp_path, text)
    assert "dance.bvh, line " in str(error.value)
    assert message in str(error.value)


def test_no_channels(tmp_path):
    text = "HIERARCHY\nROOT a\n{\nOFFSET 0 0 0\n}\nMOTION\nFrames: 1\nFrame Time: .1\n"
    with pytest.raises(MediaError, match="no joint has channels"):
        read(tmp_path, text)


def test_truncated_anywhere(tmp_path):
    # The last value has a single digit: every shorter file is incomplete.
    end = len(SMALL.rstrip())
    for length in range(end):
        with pytest.raises(MediaError, match=r"dance.bvh, line \d+: "):
            read(tmp_path, SMALL[:length])
    read(tmp_path, SMALL[:end])


def test_any_replaced_byte(tmp_path):
    messages = []
    for position in range(len(SMALL)):
        for byte in (b"}", b"{", b"\0", b"\n", b"-", b"\xff"):
            data = SMALL.encode()
            try:
                recording = read(tmp_path, data[:position] + byte + data[position + 1 :])
            except MediaError as error:
                messages.append(str(error))
            else:
                assert np.isfinite(recording.values).all()
    assert len(messages) > 3 * len(SMALL)
    assert all("dance.bvh, line " in message for message in messages)


def test_absurd_sizes(tmp_path, monkeypatch):
    with pytest.raises(MediaError, match="line 17: 2,000,000 frames of 9 channels are 18,000,000"):
        read(tmp_path, with_line(17, "Frames: 2000000"))
    with pytest.raises(MediaError, match="line 17: expected the number of frames"):
        read(tmp_path, with_line(17, "Frames: " + "9" * 5000))
    chain = "".join(f"JOINT j{n}\n{{\nOFFSET 0 1 0\n" for n in range(1200))
    with pytest.raises(MediaError, match="more than 1,000 joints"):
        read(tmp_path, "HIERARCHY\nROOT Hips\n{\nOFFSET 0 0 0\n" + chain)
    monkeypatch.setattr(sys.modules[read_bvh.__module__], "MAX_BYTES", 100)
    with pytest.raises(MediaError, match="bytes, but at most 100 are allowed"):
        read(tmp_path, SMALL)


def test_deep_skeletons(tmp_path):
    chain = "".join(f"JOINT j{n}\n{{\nOFFSET 0 1 0\nCHANNELS 1 Xrotation\n" for n in range(999))
    text = f"HIERARCHY\nROOT Hips\n{{\nOFFSET 0 0 0\n{chain}" + "}\n" * 1000
    values = " ".join(["0"] * 999)
    recording = read(tmp_path, f"{text}MOTION\nFrames: 1\nFrame Time: .1\n{values}\n")
    assert len(recording.nodes) == 1000


def test_unreadable_files(tmp_path):
    with pytest.raises(MediaError, match=r"absent\.bvh cannot be read"):
        read_bvh(tmp_path / "absent.bvh")
    with pytest.raises(MediaError, match="is not a file"):
        read_bvh(tmp_path)
