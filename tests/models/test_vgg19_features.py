import keras
import numpy as np
import pytest
from scipy import signal

from deformable_gan.errors import ConfigurationError
from deformable_gan.models import vgg19_weights
from deformable_gan.models.vgg19_features import LAYERS, VGG19Features
from deformable_gan.models.vgg19_weights import load_vgg19_weights

# Mean blue, green and red of ImageNet.
MEAN = np.array([103.939, 116.779, 123.68])


@pytest.fixture(scope="module")
def feature_file(tmp_path_factory):
    """Weights of the real shapes, drawn at random."""
    rng, arrays, channels = np.random.default_rng(0), {}, 3
    for name, filters in (("block1_conv1", 64), ("block1_conv2", 64), ("block2_conv1", 128)):
        shape = (3, 3, channels, filters)
        arrays[f"{name}/kernel"] = rng.normal(0, np.sqrt(2 / np.prod(shape[:3])), shape)
        arrays[f"{name}/bias"] = rng.normal(0, 1, filters)
        channels = filters
    path = tmp_path_factory.mktemp("features") / "vgg19.npz"
    np.savez(path, **{name: array.astype(np.float32) for name, array in arrays.items()})
    return path


def convolved(features, kernel, bias):
    """A padded 3x3 convolution and ReLU, in float64."""
    padded = np.pad(features, ((1, 1), (1, 1), (0, 0)))
    maps = [
        sum(
            signal.correlate(padded[..., channel], kernel[..., channel, out], mode="valid")
            for channel in range(kernel.shape[2])
        )
        for out in range(kernel.shape[3])
    ]
    return np.maximum(np.stack(maps, axis=-1) + bias, 0)


def pooled(features):
    height, width, channels = features.shape
    even = features[: height // 2 * 2, : width // 2 * 2]
    return even.reshape(height // 2, 2, width // 2, 2, channels).max((1, 3))


@pytest.mark.parametrize("preprocessing", ["caffe", "original"])
@pytest.mark.parametrize("layer", ["block1_conv1", "block1_conv2", "block2_conv1"])
def test_equals_scipy(feature_file, layer, preprocessing):
    image = np.random.default_rng(0).uniform(-1, 1, (1, 7, 6, 3)).astype(np.float32)
    network = load_vgg19_weights(VGG19Features(layer, preprocessing), feature_file)
    result = np.asarray(network(image))[0]

    pixels = (image[0].astype(np.float64) + 1) / 2 * 255
    # The original's mistake: red loses blue's mean, then the channels are exchanged.
    slipped = preprocessing == "original"
    features = (pixels - MEAN)[..., ::-1] if slipped else pixels[..., ::-1] - MEAN
    with np.load(feature_file) as weights:
        for name in LAYERS[: LAYERS.index(layer) + 1]:
            if name == "block2_conv1":
                features = pooled(features)
            features = convolved(features, weights[f"{name}/kernel"], weights[f"{name}/bias"])
    np.testing.assert_allclose(result, features, atol=1e-5 * np.abs(features).max())
    assert (features > 0).any()


def test_preprocessing_is_that_of_keras_applications():
    # A convolution that returns its input; an offset keeps it above zero, so ReLU changes nothing.
    network = VGG19Features("block1_conv1")
    network.build()
    kernel = np.zeros((3, 3, 3, 64), np.float32)
    kernel[1, 1, range(3), range(3)] = 1
    network.convolutions[0].set_weights([kernel, np.full(64, 200, np.float32)])
    pixels = np.random.default_rng(0).integers(0, 256, (2, 4, 5, 3)).astype(np.float32)
    expected = keras.applications.vgg19.preprocess_input(pixels.copy())
    result = np.asarray(network(pixels / 127.5 - 1))[..., :3] - 200
    np.testing.assert_allclose(result, expected, atol=1e-3)


def test_the_two_preprocessings_differ_by_the_slip():
    image = np.random.default_rng(0).uniform(-1, 1, (1, 6, 6, 3)).astype(np.float32)
    right, slipped = (VGG19Features("block1_conv1", kind, seed=1) for kind in ("caffe", "original"))
    assert np.abs(np.asarray(right(image)) - slipped(image)).max() > 1


def test_is_not_trained():
    network = VGG19Features()
    network.build()
    assert len(network.weights) == 4
    assert network.trainable_weights == []


@pytest.mark.parametrize(
    ("layer", "shape"),
    [("block1_conv2", (33, 18, 64)), ("block2_conv2", (16, 9, 128)), ("block5_conv4", (2, 1, 512))],
)
def test_shapes(layer, shape):
    image = np.zeros((1, 33, 18, 3), np.float32)
    assert VGG19Features(layer)(image).shape == (1, *shape)


def test_random_weights_are_fixed_by_the_seed():
    image = np.random.default_rng(0).uniform(-1, 1, (1, 5, 5, 3)).astype(np.float32)
    first, again, other = (
        np.asarray(load_vgg19_weights(VGG19Features(seed=seed), "random")(image))
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert np.any(first != other)
    # The activations have a size that a loss can work with.
    assert 1 < first.mean() < 1000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("block1_conv3",), r"layer must be one of .*'block5_conv4'.*received 'block1_conv3'"),
        (("block1_conv1", "torch"), r"\('caffe', 'original'\), received 'torch'"),
    ],
)
def test_refuses_what_it_does_not_know(arguments, message):
    with pytest.raises(ConfigurationError, match=message):
        VGG19Features(*arguments)


def test_absent_file():
    with pytest.raises(ConfigurationError, match=r"nowhere.npz do not exist.*'random'.*\.h5"):
        load_vgg19_weights(VGG19Features(), "nowhere.npz")


def _arrays(**changes):
    arrays = {
        "block1_conv1/kernel": np.zeros((3, 3, 3, 64)),
        "block1_conv1/bias": np.zeros(64),
    }
    return {name: value for name, value in (arrays | changes).items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"block1_conv1/bias": None}, "up to block1_conv1.*block1_conv1/bias"),
        ({"block1_conv1/kernel": np.zeros((3, 3, 3, 32))}, r"up to block1_conv1.*32"),
    ],
)
def test_arrays_that_do_not_fit(changes, message, tmp_path):
    path = tmp_path / "weights.npz"
    np.savez(path, **_arrays(**changes))
    with pytest.raises(ConfigurationError, match=message):
        load_vgg19_weights(VGG19Features("block1_conv1"), path)


@pytest.mark.parametrize("name", ["weights.npz", "weights.h5"])
def test_damaged_files(name, tmp_path):
    path = tmp_path / name
    path.write_bytes(b"not weights")
    with pytest.raises(ConfigurationError, match=f"{name} does not hold VGG19's weights"):
        load_vgg19_weights(VGG19Features("block1_conv1"), path)


def test_a_failed_download_says_what_to_do(monkeypatch):
    def fail(weights, include_top):
        raise OSError("no route to host")

    monkeypatch.setattr(keras.applications, "VGG19", fail)
    with pytest.raises(
        ConfigurationError,
        match=r"downloaded or read \(no route to host\).*--vgg19 FILE.*--vgg19 random",
    ):
        load_vgg19_weights(VGG19Features())
    # The timeout applied to this download only.
    assert vgg19_weights.socket.getdefaulttimeout() is None


@pytest.mark.slow
def test_the_file_of_keras_applications(tmp_path):
    application = keras.applications.VGG19(weights=None, include_top=False)
    path = tmp_path / "vgg19_weights.weights.h5"
    application.save_weights(path)
    features = load_vgg19_weights(VGG19Features("block2_conv1"), path)
    image = np.random.default_rng(0).uniform(0, 255, (1, 32, 32, 3)).astype(np.float32)
    expected = keras.Model(application.input, application.get_layer("block2_conv1").output)(
        keras.applications.vgg19.preprocess_input(image.copy())
    )
    np.testing.assert_allclose(features(image / 127.5 - 1), expected, atol=1e-3)
