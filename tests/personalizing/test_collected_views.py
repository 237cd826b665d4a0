"""Images come only from the training parts of clips and folders of photographs."""

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from deformable_gan.personalizing.collected_views import collect_views
from deformable_gan.pose.skeleton import COCO17
from deformable_gan.reposing.reposer import Reposer

RATE = 4.0


def mark(size, y, x):
    """Return an image whose red mark the stand-in for MoveNet finds."""
    picture = np.full((*size, 3), 90, np.uint8)
    picture[y - 1 : y + 2, x - 1 : x + 2] = (255, 0, 0)
    return picture


@pytest.fixture
def reposer(marker_movenet):
    return Reposer(lambda image, *_: image, (64, 36), COCO17, marker_movenet)


def dataset_of(names):
    return SimpleNamespace(
        train=SimpleNamespace(names=names), manifest={"source": {"options": {"rate": RATE}}}
    )


def test_the_end_of_a_clip_is_held_out(reposer, make_video):
    """Of eight frames the last two are held out; marks identify the frame of an image."""
    frames = [mark((160, 128), 76, 40 + 6 * index) for index in range(8)]
    clip = make_video("dance.mp4", frames, rate=4)
    dataset = dataset_of([f"dance_{number:06d}.jpg" for number in range(6)])
    views = collect_views([clip], dataset, reposer, most=8)
    places = [int(view.photograph[:, :, 0].max(axis=0).argmax()) for view in views]
    assert len(views) == 6
    assert sorted(round((place - 40) / 6) for place in places) == [0, 1, 2, 3, 4, 5]


def test_photographs_that_are_held_out(reposer, tmp_path):
    folder = tmp_path / "anna"
    folder.mkdir()
    for number in range(4):
        Image.fromarray(mark((240, 180), 130, 70 + 10 * number)).save(folder / f"{number}.png")
    dataset = dataset_of(["anna_000000.jpg", "anna_000002.jpg"])
    views = collect_views([folder], dataset, reposer, most=8)
    found = sorted(int(view.photograph[130, :, 0].argmax()) for view in views)
    assert found == [69, 89]
