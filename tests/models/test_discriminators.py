import numpy as np
import pytest

from deformable_gan.errors import ConfigurationError
from deformable_gan.models.discriminators.image_discriminator import ImageDiscriminator
from deformable_gan.models.discriminators.patch_discriminator import PatchDiscriminator
from deformable_gan.models.discriminators.siamese_discriminator import SiameseDiscriminator
from deformable_gan.models.discriminators.warp_discriminator import WarpDiscriminator

NARROW = {"filters": (4, 4, 4, 4)}
CONDITIONAL = [PatchDiscriminator, SiameseDiscriminator, WarpDiscriminator]


@pytest.mark.parametrize("kind", [PatchDiscriminator, WarpDiscriminator])
@pytest.mark.parametrize(
    ("size", "patches"),
    # 128 -> 63 -> 31 -> 15 -> 7 -> 3 rows, 64 -> 31 -> 15 -> 7 -> 3 -> 1 columns, and so on.
    [((128, 64), 3), ((256, 256), 49), ((256, 176), 35), ((128, 72), 6), ((34, 34), 1)],
)
def test_one_logit_a_patch(kind, size, patches, make_inputs):
    discriminator = kind(size, **NARROW)
    inputs = make_inputs(size)
    logits = discriminator(inputs)
    assert logits.shape == (2, patches)
    assert logits.dtype == "float32"
    # Logits, not probabilities: negating the last convolution negates them.
    kernel = discriminator.trunk.blocks[-1].weights[0]
    kernel.assign(-kernel)
    np.testing.assert_allclose(discriminator(inputs), -logits, atol=1e-5)


@pytest.mark.parametrize("kind", [SiameseDiscriminator, ImageDiscriminator])
def test_one_logit_an_image(kind, make_inputs):
    size = (64, 36)
    arguments = {} if kind is ImageDiscriminator else NARROW
    assert kind(size, **arguments)(make_inputs(size)).shape == (2, 1)


@pytest.mark.parametrize("kind", CONDITIONAL)
def test_every_input_counts(kind, make_inputs):
    size = (36, 34)
    inputs = make_inputs(size)
    whole = kind is not SiameseDiscriminator
    options = {"background": True, "mask": True} if whole else {}
    discriminator = kind(size, **NARROW, **options)
    logits = np.asarray(discriminator(inputs))
    seen = set(inputs) - (set() if whole else {"background", "source_mask"})
    for name in seen:
        changed = discriminator(inputs | {name: make_inputs(size, seed=1)[name]})
        assert np.abs(np.asarray(changed) - logits).max() > 1e-5


def test_the_image_discriminator_sees_the_image_alone(make_inputs):
    size = (30, 20)
    inputs, others = make_inputs(size), make_inputs(size, seed=1)
    discriminator = ImageDiscriminator(size, (4, 6))
    logits = discriminator(inputs)
    np.testing.assert_array_equal(discriminator(others | {"image": inputs["image"]}), logits)
    assert np.any(np.asarray(discriminator(others)) != logits)


def test_the_image_discriminator_is_the_published_one():
    discriminator = ImageDiscriminator((128, 72), (64, 128))
    discriminator.build()
    kernels = [layer.kernel.shape for layer in discriminator.convolutions]
    assert kernels == [(3, 3, 3, 64), (5, 5, 64, 128), (10, 10, 128, 1)]
    assert [len(layer.weights) for layer in discriminator.convolutions] == [1, 2, 2]
    # Strides of 2: 128x72 -> 64x36 -> 32x18 -> 16x9, flattened.
    assert discriminator.dense[0].kernel.shape[0] == 16 * 9
    assert len(discriminator.dense) == 3


def test_siamese_looks_at_both_images_with_the_same_eyes(make_inputs):
    size = (36, 34)
    discriminator = SiameseDiscriminator(size, **NARROW)
    inputs = make_inputs(size)
    np.testing.assert_array_equal(
        discriminator.source_view(inputs),
        discriminator.target_view(
            {"image": inputs["source_image"], "target_keypoints": inputs["source_keypoints"]}
        ),
    )
    # A comparison with equal weights for both views cannot distinguish them.
    discriminator(inputs)
    kernel = np.asarray(discriminator.compare.kernel).reshape(-1, 2, 4, 1)
    discriminator.compare.kernel.assign(kernel[:, [0, 0]].reshape(-1, 1))
    exchanged = {
        "image": inputs["source_image"],
        "source_image": inputs["image"],
        "source_keypoints": inputs["target_keypoints"],
        "target_keypoints": inputs["source_keypoints"],
    }
    np.testing.assert_allclose(discriminator(exchanged), discriminator(inputs), atol=1e-5)


@pytest.mark.parametrize("options", [{"source_pose": False}, {"background": True}, {"mask": True}])
def test_siamese_needs_equal_views(options):
    with pytest.raises(ConfigurationError, match="source_pose=True, background=False and mask=F"):
        SiameseDiscriminator((64, 64), **options)


def test_without_source_pose_only_the_warp_looks_at_it(make_inputs):
    size = (36, 34)
    inputs = make_inputs(size)
    changed = inputs | {"source_keypoints": make_inputs(size, seed=1)["source_keypoints"]}
    blind = PatchDiscriminator(size, source_pose=False, **NARROW)
    np.testing.assert_array_equal(blind(inputs), blind(changed))
    warping = WarpDiscriminator(size, source_pose=False, **NARROW)
    assert np.any(np.asarray(warping(inputs)) != warping(changed))


def test_the_warp_brings_the_source_to_the_target(make_inputs):
    # The source image and the source pose are both moved by eight pixels, so the warp brings the
    # person to the same place: away from the edges the warped features are equal.
    size = (64, 64)
    discriminator = WarpDiscriminator(size, skip="full", source_pose=False, **NARROW)
    inputs = make_inputs(size)
    moved = inputs | {
        "source_image": np.roll(inputs["source_image"], 8, axis=2),
        "source_keypoints": inputs["source_keypoints"] + np.float32([0, 8, 0]),
    }
    warped = []
    trunk = type(discriminator.trunk).__call__
    discriminator(inputs)
    original = discriminator.trunk

    class Recorder:
        def __call__(self, features):
            warped.append(np.asarray(features)[..., 4:])
            return trunk(original, features)

    object.__setattr__(discriminator, "trunk", Recorder())
    for views in (inputs, moved):
        discriminator(views)
    first, second = warped
    both = (first != 0).any(-1) & (second != 0).any(-1)
    # Random torsos are skewed, so some pixels read beyond an edge or across the seam of `roll`.
    equal = np.abs(first - second).max(-1)[both] < 1e-2
    assert equal.size > 100
    assert equal.mean() > 0.7


@pytest.mark.parametrize(
    ("kind", "smallest"),
    # 34 -> 16 -> 8 -> 4 -> 2 -> 1; the siamese one ends a block earlier: 18 -> 8 -> 4 -> 2 -> 1.
    [(PatchDiscriminator, 34), (WarpDiscriminator, 34), (SiameseDiscriminator, 18)],
)
def test_refuses_images_of_which_nothing_would_be_left(kind, smallest, make_inputs):
    size = (smallest, smallest)
    assert kind(size, **NARROW)(make_inputs(size)).shape == (2, 1)
    with pytest.raises(ConfigurationError, match=rf"{smallest}x{smallest} pixels, received 64x"):
        kind((64, smallest - 1), **NARROW)
    with pytest.raises(ConfigurationError, match=r"two entries or more, received \(4,\)"):
        kind((64, 64), filters=(4,))


def test_the_image_discriminator_needs_two_filters():
    with pytest.raises(ConfigurationError, match=r"two filters, received \(64, 128, 256, 512\)"):
        ImageDiscriminator((64, 64), (64, 128, 256, 512))
