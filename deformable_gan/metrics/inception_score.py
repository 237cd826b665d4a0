"""The Inception Score (Salimans et al., 2016)."""

import numpy as np


class InceptionScore:
    """exp of the mean divergence of single images' classes from those of all, in several splits.

    Images are added in any order and portions; what is kept does not grow with their number, and
    scores of portions can be put together with `merge`.

    Args:
        count: how many images there will be.
        splits: into how many parts they are divided; the score is the mean over the parts.
        seed: of the draw that puts images into parts, so that neighbours in a sorted list do not
            end up together. (The original takes consecutive tenths of pairs that were drawn at
            random, which comes to the same.)

    Raises:
        ValueError: fewer images than splits.
    """

    def __init__(self, count: int, splits: int = 10, seed: int = 0):
        if not 0 < splits <= count:
            raise ValueError(
                f"the Inception Score needs at least as many images as splits, received {count} "
                f"images and {splits} splits"
            )
        # Parts as equal as possible: those of the original for images in random order.
        bounds = np.arange(splits + 1) * count // splits
        part_of_place = np.repeat(np.arange(splits), np.diff(bounds))
        self._part = part_of_place[np.random.default_rng(seed).permutation(count)]
        self._images = np.zeros(splits)
        self._negative_entropy = np.zeros(splits)
        self._classes: np.ndarray | None = None

    def add(self, indices: np.ndarray, probabilities: np.ndarray) -> None:
        """Add images.

        Args:
            indices: int [B], their numbers below `count`, each added once.
            probabilities: float [B, C], the classes' probabilities for each.
        """
        p = np.asarray(probabilities, np.float64)
        if self._classes is None:
            self._classes = np.zeros((len(self._images), p.shape[1]))
        parts = self._part[np.asarray(indices)]
        np.add.at(self._images, parts, 1)
        np.add.at(self._negative_entropy, parts, _p_log_p(p).sum(axis=1))
        np.add.at(self._classes, parts, p)

    def merge(self, other: "InceptionScore") -> None:
        """Add the images that another has seen; made for the same count, splits and seed."""
        if not np.array_equal(self._part, other._part):
            raise ValueError("the two scores divide their images differently")
        self._images += other._images
        self._negative_entropy += other._negative_entropy
        if other._classes is not None:
            mine = 0 if self._classes is None else self._classes
            self._classes = mine + other._classes

    def result(self) -> tuple[float, float]:
        """Return the mean and the standard deviation over the splits.

        Raises:
            ValueError: not all images have been added.
        """
        if self._images.sum() != len(self._part):
            raise ValueError(
                f"{self._images.sum():.0f} of {len(self._part)} images have been added"
            )
        marginal = self._classes / self._images[:, None]
        divergence = self._negative_entropy / self._images - _p_log_p(marginal).sum(axis=1)
        scores = np.exp(divergence)
        return float(scores.mean()), float(scores.std())


def _p_log_p(p: np.ndarray) -> np.ndarray:
    """Return p log p, and 0 where p is 0."""
    return p * np.log(np.where(p > 0, p, 1))
