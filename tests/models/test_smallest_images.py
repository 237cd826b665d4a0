"""Networks refuse images that are too small, and work on the smallest that they accept."""

import numpy as np
import pytest

from deformable_gan.config import DiscriminatorConfig, ExperimentConfig, GeneratorConfig
from deformable_gan.errors import ConfigurationError
from deformable_gan.models.from_config import build_discriminator, build_generator


def experiment(size, kind="concatenated", levels=4):
    return ExperimentConfig(
        preset="test",
        image_size=size,
        skeleton="coco17",
        generator=GeneratorConfig(encoder_filters=(2,) * 6, decoder_filters=(2,) * 5),
        discriminator=DiscriminatorConfig(kind, (2,) * levels),
    )


def inputs(size, image="image"):
    rng = np.random.default_rng(0)
    joints = (rng.random((2, 1, 17, 3)) * (*size, 1)).astype(np.float32)
    pictures = rng.uniform(-1, 1, (2, 1, *size, 3)).astype(np.float32)
    return {
        image: pictures[0],
        "source_image": pictures[1],
        "source_keypoints": joints[0],
        "target_keypoints": joints[1],
    }


# By hand, four levels: 34 -> 16 -> 8 -> 4 -> 2 -> 1, but 33 -> 15 -> 7 -> 3 -> 1 -> 0.
@pytest.mark.parametrize(
    ("kind", "smallest"), [("concatenated", 34), ("warp", 34), ("siamese", 18)]
)
def test_discriminators(kind, smallest):
    size = (smallest, smallest + 5)
    verdict = np.asarray(build_discriminator(experiment(size, kind))(inputs(size)))
    assert verdict.shape == (1, 1)
    assert np.isfinite(verdict).all()
    size = (smallest + 5, smallest - 1)
    message = f"at least {smallest}x{smallest} pixels, received {size[0]}x{size[1]}"
    with pytest.raises(ConfigurationError, match=message):
        build_discriminator(experiment(size, kind))


def test_image_discriminator_takes_any_size_and_the_first_two_filters():
    discriminator = build_discriminator(experiment((32, 32), "image"))
    assert discriminator.filters == (2, 2)
    assert np.isfinite(np.asarray(discriminator(inputs((32, 32))))).all()


def test_one_filter_is_too_few():
    with pytest.raises(ConfigurationError, match="needs the filters of two convolutions"):
        experiment((64, 64), levels=1)


def test_generator():
    image = build_generator(experiment((32, 37)))(inputs((32, 37)))
    assert image.shape == (1, 32, 37, 3)
    with pytest.raises(ConfigurationError, match="at least 32x32 for 6 encoder levels"):
        build_generator(experiment((37, 31)))
