"""The Inception Score (Salimans et al., 2016)."""

import numpy as np


class InceptionScore:
    """exp of the mean divergence of single images' classes from those of all, in several splits.

    Images are added in any order and portions; what is kept does not grow with their number, and
    scores of portions can be put together with `merge`.

    Args:
        splits: into how many parts the images are divided; the score is the mean over the parts.
        seed: of the draw that deals out images, `splits` neighbours at a time, one to each part.
            The original takes consecutive tenths of pairs in random order; in a sorted list
            those would hold one person each.
    """

    def __init__(self, splits: int = 10, seed: int = 0):
        self._splits, self._seed = splits, seed
        self._images = np.zeros(splits)
        self._negative_entropy = np.zeros(splits)
        self._classes: np.ndarray | None = None

    def add(self, indices: np.ndarray, probabilities: np.ndarray) -> None:
        """Add images.

        Args:
            indices: int [B], their numbers, from 0 and each added once.
            probabilities: float [B, C], the classes' probabilities for each.
        """
        p = np.asarray(probabilities, np.float64)
        if self._classes is None:
            self._classes = np.zeros((self._splits, p.shape[1]))
        parts = self.parts(indices)
        np.add.at(self._images, parts, 1)
        np.add.at(self._negative_entropy, parts, _p_log_p(p).sum(axis=1))
        np.add.at(self._classes, parts, p)

    def merge(self, other: "InceptionScore") -> None:
        """Add the images that another has seen.

        Raises:
            ValueError: it deals out images in another way.
        """
        if (self._splits, self._seed) != (other._splits, other._seed):
            raise ValueError("the two scores divide their images differently")
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
            ValueError: fewer images than splits.
        """
        if not self._images.all():
            raise ValueError(
                f"the Inception Score needs at least {self._splits} images, received "
                f"{self._images.sum():.0f}"
            )
        marginal = self._classes / self._images[:, None]  # type: ignore[operator]  # not None here
        divergence = self._negative_entropy / self._images - _p_log_p(marginal).sum(axis=1)
        scores = np.exp(divergence)
        return float(scores.mean()), float(scores.std())


def _p_log_p(p: np.ndarray) -> np.ndarray:
    """Return p log p, and 0 where p is 0."""
    return p * np.log(np.where(p > 0, p, 1))
