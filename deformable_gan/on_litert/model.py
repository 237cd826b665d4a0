"""A trained model as LiteRT networks."""

import json
from collections import OrderedDict, deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np

from deformable_gan.devices.description import core_count
from deformable_gan.errors import RunError
from deformable_gan.on_litert.names import DESCRIPTION, FORMAT, PEOPLE, POSE, SOURCE
from deformable_gan.on_litert.network import Network
from deformable_gan.pose.skeleton import get_skeleton

# Number of sources whose features are kept: a person in several photographs needs several.
_KEPT_SOURCES = 16
# The largest number of poses computed at a time: each has buffers of its own.
_MOST_WORKERS = 16


class LiteRTModel:
    """A trained generator that runs without TensorFlow.

    Poses are computed on all cores, one pose on each: that is faster than several cores for one
    pose.

    Args:
        folder: a folder that `exporting.reposing_networks` wrote.

    Attributes:
        image_size: (H, W) of the generated images.
        skeleton: the layout of the joints.
        wants: the names in `inference.OPTIONAL_INPUTS` that the generator takes.
        composes: whether the network returns the parts of composed images.

    Raises:
        RunError: LiteRT is not installed, or a file is missing or damaged.
    """

    def __init__(self, folder: Path):
        description = _read(folder)
        try:
            height, width = description["image_size"]
            self.image_size = int(height), int(width)
            self.skeleton = get_skeleton(description["skeleton"])
            self.wants = frozenset(description["wants"])
            self.composes = bool(description["composes"])
            has_source = SOURCE in description["files"]
        except (KeyError, TypeError, ValueError) as error:
            raise _damaged(folder, f"{DESCRIPTION}: {error!r}") from error
        try:
            self._source = Network(folder / SOURCE) if has_source else None
            self._pose = Network(folder / POSE)
            self._people = Network(folder / PEOPLE)
        except RunError as error:
            raise _damaged(folder, str(error)) from error
        self._features: OrderedDict[bytes, Mapping[str, np.ndarray]] = OrderedDict()
        workers = min(core_count(), _MOST_WORKERS)
        self._pool = ThreadPoolExecutor(workers)
        self._ahead = 2 * workers

    def __call__(
        self, source_image, source_keypoints, target_keypoints, background=None
    ) -> dict[str, np.ndarray]:
        """Run the generator on a batch of poses.

        Args:
            source_image: uint8 [B or 1, H, W, 3].
            source_keypoints: float [B or 1, J, 3].
            target_keypoints: float [B, J, 3].
            background: uint8 [B or 1, H, W, 3].

        Returns:
            For a generator that composes, the result of `inference.make_compose`'s function.
            Otherwise `image`, uint8 [B, H, W, 3], and `image_float`, float32 in [-1, 1].
        """
        results = list(self.each(source_image, source_keypoints, target_keypoints, background))
        return {name: np.stack([result[name] for result in results]) for name in results[0]}

    def each(
        self, source_image, source_keypoints, target_keypoints, background=None
    ) -> Iterator[dict[str, np.ndarray]]:
        """Run the generator on one pose after the other, a few poses ahead.

        While a caller uses the results for one pose, the next poses are computed.

        Args:
            source_image: as for a call, as all arguments.
            source_keypoints: float [B or 1, J, 3].
            target_keypoints: float [B, J, 3].
            background: uint8 [B or 1, H, W, 3].

        Yields:
            For each pose the results of a call, without the batch axis.
        """
        given = {
            "source_image": source_image,
            "source_keypoints": source_keypoints,
            "target_keypoints": target_keypoints,
            "background": background,
        }
        given = {name: np.asarray(value) for name, value in given.items() if value is not None}

        def one(index: int) -> dict[str, np.ndarray]:
            single = {
                name: value[index : index + 1] if len(value) > 1 else value
                for name, value in given.items()
            }
            results = self._pose(**single, **self._features_of(single))
            return {name: value[0] for name, value in results.items()}

        running: deque[Future] = deque()
        try:
            for index in range(len(given["target_keypoints"])):
                running.append(self._pool.submit(one, index))
                if len(running) > self._ahead:
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()
        finally:  # also if the caller needs no more results
            for future in running:
                future.cancel()

    def people(self, keypoints: np.ndarray) -> np.ndarray:
        """Return the person masks of poses, as `geometry.background_mask.person_mask`.

        Args:
            keypoints: float [B, J, 3].

        Returns:
            bool [B, H, W].
        """
        masks = self._pool.map(
            lambda pose: self._people(keypoints=pose[None])["people"], np.asarray(keypoints)
        )
        return np.concatenate(list(masks)) > 0.5

    def _features_of(self, single: dict[str, np.ndarray]) -> Mapping[str, np.ndarray]:
        """Return the features that depend on the source alone."""
        if self._source is None:
            return {}
        inputs = {name: single[name] for name in self._source.inputs}
        key = b"".join(value.tobytes() for value in inputs.values())
        features = self._features.get(key)
        if features is None:
            # Two threads may compute the same features, which does no harm.
            features = self._features[key] = self._source(**inputs)
            while len(self._features) > _KEPT_SOURCES:  # forget the first one
                self._features.popitem(last=False)
        return features


def _read(folder: Path) -> dict:
    path = folder / DESCRIPTION
    if not path.exists():
        raise RunError(
            f"{folder} contains no converted model: write one with "
            "exporting.reposing_networks.write_reposing_networks"
        )
    try:
        description = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(folder, f"{DESCRIPTION} cannot be read, {error}") from error
    if not isinstance(description, dict) or description.get("format") != FORMAT:
        raise _damaged(folder, f"{DESCRIPTION} is not a description of converted networks")
    return description


def _damaged(folder: Path, reason: str) -> RunError:
    return RunError(
        f"the converted model in {folder} is damaged ({reason}): delete this folder; `repose "
        "--litert` converts the model again"
    )
