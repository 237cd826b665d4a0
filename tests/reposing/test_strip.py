import numpy as np
import pytest

from deformable_gan.errors import ConfigurationError
from deformable_gan.models.from_config import build_generator
from deformable_gan.pose.skeleton import COCO17
from deformable_gan.reposing.posed_image import PosedImage, annotated_image
from deformable_gan.reposing.strip import Strip


@pytest.fixture
def draw(tiny_config, dancers):
    def strip(target=1, **changes):
        changes = {f"generator__{name}": value for name, value in changes.items()}
        generator = build_generator(tiny_config.replace(**changes))
        person = annotated_image(dancers.test.image_path(0))
        result = np.full((64, 36, 3), (0, 255, 255), np.uint8)
        return Strip(generator, person, COCO17).draw(dancers.test.keypoints[target], result)

    return strip


@pytest.mark.parametrize(
    ("changes", "pictures"),
    [
        ({"skip": "none"}, 6),
        ({"skip": "none", "pose_representation": "stick_figure"}, 6),
        ({"skip": "full"}, 7),
        ({"skip": "stn"}, 7),
        ({"skip": "full", "still_background": True}, 8),
    ],
)
def test_without_regions_it_is_one_row(draw, changes, pictures):
    strip = draw(**changes)
    assert strip.dtype == np.uint8
    # The result is at the end.
    assert (strip == (0, 255, 255)).all(axis=-1).sum() >= 64 * 36
    assert (strip[-10, -10] == (0, 255, 255)).all()
    widths = strip.shape[1] / pictures
    assert widths == pytest.approx(round(widths), abs=1)


def test_regions_that_features_arrange_are_shown_apart(draw):
    """`soft` mixes the regions by features, which an image lacks: the strip omits the mixture."""
    soft, largest = draw(aggregation="soft"), draw()
    assert soft.shape[1] == largest.shape[1]
    scale = (soft.shape[1] - 2) // 10 // 36
    below = 3 * (64 * scale + 2)  # the rows of warps, masks and both
    np.testing.assert_array_equal(soft[-below:], largest[-below:])
    # With one image fewer, there is more room for each of the others in the row above.
    assert soft.shape[0] > largest.shape[0]


def test_regions(draw, tiny_config, dancers):
    """The last three rows show each of the ten regions: its warp, its mask, and the masked warp."""
    strip = draw(target=0)  # the source's own pose: every transform is the identity
    height = strip.shape[0]
    generator = build_generator(tiny_config)
    keypoints = dancers.test.keypoints[:1]
    masks = np.asarray(generator.pose_warp.masks(keypoints, (64, 36), (1.0, 1.0), (0.0, 0.0)))[0]
    # `image_grid` enlarges small images by an integer factor to make room for titles.
    scale = (strip.shape[1] - 2) // 10 // 36
    step = (64 * scale + 2, 36 * scale + 2)
    top = height - 3 * step[0]
    source = annotated_image(dancers.test.image_path(0)).image
    for number in range(10):
        left = 2 + number * step[1]
        warped, mask, both = (
            strip[top + row * step[0] :, left:][: 64 * scale : scale, : 36 * scale : scale]
            for row in range(3)
        )
        np.testing.assert_array_equal(mask[..., 0], masks[number] * 255)
        np.testing.assert_array_equal(both, np.where(mask > 0, warped, 0))
        inside = masks[number] > 0
        if number and inside.any():
            difference = np.abs(warped.astype(int) - source)[inside]
            assert np.median(difference) <= 2


@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
def test_both_samplings(draw, interpolation):
    assert draw(interpolation=interpolation).shape[1] > 10 * 36


def test_nobody_in_the_target(draw, tiny_config, dancers):
    person = PosedImage(np.zeros((64, 36, 3), np.uint8), dancers.test.keypoints[0], COCO17)
    strip = Strip(build_generator(tiny_config), person, COCO17)
    drawn = strip.draw(np.zeros((17, 3), np.float32), person.image)
    assert drawn.dtype == np.uint8


def test_only_an_export():
    with pytest.raises(ConfigurationError, match=r"--strip shows intermediate results, .* --run"):
        Strip.require(None)


@pytest.mark.parametrize("background", [False, True])
def test_candidates_and_weights(draw, tiny_config, dancers, background):
    """Mixing the candidates and weights of the last two rows gives the generator's image."""
    config = tiny_config.replace(
        generator__composite=True, generator__skip="none", generator__background=background
    )
    generator = build_generator(config)
    rng = np.random.default_rng(0)
    for weight in generator.weights:
        weight.assign(rng.normal(0, 0.5, weight.shape))
    person = annotated_image(dancers.test.image_path(0))
    inputs = {
        "source_image": person.image[None].astype(np.float32) / 127.5 - 1,
        "source_keypoints": person.keypoints[None],
        "target_keypoints": dancers.test.keypoints[1:2],
    }
    if background:
        person = person.with_background()
        inputs["background"] = person.background[None].astype(np.float32) / 127.5 - 1
    expected = np.asarray(generator(inputs, training=False))[0]
    strip = Strip(generator, person, COCO17).draw(dancers.test.keypoints[1], person.image)
    count = 13 if background else 12
    scale = (strip.shape[1] - 2) // count // 36
    step = (64 * scale + 2, 36 * scale + 2)
    assert strip.shape[1] == 2 + count * step[1]
    top = strip.shape[0] - 2 * step[0]
    mixed = 0
    for number in range(count):
        candidate, weight = (
            strip[top + row * step[0] :, 2 + number * step[1] :][: 64 * scale : scale]
            for row in range(2)
        )
        candidate, weight = (one[:, : 36 * scale : scale] for one in (candidate, weight))
        assert (weight == weight[..., :1]).all()
        mixed = mixed + candidate.astype(float) * weight / 255
    # Candidates and weights are rounded to 8 bits.
    assert np.abs(mixed - (expected + 1) * 127.5).max() < 0.5 + count * 0.5
