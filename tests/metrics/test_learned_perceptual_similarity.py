import numpy as np
import pytest

from deformable_gan.errors import WeightsError
from deformable_gan.metrics.learned_perceptual_similarity import (
    ALEXNET,
    CHANNELS,
    LearnedPerceptualSimilarity,
)

SHAPES = {0: (64, 3, 11), 3: (192, 64, 5), 6: (384, 192, 3), 8: (256, 384, 3), 10: (256, 256, 3)}

# Numbers of the package lpips 0.1.4 on PyTorch 2.15 with the weights and images made below.
REFERENCE = {
    (128, 64): (0.0, 0.8976776599884033, 0.9272541403770447, 0.9129263162612915),
    (45, 70): (0.0, 0.8664848208427429, 0.8938230872154236, 0.9269658327102661),
}


def random_weights():
    rng = np.random.default_rng(7)
    alexnet = {}
    for number, (filters, depth, side) in SHAPES.items():
        kernel = rng.standard_normal((filters, depth, side, side)) * np.sqrt(2 / (depth * side**2))
        alexnet[f"features.{number}.weight"] = kernel.astype(np.float32)
        alexnet[f"features.{number}.bias"] = (rng.standard_normal(filters) * 0.1).astype(np.float32)
    channels = {
        f"lin{level}.model.1.weight": rng.random((1, filters, 1, 1)).astype(np.float32)
        for level, (filters, _, _) in enumerate(SHAPES.values())
    }
    return alexnet, channels


def pictures():
    """Pairs that are equal, shifted, darker, and unrelated, at both sizes."""
    rng = np.random.default_rng(3)
    for size in REFERENCE:
        reference = rng.integers(0, 256, (4, *size, 3), np.uint8)
        image = reference.copy()
        image[1] = np.roll(image[1], 2, 1)
        image[2] = image[2] // 2
        image[3] = rng.integers(0, 256, (*size, 3), np.uint8)
        yield size, reference, image


@pytest.fixture(scope="module")
def similarity():
    return LearnedPerceptualSimilarity(*random_weights())


def test_equals_the_authors_package(similarity):
    for size, reference, image in pictures():
        np.testing.assert_allclose(similarity(reference, image), REFERENCE[size], atol=1e-6)


def test_symmetric(similarity):
    _, reference, image = next(pictures())
    np.testing.assert_allclose(
        similarity(reference, image), similarity(image, reference), atol=1e-6
    )


def test_loaded_from_the_published_files(write_torch_file, similarity, tmp_path):
    alexnet, channels = random_weights()
    classifier = {"classifier.1.weight": np.zeros((2, 3), np.float32)}  # not needed
    write_torch_file(tmp_path / ALEXNET.name, alexnet | classifier)
    write_torch_file(tmp_path / CHANNELS.name, channels, old=True)
    loaded = LearnedPerceptualSimilarity.load(tmp_path)
    _, reference, image = next(pictures())
    np.testing.assert_array_equal(loaded(reference, image), similarity(reference, image))
    assert set(loaded.digests) == {"alexnet-owt-7be5be79.pth", "alex.pth"}
    assert set(map(len, loaded.digests.values())) == {64}
    (tmp_path / ALEXNET.name).unlink()
    with pytest.raises(WeightsError, match="--lpips-weights expects LPIPS's AlexNet"):
        LearnedPerceptualSimilarity.load(tmp_path)


def test_other_networks_are_refused():
    alexnet, channels = random_weights()
    alexnet["features.3.bias"] = alexnet["features.0.bias"]
    with pytest.raises(WeightsError, match=r"features\.3\.bias of shape \(192,\), received \(64,"):
        LearnedPerceptualSimilarity(alexnet, channels)
    with pytest.raises(WeightsError, match=r"lin0\.model\.1\.weight .* received nothing"):
        LearnedPerceptualSimilarity(random_weights()[0], {})


def test_small_images(similarity):
    smallest = np.zeros((1, 31, 31, 3), np.uint8)
    np.testing.assert_allclose(similarity(smallest, smallest), 0, atol=1e-7)
    with pytest.raises(ValueError, match="at least 31 pixels"):
        similarity(smallest[:, :30], smallest[:, :30])
