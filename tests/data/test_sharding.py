import itertools

import numpy as np
import pytest
import tensorflow as tf

from deformable_gan.cli import run_command
from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.data.dataset_writer import DatasetWriter, encode_image
from deformable_gan.data.image_store import ImageStore
from deformable_gan.data.pairs import pairs_within_people
from deformable_gan.data.pipeline import PairPipeline
from deformable_gan.data.sharding import shard_dataset
from deformable_gan.data.verify import verify_dataset
from deformable_gan.errors import ConfigurationError, DatasetError
from deformable_gan.pose.skeleton import COCO17
from deformable_gan.shard import main

SIZE = (24, 16)
# The size of a shard: about seven images of 1.3 kB.
MEGABYTES = 8 / 1024


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """20 training images with backgrounds, and 10 test images with person masks."""
    rng = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("sharding") / "files"
    with DatasetWriter(path, COCO17, SIZE, {"kind": "test"}) as writer:
        for split, people in (("train", 4), ("test", 2)):
            names = [f"p{person}_{index}.png" for person in range(people) for index in range(5)]
            for name in names:
                joints = np.full((17, 3), 0.123)
                joints[:, :2] = rng.uniform(0, 15, (17, 2))
                joints[rng.integers(17)] = 0
                writer.add(split, name, rng.integers(0, 256, (*SIZE, 3), np.uint8), joints)
                if split == "train":
                    background = rng.integers(0, 256, (*SIZE, 3), np.uint8)
                    writer.write_file(f"backgrounds-train/{name}", encode_image(name, background))
                else:
                    writer.add_person_mask(split, name, rng.integers(0, 256, SIZE, np.uint8))
            writer.set_pairs(split, pairs_within_people(names))
    return DatasetFolder(path)


@pytest.fixture
def shards(files, tmp_path):
    return shard_dataset(files, tmp_path / "shards", MEGABYTES)


def test_the_same_dataset(files, shards):
    for split in ("train", "test"):
        one, other = getattr(files, split), getattr(shards, split)
        assert other.sharded
        assert one.names == other.names
        np.testing.assert_array_equal(one.keypoints, other.keypoints)
        np.testing.assert_array_equal(one.pairs, other.pairs)
    for name in ("annotations-train.csv", "pairs-train.csv", "annotations-test.csv"):
        assert (files.path / name).read_bytes() == (shards.path / name).read_bytes()
    assert verify_dataset(shards.path) == []
    assert shards.manifest["source"]["of"] == {"kind": "test"}


def test_records_as_tensorflow_reads_them(files, shards):
    """Shards are TFRecord files of Examples, in the annotations' order, with the files' bytes."""
    paths = sorted((shards.path / "train").iterdir())
    assert len(paths) == 3
    features = {key: tf.io.FixedLenFeature([], tf.string) for key in ("name", "image")}
    records = tf.data.TFRecordDataset([str(path) for path in paths])
    examples = [tf.io.parse_single_example(record, features) for record in records]
    assert [one["name"].numpy().decode() for one in examples] == list(files.train.names)
    for index, one in enumerate(examples):
        assert one["image"].numpy() == files.train.image_path(index).read_bytes()


@pytest.mark.parametrize("budget", [0, 1 << 20])
def test_images_are_the_same(files, shards, budget):
    indices = tf.constant([7, 0, 19, 7, 12])
    expected = ImageStore(files.train, SIZE).take(indices)
    np.testing.assert_array_equal(ImageStore(shards.train, SIZE, budget).take(indices), expected)
    expected = ImageStore(files.train.backgrounds, SIZE).take(indices)
    store = ImageStore(shards.train.backgrounds, SIZE, budget)
    np.testing.assert_array_equal(store.take(indices), expected)
    indices = indices % 10
    expected = ImageStore(files.test.person_masks, SIZE, channels=1).take(indices)
    store = ImageStore(shards.test.person_masks, SIZE, budget, channels=1)
    np.testing.assert_array_equal(store.take(indices), expected)


def test_training_sees_the_same_batches(files, shards):
    def batches(dataset, budget):
        store = ImageStore(dataset.train, SIZE, budget)
        pipeline = PairPipeline(dataset.train, COCO17, SIZE, store)
        stream = pipeline.training(6, 5, seed=1, flip=True).as_numpy_iterator()
        return list(itertools.islice(stream, 7))

    for one, other in zip(batches(files, 1 << 20), batches(shards, 0), strict=True):
        for name in one:
            np.testing.assert_array_equal(one[name], other[name])


def test_equal_inputs_give_equal_bytes(files, shards, tmp_path):
    again = shard_dataset(files, tmp_path / "again", MEGABYTES)
    assert again.manifest == shards.manifest
    for path in (shards.path / "train").iterdir():
        assert path.read_bytes() == (again.path / "train" / path.name).read_bytes()


def flip_a_bit(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut_at_a_record(path):
    """Remove the last record, which leaves a valid TFRecord file."""
    data, at = path.read_bytes(), 0
    while True:
        end = at + 16 + int.from_bytes(data[at : at + 8], "little")
        if end == len(data):
            break
        at = end
    path.write_bytes(data[:at])


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-5])


@pytest.mark.parametrize("damage", [flip_a_bit, cut_at_a_record, cut_short])
@pytest.mark.parametrize("budget", [0, 1 << 20])
def test_damaged_shards_are_refused(shards, damage, budget):
    path = shards.path / "train" / "00001.tfrecord"
    damage(path)
    with pytest.raises(DatasetError, match="is truncated or damaged") as error:
        ImageStore(shards.train, SIZE, budget)
    assert str(path) in str(error.value)
    ImageStore(shards.test, SIZE, budget)  # the other split is sound
    assert verify_dataset(shards.path) == ["train/00001.tfrecord differs from its checksum"]


def test_a_missing_shard(shards):
    (shards.path / "test" / "00000.tfrecord").unlink()
    with pytest.raises(DatasetError, match=r"00000\.tfrecord is missing: the dataset is incompl"):
        ImageStore(shards.test, SIZE)


def test_more_names_than_images(shards):
    text = (shards.path / "annotations-test.csv").read_text()
    line = text.splitlines()[-1].replace("p1_4", "p1_5")
    (shards.path / "annotations-test.csv").write_text(f"{text}{line}\n")
    with pytest.raises(DatasetError, match=r"holds 10 images in shards, but .* requires 11"):
        ImageStore(DatasetFolder(shards.path).test, SIZE)


def test_what_cannot_be_packed(files, shards, tmp_path):
    with pytest.raises(DatasetError, match="is already sharded"):
        shard_dataset(shards, tmp_path / "again")
    with pytest.raises(ConfigurationError, match="must be positive, received 0"):
        shard_dataset(files, tmp_path / "again", 0)
    with pytest.raises(DatasetError, match="already holds a dataset"):
        shard_dataset(files, shards.path)


def test_command_line(files, tmp_path, capsys):
    arguments = [str(files.path), "--output", str(tmp_path / "set"), "--megabytes", str(MEGABYTES)]
    assert run_command(main, arguments) == 0
    assert "(9 shards)" in capsys.readouterr().out
    assert verify_dataset(tmp_path / "set") == []


def test_an_incomplete_dataset(files, tmp_path):
    with DatasetWriter(tmp_path / "set", COCO17, SIZE, {}) as writer:
        writer.add("train", "a_1.png", np.zeros((*SIZE, 3), np.uint8), np.ones((17, 3)))
    dataset = DatasetFolder(tmp_path / "set")
    dataset.train.image_path(0).unlink()
    with pytest.raises(DatasetError, match=r"a_1\.png cannot be read: No such file"):
        shard_dataset(dataset, tmp_path / "shards")
    assert not (tmp_path / "shards").exists()
