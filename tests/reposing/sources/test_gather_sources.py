"""The selection of photographs and frames, with a stand-in for MoveNet."""

import itertools

import numpy as np
import pytest
from PIL import Image

from deformable_gan.errors import ConfigurationError, MediaError
from deformable_gan.pose.skeleton import COCO17
from deformable_gan.reposing.reposer import Reposer
from deformable_gan.reposing.sources.gather_sources import choose_representatives, gather_sources


@pytest.fixture
def photographs(red_mark, tmp_path):
    """Three photographs with a person and one without."""
    paths = []
    for number, place in enumerate([(130, 90), None, (120, 80), (140, 100)]):
        picture = (
            np.full((240, 180, 3), 90, np.uint8) if place is None else red_mark((240, 180), *place)
        )
        paths.append(tmp_path / f"{number}.png")
        Image.fromarray(picture).save(paths[-1])
    return paths


def test_photographs_without_anybody_are_reported(copying_reposer, photographs):
    told = []
    person = copying_reposer.one_person(photographs, report=told.append)
    assert len(person.more) == 2
    assert person.photograph is not None
    np.testing.assert_array_equal(person.photograph, np.asarray(Image.open(photographs[0])))
    assert len(told) == 2
    assert "1.png: no person found" in told[0]
    assert told[1] == "3 of 3 images of the person are used"


def test_no_more_than_asked_for_are_used(copying_reposer, photographs):
    told = []
    person = copying_reposer.one_person(photographs, most=2, report=told.append)
    assert len(person.more) == 1
    assert told[-1] == "2 of 3 images of the person are used"
    assert copying_reposer.one_person(photographs, most=1).more == ()
    with pytest.raises(ValueError, match="received 0"):
        copying_reposer.one_person(photographs, most=0)


def test_all_dropped_is_an_error(copying_reposer, photographs, tmp_path):
    with pytest.raises(MediaError, match=r"no source is usable: .*1\.png: no .*absent\.jpg does"):
        copying_reposer.one_person([photographs[1], tmp_path / "absent.jpg"])


def test_frames_of_a_clip(copying_reposer, red_mark, make_video):
    frames = [red_mark((160, 128), 76, 50 + 4 * i) for i in range(8)]
    frames[3:5] = [np.full((160, 128, 3), 90, np.uint8)] * 2
    clip = make_video("walk.mp4", frames, rate=4)
    told = []
    person = copying_reposer.one_person([clip], most=3, report=told.append)
    assert len(person.more) == 2
    assert person.photograph.shape == (160, 128, 3)
    assert told == [
        f"{clip}: 2 of 8 frames do not show the person with both shoulders and both hips",
        "3 of 6 images of the person are used",
    ]


def test_the_end_of_a_clip_is_not_looked_at(copying_reposer, red_mark, make_video):
    """Of eight frames at four per second, five are shown no later than at one second."""
    frames = [red_mark((160, 128), 76, 50 + 4 * i) for i in range(8)]
    clip = make_video("walk.mp4", frames, rate=4)
    told = []
    person = gather_sources([clip], copying_reposer, 8, told.append, until={clip: 1.0})
    assert told == ["5 of 5 images of the person are used"]
    last = person.more[-1].photograph.astype(int)
    assert np.abs(last - frames[4]).mean() < np.abs(last - frames[5]).mean()


def test_masks_do_not_work():
    reposer = Reposer(lambda image, *_: image, (64, 36), COCO17, wants_mask=True)
    with pytest.raises(ConfigurationError, match="takes only one photograph"):
        gather_sources([], reposer, 5)


def test_representatives():
    """The second choice is the image with which the costs are lowest, found by trying all."""
    places = np.array([0.0, 0.1, 0.2, 5.0, 5.1, 5.2, 5.3])
    costs = np.abs(places[:, None] - places[None])
    assert choose_representatives(costs, 1) == [0]
    used = choose_representatives(costs, 2)
    best = min(
        itertools.combinations(range(1, 7), 1), key=lambda one: costs[:, [0, *one]].min(1).sum()
    )
    assert used == [0, *best]
    assert choose_representatives(costs, 20) == list(range(7))
