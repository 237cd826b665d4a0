import itertools
from collections import Counter

import numpy as np
import pytest

from deformable_gan.data.annotations import person_of
from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.data.dataset_mixture import DatasetMixture
from deformable_gan.data.dataset_writer import DatasetWriter
from deformable_gan.data.image_store import ImageStore
from deformable_gan.data.pair_mixture import PairMixture
from deformable_gan.data.pairs import pairs_within_people
from deformable_gan.data.pipeline import PairPipeline
from deformable_gan.errors import ConfigurationError, DatasetError
from deformable_gan.pose.skeleton import COCO17

SIZE = (8, 6)


def make(path, skeleton, people, images, seed=0, size=SIZE):
    rng = np.random.default_rng(seed)
    with DatasetWriter(path, skeleton, size, {"seed": seed}) as writer:
        for split in ("train", "test"):
            names = [f"{person}_{index}.png" for person in people for index in range(images)]
            for name in names:
                joints = np.full((len(skeleton), 3), 1.0)
                joints[:, :2] = rng.uniform(0, 5, (len(skeleton), 2))
                writer.add(split, name, rng.integers(0, 256, (*size, 3), np.uint8), joints)
            writer.set_pairs(split, pairs_within_people(names))
    return DatasetFolder(path)


@pytest.fixture(scope="module")
def datasets(tmp_path_factory):
    """Two datasets that both have an `anna`: 12 pairs, and 60 pairs."""
    root = tmp_path_factory.mktemp("mixture")
    return (
        make(root / "first_set", COCO17, ("anna", "ben"), 3),
        make(root / "second", COCO17, ("anna", "cleo", "dora"), 5, seed=1),
    )


@pytest.fixture(scope="module", params=["memory", "files"])
def mixture(request, datasets):
    def pipeline(dataset):
        split = dataset.train
        store = ImageStore(split, SIZE, 0 if request.param == "files" else 1 << 20)
        return PairPipeline(split, COCO17, SIZE, store)

    named = DatasetMixture(datasets, (1, 3))
    parts = {name: pipeline(dataset) for name, dataset in named.datasets.items()}
    return PairMixture(parts, named.weights)


def take(dataset, count):
    return list(itertools.islice(dataset.as_numpy_iterator(), count))


def test_names_and_weights(datasets, tmp_path):
    mixture = DatasetMixture(datasets, (1, 3))
    assert list(mixture.datasets) == ["first-set", "second"]
    assert mixture.weights == (0.25, 0.75)
    assert DatasetMixture(datasets).weights == (0.5, 0.5)
    again = make(tmp_path / "second", COCO17, ("anna",), 2)
    assert list(DatasetMixture((datasets[1], again)).datasets) == ["second", "second-2"]


def test_every_batch_holds_what_the_datasets_hold(datasets, mixture):
    images = {
        f"{label}:{name}": (
            ImageStore(dataset.train, SIZE).take([i])[0],
            dataset.train.keypoints[i],
        )
        for label, dataset in zip(("first-set", "second"), datasets, strict=True)
        for i, name in enumerate(dataset.train.names)
    }
    for batch in take(mixture.training(8, 5, seed=0), 5):
        for row, names in enumerate(mixture.names(batch["pair"])):
            for role, name in zip(("source", "target"), names, strict=True):
                image, keypoints = images[name]
                np.testing.assert_array_equal(batch[f"{role}_image"][row], image)
                np.testing.assert_array_equal(batch[f"{role}_keypoints"][row], keypoints)


def test_nobody_is_paired_across_datasets(mixture):
    for batch in take(mixture.training(8, 20, seed=2), 20):
        for source, target in mixture.names(batch["pair"]):
            assert person_of(source) == person_of(target)
            assert source != target
    people = {person_of(name) for name in mixture.split.names}
    assert len(people) == 5  # both datasets have an `anna`, but they are two people


@pytest.mark.parametrize("balance_people", [False, True])
def test_shares_are_exact_in_every_epoch(mixture, balance_people):
    batches = take(mixture.training(7, 11, seed=4, balance_people=balance_people), 110)
    pairs = np.concatenate([batch["pair"] for batch in batches]).reshape(10, 77)
    first = [
        sum(name.startswith("first-set:") for name, _ in mixture.names(epoch)) for epoch in pairs
    ]
    # A quarter of 77 is 19.25.
    assert set(first) <= {19, 20}
    assert 19 <= np.mean(first) <= 19.6
    # The pairs of the two datasets are interleaved.
    assert {name.split(":")[0] for name, _ in mixture.names(pairs[0][:20])} == {
        "first-set",
        "second",
    }


def test_within_a_dataset_all_pairs_in_turn(mixture):
    """An epoch of 160 pairs takes each of the first dataset's 12 pairs three or four times (40)."""
    (batch,) = take(mixture.training(160, 1, seed=0), 1)
    counts = Counter(pair for pair in batch["pair"] if pair < 12)
    assert len(counts) == 12
    assert set(counts.values()) == {3, 4}
    # It takes each of the second dataset's 60 pairs twice (120).
    assert set(Counter(pair for pair in batch["pair"] if pair >= 12).values()) == {2}


def test_the_order_follows_from_the_seed_and_is_resumable(mixture):
    whole = take(mixture.training(4, 5, seed=3, flip=True), 14)
    rest = take(mixture.training(4, 5, seed=3, flip=True, first_step=6), 8)
    other = take(mixture.training(4, 5, seed=4, flip=True), 14)
    for one, two in zip(whole[6:], rest, strict=True):
        for name in one:
            np.testing.assert_array_equal(one[name], two[name], err_msg=name)
    assert any((a["pair"] != b["pair"]).any() for a, b in zip(whole, other, strict=True))


def test_sizes_must_agree(datasets, tmp_path):
    other = make(tmp_path / "other", COCO17, ("eve",), 2, size=(8, 8))
    with pytest.raises(DatasetError, match=r"first_set has 8x6 and .*other has 8x8: make one"):
        DatasetMixture((datasets[0], other))


@pytest.mark.parametrize("weights", [(1,), (1, 0), (1, -2), (1, float("nan")), (1, float("inf"))])
def test_weights_must_fit(datasets, weights):
    with pytest.raises(ConfigurationError, match="a positive, finite weight for each dataset"):
        DatasetMixture(datasets, weights)


def test_the_same_dataset_twice(datasets):
    with pytest.raises(ConfigurationError, match="given twice"):
        DatasetMixture((datasets[0], datasets[0]))


def test_checksum(datasets, tmp_path):
    one = DatasetMixture(datasets[:1])
    assert one.checksum == datasets[0].manifest["checksums_sha256"]
    assert DatasetMixture(datasets).checksum == DatasetMixture(datasets, (2, 2)).checksum
    assert DatasetMixture(datasets).checksum != DatasetMixture(datasets, (1, 2)).checksum
    assert DatasetMixture(datasets).checksum != one.checksum


def test_damaged_images_are_found(datasets, tmp_path):
    damaged = make(tmp_path / "damaged", COCO17, ("eve",), 2)
    parts = {
        name: PairPipeline(split, COCO17, SIZE, ImageStore(split, SIZE, 0))
        for name, split in (("a", datasets[0].train), ("b", damaged.train))
    }
    mixture = PairMixture(parts, (0.5, 0.5))
    mixture.check_images()
    damaged.train.image_path(1).write_bytes(b"")
    with pytest.raises(DatasetError, match=r"eve_1\.png is not a readable image"):
        mixture.check_images()


def test_open(datasets):
    mixture = DatasetMixture.open([str(dataset.path) for dataset in datasets], [1, 1])
    assert [d.path for d in mixture.datasets.values()] == [d.path for d in datasets]
