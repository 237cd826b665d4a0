"""Images of a person in a run's folder, written and read."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from deformable_gan.errors import RunError
from deformable_gan.pose.person_crop import PersonCrop
from deformable_gan.pose.skeleton import COCO17
from deformable_gan.reposing.posed_image import PosedImage
from deformable_gan.reposing.reposer import Reposer
from deformable_gan.reposing.views.stored_views import read_views, write_views
from deformable_gan.reposing.views.views_folder import VIEWS, has_views


@pytest.fixture
def view():
    """A person in a crop at half size: 60x40 pixels of a photograph, from row 10 and column 20."""
    keypoints = np.zeros((17, 3), np.float32)
    keypoints[5] = (4, 6, 0.9)
    keypoints[12] = (14.5, 3, 0.5)
    photograph = np.full((120, 100, 3), 90, np.uint8)
    photograph[:, 50:] = 200
    crop = PersonCrop(9.5, 19.5, 60, 40, (30, 20))
    small = crop.apply(photograph)
    return PosedImage(small, keypoints, COCO17, photograph=photograph, crop=crop)


def test_views_come_back_as_large_as_they_were_found(view, tmp_path):
    write_views(tmp_path / VIEWS, [view, replace(view, crop=None, photograph=None)])
    large, small = read_views(tmp_path)
    # JPEG changes flat areas by a grey level or so.
    assert np.abs(large.image.astype(int) - view.photograph).mean() < 1
    # Hand computation: a pixel of the crop covers 2x2 pixels of the photograph.
    np.testing.assert_allclose(large.keypoints[5], (18.5, 32.5, 0.9), atol=0.01)
    np.testing.assert_allclose(large.keypoints[12], (39.5, 26.5, 0.5), atol=0.01)
    assert not np.delete(large.keypoints, [5, 12], axis=0).any()
    np.testing.assert_allclose(small.keypoints, view.keypoints, atol=0.01)
    assert small.image.shape == view.image.shape
    assert {path.name for path in (tmp_path / VIEWS).iterdir()} == {
        *("000.jpg", "001.jpg", "views.json")
    }


def test_runs_made_before_bring_none(tiny_run):
    assert not has_views(tiny_run.path)
    assert not has_views(None)
    assert not has_views("hf://somebody/something")
    assert read_views(tiny_run.path) == []
    assert list(Reposer.load(tiny_run.path).views) == []


def test_a_kill_while_writing_leaves_none(view, tmp_path, monkeypatch):
    write_views(tmp_path / VIEWS, [view])
    assert has_views(tmp_path)

    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("deformable_gan.reposing.views.stored_views.write_image", fail)
    with pytest.raises(KeyboardInterrupt):
        write_views(tmp_path / VIEWS, [view])
    assert not has_views(tmp_path)
    assert read_views(tmp_path) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.update(format="something"),
        lambda content: content["views"][0].update(keypoints=[[1, 2, 3]]),
        lambda content: content["views"][0].update(skeleton="spider"),
        lambda content: content["views"][0].update(file="absent.jpg"),
        lambda content: content.pop("views"),
    ],
)
def test_damaged_views(view, tmp_path, change):
    write_views(tmp_path / VIEWS, [view])
    path = tmp_path / VIEWS / "views.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    with pytest.raises(RunError, match=r"cannot be read .*repeat the command that made the model"):
        read_views(tmp_path)


def test_a_picture_that_is_none(view, tmp_path):
    write_views(tmp_path / VIEWS, [view])
    (tmp_path / VIEWS / "000.jpg").write_bytes(b"nothing")
    with pytest.raises(RunError, match="cannot be read"):
        read_views(tmp_path)


def test_a_run_with_views_is_a_run(tiny_run, view, tmp_path):
    shutil.copytree(tiny_run.path, tmp_path / "me")
    large = np.zeros((17, 3), np.float32)
    large[[5, 6, 11, 12]] = [(40, 60, 1), (40, 40, 1), (80, 56, 1), (80, 44, 1)]
    write_views(tmp_path / "me" / VIEWS, [PosedImage(view.photograph, large, COCO17)] * 3)
    reposer = Reposer.load(tmp_path / "me")
    person = reposer.own_person()
    assert person.image.shape == (64, 36, 3)
    assert len(person.more) == 2
    assert np.asarray(Image.open(tmp_path / "me" / VIEWS / "002.jpg")).shape == (120, 100, 3)
