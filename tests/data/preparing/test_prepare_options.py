import pytest

from deformable_gan.data.preparing.prepare_options import PrepareOptions
from deformable_gan.errors import ConfigurationError


@pytest.mark.parametrize(
    "options",
    [
        {"rate": 0},
        {"rate": float("nan")},
        {"height": 0},
        {"threshold": 1.0},
        {"threshold": -0.1},
        {"crop": "zoom"},
        {"test_fraction": 1.0},
        {"gap": -1},
        {"image_size": (128, 8)},
        {"train_pairs": -1},
    ],
)
def test_options_out_of_range_are_named(options):
    with pytest.raises(ConfigurationError, match=next(iter(options))):
        PrepareOptions(**options)
