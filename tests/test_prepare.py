import json
import os
import subprocess
import sys
import time

import numpy as np
import pytest

from deformable_gan import prepare
from deformable_gan.cli import run_command
from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.pretrained.hub_model import HubModel


def test_help_is_light():
    start = time.perf_counter()
    result = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "deformable_gan.prepare", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert time.perf_counter() - start < 5  # it takes under a second on an idle machine
    assert "--movenet" in result.stdout
    assert "tensorflow" not in result.stderr
    assert "cv2" not in result.stderr


def test_without_movenet_one_message_and_nothing_decoded(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("DEFORMABLE_GAN_MOVENET", raising=False)
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(HubModel, "_download", lambda self: (None, "no network"))
    # The clip does not exist either, but MoveNet is looked for first.
    status = run_command(
        prepare.main, [str(tmp_path / "a.mp4"), "--output", str(tmp_path / "data")]
    )
    assert status == 1
    message = capsys.readouterr().err
    assert message.startswith("error: MoveNet is not available")
    assert len(message.splitlines()) == 1


def test_the_outputs_place_is_checked_before_movenet(tmp_path, capsys):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    status = run_command(prepare.main, ["a.mp4", "--output", str(tmp_path / "full")])
    assert status == 1
    assert "not a dataset folder" in capsys.readouterr().err


@pytest.mark.parametrize("size", ["128", "x72", "128x", "axb", "-1x5"])
def test_sizes_are_height_x_width(size, capsys):
    with pytest.raises(SystemExit) as caught:
        prepare.main(["a.mp4", "--output", "d", f"--image-size={size}"])
    assert caught.value.code == 2
    assert "128x72" in capsys.readouterr().err


def test_real_clips(tmp_path, shared, capsys):
    clips = shared / "clips"
    (tmp_path / "text.mp4").write_text("no video")
    status = run_command(
        prepare.main,
        [
            str(clips / "tfjs_solo_dance.mp4"),
            str(tmp_path / "text.mp4"),
            str(tmp_path / "absent.mp4"),
            str(clips / "tfjs_pose_squats.mp4"),
            "--movenet",
            str(shared / "models" / "movenet_singlepose_lightning_4"),
            "--output",
            str(tmp_path / "real"),
        ],
    )
    captured = capsys.readouterr()
    assert status == 0
    assert "warning: " in captured.err
    assert "text.mp4" in captured.err
    assert "absent.mp4 does not exist" in captured.err
    assert "tfjs-pose-squats" in captured.out
    report = json.loads((tmp_path / "real" / "report.json").read_text())
    for entry, sampled in zip(report["recordings"], (25, 0, 65), strict=True):
        assert entry["sampled"] == sampled
        if not sampled:  # text.mp4
            assert entry["people"] == []
            continue
        assert (entry["train"] + entry["test"]) / sampled >= 0.85
        assert [person["crop"] for person in entry["people"]] == ["fixed"]
    data = DatasetFolder(tmp_path / "real")
    assert data.image_size == (128, 72)
    for split in (data.train, data.test):
        present = split.keypoints[..., 2] > 0
        assert present.mean() > 0.9
        # All people are upright: noses above hips above ankles.
        nose, hip, ankle = (split.keypoints[:, joint] for joint in (0, 11, 15))
        assert (nose[:, 0] < hip[:, 0]).all()
        seen = ankle[:, 2] > 0
        assert (hip[seen, 0] < ankle[seen, 0]).all()
        assert np.ptp(split.keypoints[..., 0], axis=1).mean() > 60  # people fill the image


@pytest.mark.slow
def test_as_a_process_errors_have_no_traceback(tmp_path, marker_movenet_folder):
    result = subprocess.run(
        [
            *(sys.executable, "-m", "deformable_gan.prepare", str(tmp_path / "absent.mp4")),
            *("--output", str(tmp_path / "data")),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "DEFORMABLE_GAN_MOVENET": str(marker_movenet_folder)},
    )
    assert result.returncode == 1
    assert "absent.mp4 does not exist" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.slow
def test_what_is_too_small_to_hold_any_out_is_said_at_once(tmp_path, shared, capsys):
    from PIL import Image

    from deformable_gan.data.video import read_frames

    frames = [frame for _, frame in read_frames(shared / "clips/tfjs_solo_dance.mp4", 6)]
    (tmp_path / "anna").mkdir()
    for number, frame in enumerate(frames[:21:3]):
        Image.fromarray(frame).save(tmp_path / f"anna/IMG_{number}.jpg")
    (tmp_path / "anna/IMG_8.jpg").write_bytes(b"no picture")
    arguments = [str(tmp_path / "anna"), "--output", str(tmp_path / "data"), "--movenet"]
    movenet = shared / "models" / "movenet_singlepose_lightning_4"
    assert run_command(prepare.main, [*arguments, str(movenet)]) == 0
    captured = capsys.readouterr()
    assert "gives no held-out scores" in captured.err.replace("\n", " ")
    assert "unreadable: 1" in captured.out
    (entry,) = json.loads((tmp_path / "data/report.json").read_text())["recordings"]
    assert (entry["person"], entry["sampled"]) == ("anna", 8)
