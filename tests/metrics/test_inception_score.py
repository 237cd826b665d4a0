import numpy as np
import pytest

from deformable_gan.metrics.inception_score import InceptionScore


def probabilities(count, classes=50, seed=0):
    logits = np.random.default_rng(seed).normal(0, 3, (count, classes))
    p = np.exp(logits)
    return p / p.sum(axis=1, keepdims=True)


def published_formula(p, splits):
    """Return the score as Salimans et al.'s code does, with consecutive parts."""
    scores = []
    for i in range(splits):
        part = p[i * len(p) // splits : (i + 1) * len(p) // splits]
        kl = part * (np.log(part) - np.log(np.expand_dims(np.mean(part, 0), 0)))
        scores.append(np.exp(np.mean(np.sum(kl, 1))))
    return np.mean(scores), np.std(scores)


@pytest.mark.parametrize("count", [10, 103, 400])
def test_equals_the_published_formula_on_the_images_as_dealt_out(count):
    p = probabilities(count)
    score = InceptionScore()
    score.add(np.arange(count), p)
    parts = score.parts(np.arange(count))
    sizes = np.bincount(parts, minlength=10)
    assert sizes.sum() == count
    assert np.ptp(sizes) <= 1
    each = [published_formula(p[parts == part], 1)[0] for part in range(10)]
    np.testing.assert_allclose(score.result(), (np.mean(each), np.std(each)), rtol=1e-10)
    if count % 10 == 0:  # the published code then divides a list in this order into the same parts
        ordered = p[np.argsort(parts, kind="stable")]
        np.testing.assert_allclose(score.result(), published_formula(ordered, 10), rtol=1e-10)


def test_images_are_dealt_out_at_random_but_evenly():
    parts = InceptionScore().parts(np.arange(1000)).reshape(100, 10)
    np.testing.assert_array_equal(np.sort(parts, axis=1), np.tile(np.arange(10), (100, 1)))
    assert len(np.unique(parts, axis=0)) == 100
    assert (InceptionScore(seed=1).parts(np.arange(50)) != parts.ravel()[:50]).any()


def test_closed_forms():
    """Images that certainly belong to one of N equally frequent classes give N, equal images 1."""
    sure = InceptionScore(splits=1)
    sure.add(np.arange(600), np.eye(20)[np.arange(600) % 20])
    np.testing.assert_allclose(sure.result(), (20, 0), rtol=1e-12)
    alike = InceptionScore(splits=3)
    alike.add(np.arange(30), np.repeat(probabilities(1), 30, axis=0))
    np.testing.assert_allclose(alike.result(), (1, 0), atol=1e-12)


def test_portions_in_any_order_and_merged():
    p = probabilities(101, seed=3)
    whole = InceptionScore()
    whole.add(np.arange(101), p)
    first, second = InceptionScore(), InceptionScore()
    order = np.random.default_rng(1).permutation(101)
    for portion in np.array_split(order[:60], 7):
        first.add(portion, p[portion])
    second.add(order[60:], p[order[60:]])
    first.merge(second)
    np.testing.assert_allclose(first.result(), whole.result(), rtol=1e-12)
    empty = InceptionScore()
    empty.merge(whole)
    empty.merge(InceptionScore())
    np.testing.assert_allclose(empty.result(), whole.result(), rtol=1e-12)


def test_what_cannot_be():
    few = InceptionScore()
    few.add(np.arange(9), probabilities(9))
    with pytest.raises(ValueError, match="at least 10 images, received 9"):
        few.result()
    with pytest.raises(ValueError, match="differently"):
        few.merge(InceptionScore(seed=1))
