import json

import av
import numpy as np
import pytest

from deformable_gan.dancers import write_clips
from deformable_gan.errors import ConfigurationError, MediaError
from deformable_gan.pose.skeleton import COCO17


def test_clips_play_and_have_their_joints(tmp_path):
    clips = write_clips(
        tmp_path / "clips", people=2, seconds=1.5, rate=8, size=(96, 160), progress=False
    )
    assert [clip.name for clip in clips] == ["dancer0000.mp4", "dancer0001.mp4"]
    with av.open(str(clips[0])) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.average_rate == 8
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
    assert len(frames) == 12
    assert {frame.shape for frame in frames} == {(96, 160, 3)}
    facts = json.loads(clips[0].with_suffix(".json").read_text(encoding="utf-8"))
    assert facts["joints"] == list(COCO17.joints)
    assert facts["image_size"] == [96, 160]
    keypoints = np.array(facts["keypoints"])
    assert keypoints.shape == (12, 17, 3)
    assert set(np.unique(keypoints[..., 2])) <= {0, 1}
    # The camera stands still: the image's corners do not change, the dancer does.
    assert np.abs(frames[0][:8, :8].astype(int) - frames[-1][:8, :8]).max() < 12
    assert np.abs(frames[0].astype(int) - frames[-1]).max() > 60


def test_joints_move_smoothly(tmp_path):
    clip = write_clips(
        tmp_path, people=1, seconds=1, rate=30, size=(200, 200), seed=3, progress=False
    )[0]
    keypoints = np.array(json.loads(clip.with_suffix(".json").read_text())["keypoints"])
    steps = np.linalg.norm(np.diff(keypoints[..., :2], axis=0), axis=-1)
    # A hand that crosses a metre (110 pixels) in a quarter of a second moves 15 pixels a frame.
    assert 0 < steps.max() < 25


def test_clips_are_repeatable(tmp_path):
    # At this size x264's AVX-512 routines made a different file about every tenth time.
    settings = {"people": 3, "seconds": 1.5, "rate": 8, "size": (250, 130), "progress": False}
    first, *others = (
        [clip.read_bytes() for clip in write_clips(tmp_path / str(turn), **settings)]
        for turn in range(4)
    )
    assert all(clips == first for clips in others)
    assert {path.name for path in (tmp_path / "0").iterdir()} == {
        f"dancer000{person}.{suffix}" for person in range(3) for suffix in ("mp4", "json")
    }


def test_recordings_choreograph(tmp_path, make_bvh):
    # A person walks 6 metres sideways in 4 seconds: farther than the frame is wide.
    frames = [{"at": (0.15 * i, 0.92, 0), "Hips": (0, 0, 9 * i)} for i in range(41)]
    walk = make_bvh("walk.bvh", frames)
    settings = {"people": 2, "seconds": 4, "rate": 5, "size": (96, 160), "progress": False}
    clips = write_clips(tmp_path / "clips", **settings, motion=[walk])
    for clip in clips:
        facts = json.loads(clip.with_suffix(".json").read_text(encoding="utf-8"))
        assert facts["motion"]["recording"] == "walk.bvh"
        assert 0 <= facts["motion"]["start_seconds"] <= 4
        assert facts["motion"]["facing_degrees"] == 0
        keypoints = np.array(facts["keypoints"])
        hips = keypoints[:, COCO17.indices("left_hip", "right_hip"), 1].mean(axis=1)
        assert np.ptp(hips) > 8
        assert hips.min() > 20
        assert hips.max() < 140
    again = write_clips(tmp_path / "again", **settings, motion=[walk])
    assert [clip.read_bytes() for clip in again] == [clip.read_bytes() for clip in clips]
    turned = write_clips(tmp_path / "turned", **settings, motion=[walk], random_facing=True)
    facts = [json.loads(clip.with_suffix(".json").read_text()) for clip in turned]
    assert facts[0]["motion"]["facing_degrees"] != facts[1]["motion"]["facing_degrees"] != 0


@pytest.mark.parametrize("changes", [{"size": (97, 64)}, {"size": (32, 64)}, {"seconds": 0.0}])
def test_arguments_out_of_range(tmp_path, changes):
    with pytest.raises(ConfigurationError, match="received"):
        write_clips(tmp_path / "clips", **changes, progress=False)


def test_unwritable_folder(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MediaError, match="cannot make the folder"):
        write_clips(tmp_path / "file", people=1, seconds=0.2, rate=5, size=(64, 64), progress=False)
