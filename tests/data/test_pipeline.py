import itertools
from collections import Counter

import numpy as np
import pytest

from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.data.dataset_writer import DatasetWriter
from deformable_gan.data.image_store import ImageStore
from deformable_gan.data.pairs import pairs_within_people
from deformable_gan.data.pipeline import PairPipeline
from deformable_gan.errors import DatasetError
from deformable_gan.pose.skeleton import COCO17

SIZE = (8, 6)
NAMES = [f"{person}_{index}.png" for person in ("anna", "ben") for index in range(3)]
PAIRS = pairs_within_people(NAMES)  # 12 of them


@pytest.fixture(scope="module")
def split(tmp_path_factory):
    rng = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("pipeline") / "set"
    with DatasetWriter(path, COCO17, SIZE, {}) as writer:
        for name in NAMES:
            joints = np.dstack([rng.uniform(0, 7, 17), rng.uniform(0, 5, 17), np.ones(17)])[0]
            joints[rng.integers(17)] = 0
            writer.add("train", name, rng.integers(0, 256, (*SIZE, 3), np.uint8), joints)
        writer.set_pairs("train", PAIRS)
    return DatasetFolder(path).train


@pytest.fixture(scope="module")
def pipeline(split):
    return PairPipeline(split, COCO17, SIZE)


def take(dataset, count):
    return list(itertools.islice(dataset.as_numpy_iterator(), count))


def pairs_of(batches):
    return np.concatenate([batch["pair"] for batch in batches])


def assert_equal_batches(first, second):
    assert len(first) == len(second)
    for one, other in zip(first, second, strict=True):
        assert one.keys() == other.keys()
        for name in one:
            np.testing.assert_array_equal(one[name], other[name], err_msg=name)


def test_a_batch_holds_what_the_split_holds(split, pipeline):
    (batch,) = take(pipeline.training(5, 3, seed=0, flip=False), 1)
    images = ImageStore(split, SIZE)
    assert batch["source_image"].dtype == batch["target_image"].dtype == np.uint8
    assert batch["source_keypoints"].dtype == batch["target_keypoints"].dtype == np.float32
    assert batch["pair"].shape == (5,)
    for role, column in (("source", 0), ("target", 1)):
        positions = split.pairs[batch["pair"], column]
        np.testing.assert_array_equal(batch[f"{role}_image"], images.take(positions))
        np.testing.assert_array_equal(batch[f"{role}_keypoints"], split.keypoints[positions])


def test_shapes_are_known_before_running(pipeline):
    spec = pipeline.training(5, 3, seed=0, flip=True).element_spec
    assert spec["source_image"].shape[1:] == (*SIZE, 3)
    assert spec["target_keypoints"].shape[1:] == (17, 3)


def test_every_pair_once_a_round(pipeline):
    # An epoch of 6 batches of 4 is two rounds of the 12 pairs, each in a different order.
    batches = take(pipeline.training(4, 6, seed=0, flip=False), 12)
    rounds = pairs_of(batches).reshape(4, 12)
    for one in rounds:
        np.testing.assert_array_equal(np.sort(one), np.arange(12))
    assert len({tuple(one) for one in rounds}) == 4


def test_an_epoch_shorter_than_a_round_draws_without_repetition(pipeline):
    epochs = pairs_of(take(pipeline.training(4, 2, seed=0, flip=False), 40)).reshape(20, 8)
    for epoch in epochs:
        assert len(set(epoch)) == 8
    counts = Counter(epochs.ravel())
    assert len(counts) == 12  # every pair is drawn sooner or later


def test_an_epoch_may_end_in_the_middle_of_a_round(pipeline):
    epochs = pairs_of(take(pipeline.training(5, 3, seed=0, flip=False), 30)).reshape(10, 15)
    for epoch in epochs:
        np.testing.assert_array_equal(np.sort(epoch[:12]), np.arange(12))


def test_batches_larger_than_all_pairs(pipeline):
    (batch,) = take(pipeline.training(30, 1, seed=0, flip=False), 1)
    counts = Counter(batch["pair"].tolist())
    assert set(counts) == set(range(12))
    assert set(counts.values()) == {2, 3}


def test_the_order_follows_from_the_seed(pipeline):
    first = take(pipeline.training(4, 3, seed=7, flip=True), 8)
    assert_equal_batches(first, take(pipeline.training(4, 3, seed=7, flip=True), 8))
    other = take(pipeline.training(4, 3, seed=8, flip=True), 8)
    assert not np.array_equal(pairs_of(first), pairs_of(other))


# An epoch has 5 steps. Runs continue within the first epoch (1, 4), after it (5), within a later
# epoch (13) and after a later epoch (20).
@pytest.mark.parametrize("first_step", [1, 4, 5, 13, 20])
def test_continuing_is_as_if_never_interrupted(pipeline, first_step):
    whole = take(pipeline.training(4, 5, seed=3, flip=True), first_step + 7)
    rest = take(pipeline.training(4, 5, seed=3, flip=True, first_step=first_step), 7)
    assert_equal_batches(whole[first_step:], rest)


def test_from_disk_equals_from_memory(split, pipeline):
    from_disk = PairPipeline(split, COCO17, SIZE, ImageStore(split, SIZE, memory_budget=0))
    assert_equal_batches(
        take(pipeline.training(4, 5, seed=3, flip=True), 7),
        take(from_disk.training(4, 5, seed=3, flip=True), 7),
    )


def test_mirrored_pairs(split, pipeline):
    """Column c becomes W - 1 - c, and left joints become right ones."""
    batches = take(pipeline.training(6, 20, seed=1, flip=True), 20)
    images = ImageStore(split, SIZE).take(np.arange(len(NAMES))).numpy()
    mirrored_count = 0
    for batch in batches:
        for row, pair in enumerate(batch["pair"]):
            flags = set()
            for role, column in (("source", 0), ("target", 1)):
                position = split.pairs[pair, column]
                image = batch[f"{role}_image"][row]
                mirrored = not np.array_equal(image, images[position])
                flags.add(mirrored)
                expected = np.fliplr(images[position]) if mirrored else images[position]
                np.testing.assert_array_equal(image, expected)
                before, after = split.keypoints[position], batch[f"{role}_keypoints"][row]
                for joint, name in enumerate(COCO17.joints):
                    y, x, seen = before[joint]
                    if mirrored:
                        swap = {"left": "right", "right": "left"}
                        side, _, rest = name.partition("_")
                        joint = COCO17.joints.index(f"{swap[side]}_{rest}" if rest else name)
                        x = SIZE[1] - 1 - x if seen else 0
                    np.testing.assert_allclose(after[joint], (y, x, seen), atol=1e-6)
            assert len(flags) == 1, "source and target must be mirrored together"
            mirrored_count += flags.pop()
    # 120 fair coins: outside these bounds once in a million seeds.
    assert 33 < mirrored_count < 87


def test_without_flip_nothing_is_mirrored(split, pipeline):
    images = ImageStore(split, SIZE).take(np.arange(len(NAMES))).numpy()
    for batch in take(pipeline.training(6, 4, seed=1, flip=False), 4):
        expected = images[split.pairs[batch["pair"], 0]]
        np.testing.assert_array_equal(batch["source_image"], expected)


def test_in_order(pipeline):
    batches = take(pipeline.in_order(5), 99)
    assert [len(batch["pair"]) for batch in batches] == [5, 5, 2]
    np.testing.assert_array_equal(pairs_of(batches), np.arange(12))


def test_in_order_with_a_limit_spreads_over_the_split(pipeline):
    np.testing.assert_array_equal(pairs_of(take(pipeline.in_order(5, 4), 99)), (0, 4, 7, 11))
    np.testing.assert_array_equal(pairs_of(take(pipeline.in_order(5, 12), 99)), np.arange(12))
    np.testing.assert_array_equal(pairs_of(take(pipeline.in_order(5, 99), 99)), np.arange(12))
    np.testing.assert_array_equal(pairs_of(take(pipeline.in_order(5, 1), 99)), (0,))


def test_names(pipeline):
    assert pipeline.names(np.array([0, 11])) == [PAIRS[0], PAIRS[11]]


def test_no_pairs(tmp_path):
    with DatasetWriter(tmp_path / "set", COCO17, SIZE, {}) as writer:
        writer.add("test", "anna_0.png", np.zeros((*SIZE, 3), np.uint8), np.ones((17, 3)))
    with pytest.raises(DatasetError, match=r"the test split in .*set has no pairs: each person"):
        PairPipeline(DatasetFolder(tmp_path / "set").test, COCO17, SIZE)


def test_images_of_another_size_than_asked_for(split):
    with pytest.raises(DatasetError, match="is 8x6; the dataset's images are 8x8"):
        PairPipeline(split, COCO17, (8, 8))


@pytest.mark.parametrize("augment", [False, True])
@pytest.mark.parametrize("judged", [0, 5])
def test_random_numbers_of_pairs_go_to_their_replicas(pipeline, augment, judged):
    options = {"augment": augment, "judged_changes": judged, "flip": True}
    whole = next(iter(pipeline.training(4, 3, 0, **options)))
    rows = np.array([[0, 2], [1, 3]])
    parts = list(pipeline.training(4, 3, 0, rows=rows, **options).take(2))
    assert ("judged_changes" in whole) == bool(judged)
    for part, places in zip(parts, rows, strict=True):
        assert set(part) == set(whole)
        for name, value in part.items():
            np.testing.assert_array_equal(value, whole[name].numpy()[places])
    if judged:
        numbers = whole["judged_changes"].numpy()
        assert numbers.shape == (4, 5)
        assert ((numbers >= 0) & (numbers < 1)).all()
        assert len(np.unique(numbers)) == 20
