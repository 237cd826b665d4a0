"""Backgrounds and masks beside a dataset's images, as inputs of the networks."""

import dataclasses
import itertools

import numpy as np
import pytest
from PIL import Image

from deformable_gan.config import (
    DiscriminatorConfig,
    ExperimentConfig,
    GeneratorConfig,
    TrainingConfig,
)
from deformable_gan.data.dataset_folder import DatasetFolder, person_mask_name
from deformable_gan.data.dataset_mixture import DatasetMixture
from deformable_gan.data.dataset_writer import DatasetWriter, encode_image
from deformable_gan.data.image_store import ImageStore
from deformable_gan.data.pairs import pairs_within_people
from deformable_gan.data.pipeline import PairPipeline
from deformable_gan.data.verify import verify_dataset
from deformable_gan.errors import DatasetError
from deformable_gan.pose.skeleton import COCO17
from deformable_gan.training.pipelines import build_pipelines
from deformable_gan.training.run_directory import RunDirectory
from deformable_gan.training.session import train

SIZE = (40, 36)
# Key in a batch, argument of the pipeline, image that it belongs to, and number of channels.
KINDS = [
    ("background", "backgrounds", "target", 3),
    ("source_mask", "person_masks", "source", 1),
]


def make(path, seed, without=()):
    rng = np.random.default_rng(seed)
    with DatasetWriter(path, COCO17, SIZE, {}) as writer:
        for split in ("train", "test"):
            names = [f"anna_{index}.jpg" for index in range(3)]
            for name in names:
                joints = np.column_stack([rng.uniform(0, 30, (17, 2)), np.ones(17)])
                writer.add(split, name, rng.integers(0, 256, (*SIZE, 3), np.uint8), joints)
                if f"backgrounds-{split}" not in without:
                    background = rng.integers(0, 256, (*SIZE, 3), np.uint8)
                    data = encode_image(name, background)
                    writer.write_file(f"backgrounds-{split}/{name}", data)
                if f"masks-{split}" not in without:
                    writer.add_person_mask(split, name, rng.integers(0, 256, SIZE, np.uint8))
            writer.set_pairs(split, pairs_within_people(names))
    return DatasetFolder(path)


@pytest.fixture(scope="module")
def datasets(tmp_path_factory):
    root = tmp_path_factory.mktemp("supplements")
    return make(root / "one", 0), make(root / "two", 1)


@pytest.fixture(params=KINDS, ids=lambda kind: kind[0])
def kind(request):
    return request.param


def store(split, kind, budget=2 << 30):
    _, argument, _, channels = kind
    images = split.backgrounds if argument == "backgrounds" else split.person_masks
    return ImageStore(images, SIZE, budget, channels)


CONFIG = ExperimentConfig(
    preset="demo",
    image_size=SIZE,
    skeleton="coco17",
    generator=GeneratorConfig(
        encoder_filters=(4, 4, 4),
        decoder_filters=(4, 4),
        warped_levels=2,
        background=True,
        mask=True,
    ),
    discriminator=DiscriminatorConfig(filters=(4, 4)),
    training=TrainingConfig(batch_size=2, epochs=1, steps_per_epoch=2),
)


def test_batches_hold_those_of_the_right_image(datasets, kind):
    key, argument, role, channels = kind
    split = datasets[0].train
    pipeline = PairPipeline(split, COCO17, SIZE, **{argument: store(split, kind, budget=0)})
    images = ImageStore(split, SIZE).take(np.arange(3)).numpy()
    supplements = store(split, kind).take(np.arange(3)).numpy()
    mirrored = set()
    for batch in itertools.islice(
        pipeline.training(4, 3, seed=0, flip=True).as_numpy_iterator(), 6
    ):
        assert batch[key].dtype == np.uint8
        assert batch[key].shape == (4, *SIZE, channels)
        for row, pair in enumerate(batch["pair"]):
            source, target = split.pairs[pair]
            index = source if role == "source" else target
            flipped = not np.array_equal(batch[f"{role}_image"][row], images[index])
            expected = np.fliplr(supplements[index]) if flipped else supplements[index]
            np.testing.assert_array_equal(batch[key][row], expected)
            mirrored.add(flipped)
    assert mirrored == {False, True}


def test_masks_are_what_was_written(tmp_path):
    mask = np.random.default_rng(0).integers(0, 256, SIZE, np.uint8)
    with DatasetWriter(tmp_path / "set", COCO17, SIZE, {}) as writer:
        writer.add("train", "a_1.jpg", np.zeros((*SIZE, 3), np.uint8), np.ones((17, 3)))
        writer.add_person_mask("train", "a_1.jpg", mask)
        with pytest.raises(
            DatasetError, match=r"mask of shape \(40, 36\), received uint8 \(36, 40"
        ):
            writer.add_person_mask("train", "a_1.jpg", mask.T)
    np.testing.assert_array_equal(Image.open(tmp_path / "set/masks-train/a_1.png"), mask)
    split = DatasetFolder(tmp_path / "set").train
    read = ImageStore(split.person_masks, SIZE, channels=1).take(np.array([0]))
    np.testing.assert_array_equal(read[0, ..., 0], mask)


def test_only_where_wanted(datasets):
    config = CONFIG.replace(generator__background=False, generator__mask=False)
    for pipeline in build_pipelines(config, DatasetMixture(datasets[:1])):
        assert not {"background", "source_mask"} & set(next(iter(pipeline.in_order(2))))


def test_of_a_mixture(datasets, kind):
    key, _, role, _ = kind
    train_pipeline, _ = build_pipelines(CONFIG, DatasetMixture(datasets))
    stores = [store(dataset.train, kind) for dataset in datasets]
    seen = set()
    for batch in itertools.islice(train_pipeline.training(6, 2, seed=0).as_numpy_iterator(), 2):
        for row, pair in enumerate(train_pipeline.names(batch["pair"])):
            label, _, name = pair[role == "target"].partition(":")
            number = ("one", "two").index(label)
            index = datasets[number].train.names.index(name)
            expected = stores[number].take(np.array([index]))[0]
            np.testing.assert_array_equal(batch[key][row], expected)
            seen.add(number)
    assert seen == {0, 1}


@pytest.mark.parametrize("folder", ["backgrounds-test", "masks-train", "masks-test"])
def test_a_dataset_without(tmp_path, folder):
    dataset = make(tmp_path / "set", 0, without=[folder])
    with pytest.raises(DatasetError, match=f"{folder} does not exist or is not a folder: a gen"):
        build_pipelines(CONFIG, DatasetMixture([dataset]))


def test_a_missing_or_damaged_one(tmp_path, kind):
    _, argument, _, _ = kind
    folder = argument.removeprefix("person_")
    dataset = make(tmp_path / "set", 0)
    split = dataset.train
    name = "anna_1.jpg" if argument == "backgrounds" else person_mask_name("anna_1.jpg")
    path = tmp_path / "set" / f"{folder}-train" / name
    pipeline = PairPipeline(split, COCO17, SIZE, **{argument: store(split, kind, budget=0)})
    path.write_bytes(b"no picture")
    message = rf"{folder}-train/anna_1\.\w+ is"
    with pytest.raises(DatasetError, match=f"{message} not a readable im"):
        pipeline.check_images()
    path.unlink()
    with pytest.raises(DatasetError, match=f"{message} missing"):
        store(split, kind)


def test_numbers_of_classes_are_no_masks(tmp_path):
    dataset = make(tmp_path / "set", 0)
    for path in (tmp_path / "set" / "masks-test").iterdir():
        Image.fromarray((np.asarray(Image.open(path)) > 99).astype(np.uint8)).save(path)
    with pytest.raises(
        DatasetError, match=r"masks-test show no person: expected 255.* up to 1 in 3"
    ):
        build_pipelines(CONFIG, DatasetMixture([dataset]))


def test_images_cannot_share_a_mask(datasets):
    split = dataclasses.replace(datasets[0].train, names=("a_1.png", "a_2.png", "a_1.jpg"))
    with pytest.raises(DatasetError, match=r"masks-train/a_1\.png would be the person mask of two"):
        _ = split.person_masks


def test_verified_although_added_later(tmp_path):
    dataset = make(tmp_path / "set", 0, without=("masks-train", "masks-test"))
    folder = tmp_path / "set" / "masks-train"
    folder.mkdir()
    for name in ("anna_0.png", "anna_2.png", "bert_0.png"):
        Image.new("L", SIZE[::-1], 255).save(folder / name)
    assert verify_dataset(dataset.path) == [
        "masks-train/bert_0.png does not belong to the dataset",
        "masks-train/anna_1.png is missing",
    ]
    (folder / "bert_0.png").rename(folder / "anna_1.png")
    assert verify_dataset(dataset.path) == []


@pytest.mark.slow
def test_training_with_them(datasets, tmp_path):
    run = RunDirectory(tmp_path / "run")
    scores = train(CONFIG, datasets[0], run, "random")
    assert scores["all"].pairs == 6
    assert (run.grids / "final.png").is_file()
