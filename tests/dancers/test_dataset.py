"""Dataset folders of dancers."""

import hashlib
import subprocess
import sys

import cv2
import numpy as np
import pytest

from deformable_gan.dancers import make_dancers
from deformable_gan.data.annotations import person_of
from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.errors import ConfigurationError, DatasetError, MediaError
from deformable_gan.pose.skeleton import COCO17, OPENPOSE18, convert_keypoints

SMALL = {
    "image_size": (64, 36),
    "train_people": 3,
    "test_people": 2,
    "images_per_person": 4,
    "variety": "plain",
    "test_pairs": 5,
    "progress": False,
}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return make_dancers(tmp_path_factory.mktemp("dancers") / "set", **SMALL)


def digests(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_folder_reads_back(dataset):
    folder = DatasetFolder(dataset.path)
    assert folder.image_size == (64, 36)
    assert folder.skeleton == COCO17
    assert folder.manifest["source"]["kind"] == "synthetic-dancers"
    assert len(folder.train.names) == 12
    assert folder.train.names[0] == "dancer0000_0000.png"
    assert len(folder.train.pairs) == 3 * 4 * 3
    assert len(folder.test.pairs) == 5
    image = cv2.imread(str(folder.test.image_path(0)))
    assert image.shape == (64, 36, 3)
    torso = COCO17.indices("left_shoulder", "right_shoulder", "left_hip", "right_hip")
    assert np.all(folder.train.keypoints[:, torso, 2] > 0)


def test_people_are_disjoint_and_pairs_stay_within_them(dataset):
    train, test = ({person_of(n) for n in s.names} for s in (dataset.train, dataset.test))
    assert len(train) == 3
    assert len(test) == 2
    assert not train & test
    for source, target in dataset.train.pairs:
        assert person_of(dataset.train.names[source]) == person_of(dataset.train.names[target])


def test_equal_arguments_give_equal_bytes(dataset, tmp_path):
    again = make_dancers(tmp_path / "again", **SMALL)
    assert digests(again.path) == digests(dataset.path)


def test_seed_changes_the_people(dataset, tmp_path):
    other = make_dancers(tmp_path / "other", **{**SMALL, "seed": 1})
    assert not np.array_equal(other.train.keypoints, dataset.train.keypoints)


def test_more_people_leave_the_first_as_they_were(dataset, tmp_path):
    more = make_dancers(tmp_path / "more", **{**SMALL, "train_people": 4})
    np.testing.assert_array_equal(more.train.keypoints[:12], dataset.train.keypoints)


def test_present_dataset_is_returned_at_once(dataset):
    before = (dataset.path / "manifest.json").stat().st_mtime_ns
    make_dancers(dataset.path, **SMALL)
    assert (dataset.path / "manifest.json").stat().st_mtime_ns == before


def test_other_arguments_need_leave_to_overwrite(tmp_path):
    tiny = {**SMALL, "train_people": 1, "test_people": 0, "images_per_person": 2, "seed": 5}
    make_dancers(tmp_path / "set", **tiny)
    with pytest.raises(DatasetError, match="already holds a dataset"):
        make_dancers(tmp_path / "set", **{**tiny, "seed": 6})
    replaced = make_dancers(tmp_path / "set", **{**tiny, "seed": 6}, overwrite=True)
    assert replaced.manifest["source"]["seed"] == 6


def test_masks_are_asked_for(dataset, tmp_path):
    assert not list(dataset.path.glob("masks-*"))
    masked = make_dancers(tmp_path / "set", **SMALL, person_masks=True)
    assert digests(masked.path / "train") == digests(dataset.path / "train")
    for split in (masked.train, masked.test):
        masks = split.person_masks
        assert sorted(path.name for path in masks.folder.iterdir()) == sorted(split.names)
        mask = cv2.imread(str(masks.image_path(1)), cv2.IMREAD_UNCHANGED)
        assert mask.shape == (64, 36)
        seen = split.keypoints[1][split.keypoints[1][:, 2] > 0.5][:, :2].round().astype(int)
        assert (mask[tuple(seen.clip(0, (63, 35)).T)] > 0).mean() > 0.9


def test_original_layout(dataset, tmp_path):
    converted = make_dancers(tmp_path / "set", **SMALL, skeleton=OPENPOSE18)
    assert converted.skeleton == OPENPOSE18
    expected = convert_keypoints(dataset.train.keypoints, COCO17, OPENPOSE18)
    # Both are rounded to hundredths of a pixel and thousandths of confidence on disk.
    np.testing.assert_allclose(converted.train.keypoints, expected, atol=0.011)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"image_size": (16, 64)}, "at least 32"),
        ({"train_people": 0}, "train_people must be at least 1, received 0"),
        ({"images_per_person": 1}, "images_per_person"),
        ({"test_pairs": 0}, "test_pairs"),
        ({"seed": -1}, "seed"),
    ],
)
def test_arguments_out_of_range(tmp_path, changes, message):
    with pytest.raises(ConfigurationError, match=message):
        make_dancers(tmp_path / "set", **{**SMALL, **changes})
    assert not (tmp_path / "set").exists()


def test_recordings_choreograph(dataset, tmp_path, make_bvh):
    frames = [{"Hips": (0, 0, 12 * i), "LeftArm": (60 * np.sin(i / 4), 0, 0)} for i in range(61)]
    paths = [make_bvh("one.bvh", frames), make_bvh("two.bvh", frames[::-1])]
    options = {**SMALL, "motion": paths}
    recorded = make_dancers(tmp_path / "set", **options)
    assert recorded.manifest["source"]["motion"] == [
        {"name": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        for path in paths
    ]
    assert "random_facing" not in recorded.manifest["source"]
    assert recorded.train.names == dataset.train.names
    assert not np.array_equal(recorded.train.keypoints, dataset.train.keypoints)
    # Equal recordings give equal folders, wherever they lie and in whichever order.
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    others = [path.rename(moved / path.name) for path in reversed(paths)]
    again = make_dancers(tmp_path / "again", **{**options, "motion": others})
    assert digests(again.path) == digests(recorded.path)
    turned = make_dancers(tmp_path / "turned", **{**options, "motion": others}, random_facing=True)
    assert turned.manifest["source"]["random_facing"] is True
    assert not np.array_equal(turned.train.keypoints, recorded.train.keypoints)


def test_recordings_that_cannot_be_used(tmp_path, bvh_file):
    (tmp_path / "horse.bvh").write_text(
        bvh_file.write_bvh([{}, {}]).replace("LeftLeg", "LeftPastern")
    )
    with pytest.raises(
        MediaError, match=r"no joint has a usual name for left knee; the joints are"
    ):
        make_dancers(tmp_path / "set", **SMALL, motion=[tmp_path / "horse.bvh"])
    with pytest.raises(ConfigurationError, match="random_facing needs recorded motion"):
        make_dancers(tmp_path / "set", **SMALL, random_facing=True)
    assert not (tmp_path / "set").exists()


WIDE = {
    "variety": "wide",
    "image_size": (64, 36),
    "train_people": 4,
    "test_people": 1,
    "images_per_person": (5, 3),
    "progress": False,
}
# SHA-256 of the test files as first drawn: every release must be scored on the same images.
TEST_IMAGES = "b5abb91f5ed530c1bf8043462cd8ba101559b07166c8881e093402e89252ff5b"
TEST_ANNOTATIONS = "1a760d0f7e2318dd2aa597bf5f2dbaa91e9121e25cc637745afa444bcc7d0284"
TEST_PAIRS = "f96cf3c9d0038795cf9cfde06b12790314d23e4e60819644d87e17570c575bce"


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    return make_dancers(
        tmp_path_factory.mktemp("wide") / "set", **WIDE, person_masks=True, backgrounds=True
    )


def test_the_people_to_test_with_never_change(tmp_path):
    made = make_dancers(
        tmp_path / "set", train_people=1, images_per_person=(2, 20), progress=False
    ).path
    found = digests(made)
    lines = "".join(
        f"{found[name]}  {name}\n" for name in sorted(found) if name.startswith("test/")
    )
    assert lines.count("\n") == 240
    assert hashlib.sha256(lines.encode()).hexdigest() == TEST_IMAGES
    assert found["annotations-test.csv"] == TEST_ANNOTATIONS
    assert found["pairs-test.csv"] == TEST_PAIRS


def test_wide_people_have_numbers_of_their_own(wide):
    assert wide.manifest["source"]["variety"] == "wide"
    train, test = ([person_of(n) for n in s.names] for s in (wide.train, wide.test))
    assert {name: train.count(name) for name in train} == {
        f"dancer{number}": 5 for number in range(1000, 1004)
    }
    assert test == ["dancer0060"] * 3
    assert all(name.endswith(".jpg") for name in wide.train.names)


def test_every_other_person_of_a_mixed_set_is_wide(tmp_path, wide):
    mixed = make_dancers(tmp_path / "set", **{**WIDE, "variety": "mixed"})
    endings = {person_of(name): name[-4:] for name in mixed.train.names}
    assert endings == {
        "dancer1000": ".png",
        "dancer1001": ".jpg",
        "dancer1002": ".png",
        "dancer1003": ".jpg",
    }
    wide_files, mixed_files = digests(wide.path / "train"), digests(mixed.path / "train")
    assert {n: d for n, d in mixed_files.items() if n[-4:] == ".jpg"}.items() <= wide_files.items()
    assert digests(mixed.path / "test") == digests(wide.path / "test")


def test_workers_draw_the_same_bytes(tmp_path, monkeypatch, wide):
    monkeypatch.setattr("deformable_gan.dancers.draw_people._WORTH_A_PROCESS", 5)
    again = make_dancers(tmp_path / "set", **WIDE, person_masks=True, backgrounds=True, workers=2)
    assert digests(again.path) == digests(wide.path)


def test_backgrounds_lack_the_dancer_and_nothing_else(wide):
    for split in (wide.train, wide.test):
        for index in range(len(split.names)):
            image = cv2.imread(str(split.image_path(index))).astype(int)
            background = cv2.imread(str(split.backgrounds.image_path(index))).astype(int)
            mask = cv2.imread(str(split.person_masks.image_path(index)), cv2.IMREAD_UNCHANGED)
            difference = np.abs(image - background).mean(axis=-1)
            # Noise and shadows differ a little, people a lot.
            assert np.median(difference[mask == 0]) < 12
            assert np.mean(difference[mask == 255]) > np.median(difference[mask == 0])


def test_number_of_images_of_each_kind(tmp_path):
    with pytest.raises(ConfigurationError, match="one number or two, received 3"):
        make_dancers(tmp_path / "set", **{**WIDE, "images_per_person": (2, 3, 4)})
    with pytest.raises(ConfigurationError, match="images_per_person must be at least 2"):
        make_dancers(tmp_path / "set", **{**WIDE, "images_per_person": (2, 1)})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"variety": "odd"}, "one of plain, wide, mixed, received 'odd'"),
        ({"workers": 0}, "workers must be at least 1"),
        ({"test_people": 941}, "at most 940"),
    ],
)
def test_wide_arguments_out_of_range(tmp_path, changes, message):
    with pytest.raises(ConfigurationError, match=message):
        make_dancers(tmp_path / "set", **{**WIDE, **changes})


def test_supplements_change_no_image(tmp_path, wide):
    alone = make_dancers(tmp_path / "set", **WIDE)
    assert digests(alone.path / "train") == digests(wide.path / "train")


def test_wide_people_dance_recordings(tmp_path, monkeypatch, wide, make_bvh):
    frames = [{"Hips": (0, 0, 6 * i), "LeftArm": (60 * np.sin(i / 4), 0, 0)} for i in range(61)]
    paths = [make_bvh("one.bvh", frames), make_bvh("two.bvh", frames[::-1])]
    options = {
        **WIDE,
        "person_masks": True,
        "backgrounds": True,
        "motion": paths,
        "random_facing": True,
    }
    alone = make_dancers(tmp_path / "alone", **options)
    monkeypatch.setattr("deformable_gan.dancers.draw_people._WORTH_A_PROCESS", 5)
    shared = make_dancers(tmp_path / "shared", **options, workers=2)
    assert digests(shared.path) == digests(alone.path)
    source = alone.manifest["source"]
    assert source["variety"] == "wide"
    assert [recording["name"] for recording in source["motion"]] == ["one.bvh", "two.bvh"]
    # The same people, including the test people, but other dances.
    for split, invented in ((alone.train, wide.train), (alone.test, wide.test)):
        assert split.names == invented.names
        for index in range(len(split.names)):
            assert not np.array_equal(split.keypoints[index], invented.keypoints[index])
            mask = cv2.imread(str(split.person_masks.image_path(index)), cv2.IMREAD_UNCHANGED)
            assert 0.02 < np.mean(mask > 127) < 0.8
    with pytest.raises(DatasetError, match="already holds a dataset"):
        make_dancers(shared.path, **{**options, "motion": paths[:1]})


def test_the_command_draws_a_dataset_without_pyav(tmp_path):
    """Machines that only train, on a GPU for example, need not have PyAV."""
    code = (
        "import sys; sys.modules['av'] = None; from deformable_gan.dancers import main; "
        "main(sys.argv[1:])"
    )
    folder = tmp_path / "set"
    options = ["--image-size", "64x36", "--train-people", "1", "--test-people", "1"]
    options += ["--images-per-person", "2", "--workers", "1", "--output", str(folder)]
    subprocess.run([sys.executable, "-c", code, *options], check=True)
    assert len(list((folder / "train").glob("*.png"))) == 2
