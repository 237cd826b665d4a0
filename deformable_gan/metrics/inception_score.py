"""The Inception Score (Salimans et al., 2016)."""

import numpy as np


class InceptionScore:
    """The Inception Score over several splits.

    The score of a split is exp of the mean Kullback-Leibler divergence of single images' class
    probabilities from their mean over the split. Images are added in any order and in batches of
    any size. Memory does not grow with their number. `merge` combines the scores of separate
    batches.

    Args:
        splits: the number of parts that the images are divided into; the score is the mean over the
            parts.
        seed: the seed of the random assignment, which gives one of every `splits` consecutive
            images to each part. The original uses consecutive tenths of randomly ordered pairs; in
            a sorted list each of these would show a single person.
    """

    def __init__(self, splits: int = 10, seed: int = 0):
        self._splits, self._seed = splits, seed
        self._images = np.zeros(splits)
        self._negative_entropy = np.zeros(splits)
        self._classes: np.ndarray | None = None

    def add(self, indices: np.ndarray, probabilities: np.ndarray) -> None:
        """Add images.

        Args:
            indices: int [B], the images' numbers, starting from 0; each is added once.
            probabilities: float [B, C], the class probabilities of each image.
        """
        p = np.asarray(probabilities, np.float64)
        if self._classes is None:
            self._classes = np.zeros((self._splits, p.shape[1]))
        parts = self.parts(indices)
        np.add.at(self._images, parts, 1)
        np.add.at(self._negative_entropy, parts, _p_log_p(p).sum(axis=1))
        np.add.at(self._classes, parts, p)

    def merge(self, other: "InceptionScore") -> None:
        """Add the images of another score.

        Raises:
            ValueError: the other score divides its images differently.
        """
        own, others = (self._splits, self._seed), (other._splits, other._seed)
        if own != others:
            raise ValueError(
                f"the two scores divide their images differently: (splits, seed) is {own} and "
                f"{others}; create both with the same arguments"
            )
        self._images += other._images
        self._negative_entropy += other._negative_entropy
        if other._classes is not None:
            mine = 0 if self._classes is None else self._classes
            self._classes = mine + other._classes

    def parts(self, indices: np.ndarray) -> np.ndarray:
        """Return which part each image belongs to, int [B]; parts differ by one image at most."""
        rounds, places = np.divmod(np.asarray(indices), self._splits)
        order = {
            number: np.random.default_rng((self._seed, number)).permutation(self._splits)
            for number in np.unique(rounds)
        }
        return np.array([order[r][p] for r, p in zip(rounds, places, strict=True)], int)

    def result(self) -> tuple[float, float]:
        """Return the mean and the standard deviation over the splits.

        Raises:
            ValueError: a split has no images, because there are fewer images than splits or because
                some images were not added.
        """
        if self._classes is None or not self._images.all():
            raise ValueError(
                f"the Inception Score needs at least {self._splits} images, received "
                f"{self._images.sum():.0f}"
            )
        marginal = self._classes / self._images[:, None]
        divergence = self._negative_entropy / self._images - _p_log_p(marginal).sum(axis=1)
        scores = np.exp(divergence)
        return float(scores.mean()), float(scores.std())


def _p_log_p(p: np.ndarray) -> np.ndarray:
    """Return p log p, and 0 where p is 0."""
    return p * np.log(np.where(p > 0, p, 1))
