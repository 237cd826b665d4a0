from types import SimpleNamespace

import pytest

from deformable_gan.errors import DatasetError
from deformable_gan.personalizing.enough_frames import require_enough_frames


def dataset(path, images, pairs):
    train = SimpleNamespace(names=["a_1.jpg"] * images, pairs=[(0, 0)] * pairs)
    return SimpleNamespace(path=path, train=train)


def test_enough(tmp_path):
    require_enough_frames(dataset(tmp_path, 8, 1))


@pytest.mark.parametrize(
    ("images", "pairs", "message"),
    [
        (7, 40, "too few frames to learn a person from: 7 usable training images, but at least 8"),
        (0, 0, "too few frames"),
        (30, 0, "the same pose in all 30 training images"),
    ],
)
def test_too_little(tmp_path, images, pairs, message):
    with pytest.raises(DatasetError, match=message):
        require_enough_frames(dataset(tmp_path, images, pairs))
