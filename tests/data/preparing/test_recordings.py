import numpy as np
import pytest

from deformable_gan.data.media import write_image
from deformable_gan.data.preparing.recordings import PhotoRecording, VideoRecording, find_recordings
from deformable_gan.errors import MediaError


def find(*inputs):
    failures = []
    found = find_recordings(inputs, lambda name, reason: failures.append((name, reason)))
    return found, failures


def touch(*paths):
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_people_get_names_that_images_can_begin_with(tmp_path):
    names = ["my_dance: take 2.mp4", "Tänzerin_💃.mov", "___.gif", "-1_x.mp4", "a_b.webm"]
    touch(*(tmp_path / name for name in names))
    found, failures = find(*(tmp_path / name for name in names))
    assert not failures
    assert [one.person for one in found] == [
        "my-dance-take-2",
        "Tänzerin",
        "person",
        "1-x",
        "a-b",
    ]


def test_equal_stems_get_distinct_names(tmp_path):
    paths = [tmp_path / "x" / "A.mp4", tmp_path / "y" / "a.mov", tmp_path / "z" / "a_2.mp4"]
    touch(*paths)
    found, _ = find(*paths)
    assert [one.person for one in found] == ["A", "a-2", "a-2-2"]
    assert all(isinstance(one, VideoRecording) for one in found)


def test_photographs_by_folder(tmp_path):
    touch(*(tmp_path / "album" / p for p in ("anna/2.jpg", "anna/1.PNG", "ben/x/3.jpeg")))
    touch(tmp_path / "album" / "anna" / "notes.txt", tmp_path / "album" / "anna" / ".hidden.jpg")
    found, failures = find(tmp_path / "album")
    assert not failures
    assert [(one.person, [p.name for p in one.photos]) for one in found] == [
        ("anna", ["1.PNG", "2.jpg"]),
        ("ben-x", ["3.jpeg"]),
    ]


def test_photographs_by_prefix_or_all_of_one_person(tmp_path):
    touch(*(tmp_path / "p" / name for name in ("ann_1.jpg", "ann_2.jpg", "bob_1.jpg", "cy.jpg")))
    found, _ = find(tmp_path / "p")
    assert [(one.person, len(one.photos)) for one in found] == [("ann", 2), ("bob", 1), ("cy", 1)]
    touch(*(tmp_path / "me" / name for name in ("DSC01.jpg", "DSC02.jpg")))
    found, _ = find(tmp_path / "me")
    assert [(one.person, len(one.photos)) for one in found] == [("me", 2)]


def test_photographs_with_names_of_cameras_show_one_person(tmp_path):
    names = ["IMG_1.jpg", "PXL_2.jpg", "20240101_120000.jpg", "IMG-20240101-WA0003.jpg"]
    touch(*(tmp_path / "anna" / name for name in names))
    found, _ = find(tmp_path / "anna")
    assert [(one.person, len(one.photos)) for one in found] == [("anna", 4)]
    found, _ = find(tmp_path)
    assert [(one.person, len(one.photos)) for one in found] == [("anna", 4)]
    # Among names of people, the photographs with names of cameras belong to the folder's person.
    touch(*(tmp_path / "anna" / f"{name}_{i}.jpg" for i in range(3) for name in ("ann", "bob")))
    found, _ = find(tmp_path / "anna")
    assert {one.person: len(one.photos) for one in found} == {"ann": 3, "bob": 3, "anna": 4}


def test_dataset_folders_and_the_output_are_no_inputs(tmp_path):
    touch(tmp_path / "clip.mp4", tmp_path / "old/train/clip_1.jpg", tmp_path / "new/train/a_1.jpg")
    for name in ("old", "new"):
        (tmp_path / name / "manifest.json").write_text('{"format": "deformable_gan dataset"}')
    failures = []

    def report(*failure):
        failures.append(failure)

    found = find_recordings([tmp_path], report, without=[tmp_path / "new"])
    assert [one.person for one in found] == ["clip"]
    assert [name for name, _ in failures] == [str(tmp_path / "old")]
    for place in (tmp_path / "old", tmp_path / "old/train"):
        failures.clear()
        assert not find_recordings([place], report)
        assert "the dataset folder" in failures[0][1]


def test_videos_of_every_kind_that_is_read_when_named(tmp_path):
    names = ["a.3gp", "b.MTS", "c.avi", "d.mkv", "e.m4v", "f.MOV", "g.wmv"]
    touch(*(tmp_path / "clips" / name for name in names))
    found, failures = find(tmp_path / "clips")
    assert [one.path.name for one in found] == names
    assert not failures


def test_formats_that_cannot_be_read_are_reported(tmp_path, monkeypatch):
    from deformable_gan.data import folder_contents
    from deformable_gan.data.preparing import recordings

    for module in (folder_contents, recordings):
        monkeypatch.setattr(module, "UNREADABLE_MEDIA", {".heic": "convert them to JPEG"})
    monkeypatch.setattr(recordings, "PHOTO_SUFFIXES", frozenset({".jpg"}))
    touch(*(tmp_path / "p/anna" / f"{n}.HEIC" for n in range(9)), tmp_path / "p/anna/1.jpg")
    found, failures = find(tmp_path / "p", tmp_path / "p/anna/1.HEIC")
    assert [len(one.photos) for one in found] == [1]
    assert [reason for _, reason in failures] == [
        f"folder {tmp_path / 'p'}: 9 .heic file(s) left out: convert them to JPEG",
        f"{tmp_path / 'p/anna/1.HEIC'} has a format that cannot be read: convert it to JPEG",
    ]


def test_names_that_are_no_text_fail_alone(tmp_path):
    import os

    bad = tmp_path / os.fsdecode(b"caf\xe9.mp4")
    touch(tmp_path / "a.mp4", bad)
    found, failures = find(bad, tmp_path)
    assert [one.person for one in found] == ["a"]
    assert len(failures) == 2
    for name, reason in failures:
        assert "is not in UTF-8: rename it" in reason
        name.encode()
        reason.encode()


def test_videos_in_a_folder(tmp_path):
    touch(*(tmp_path / "clips" / name for name in ("b.mp4", "a.gif", "deep/c.webm", "d.txt")))
    found, _ = find(tmp_path / "clips")
    assert [one.person for one in found] == ["a", "b", "c"]


def test_unusable_inputs_are_reported_by_name(tmp_path):
    touch(tmp_path / "a.mp4", tmp_path / "single.jpg")
    (tmp_path / "empty").mkdir()
    found, failures = find(
        tmp_path / "absent.mp4",
        tmp_path / "a.mp4",
        tmp_path / "empty",
        tmp_path / "empty" / ".." / "a.mp4",
        tmp_path / "single.jpg",
    )
    assert [one.person for one in found] == ["a"]
    reasons = [reason for _, reason in failures]
    for reason, words in zip(
        reasons,
        (
            "absent.mp4 does not exist",
            "no usable videos or photographs",
            "given more than once",
            "single photo",
        ),
        strict=True,
    ):
        assert words in reason


def test_photographs_are_scaled_and_bad_ones_left_out(tmp_path):
    rng = np.random.default_rng(0)
    write_image(tmp_path / "1.png", rng.integers(0, 255, (480, 300, 3), np.uint8))
    (tmp_path / "2.png").write_text("no picture")
    write_image(tmp_path / "3.png", rng.integers(0, 255, (100, 90, 3), np.uint8))
    recording = PhotoRecording("me", tmp_path, tuple(tmp_path / f"{i}.png" for i in (1, 2, 3)))
    failures = []
    frames = list(recording.frames(6, 240, lambda *failure: failures.append(failure)))
    assert [(number, image.shape) for number, image in frames] == [
        (0.0, (240, 150, 3)),
        (2.0, (100, 90, 3)),
    ]
    assert [name for name, _ in failures] == [str(tmp_path / "2.png")]
    assert recording.expected_frames(6) == 3


def test_expected_frames_of_videos(make_video, tmp_path):
    frames = [np.zeros((64, 64, 3), np.uint8)] * 20
    recording = VideoRecording("a", make_video("a.mp4", frames, rate=10))
    assert recording.expected_frames(6) == 12
    assert recording.expected_frames(100) == 20
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(MediaError):
        VideoRecording("b", tmp_path / "text.mp4").expected_frames(6)
