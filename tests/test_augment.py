"""The augmenting command, from a dataset to an enlarged training set."""

import csv
import json
import shutil

import numpy as np
import pytest
from PIL import Image

from deformable_gan import augment as command
from deformable_gan.augmenting import augmented_set
from deformable_gan.dancers import make_dancers
from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.data.dataset_writer import DatasetWriter
from deformable_gan.data.media import read_photo
from deformable_gan.pose.skeleton import COCO17
from deformable_gan.trained_model import TrainedModel


@pytest.fixture(scope="module")
def model(tiny_run):
    return TrainedModel.load(tiny_run.path)


@pytest.fixture
def run_augment(model, tiny_run, monkeypatch, call_command):
    """Return a function that runs the command, with a model loaded once for all tests."""
    load = TrainedModel.load
    kept = {tiny_run.path: model}
    monkeypatch.setattr(TrainedModel, "load", lambda path: kept.get(path) or load(path))

    def run(dataset, output, *options, model=("--run", tiny_run.path)):
        return call_command(
            command.main, *model, "--dataset", dataset, "--output", output, *options
        )

    return run


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def index_of(output):
    with (output / "index.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def augmented(dancers, tiny_run, tmp_path_factory):
    """An augmented set of two people with four images each, and what the command printed."""
    import contextlib
    import io

    output = tmp_path_factory.mktemp("augmented") / "new/set"
    options = ["--run", tiny_run.path, "--dataset", dancers.path, "--output", output]
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        command.main([*map(str, options), "--poses-per-image", "3", "--batch-size", "5"])
    return output, printed.getvalue()


def test_what_is_there(augmented, dancers):
    output, printed = augmented
    assert sorted(path.name for path in output.iterdir()) == [
        *("about.json", "index.csv", "overview.png", "train"),
    ]
    names = {path.name for path in (output / "train").iterdir()}
    stems = [name.removesuffix(".png") for name in dancers.train.names]
    assert names == {f"{s}{e}.png" for s in stems for e in ("", "_g1", "_g2", "_g3")}
    assert "32 images: 8 of the dataset and 24 new ones" in printed


def test_originals_are_the_datasets(augmented, dancers):
    for name in dancers.train.names:
        mine, theirs = augmented[0] / "train" / name, dancers.path / "train" / name
        assert mine.read_bytes() == theirs.read_bytes()
        assert mine.samefile(theirs)  # hard links, which take no space


def test_the_index(augmented, dancers):
    rows = index_of(augmented[0])
    assert len(rows) == 32
    assert [row["file"] for row in rows[:8]] == [f"train/{name}" for name in dancers.train.names]
    for row in rows:
        assert (augmented[0] / row["file"]).is_file()
        person = row["source"].split("_")[0]
        assert row["identity"] == person == row["file"].removeprefix("train/").split("_")[0]
        assert row["camera"] == ""
        if row["pose"]:
            assert row["pose"].split("_")[0] != person
    assert sum(bool(row["pose"]) for row in rows) == 24


def test_pictures_are_of_the_source_in_the_pose(augmented, dancers, model):
    split = dancers.train
    place = {name: index for index, name in enumerate(split.names)}
    for row in index_of(augmented[0])[8::7]:
        source, pose = place[row["source"]], place[row["pose"]]
        expected = model.generate(
            read_photo(split.image_path(source))[None],
            split.keypoints[None, source],
            split.keypoints[None, pose],
        )[0]
        made = read_photo(augmented[0] / row["file"])
        # Batches of another size may round the last float bit differently.
        assert np.abs(made.astype(int) - expected).max() <= 1


def test_the_overview(augmented):
    picture = Image.open(augmented[0] / "overview.png")
    # A row for each of two people: the person, three poses and three results, enlarged 3 times.
    assert picture.width >= 7 * 3 * 36
    assert picture.height >= 2 * 3 * 64


def test_a_second_call_has_nothing_to_do(augmented, run_augment, dancers):
    before = contents(augmented[0])
    result = run_augment(dancers.path, augmented[0], "--poses-per-image", 3, "--batch-size", 5)
    assert result.status == 0
    assert "of which 0 were generated in this call" in result.out
    assert contents(augmented[0]) == before


def test_what_was_cut_goes_on_with_the_same_result(augmented, run_augment, dancers, tmp_path):
    cut = shutil.copytree(augmented[0], tmp_path / "cut")
    for name in ("index.csv", "overview.png", "train/dancer0000_0001_g2.png"):
        (cut / name).unlink()
    (cut / "train/dancer0001_0000.png").unlink()
    (cut / "train/.dancer0001_0000_g1.png.writing-abc").mkdir()
    result = run_augment(dancers.path, cut, "--poses-per-image", 3, "--batch-size", 5)
    assert "of which 5 were generated in this call" in result.out  # the missing image's whole batch
    assert contents(cut) == contents(augmented[0])


def test_an_interruption(run_augment, dancers, tmp_path, monkeypatch):
    count = 0

    def interrupt(path, image):
        nonlocal count
        count += 1
        if count == 4:
            raise KeyboardInterrupt
        write(path, image)

    write = augmented_set.write_image
    monkeypatch.setattr(augmented_set, "write_image", interrupt)
    options = ("--poses-per-image", 1, "--batch-size", 2)
    assert run_augment(dancers.path, tmp_path / "set", *options).status == 130
    assert not (tmp_path / "set/index.csv").exists()
    monkeypatch.setattr(augmented_set, "write_image", write)
    assert run_augment(dancers.path, tmp_path / "set", *options).status == 0
    assert run_augment(dancers.path, tmp_path / "whole", *options).status == 0
    assert contents(tmp_path / "set") == contents(tmp_path / "whole")


@pytest.fixture
def market(tmp_path):
    """A dataset whose images are named as in Market-1501."""
    dancers = make_dancers(
        tmp_path / "drawn",
        image_size=(64, 36),
        train_people=3,
        test_people=0,
        images_per_person=2,
        variety="plain",
    )
    with DatasetWriter(tmp_path / "market", COCO17, (64, 36), {"kind": "import"}) as writer:
        for index, keypoints in enumerate(dancers.train.keypoints):
            person, number = divmod(index, 2)
            name = f"{person + 2:04d}_c{number + 1}s1_000{index}51_03.jpg"
            writer.add("train", name, read_photo(dancers.train.image_path(index)), keypoints)
    return DatasetFolder(tmp_path / "market")


def test_market_names_and_cameras(run_augment, market, tmp_path):
    output = tmp_path / "set"
    result = run_augment(
        *(market.path, output, "--poses-per-image", 2, "--same-camera", "--without-originals"),
        *("--images-folder", "bounding_box_train"),
    )
    assert result.status == 0
    rows = index_of(output)
    assert len(rows) == 12
    first = rows[0]
    assert first["file"] == "bounding_box_train/0002_c1s1_000051_03_g1.jpg"
    assert (first["identity"], first["camera"]) == ("0002", "1")
    for row in rows:
        assert f"_c{row['camera']}s1_" in row["pose"]
        assert Image.open(output / row["file"]).format == "JPEG"
    assert len(list((output / "bounding_box_train").iterdir())) == 12


def test_other_options_in_the_same_folder(augmented, run_augment, dancers):
    result = run_augment(dancers.path, augmented[0], "--poses-per-image", 2)
    result.assert_one_error(augmented[0], "contains a set that differs in its options", "--output")


def test_a_folder_of_something_else(run_augment, dancers, tmp_path):
    (tmp_path / "precious.txt").write_text("x")
    result = run_augment(dancers.path, tmp_path)
    result.assert_one_error(tmp_path, "is not empty and not an augmented set")
    assert [path.name for path in tmp_path.iterdir()] == ["precious.txt"]


def test_a_damaged_description(augmented, run_augment, dancers, tmp_path):
    copied = shutil.copytree(augmented[0], tmp_path / "set")
    (copied / "about.json").write_text(json.dumps({"options": 1}))
    run_augment(dancers.path, copied).assert_one_error("about.json does not describe")


def test_another_size(run_augment, tmp_path):
    other = make_dancers(
        tmp_path / "d",
        image_size=(64, 32),
        train_people=2,
        test_people=0,
        images_per_person=2,
        variety="plain",
    )
    result = run_augment(other.path, tmp_path / "set")
    result.assert_one_error("the model makes images of 64x36", "have 64x32")


def test_too_many_poses(run_augment, dancers, tmp_path):
    result = run_augment(dancers.path, tmp_path / "set", "--poses-per-image", 5)
    result.assert_one_error("can take 4 usable poses", "lower --poses-per-image")
    assert not (tmp_path / "set").exists()


def test_no_dataset(run_augment, tmp_path):
    run_augment(tmp_path / "absent", tmp_path / "set").assert_one_error("does not exist")


def test_a_folder_name_that_climbs_out(run_augment, dancers, tmp_path):
    result = run_augment(dancers.path, tmp_path / "set", "--images-folder", "../train")
    result.assert_one_error("must be a plain name", "../train")


def test_a_missing_image(run_augment, dancers, tmp_path):
    damaged = shutil.copytree(dancers.path, tmp_path / "damaged")
    (damaged / "train/dancer0001_0002.png").unlink()
    result = run_augment(damaged, tmp_path / "set", "--poses-per-image", 1)
    result.assert_one_error("dancer0001_0002.png is missing")
    assert not (tmp_path / "set/index.csv").exists()


def test_images_in_shards(augmented, run_augment, dancers, tmp_path):
    from deformable_gan.data.sharding import shard_dataset

    sharded = tmp_path / "sharded"
    shard_dataset(dancers, sharded)
    options = ("--poses-per-image", 3, "--batch-size", 5)
    assert run_augment(sharded, tmp_path / "set", *options).status == 0
    made, expected = contents(tmp_path / "set"), contents(augmented[0])
    for name in ("index.csv", *(name for name in expected if name.startswith("train/"))):
        assert made[name] == expected[name]


def test_a_model_that_wants_masks_and_backgrounds(tiny_config, tmp_path, model):
    """The person mask and the background are the source's, since the camera does not change."""
    from dataclasses import replace

    from deformable_gan.augmenting.augmentation_options import AugmentationOptions
    from deformable_gan.augmenting.augmented_set import AugmentedSet

    dataset = make_dancers(
        *(tmp_path / "d",),
        **{
            "image_size": (64, 36),
            "train_people": 2,
            "test_people": 0,
            "images_per_person": 2,
            "variety": "plain",
        },
        person_masks=True,
    )
    backgrounds = dataset.path / "backgrounds-train"
    backgrounds.mkdir()
    for index, name in enumerate(dataset.train.names):
        Image.new("RGB", (36, 64), (index, 0, 0)).save(backgrounds / name)
    seen = []

    def generate(source_image, source_keypoints, target_keypoints, background, source_mask):
        seen.append((np.asarray(source_image), np.asarray(background), np.asarray(source_mask)))
        return np.asarray(source_image)

    wanting = replace(model, generate=generate, wants=frozenset({"background", "source_mask"}))
    options = AugmentationOptions(tmp_path / "set", poses_per_image=1, batch_size=4)
    assert AugmentedSet(wanting, dataset, options).write() == 4
    ((images, background, masks),) = seen
    for index in range(4):
        own = read_photo(dataset.train.image_path(index))
        np.testing.assert_array_equal(images[index], own)
        assert (background[index] == (index, 0, 0)).all()
        mask = np.asarray(Image.open(dataset.train.person_masks.image_path(index)))
        np.testing.assert_array_equal(masks[index, ..., 0], mask)
