import os

import pytest

from deformable_gan.data.preparing.prepare_options import PrepareOptions
from deformable_gan.data.preparing.recordings import PhotoRecording, VideoRecording
from deformable_gan.data.preparing.work_folder import WorkFolder
from deformable_gan.errors import MediaError

# `printf hello | sha256sum`
HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"


def test_checksums_are_kept_and_follow_the_file(tmp_path, monkeypatch):
    clip = tmp_path / "a.mp4"
    clip.write_text("hello")
    work = WorkFolder(tmp_path / "work")
    assert work.file_checksum(clip) == HELLO
    work.save_checksums()

    import hashlib

    again = WorkFolder(tmp_path / "work")
    with monkeypatch.context() as context:
        context.setattr(hashlib, "file_digest", None)  # not read again
        assert again.file_checksum(clip) == HELLO
    os.utime(clip, ns=(0, 0))  # another time stamp: the file is read again
    assert again.file_checksum(clip) == HELLO
    clip.write_text("world")
    assert again.file_checksum(clip) != HELLO


def test_shards_read_each_others_checksums_and_write_their_own(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).write_text("hello")
        work = WorkFolder(tmp_path / "work", f"shard-{name}")
        work.file_checksum(tmp_path / name)
        work.save_checksums()
    assert len(list((tmp_path / "work").iterdir())) == 2
    (tmp_path / "work" / "checksums-broken.json").write_text("{")
    work = WorkFolder(tmp_path / "work")
    for name in ("a", "b"):
        assert work.file_checksum(tmp_path / name) == HELLO
    work.save_checksums()
    assert not (tmp_path / "work" / "checksums-all.json").exists()  # no new checksums


def test_results_depend_on_contents_and_what_decides_the_images(tmp_path):
    work = WorkFolder(tmp_path)
    recording = VideoRecording("anna", tmp_path / "anna.mp4")

    def path(checksum="1", movenet="m", recording=recording, **options):
        options = PrepareOptions(**options)
        return work.result_path(recording, checksum, options, {"sha256": movenet})

    same = path()
    assert path() == same
    assert path(seed=5, train_pairs=3, pair_distance=0.5) == same  # only the pairs change
    others = [
        path(checksum="2"),
        path(movenet="n"),
        path(rate=3.0),
        path(smooth=0.1),
        path(image_size=(64, 36)),
        path(recording=VideoRecording("ben", tmp_path / "anna.mp4")),
    ]
    assert len({same, *others}) == 7


def test_photographs_have_one_checksum(tmp_path):
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_text(name)
    work = WorkFolder(tmp_path / "work")
    both = PhotoRecording("anna", tmp_path, (tmp_path / "a.jpg", tmp_path / "b.jpg"))
    one = PhotoRecording("anna", tmp_path, (tmp_path / "a.jpg",))
    assert work.recording_checksum(both) != work.recording_checksum(one)
    (tmp_path / "b.jpg").unlink()
    without = WorkFolder(tmp_path / "other").recording_checksum(both)
    assert without != work.recording_checksum(one)
    (tmp_path / "b.jpg").write_text("b.jpg")  # there again
    assert WorkFolder(tmp_path / "other").recording_checksum(both) != without


def test_recordings_of_which_nothing_can_be_read(tmp_path):
    work = WorkFolder(tmp_path / "work")
    photos = PhotoRecording("anna", tmp_path, (tmp_path / "a.jpg", tmp_path / "b.jpg"))
    with pytest.raises(MediaError, match=r"a\.jpg cannot be read: No such file"):
        work.recording_checksum(photos)
    with pytest.raises(MediaError, match=r"a\.mp4 cannot be read: No such file"):
        work.recording_checksum(VideoRecording("anna", tmp_path / "a.mp4"))


def test_only_old_leftovers_are_cleared(tmp_path):
    for name, age in (("old", 4000), ("new", 10)):
        folder = tmp_path / f".{name}.zip.writing-x"
        folder.mkdir()
        (folder / "half").touch()
        moment = folder.stat().st_mtime - age
        os.utime(folder, (moment, moment))
    WorkFolder(tmp_path).clear_leftovers()
    assert [path.name for path in tmp_path.iterdir()] == [".new.zip.writing-x"]
