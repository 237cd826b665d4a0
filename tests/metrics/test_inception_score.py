import numpy as np
import pytest

from deformable_gan.metrics.inception_score import InceptionScore


def probabilities(count, classes=50, seed=0):
    logits = np.random.default_rng(seed).normal(0, 3, (count, classes))
    p = np.exp(logits)
    return p / p.sum(axis=1, keepdims=True)


def published_formula(p, splits):
    """As in Salimans et al.'s code, on consecutive parts."""
    scores = []
    for i in range(splits):
        part = p[i * len(p) // splits : (i + 1) * len(p) // splits]
        kl = part * (np.log(part) - np.log(np.expand_dims(np.mean(part, 0), 0)))
        scores.append(np.exp(np.mean(np.sum(kl, 1))))
    return np.mean(scores), np.std(scores)


@pytest.mark.parametrize("count", [10, 103, 400])
def test_equals_the_published_formula_on_the_drawn_order(count):
    p = probabilities(count)
    score = InceptionScore(count)
    score.add(np.arange(count), p)
    order = np.random.default_rng(0).permutation(count)
    # Image `index` is at place `order[index]` of the list that is cut into ten.
    placed = np.empty_like(p)
    placed[order] = p
    np.testing.assert_allclose(score.result(), published_formula(placed, 10), rtol=1e-10)


def test_closed_forms():
    """One class an image, all classes equally often: as many as there are. All alike: one."""
    sure = InceptionScore(600, splits=1)
    sure.add(np.arange(600), np.eye(20)[np.arange(600) % 20])
    np.testing.assert_allclose(sure.result(), (20, 0), rtol=1e-12)
    alike = InceptionScore(30, splits=3)
    alike.add(np.arange(30), np.repeat(probabilities(1), 30, axis=0))
    np.testing.assert_allclose(alike.result(), (1, 0), atol=1e-12)


def test_portions_in_any_order_and_merged():
    p = probabilities(101, seed=3)
    whole = InceptionScore(101)
    whole.add(np.arange(101), p)
    first, second = InceptionScore(101), InceptionScore(101)
    order = np.random.default_rng(1).permutation(101)
    for portion in np.array_split(order[:60], 7):
        first.add(portion, p[portion])
    second.add(order[60:], p[order[60:]])
    with pytest.raises(ValueError, match="60 of 101"):
        first.result()
    first.merge(second)
    np.testing.assert_allclose(first.result(), whole.result(), rtol=1e-12)
    empty = InceptionScore(101)
    empty.merge(whole)
    np.testing.assert_allclose(empty.result(), whole.result(), rtol=1e-12)


def test_what_cannot_be():
    with pytest.raises(ValueError, match="at least as many images as splits, received 9"):
        InceptionScore(9)
    with pytest.raises(ValueError, match="differently"):
        InceptionScore(20).merge(InceptionScore(20, seed=1))
