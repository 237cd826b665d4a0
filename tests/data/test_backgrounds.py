"""Pictures of the place without the person, as an input of the generator."""

import itertools

import numpy as np
import pytest

from deformable_gan.config import (
    DiscriminatorConfig,
    ExperimentConfig,
    GeneratorConfig,
    TrainingConfig,
)
from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.data.dataset_writer import DatasetWriter, encode_image
from deformable_gan.data.image_store import ImageStore
from deformable_gan.data.mixture import DatasetMixture
from deformable_gan.data.pairs import pairs_within_people
from deformable_gan.data.pipeline import PairPipeline
from deformable_gan.errors import DatasetError
from deformable_gan.pose.skeleton import COCO17
from deformable_gan.training.pipelines import build_pipelines
from deformable_gan.training.run_directory import RunDirectory
from deformable_gan.training.session import train

SIZE = (40, 36)


def make(path, seed, with_backgrounds=("train", "test")):
    rng = np.random.default_rng(seed)
    with DatasetWriter(path, COCO17, SIZE, {}) as writer:
        for split in ("train", "test"):
            names = [f"anna_{index}.png" for index in range(3)]
            for name in names:
                joints = np.column_stack([rng.uniform(0, 30, (17, 2)), np.ones(17)])
                writer.add(split, name, rng.integers(0, 256, (*SIZE, 3), np.uint8), joints)
                if split in with_backgrounds:
                    background = rng.integers(0, 256, (*SIZE, 3), np.uint8)
                    data = encode_image(name, background)
                    writer.write_file(f"backgrounds-{split}/{name}", data)
            writer.set_pairs(split, pairs_within_people(names))
    return DatasetFolder(path)


@pytest.fixture(scope="module")
def datasets(tmp_path_factory):
    root = tmp_path_factory.mktemp("backgrounds")
    return make(root / "one", 0), make(root / "two", 1)


CONFIG = ExperimentConfig(
    preset="demo",
    image_size=SIZE,
    skeleton="coco17",
    generator=GeneratorConfig(
        encoder_filters=(4, 4, 4), decoder_filters=(4, 4), warped_levels=2, background=True
    ),
    discriminator=DiscriminatorConfig(filters=(4, 4)),
    training=TrainingConfig(batch_size=2, epochs=1, steps_per_epoch=2),
)


def test_batches_hold_the_targets_backgrounds(datasets):
    split = datasets[0].train
    pipeline = PairPipeline(split, COCO17, SIZE, backgrounds=ImageStore(split.backgrounds, SIZE, 0))
    images = ImageStore(split, SIZE).take(np.arange(3)).numpy()
    backgrounds = ImageStore(split.backgrounds, SIZE).take(np.arange(3)).numpy()
    mirrored = set()
    for batch in itertools.islice(
        pipeline.training(4, 3, seed=0, flip=True).as_numpy_iterator(), 6
    ):
        assert batch["background"].dtype == np.uint8
        for row, pair in enumerate(batch["pair"]):
            target = split.pairs[pair, 1]
            flipped = not np.array_equal(batch["target_image"][row], images[target])
            expected = np.fliplr(backgrounds[target]) if flipped else backgrounds[target]
            np.testing.assert_array_equal(batch["background"][row], expected)
            mirrored.add(flipped)
    assert mirrored == {False, True}


def test_only_where_wanted(datasets):
    config = CONFIG.replace(generator__background=False)
    for pipeline in build_pipelines(config, DatasetMixture(datasets[:1])):
        assert "background" not in next(iter(pipeline.in_order(2)))


def test_of_a_mixture(datasets):
    train_pipeline, _ = build_pipelines(CONFIG, DatasetMixture(datasets))
    stores = [ImageStore(dataset.train.backgrounds, SIZE) for dataset in datasets]
    seen = set()
    for batch in itertools.islice(train_pipeline.training(6, 2, seed=0).as_numpy_iterator(), 2):
        for row, (_, target) in enumerate(train_pipeline.names(batch["pair"])):
            label, _, name = target.partition(":")
            number = ("one", "two").index(label)
            index = datasets[number].train.names.index(name)
            expected = stores[number].take(np.array([index]))[0]
            np.testing.assert_array_equal(batch["background"][row], expected)
            seen.add(number)
    assert seen == {0, 1}


def test_a_dataset_without(tmp_path):
    dataset = make(tmp_path / "set", 0, with_backgrounds=("train",))
    with pytest.raises(DatasetError, match="backgrounds-test does not exist: a generator with a"):
        build_pipelines(CONFIG, DatasetMixture([dataset]))


def test_a_missing_or_damaged_background(tmp_path):
    dataset = make(tmp_path / "set", 0)
    path = tmp_path / "set" / "backgrounds-train" / "anna_1.png"
    split = dataset.train
    pipeline = PairPipeline(split, COCO17, SIZE, backgrounds=ImageStore(split.backgrounds, SIZE, 0))
    path.write_bytes(b"no picture")
    with pytest.raises(DatasetError, match=r"backgrounds-train/anna_1\.png is not a readable im"):
        pipeline.check_images()
    path.unlink()
    with pytest.raises(DatasetError, match=r"backgrounds-train/anna_1\.png is missing"):
        ImageStore(split.backgrounds, SIZE)


@pytest.mark.slow
def test_training_with_backgrounds(datasets, tmp_path):
    run = RunDirectory(tmp_path / "run")
    scores = train(CONFIG, datasets[0], run, "random")
    assert scores["all"].pairs == 6
    assert (run.grids / "final.png").is_file()
