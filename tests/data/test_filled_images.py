"""The source image with the person filled in replaces backgrounds that are not stored."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from deformable_gan.backgrounds.fill_person import fill_person
from deformable_gan.config import ExperimentConfig, GeneratorConfig
from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.data.dataset_mixture import DatasetMixture
from deformable_gan.data.dataset_writer import DatasetWriter, encode_image
from deformable_gan.data.filled_images import FilledImages
from deformable_gan.data.image_store import ImageStore
from deformable_gan.data.pair_mixture import PairMixture
from deformable_gan.data.pairs import pairs_within_people
from deformable_gan.data.pipeline import PairPipeline
from deformable_gan.pose.skeleton import COCO17, OPENPOSE18, convert_keypoints
from deformable_gan.training.pipelines import build_pipelines

SIZE = (48, 40)
FIRST, STORED = 40, 200


def make(path, stored, people=("anna", "ben")):
    """Make a dataset in which image i has the grey level 40 + i and its background 200 + i."""
    with DatasetWriter(path, COCO17, SIZE, {}) as writer:
        for split in ("train", "test"):
            names = []
            rng = np.random.default_rng(3)
            for person in people:
                for index in range(3):
                    name = f"{person}_{index}.png"
                    place = rng.uniform(12, 28, (17, 2))
                    joints = np.column_stack([place, np.ones(17)])
                    image = np.full((*SIZE, 3), FIRST + len(names), np.uint8)
                    image[:, :2] = 10  # tells whether it is mirrored
                    writer.add(split, name, image, joints)
                    if stored:
                        background = np.full((*SIZE, 3), STORED + len(names), np.uint8)
                        writer.write_file(
                            f"backgrounds-{split}/{name}", encode_image(name, background)
                        )
                    names.append(name)
            writer.set_pairs(split, pairs_within_people(names))
    return DatasetFolder(path)


def pipeline_of(dataset, stored, filled=True, **options):
    split = dataset.train
    store = ImageStore(split, SIZE)
    return PairPipeline(
        split,
        COCO17,
        SIZE,
        store,
        ImageStore(split.backgrounds, SIZE) if stored else None,
        filled=FilledImages(store, split.keypoints, COCO17, SIZE) if filled else None,
        **options,
    )


@pytest.fixture(scope="module")
def with_backgrounds(tmp_path_factory):
    return make(tmp_path_factory.mktemp("with") / "set", True)


@pytest.fixture(scope="module")
def without(tmp_path_factory):
    return make(tmp_path_factory.mktemp("without") / "plain", False, ("carl",))


def middles(batch):
    """Return the grey level in the middle of source, target and background."""
    return [
        batch[name][:, 24, 20, 0].tolist()
        for name in ("source_image", "target_image", "background")
    ]


def take(dataset, count):
    return list(itertools.islice(dataset.as_numpy_iterator(), count))


@pytest.mark.parametrize("budget", [0, 1 << 20])
def test_images_are_filled(with_backgrounds, budget):
    split = with_backgrounds.train
    store = ImageStore(split, SIZE)
    images = FilledImages(store, split.keypoints, COCO17, SIZE, budget)
    for _ in range(2):  # computed, then kept
        taken = images.take(tf.constant([4, 0, 4]))
        assert taken.dtype == tf.uint8
        for index, image in zip((4, 0, 4), taken.numpy(), strict=True):
            expected = fill_person(store.image(index), split.keypoints[index], COCO17)
            np.testing.assert_array_equal(image, expected)
    images.check()
    assert images.take(tf.zeros([0], tf.int32)).shape == (0, *SIZE, 3)


def test_without_stored_backgrounds_it_is_the_source(without):
    pipeline = pipeline_of(without, stored=False)
    for batch in [*take(pipeline.training(3, 4, 0, flip=True), 8), *take(pipeline.in_order(3), 2)]:
        source, _, background = middles(batch)
        assert source == background  # a plain image is filled in with its own colour
        for image, made in zip(batch["source_image"], batch["background"], strict=True):
            # The mark at the edge shows that both images are mirrored or neither is.
            np.testing.assert_array_equal(image[:, [0, -1]], made[:, [0, -1]])


def test_stored_backgrounds_are_the_targets_in_a_share_of_the_pairs(with_backgrounds):
    pipeline = pipeline_of(with_backgrounds, stored=True)
    assert pipeline.filled_share == 0.5
    filled, total = 0, 0
    for batch in take(pipeline.training(8, 50, 1), 50):
        for source, target, background in zip(*middles(batch), strict=True):
            assert background in (source, target - FIRST + STORED)
            filled += background == source
            total += 1
    assert abs(filled / total - 0.5) < 0.1
    for batch in take(pipeline.in_order(4), 3):
        _, target, background = middles(batch)
        assert [level - STORED for level in background] == [level - FIRST for level in target]


@pytest.mark.parametrize(("share", "both"), [(0.0, False), (1.0, True)])
def test_the_share_can_be_chosen(with_backgrounds, share, both):
    pipeline = pipeline_of(with_backgrounds, stored=True, filled_share=share)
    for batch in take(pipeline.training(6, 4, 1), 6):
        source, _, background = middles(batch)
        assert all((one == other) == both for one, other in zip(source, background, strict=True))


def test_which_pairs_depends_on_seed_and_step_alone(with_backgrounds):
    def stream(first_step=0, seed=5, **options):
        pipeline = pipeline_of(with_backgrounds, stored=True)
        return take(
            pipeline.training(4, 5, seed, first_step=first_step, **options), 12 - first_step
        )

    whole, again, rest = stream(), stream(), stream(7)
    for one, other in [*zip(whole, again, strict=True), *zip(whole[7:], rest, strict=True)]:
        for name in one:
            np.testing.assert_array_equal(one[name], other[name])
    levels = [middles(batch)[2] for batch in whole]
    assert levels != [middles(batch)[2] for batch in stream(seed=6)]
    # Mirroring has its own random numbers, so the same pairs have a filled background.
    assert levels == [middles(batch)[2] for batch in stream(flip=True)]
    # Each epoch draws anew.
    choice = [np.array(b[0]) == np.array(b[2]) for b in map(middles, whole)]
    assert not np.array_equal(choice[:5], choice[5:10])


def test_the_order_of_pairs_is_as_without_backgrounds(with_backgrounds):
    one = pipeline_of(with_backgrounds, stored=True)
    other = pipeline_of(with_backgrounds, stored=False, filled=False)
    for a, b in zip(
        take(one.training(4, 5, 2, flip=True), 8),
        take(other.training(4, 5, 2, flip=True), 8),
        strict=True,
    ):
        assert set(a) - set(b) == {"background"}
        for name in b:
            np.testing.assert_array_equal(a[name], b[name])


def test_a_part_of_every_batch_has_its_backgrounds(with_backgrounds):
    pipeline = pipeline_of(with_backgrounds, stored=True)
    (whole,) = take(pipeline.training(4, 3, 7), 1)
    (part,) = take(pipeline.training(4, 3, 7, rows=np.array([[1, 3]])), 1)
    np.testing.assert_array_equal(part["background"], whole["background"][[1, 3]])


def test_mixed_datasets_with_and_without(with_backgrounds, without):
    parts = {
        "with": pipeline_of(with_backgrounds, stored=True),
        "plain": pipeline_of(without, stored=False),
    }
    mixture = PairMixture(parts, [0.5, 0.5])
    pairs_with = len(with_backgrounds.train.pairs)
    seen = set()
    for batch in take(mixture.training(8, 10, 0, flip=True), 10):
        for pair, source, target, background in zip(batch["pair"], *middles(batch), strict=True):
            if pair >= pairs_with:
                assert background == source
                seen.add("plain")
            else:
                assert background in (source, target - FIRST + STORED)
                seen.add("filled" if background == source else "stored")
    assert seen == {"plain", "filled", "stored"}
    for batch in take(mixture.in_order(5), 3):
        for pair, source, target, background in zip(batch["pair"], *middles(batch), strict=True):
            assert background == (source if pair >= pairs_with else target - FIRST + STORED)
    mixture.check_images()


def test_the_keypoints_may_be_in_another_layout(without):
    split = without.train
    store = ImageStore(split, SIZE)
    keypoints = convert_keypoints(split.keypoints, COCO17, OPENPOSE18)
    images = FilledImages(store, keypoints, OPENPOSE18, SIZE)
    expected = fill_person(store.image(1), keypoints[1], OPENPOSE18)
    np.testing.assert_array_equal(images.take(tf.constant([1]))[0], expected)


def test_composing_generators_are_given_backgrounds_of_every_dataset(with_backgrounds, without):
    config = ExperimentConfig(
        preset="demo",
        image_size=SIZE,
        skeleton="coco17",
        generator=GeneratorConfig(
            encoder_filters=(4, 4, 4),
            decoder_filters=(4, 4),
            warped_levels=2,
            background=True,
            composite=True,
        ),
    )
    mixture = DatasetMixture([with_backgrounds, without])
    for pipeline in build_pipelines(config, mixture):
        stored = [bool(part.backgrounds) for part in pipeline.parts.values()]
        assert stored == [True, False]
        assert all(part.filled for part in pipeline.parts.values())
        (batch,) = take(pipeline.in_order(4), 1)
        assert batch["background"].shape == (4, *SIZE, 3)
