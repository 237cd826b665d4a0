import hashlib
import json

import cv2
import numpy as np
import pytest

from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.data.dataset_writer import DatasetWriter
from deformable_gan.errors import DatasetError
from deformable_gan.pose.skeleton import COCO17

SIZE = (32, 20)


def picture(seed=0, size=SIZE):
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8)


def pose(y=5.0, x=6.0):
    return np.tile(np.array([y, x, 0.8], np.float32), (17, 1))


def fill(writer, split="train", count=2):
    names = [f"anna_{index}.png" for index in range(count)]
    for index, name in enumerate(names):
        writer.add(split, name, picture(index), pose())
    writer.set_pairs(split, [(names[0], name) for name in names[1:]])


def write(path, content=fill, **options):
    with DatasetWriter(path, COCO17, SIZE, {"kind": "test"}, **options) as writer:
        content(writer)
    return DatasetFolder(path)


def fill_and_fail(writer):
    fill(writer, "test", 3)
    raise KeyboardInterrupt


def everything_in(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_reads_back(tmp_path):
    dataset = write(tmp_path / "set")
    assert dataset.image_size == SIZE
    assert dataset.skeleton == COCO17
    assert dataset.train.names == ("anna_0.png", "anna_1.png")
    assert dataset.test.names == ()
    np.testing.assert_array_equal(dataset.train.pairs, [(0, 1)])
    np.testing.assert_allclose(dataset.train.keypoints[0], pose(), rtol=1e-6)
    image = cv2.imread(str(dataset.train.image_path(1)))[..., ::-1]
    np.testing.assert_array_equal(image, picture(1))
    assert dataset.manifest["source"] == {"kind": "test"}
    assert dataset.manifest["splits"]["train"] == {"images": 2, "people": 1, "pairs": 1}


def test_checksums_are_those_of_sha256sum(tmp_path):
    dataset = write(tmp_path / "set")
    text = (dataset.path / "checksums.sha256").read_text()
    listed = {}
    for line in text.splitlines():
        digest, name = line.split("  ", 1)
        listed[name] = digest
    files = everything_in(dataset.path)
    del files["checksums.sha256"], files["manifest.json"]
    assert listed == {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    assert dataset.manifest["checksums_sha256"] == hashlib.sha256(text.encode()).hexdigest()


def test_jpeg_keeps_colours(tmp_path):
    red_stripes = np.zeros((*SIZE, 3), np.uint8)
    red_stripes[:, ::2, 0] = 255  # lost if chroma had half the resolution
    with DatasetWriter(tmp_path / "set", COCO17, SIZE, {}) as writer:
        writer.add("test", "anna_0.jpg", red_stripes, pose())
    image = cv2.imread(str(tmp_path / "set/test/anna_0.jpg"))[..., ::-1].astype(int)
    assert np.abs(image - red_stripes).mean() < 5
    assert image[:, ::2, 0].mean() - image[:, 1::2, 0].mean() > 240


def test_joints_outside_the_image_become_missing(tmp_path):
    joints = pose()
    # Pixel centres are at integers: the image ends half a pixel beyond the last centre.
    joints[0] = (-0.5, 3, 1)
    joints[1] = (-0.51, 3, 1)
    joints[2] = (31.49, 19.49, 1)
    joints[3] = (31.51, 3, 1)
    joints[4] = (3, 19.51, 1)
    joints[5] = (3, 3, -1)
    joints[6] = (np.nan, 3, 1)
    joints[7] = (3, np.inf, 1)
    joints[8] = (3, 3, np.nan)
    with DatasetWriter(tmp_path / "set", COCO17, SIZE, {}) as writer:
        writer.add("train", "anna_0.png", picture(), joints)
    read = DatasetFolder(tmp_path / "set").train.keypoints[0]
    assert list(np.flatnonzero(read[:, 2] == 0)) == [1, 3, 4, 5, 6, 7, 8]
    np.testing.assert_array_equal(read[read[:, 2] == 0], 0)
    assert joints[1, 2] == 1, "the caller's array was changed"


def test_an_exception_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "set", fill_and_fail)
    assert list(tmp_path.iterdir()) == []


def test_an_exception_leaves_the_old_dataset(tmp_path):
    write(tmp_path / "set")
    before = everything_in(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "set", fill_and_fail, overwrite=True)
    assert everything_in(tmp_path) == before


def test_nothing_appears_before_all_is_there(tmp_path):
    with DatasetWriter(tmp_path / "set", COCO17, SIZE, {}) as writer:
        fill(writer)
        assert not (tmp_path / "set").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_what_cannot_be_read_back_replaces_nothing(tmp_path):
    write(tmp_path / "set")
    before = everything_in(tmp_path)

    def pair_an_image_that_is_not_there(writer):
        fill(writer)
        writer.set_pairs("train", [("anna_0.png", "eve_0.png")])

    with pytest.raises(DatasetError, match=r"pairs-train\.csv, line 2: 'eve_0\.png' has no line"):
        write(tmp_path / "set", pair_an_image_that_is_not_there, overwrite=True)
    assert everything_in(tmp_path) == before


def test_a_failed_move_puts_the_old_dataset_back(tmp_path, monkeypatch):
    write(tmp_path / "set")
    before = everything_in(tmp_path)
    rename = type(tmp_path).rename

    def fail_for_the_new_one(self, target):
        if "building" in self.name and not self.name.endswith(".replaced"):
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(type(tmp_path), "rename", fail_for_the_new_one)
    with pytest.raises(DatasetError, match="No space left"):
        write(tmp_path / "set", overwrite=True)
    assert everything_in(tmp_path) == before


def test_a_dataset_is_replaced_only_with_leave(tmp_path):
    write(tmp_path / "set")
    with pytest.raises(DatasetError, match="already holds a dataset"):
        write(tmp_path / "set")
    with DatasetWriter(tmp_path / "set", COCO17, SIZE, {}, overwrite=True) as writer:
        fill(writer, "test", 3)
    dataset = DatasetFolder(tmp_path / "set")
    assert dataset.train.names == ()
    assert len(dataset.test.names) == 3
    assert not (tmp_path / "set/train/anna_0.png").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_other_folders_and_files_are_never_replaced(tmp_path, overwrite):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/precious.jpg").write_bytes(b"x")
    (tmp_path / "file").write_bytes(b"y")
    for name in ("photos", "file"):
        with pytest.raises(DatasetError, match="exists and is not a dataset folder"):
            write(tmp_path / name, overwrite=overwrite)
    assert everything_in(tmp_path) == {"photos/precious.jpg": b"x", "file": b"y"}


def test_an_empty_folder_may_be_filled(tmp_path):
    (tmp_path / "set").mkdir()
    assert len(write(tmp_path / "set").train.names) == 2


def test_parents_are_made(tmp_path):
    assert len(write(tmp_path / "a/b/set").train.names) == 2


def test_a_file_where_the_parent_should_be(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DatasetError, match="cannot be made"):
        write(tmp_path / "file/set")


def test_relative_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert len(write("set").train.names) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


@pytest.mark.parametrize(
    ("name", "image", "joints", "message"),
    [
        ("anna_1.png", picture(size=(32, 21)), pose(), r"uint8 image of shape \(32, 20, 3\)"),
        ("anna_1.png", picture().astype(np.float32), pose(), "uint8 image.*received float32"),
        ("anna_1.png", picture(), pose()[:16], r"key points of shape \(17, 3\).*\(16, 3\)"),
        ("../anna_1.png", picture(), pose(), "not a usable image name"),
        ("anna_1", picture(), pose(), "cannot encode ''"),
        ("anna_1.xyz", picture(), pose(), "cannot encode '.xyz'"),
        ("anna_0.png", picture(), pose(), "anna_0.png is written twice"),
    ],
)
def test_images_that_do_not_fit(tmp_path, name, image, joints, message):
    def content(writer):
        writer.add("train", "anna_0.png", picture(), pose())
        writer.add("train", name, image, joints)

    with pytest.raises(DatasetError, match=message):
        write(tmp_path / "set", content)
    assert list(tmp_path.iterdir()) == []


def test_images_of_one_name_in_both_splits(tmp_path):
    with DatasetWriter(tmp_path / "set", COCO17, SIZE, {}) as writer:
        fill(writer, "train")
        fill(writer, "test")
    assert DatasetFolder(tmp_path / "set").test.names == DatasetFolder(tmp_path / "set").train.names


def test_other_files_are_listed_too(tmp_path):
    with DatasetWriter(tmp_path / "set", COCO17, SIZE, {}) as writer:
        writer.write_file("report.json", b"{}\n")
    assert (tmp_path / "set/report.json").read_bytes() == b"{}\n"
    digest = hashlib.sha256(b"{}\n").hexdigest()
    assert f"{digest}  report.json\n" in (tmp_path / "set/checksums.sha256").read_text()


def test_manifest_is_json_with_people_counted(tmp_path):
    with DatasetWriter(tmp_path / "set", COCO17, SIZE, {"clips": ["žofie.mp4"]}) as writer:
        for name in ("a_1.png", "a_2.png", "b_1.png"):
            writer.add("train", name, picture(), pose())
    manifest = json.loads((tmp_path / "set/manifest.json").read_text(encoding="utf-8"))
    assert manifest["splits"]["train"]["people"] == 2
    assert manifest["source"] == {"clips": ["žofie.mp4"]}
    assert manifest["skeleton"] == "coco17"
    assert manifest["image_size"] == [32, 20]
