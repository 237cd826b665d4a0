"""Scores of the images that models with known results make for held-out frames, as in `repose`."""

import numpy as np
import pytest

from deformable_gan.data.media import read_photo
from deformable_gan.personalizing.personal_scores import PersonalScores
from deformable_gan.personalizing.reposed_scores import (
    ReposedScores,
    score_reposed,
    training_views,
)
from deformable_gan.reposing.reposer import Reposer


@pytest.fixture
def knowing(dancers, marker_movenet):
    """A model that returns the real image of every held-out pose, the best possible result."""
    split = dancers.test
    real = {
        split.keypoints[index].tobytes(): read_photo(split.image_path(index))
        for index in range(len(split.names))
    }

    def generate(image, keypoints, targets, **_):
        return np.stack([real[np.float32(target).tobytes()] for target in targets])

    return Reposer(generate, dancers.image_size, dancers.skeleton, marker_movenet)


def test_a_model_that_knows_all(knowing, dancers, marker_movenet):
    scores, pairs = score_reposed(knowing, dancers, (), marker_movenet)
    assert pairs == len(dancers.test.pairs) == 24
    assert scores.ssim == pytest.approx(1)
    assert scores.foreground_l1 == 0
    views = training_views(dancers, 3)
    with_views, pairs = score_reposed(knowing, dancers, views, marker_movenet, limit=5)
    assert pairs == 5
    assert with_views.ssim == pytest.approx(1)
    assert with_views.foreground_l1 == 0


def test_a_model_that_copies(dancers, marker_movenet):
    """The SSIM is about that of the source image compared with the target image."""
    reposer = Reposer(lambda image, *_, **__: image, dancers.image_size, dancers.skeleton)
    scores, _ = score_reposed(reposer, dancers, (), marker_movenet, limit=3)
    pairs = dancers.test.pairs[[0, 12, 23]]  # spread evenly
    from skimage.metrics import structural_similarity

    expected = [
        structural_similarity(
            *(read_photo(dancers.test.image_path(index)) for index in pair),
            channel_axis=-1,
            data_range=255,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
        for pair in pairs
    ]
    assert scores.ssim == pytest.approx(np.mean(expected), abs=0.02)


def test_views_are_of_the_training_images(dancers):
    images = [read_photo(dancers.train.image_path(i)) for i in range(len(dancers.train.names))]
    views = training_views(dancers, 3)
    assert len(views) == 3
    for view in views:
        assert any(np.array_equal(view.image, image) for image in images)
    assert len(training_views(dancers, 50)) == len(images)


def test_the_table():
    scores = PersonalScores(0.5, 20.0, 0.75), PersonalScores(0.6, 19.0, None)
    table = ReposedScores(24, scores[0], scores[0], scores[1]).table().splitlines()
    assert table[0].startswith("repose, 24 pairs")
    assert table[1].split() == ["start,", "one", "photograph", "0.500", "20.0", "75.0%"]
    assert table[3].split()[-3:] == ["0.600", "19.0", "-"]
