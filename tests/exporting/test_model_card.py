import pytest

from deformable_gan.exporting.drift import Drift
from deformable_gan.exporting.model_card import ModelCard

DETAILS = {
    "dataset": "/home/somebody/secret/mine",
    "dataset_checksum": "abc123",
    "vgg19": "imagenet",
    "versions": {},
}
SCORES = {
    "all": {
        "pairs": 1200,
        "ssim": 0.61234,
        "foreground_l1": 25.04,
        "copy_ssim": 0.5,
        "copy_foreground_l1": 43.0,
    }
}
EXPORTED = {"onnx": (12_345_678, Drift(3e-6, 2e-7, 0.0))}


def manifest(kind):
    counts = {"images": 1340, "people": 4, "pairs": 9}
    return {"source": {"kind": kind}, "splits": {"train": counts}}


@pytest.fixture
def card(tiny_config):
    def make(photographs=False, **known):
        return ModelCard(tiny_config, 4200, **known).text(EXPORTED, photographs)

    return make


def test_what_it_was_trained_on_and_how_well_it_does(card):
    text = card(details=DETAILS, scores=SCORES, manifests={"mine": manifest("recordings")})
    assert "- `mine`: video clips or photographs; 1,340 images, 4 people, 9 pairs" in text
    assert "4,200 steps of 2 pairs" in text
    assert "`abc123`" in text
    assert "On 1,200 held-out pairs" in text
    assert "| SSIM (higher is better) | 0.612 | 0.500 |" in text
    assert "| 25.0 | 43.0 |" in text
    assert "| `model.onnx` | ONNX | 12.3 MB | 3.0e-06 | 2.0e-07 |" in text
    # The card does not reveal paths.
    assert "secret" not in text


def test_consent(card):
    real = card(details=DETAILS, manifests={"mine": manifest("recordings")})
    drawn = card(details=DETAILS, manifests={"mine": manifest("synthetic-dancers")})
    unknown = card(details=DETAILS)
    assert "**not stated**" in real
    assert "**not stated**" in unknown
    assert "drawn figures only" in drawn
    assert "**not stated**" not in drawn


def test_little_is_known(card):
    text = card(details=DETAILS)
    assert "`mine` (not described" in text
    assert "has not been scored" in text
    assert "The training data are unknown" in card()
    converted = card(details={"converted_from": ["/a/b/generator.h5"]})
    assert "original implementation: generator.h5." in converted


def test_several_datasets(card):
    details = {"datasets": [{"path": "/x/one", "weight": 0.5}, {"path": "/x/two", "weight": 0.5}]}
    text = card(details=details, manifests={"two": manifest("import")})
    assert "- `one` (not described" in text
    assert "- `two`: an imported dataset; 1,340 images" in text


def test_movenet_is_named_where_it_is_inside(card):
    assert "MoveNet (Google, Apache-2.0)" in card(photographs=True)
    assert "MoveNet" not in card()
