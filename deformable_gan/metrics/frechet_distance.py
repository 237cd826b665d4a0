"""The Fréchet distance of two sets of features (Heusel et al., 2017)."""

import numpy as np


class FeatureStatistics:
    """The mean and the covariance of features that arrive in batches.

    They are computed in float64 by the update of Chan, Golub and LeVeque (1983), which avoids
    cancellation. Memory does not grow with the number of features. `merge` combines the statistics
    of separate batches.

    Args:
        size: D, the number of values of each feature vector.

    Attributes:
        count: how many features have been added.
        mean: float64 [D].
    """

    def __init__(self, size: int):
        self.count = 0
        self.mean = np.zeros(size)
        self._scatter = np.zeros((size, size))

    def add(self, features: np.ndarray) -> None:
        """Add features, float [B, D]."""
        features = np.asarray(features, np.float64)
        if len(features):
            mean = features.mean(axis=0)
            centred = features - mean
            self._join(len(features), mean, centred.T @ centred)

    def merge(self, other: "FeatureStatistics") -> None:
        """Add the features of other statistics."""
        self._join(other.count, other.mean, other._scatter)

    def covariance(self) -> np.ndarray:
        """Return the unbiased estimate, float64 [D, D].

        Raises:
            ValueError: fewer than two features have been added.
        """
        if self.count < 2:
            raise ValueError(f"a covariance needs two features or more, received {self.count}")
        return self._scatter / (self.count - 1)

    def _join(self, count: int, mean: np.ndarray, scatter: np.ndarray) -> None:
        total = self.count + count
        if not total:
            return
        shift = mean - self.mean
        self._scatter += scatter
        self._scatter += np.outer(shift, shift) * (self.count * count / total)
        self.mean = self.mean + shift * (count / total)
        self.count = total


def frechet_distance(first: FeatureStatistics, second: FeatureStatistics) -> float:
    """Return |m1 - m2|² + tr(C1 + C2 - 2 (C1 C2)^½).

    The trace of the root is the sum of the singular values of C1^½ C2^½. This is exact even where
    fewer features than dimensions make the covariances singular; the usual root of their product
    then needs a number added to the diagonal.
    """
    covariances = first.covariance(), second.covariance()
    roots = [_root(covariance) for covariance in covariances]
    trace_of_root = np.linalg.svd(roots[0] @ roots[1], compute_uv=False).sum()
    shift = first.mean - second.mean
    distance = shift @ shift + sum(map(np.trace, covariances)) - 2 * trace_of_root
    return float(max(distance, 0.0))


def _root(covariance: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(covariance)
    # Smaller eigenvalues are rounding errors, whose roots would not be small.
    values[values < values.max(initial=0) * len(values) * np.finfo(np.float64).eps] = 0
    return vectors * np.sqrt(values) @ vectors.T
