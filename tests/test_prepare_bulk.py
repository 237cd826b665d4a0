"""`prepare` with many inputs and several processes, killed and started again."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zlib

import numpy as np
import pytest
from PIL import Image

from deformable_gan import prepare
from deformable_gan.cli import run_command
from deformable_gan.data.dataset_folder import DatasetFolder


def digests(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def movenet_path(shared):
    return shared / "models" / "movenet_singlepose_lightning_4"


@pytest.fixture
def looks(reals, marker_movenet_folder):
    """The options that find people in `clips`."""
    if reals:
        return "--movenet", reals / "models" / "movenet_singlepose_lightning_4"
    return "--movenet", marker_movenet_folder, "--no-second-look", "--pair-distance", "0"


def command(looks, *arguments):
    looks = looks if isinstance(looks, tuple) else ("--movenet", looks)
    return [sys.executable, "-m", "deformable_gan.prepare", *map(str, (*looks, *arguments))]


def run(looks, *arguments):
    return subprocess.run(command(looks, *arguments), capture_output=True, text=True, check=False)


@pytest.fixture
def clips(reals, walk, tmp_path):
    """A folder of three clips: real ones if available, otherwise clips of a moving mark."""
    folder = tmp_path / "clips"
    folder.mkdir()
    if reals:
        for name in ("tfjs_solo_dance.mp4", "tfjs_squat_man.mp4", "tfjs_pose_1.mp4"):
            shutil.copy(reals / "clips" / name, folder)
    else:
        for slope, name in enumerate(("anna.mp4", "ben.mp4", "carla.mp4")):
            shutil.move(walk(name, 24, slope), folder)
    return folder


@pytest.mark.slow
def test_killed_and_run_again_gives_the_bytes_of_a_clean_run(tmp_path, clips, looks):
    clean = run(looks, clips, "--output", tmp_path / "clean" / "data")
    assert clean.returncode == 0, clean.stderr

    arguments = (clips, "--output", tmp_path / "killed" / "data", "--workers", 2)
    work = tmp_path / "killed" / ".data.work"
    victim = subprocess.Popen(command(looks, *arguments), stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not list(work.glob("*.zip")) and time.monotonic() < deadline:
        time.sleep(0.05)
    workers = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(victim.pid)], capture_output=True, text=True, check=True
    ).stdout.split()
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    assert len(workers) >= 2
    done = {path.name: path.stat().st_mtime_ns for path in work.glob("*.zip")}
    assert not (tmp_path / "killed" / "data").exists()
    # The workers notice that their parent has ended.
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and any(map(is_running, workers)):
        time.sleep(0.1)
    assert not any(map(is_running, workers))

    again = run(looks, *arguments)
    assert again.returncode == 0, again.stderr
    assert digests(tmp_path / "killed" / "data") == digests(tmp_path / "clean" / "data")
    for name, written in done.items():  # finished work was not repeated
        assert (work / name).stat().st_mtime_ns == written
    assert {path.name for path in (tmp_path / "killed").iterdir()} == {"data", ".data.work"}


def is_running(pid):
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.slow
def test_parts_make_the_same_dataset_and_unchanged_inputs_are_seen(
    tmp_path, clips, looks, capsys, monkeypatch
):
    assert run(looks, clips, "--output", tmp_path / "clean").returncode == 0
    for index in (1, 2):
        part = run(looks, clips, "--output", tmp_path / "data", "--part", f"{index}/2")
        assert part.returncode == 0, part.stderr
        assert f"part {index}/2: {3 - index} inputs done" in part.stdout
        assert not (tmp_path / "data").exists()
    arguments = [*map(str, looks), str(clips), "--output", str(tmp_path / "data")]

    from deformable_gan.data.preparing import bulk

    def no_workers(tasks, *_):
        assert tasks == []
        return {}

    monkeypatch.setattr(bulk, "run_workers", no_workers)
    assert run_command(prepare.main, arguments) == 0
    assert digests(tmp_path / "data") == digests(tmp_path / "clean")

    # A further run does nothing and takes about a second.
    capsys.readouterr()
    changed = (tmp_path / "data" / "manifest.json").stat().st_mtime_ns
    start = time.perf_counter()
    again = run(looks, clips, "--output", tmp_path / "data")
    assert time.perf_counter() - start < 5
    assert again.returncode == 0
    assert "up to date" in again.stdout
    assert "tensorflow" not in run_with_import_times(looks, clips, tmp_path / "data")
    # Without the work folder, the checksums show that the dataset is up to date.
    shutil.rmtree(tmp_path / ".data.work")
    assert "up to date" in run(looks, clips, "--output", tmp_path / "data").stdout
    assert (tmp_path / "data" / "manifest.json").stat().st_mtime_ns == changed

    # With other options, or if it is damaged, it is not up to date, and not overwritten by default.
    assert run_command(prepare.main, [*arguments, "--seed", "1"]) == 1
    assert "already holds a dataset" in capsys.readouterr().err
    next((tmp_path / "data" / "train").iterdir()).unlink()
    assert run_command(prepare.main, arguments) == 1


def run_with_import_times(looks, clips, output):
    return subprocess.run(
        [
            *(sys.executable, "-X", "importtime", "-m", "deformable_gan.prepare", str(clips)),
            *(*map(str, looks), "--output", str(output)),
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stderr


@pytest.mark.slow
def test_whatever_lies_in_a_folder(tmp_path, shared, movenet_path, make_video):
    folder = tmp_path / "every thing"
    for sub in ("a", "b", "photos"):
        (folder / sub).mkdir(parents=True)
    clip = (shared / "clips" / "tfjs_squat_man.mp4").read_bytes()
    for name in ("a/walk.mp4", "b/walk.mp4", "a/two words.mp4", "a/💃.mp4", "a/half:past.mp4"):
        (folder / name).write_bytes(clip)
    (folder / "empty.mp4").touch()
    (folder / "truncated.mp4").write_bytes(clip[: len(clip) // 2])
    (folder / "text.mp4").write_text("this is no video")
    room = [np.full((96, 96, 3), 40 + 3 * i, np.uint8) for i in range(12)]
    make_video("room.mp4", room, rate=6).rename(folder / "room.mp4")
    photo = Image.open(shared / "stills" / "tfexamples_image1.png").convert("RGB")
    photo.thumbnail((300, 300))
    photos = folder / "photos"
    photo.save(photos / "plain.jpg")
    photo.convert("L").save(photos / "gray.png")
    photo.convert("RGBA").save(photos / "rgba.png")
    photo.convert("CMYK").save(photos / "cmyk.jpg")
    exif = Image.Exif()
    exif[274] = 6  # shown turned by 90 degrees clockwise
    photo.rotate(90, expand=True).save(photos / "turned.jpg", exif=exif)
    (photos / "corrupt.jpg").write_bytes((photos / "plain.jpg").read_bytes()[:2000])
    header = bytearray((photos / "gray.png").read_bytes())
    header[16:24] = (30000).to_bytes(4, "big") * 2
    header[29:33] = zlib.crc32(bytes(header[12:29])).to_bytes(4, "big")
    (photos / "huge.png").write_bytes(header)

    result = run(movenet_path, folder, tmp_path / "absent.mp4", "--output", tmp_path / "data")
    assert result.returncode == 0, result.stderr
    assert "Traceback" not in result.stderr
    report = json.loads((tmp_path / "data" / "report.json").read_text())
    failed = {entry["input"].rsplit("/")[-1]: entry["reason"] for entry in report["failed"]}
    expected = {
        "absent.mp4": "does not exist",
        "empty.mp4": "0 bytes",
        "truncated.mp4": "cannot be decoded",
        "text.mp4": "cannot be decoded",
        "room.mp4": "no usable person in 12 frames",
        "corrupt.jpg": "cannot be read as an image",
        "huge.png": "is too large",
    }
    assert set(failed) == set(expected)
    for name, reason in expected.items():
        assert reason in failed[name]
        assert name in failed[name]
        assert name in result.stderr
    people = {one["person"] for entry in report["recordings"] for one in entry["people"]}
    assert people == {"walk", "walk-2", "two-words", "person", "half-past", "photos"}
    for entry in report["recordings"]:
        kept = entry["train"] + entry["test"]
        assert entry["sampled"] == kept + sum(entry["dropped"].values()), entry
        if entry["people"] and entry["kind"] == "video":
            assert entry["sampled"] == 25
    # The photographs show the same person the same way up.
    data = DatasetFolder(tmp_path / "data")
    poses = [
        pose
        for split in (data.train, data.test)
        for name, pose in zip(split.names, split.keypoints, strict=True)
        if name.startswith("photos_")
    ]
    assert len(poses) == 5
    nose, hip = (np.array(poses)[:, joint, 0] for joint in (0, 11))
    assert (nose < hip - 30).all()
    # Pairs show one person.
    for split in (data.train, data.test):
        for source, target in split.pairs:
            assert split.names[source].split("_")[0] == split.names[target].split("_")[0]


def test_nothing_usable_ends_with_status_1(tmp_path, marker_movenet_folder):
    (tmp_path / "empty.mp4").touch()
    result = run(marker_movenet_folder, tmp_path / "empty.mp4", "--output", tmp_path / "data")
    assert result.returncode == 1
    assert result.stderr.startswith("error: no usable image")
    assert "empty.mp4 is empty (0 bytes)" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "data").exists()


def test_one_at_a_time(tmp_path, marker_movenet_folder):
    from deformable_gan.data.output_lock import output_lock

    with output_lock(tmp_path / ".data.lock", "data"):
        result = run(marker_movenet_folder, tmp_path / "a.mp4", "--output", tmp_path / "data")
    assert result.returncode == 1
    assert f"is in use by process {os.getpid()} on" in result.stderr


@pytest.mark.slow
def test_people_one_after_another_are_not_paired(tmp_path, shared, movenet_path):
    result = run(
        movenet_path,
        *(shared / "clips" / "sports2d_demo.mp4", "--output", tmp_path / "data", "--rate", "3"),
    )
    assert result.returncode == 0, result.stderr
    (entry,) = json.loads((tmp_path / "data" / "report.json").read_text())["recordings"]
    first, second = entry["people"]
    assert (first["person"], second["person"]) == ("sports2d-demo-a", "sports2d-demo-b")
    # The man on the roof turns to the trees at 5 s; then the woman on the lawn is found.
    assert first["end"] < 5.2 < second["end"]
    for split in (DatasetFolder(tmp_path / "data").train, DatasetFolder(tmp_path / "data").test):
        for source, target in split.pairs:
            assert split.names[source].split("_")[0] == split.names[target].split("_")[0]
