import hashlib
import io
import tarfile

import numpy as np
import pytest
import tensorflow as tf

from deformable_gan.errors import WeightsError
from deformable_gan.metrics.frechet_distance import FeatureStatistics, frechet_distance
from deformable_gan.metrics.inception_network import GRAPH, InceptionNetwork
from deformable_gan.metrics.inception_score import InceptionScore


@pytest.fixture(scope="module")
def graph_file(inception_graph, tmp_path_factory):
    path = tmp_path_factory.mktemp("inception") / GRAPH
    path.write_bytes(inception_graph)
    return path


@pytest.fixture(scope="module")
def network(graph_file):
    return InceptionNetwork.load(graph_file)


@pytest.fixture(scope="module")
def images():
    smooth = tf.image.resize(np.random.default_rng(0).random((12, 8, 4, 3)), (128, 64)).numpy()
    return (smooth * 255).astype(np.uint8)


def test_any_number_of_images_of_any_size(network, images):
    features, probabilities = network(images)
    assert features.shape == (12, network.feature_size) == (12, 128)
    assert probabilities.shape == (12, 1008)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    one = network(images[3:4])
    np.testing.assert_allclose(one[0], features[3:4], rtol=1e-4, atol=1e-5)
    assert network(images[:2, :50, :40])[0].shape == (2, 128)


def test_resized_as_the_graph_does_it(network, images):
    """Bilinear without half-pixel centres: x_in = x_out · size_in / 299."""
    places = np.arange(299) * (np.array([128, 64])[:, None] / 299)
    low = places.astype(int)
    high = np.minimum(low + 1, np.array([[127], [63]]))
    part = places - low
    image = images[0].astype(float)
    rows = image[low[0]] + (image[high[0]] - image[low[0]]) * part[0][:, None, None]
    resized = rows[:, low[1]] + (rows[:, high[1]] - rows[:, low[1]]) * part[1][:, None]
    # The network does not resize an image of 299 x 299. Rounding to bytes changes little.
    whole = np.round(resized).astype(np.uint8)[None]
    as_given, resized_before = network(images[:1])[0], network(whole)[0]
    np.testing.assert_allclose(as_given, resized_before, atol=0.05 * as_given.max())
    shifted = tf.image.resize(images[:1], (299, 299)).numpy().round().astype(np.uint8)
    assert np.abs(network(shifted)[0] - as_given).max() > np.abs(resized_before - as_given).max()


def test_a_folder_against_itself(network, images):
    first, second = (FeatureStatistics(network.feature_size) for _ in range(2))
    score = InceptionScore(splits=3)
    for statistics, portions in ((first, 1), (second, 4)):
        for numbers in np.array_split(np.arange(len(images)), portions):
            features, probabilities = network(images[numbers])
            statistics.add(features)
            if statistics is second:
                score.add(numbers, probabilities)
    assert frechet_distance(first, second) < 1e-4  # features are float32, of order 1
    mean, deviation = score.result()
    assert 1 <= mean <= 4
    assert np.isfinite(deviation)


def test_as_published_in_an_archive(graph_file, network, images, tmp_path):
    path = tmp_path / "inception-2015-12-05.tgz"
    with tarfile.open(path, "w:gz") as archive:
        archive.add(graph_file, GRAPH)
        archive.addfile(tarfile.TarInfo("LICENSE"), io.BytesIO())
    packed = InceptionNetwork.load(path)
    np.testing.assert_array_equal(packed(images)[0], network(images)[0])
    assert packed.digest == network.digest == hashlib.sha256(graph_file.read_bytes()).hexdigest()


def test_what_is_not_that_graph(tmp_path, inception_graph):
    damaged = tmp_path / "damaged.pb"
    damaged.write_bytes(inception_graph[:-100])
    with pytest.raises(WeightsError, match=r"damaged\.pb cannot be used"):
        InceptionNetwork.load(damaged)
    with tf.Graph().as_default() as graph:
        tf.constant(1.0, name="something")
    other = tmp_path / "other.pb"
    other.write_bytes(graph.as_graph_def().SerializeToString())
    with pytest.raises(WeightsError, match="not the Inception graph of 2015"):
        InceptionNetwork.load(other)
    empty = tmp_path / "empty.tgz"
    with tarfile.open(empty, "w:gz"):
        pass
    with pytest.raises(WeightsError, match=GRAPH):
        InceptionNetwork.load(empty)
    with pytest.raises(WeightsError, match="--inception-weights"):
        InceptionNetwork.load(tmp_path / "absent")
