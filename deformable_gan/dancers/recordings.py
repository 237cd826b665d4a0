"""Motion-capture recordings whose motion dancers perform."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from deformable_gan.checksums import file_digest
from deformable_gan.dancers.stretch import Stretch
from deformable_gan.data.motion import CapturedMotion, read_bvh
from deformable_gan.errors import ConfigurationError


@dataclass(frozen=True)
class Recording:
    """The motion of one file.

    Attributes:
        name: the file's name, without folders.
        digest: the file's SHA-256.
        motion: the motion.
    """

    name: str
    digest: str
    motion: CapturedMotion

    def describe(self) -> str:
        """Return a one-line description of the recording."""
        motion = self.motion
        line = f"{self.name}: {motion.seconds:.1f} s, {motion.rate:.1f} frames per second"
        return line + (", without the first frame, a rest pose" if motion.left_out else "")

    def stretch(self, times: np.ndarray, facing: float) -> Stretch:
        """Return the motion at given times.

        Args:
            times: float64 [F], in seconds from the beginning.
            facing: angle by which the dancer is turned about the vertical axis, in radians.
        """
        motion = self.motion
        turn = _rotation_y(facing)
        frames = times * motion.rate
        return Stretch(
            name=self.name,
            digest=self.digest,
            times=times,
            facing=facing,
            directions={
                name: _unit(_at(vectors, frames)) @ turn.T
                for name, vectors in motion.directions.items()
            },
            travel=_at(motion.travel, frames) @ turn[::2, ::2].T,
            clearance=_at(motion.clearance, frames),
        )


class Recordings:
    """The recordings that dancers' dances are taken from.

    Args:
        recordings: at least one; their order does not matter.

    Raises:
        ConfigurationError: there are no recordings.
    """

    def __init__(self, recordings: Sequence[Recording]):
        if not recordings:
            raise ConfigurationError("motion must name at least one BVH file, received none")
        self._recordings = sorted(recordings, key=lambda item: (item.name, item.digest))

    @classmethod
    def read(cls, paths: Sequence[str | Path]) -> "Recordings":
        """Read BVH files.

        Raises:
            ConfigurationError: there are no paths.
            MediaError: a file cannot be used (see `read_bvh` and `CapturedMotion.from_bvh`).
        """
        recordings = []
        for path in map(Path, paths):
            motion = CapturedMotion.from_bvh(read_bvh(path), path)
            recordings.append(Recording(path.name, file_digest(path), motion))
        return cls(recordings)

    @property
    def source(self) -> list[dict]:
        """The recordings' names and digests, as JSON values for a manifest."""
        return [{"name": item.name, "sha256": item.digest} for item in self._recordings]

    def __iter__(self) -> Iterator[Recording]:
        return iter(self._recordings)

    def draw(
        self, rng: np.random.Generator, frames: int, rate: float, random_facing: bool = False
    ) -> Stretch:
        """Return a random part of a random recording.

        A recording that is shorter than the part is played to its end, then backward, and so on.

        Args:
            rng: determines the recording, the beginning and the facing.
            frames: number of times.
            rate: times per second.
            random_facing: whether the dancer is turned by a random angle.
        """
        recording = self._recordings[rng.integers(len(self._recordings))]
        seconds = recording.motion.seconds
        needed = max(frames - 1, 0) / rate
        start = rng.uniform(0, seconds - needed if seconds > needed else seconds)
        facing = rng.uniform(-np.pi, np.pi) if random_facing else 0.0
        times = start + np.arange(frames) / rate
        # A triangle wave: to the end, back to the beginning, and so on.
        times = seconds - np.abs(seconds - times % (2 * seconds))
        return recording.stretch(times, float(facing))


def read_recordings(motion: Sequence[str | Path] | None, random_facing: bool) -> Recordings | None:
    """Return the recordings for the options `motion` and `random_facing`.

    BVH files are read, `Recordings` are returned unchanged, and None gives None.

    Raises:
        ConfigurationError: `motion` is empty, or `random_facing` is given without it.
        MediaError: a file cannot be used.
    """
    if isinstance(motion, Recordings):
        return motion
    if motion is not None:
        return Recordings.read(motion)
    if random_facing:
        raise ConfigurationError(
            "random_facing needs recorded motion, but none is given: name BVH files in `motion` "
            "(--motion)"
        )
    return None


def _at(series: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Return a series [F, ...] interpolated at positions [M] between its frames."""
    before = np.clip(positions.astype(int), 0, len(series) - 2)
    share = np.clip(positions - before, 0, 1).reshape(-1, *[1] * (series.ndim - 1))
    return series[before] * (1 - share) + series[before + 1] * share


def _rotation_y(angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
