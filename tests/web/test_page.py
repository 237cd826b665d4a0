"""The page without a browser: its parts, and the results of its functions."""

import types
from pathlib import Path

import numpy as np
import pytest

gradio = pytest.importorskip("gradio", reason="the page needs gradio: the extra `demo`")

from deformable_gan.data.media import read_photo  # noqa: E402
from deformable_gan.errors import MediaError  # noqa: E402
from deformable_gan.pose.skeleton import COCO17  # noqa: E402
from deformable_gan.web import components  # noqa: E402
from deformable_gan.web.examples import Examples  # noqa: E402
from deformable_gan.web.joint_values import keypoints_of  # noqa: E402
from deformable_gan.web.page import Page  # noqa: E402


@pytest.fixture(scope="module")
def page(studio, dancers, tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    return Page(studio, Examples.of_dataset(dancers.path), "A model.", folder)


@pytest.fixture
def visitor():
    return types.SimpleNamespace(session_hash="visitor")


def test_every_visitor_has_files_of_their_own(page):
    answers = [page._begin(types.SimpleNamespace(session_hash=name)) for name in ("one", "two")]
    first, second = (set(answer[page._shown.files]) for answer in answers)
    assert len(first) == 3
    assert not first & second


def test_the_page_begins_with_a_person_in_somebody_elses_pose(page, visitor):
    answer = page._begin(visitor)
    assert read_photo(answer[page._shown.result]).shape == (512, 288, 3)
    shown = keypoints_of(answer[page._shown.editor], COCO17, (64, 36))
    np.testing.assert_allclose(shown, page._poses[0], atol=0.006)
    assert not np.array_equal(page._poses[0], page._people[0].keypoints)


def test_of_the_results_of_a_visitor_only_the_last_is_kept(page):
    visitor = types.SimpleNamespace(session_hash="keen")
    first, second = (page._begin(visitor)[page._shown.files] for _ in range(2))
    assert not any(Path(file).exists() for file in first)
    assert all(Path(file).exists() for file in second)
    page._forget(visitor)
    assert not any(Path(file).exists() for file in second)


def test_after_an_error_what_was_there_is_still_there(page, visitor, monkeypatch):
    files = page._begin(visitor)[page._shown.files]

    def fail(*_):
        raise MediaError("no room")

    with monkeypatch.context() as patch:
        patch.setattr(page._studio, "image", fail)
        with pytest.raises(gradio.Error, match="No room"):
            page._begin(visitor)
    assert all(Path(file).exists() for file in files)
    assert len(list(Path(files[0]).parent.parent.iterdir())) == 1


def test_errors_are_sentences(page, visitor, photographs):
    person = page._people[0]
    for name, words in {
        "nobody": "nobody.png: no person found",
        "several": "tick “If there are several people",
        "tiny": "spans only",
        "text": "text.jpg is not an image",
    }.items():
        with pytest.raises(gradio.Error) as caught:
            page._take_pose_photo(photographs[name], False, person, visitor)
        message = caught.value.message
        assert words.lower() in message.lower()
        assert str(photographs[name].parent) not in message
        assert not caught.value.print_exception


def test_what_a_browser_should_not_send(page, visitor):
    with pytest.raises(gradio.Error, match="no valid pose of the layout"):
        page._take_joints(page._people[0], '{"joints": 1}', visitor)


def test_nothing_comes_from_the_network(page):
    assert not page.blocks.analytics_enabled
    assert page.blocks.config["analytics_enabled"] is False


def test_gradio_writes_no_files_beside_the_sources():
    folder = components._SCRIPT.parent
    assert not list(folder.glob("*.pyi"))
