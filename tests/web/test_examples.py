import numpy as np
import pytest

from deformable_gan.dancers import make_dancers
from deformable_gan.data.annotations import person_of
from deformable_gan.data.media import read_photo
from deformable_gan.data.usable_pose import why_unusable
from deformable_gan.errors import DatasetError
from deformable_gan.pose.skeleton import COCO17, OPENPOSE18
from deformable_gan.web.examples import COUNT, Examples


@pytest.fixture(scope="module")
def crowd(tmp_path_factory):
    return make_dancers(
        tmp_path_factory.mktemp("crowd") / "crowd",
        image_size=(64, 36),
        train_people=1,
        test_people=COUNT + 1,
        images_per_person=3,
        variety="plain",
        person_masks=True,
        progress=False,
    )


def who_is(examples, dataset):
    """The names of the examples' images, found by comparing pixels."""
    images = {name: read_photo(dataset.test.folder / name) for name in dataset.test.names}
    return [
        next(name for name, image in images.items() if np.array_equal(image, example.image))
        for example in examples
    ]


def test_of_many_people_everybody_is_there_once(crowd):
    examples = Examples.of_dataset(crowd.path)
    people, poses = who_is(examples.people, crowd), who_is(examples.poses, crowd)
    assert len({person_of(name) for name in people}) == COUNT
    assert not set(people) & set(poses)
    assert examples.origin == "held-out images of crowd"


def test_joints_and_masks_are_the_datasets(crowd):
    examples = Examples.of_dataset(crowd.path)
    for name, example in zip(who_is(examples.people, crowd), examples.people, strict=True):
        keypoints = crowd.test.keypoints[crowd.test.names.index(name)]
        np.testing.assert_array_equal(example.keypoints, keypoints)
        mask = read_photo(crowd.test.person_masks.folder / name)[..., 0]
        np.testing.assert_array_equal(example.mask, mask)


def test_of_few_people_more_images_are_shown(dancers):
    examples = Examples.of_dataset(dancers.path)  # two people, four images each
    people, poses = who_is(examples.people, dancers), who_is(examples.poses, dancers)
    assert sorted([*people, *poses]) == sorted(dancers.test.names)


def test_no_dataset(tmp_path):
    with pytest.raises(DatasetError, match="does not exist"):
        Examples.of_dataset(tmp_path / "absent")


@pytest.mark.parametrize("skeleton", [COCO17, OPENPOSE18], ids=lambda skeleton: skeleton.name)
def test_drawn_dancers(skeleton):
    examples = Examples.drawn((64, 36), skeleton)
    assert len(examples.people) == len(examples.poses) == COUNT
    for example in (*examples.people, *examples.poses):
        assert example.image.shape == (64, 36, 3)
        assert example.mask.shape == (64, 36)
        assert why_unusable(example.keypoints, skeleton) is None


def test_drawn_dancers_are_cut_out_of_larger_drawings():
    """Models that compose need larger drawings; their results have the size of the drawing."""
    examples = Examples.drawn((64, 36), COCO17, times=4)
    for example in (*examples.people, *examples.poses):
        assert example.image.shape == (64, 36, 3)
        assert example.photograph.shape == (256, 144, 3)
        assert why_unusable(example.keypoints, COCO17) is None


def test_somebody_in_the_first_place():
    examples = Examples.drawn((64, 36), COCO17)
    led = examples.led_by(examples.poses[3])
    assert led.people[0] is examples.poses[3]
    assert led.people[1:] == examples.people
    assert led.poses is examples.poses


def test_without_held_out_images_training_images_are_shown_and_named_so(tmp_path):
    dataset = make_dancers(
        tmp_path / "group",
        image_size=(64, 36),
        train_people=2,
        test_people=0,
        images_per_person=3,
        variety="plain",
        progress=False,
    )
    examples = Examples.of_dataset(dataset.path)
    assert examples.origin == "training images of group"
    names = {name: read_photo(dataset.train.folder / name) for name in dataset.train.names}
    for example in examples.people:
        assert any(np.array_equal(image, example.image) for image in names.values())
