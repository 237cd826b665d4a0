import numpy as np
import pytest

from deformable_gan.errors import ConfigurationError
from deformable_gan.geometry.affine import OUTSIDE
from deformable_gan.models.generator import Generator

FOUR = {"encoder_filters": (4, 4, 6, 6), "decoder_filters": (6, 6, 4)}
SIX = {"encoder_filters": (4, 4, 4, 4, 4, 4), "decoder_filters": (4, 4, 4, 4, 4)}


@pytest.mark.parametrize("size", [(32, 32), (36, 34), (33, 47), (64, 36), (128, 72), (176, 144)])
def test_any_size_from_thirty_two_on(size, make_inputs):
    generator = Generator(size, **SIX)
    image = np.asarray(generator(make_inputs(size, batch=1)))
    assert image.shape == (1, *size, 3)
    assert image.dtype == np.float32
    assert np.abs(image).max() <= 1
    assert image.std() > 0


@pytest.mark.parametrize("skip", ["none", "full", "mask", "stn"])
def test_every_input_counts(skip, make_inputs):
    size = (16, 18)
    generator = Generator(size, skip=skip, background=True, mask=True, **FOUR)
    inputs = make_inputs(size)
    image = np.asarray(generator(inputs))
    assert set(generator.input_shapes()) == set(inputs) - {"image"}
    for name in generator.input_shapes():
        changed = np.asarray(generator(inputs | {name: make_inputs(size, seed=1)[name]}))
        assert np.abs(changed - image).max() > 1e-4
    # A background and a person mask are inputs only if the arguments say so.
    plain = set(Generator(size, skip=skip, **FOUR).input_shapes())
    assert set(generator.input_shapes()) - plain == {"background", "source_mask"}


def test_the_mask_belongs_to_the_appearance(make_inputs):
    size = (16, 18)
    generator = Generator(size, mask=True, **FOUR)
    generator.build()
    layouts = {"appearance_encoder": 3 + 17 + 1, "pose_encoder": 17}
    for name, channels in layouts.items():
        assert getattr(generator, name).weights[0].shape[2] == channels


def test_without_source_pose_the_baseline_does_not_see_it(make_inputs):
    size = (16, 18)
    inputs = make_inputs(size)
    changed = inputs | {"source_keypoints": make_inputs(size, seed=1)["source_keypoints"]}
    blind = Generator(size, skip="none", source_pose=False, **FOUR)
    np.testing.assert_array_equal(blind(inputs), blind(changed))
    # With a warp the pose still moves the features.
    warping = Generator(size, skip="mask", source_pose=False, **FOUR)
    assert np.any(np.asarray(warping(inputs)) != warping(changed))


def test_samples_do_not_mix(make_inputs):
    size = (16, 18)
    generator = Generator(size, **FOUR)
    inputs = make_inputs(size, batch=3)
    together = generator(inputs)
    for item in range(3):
        alone = generator({name: value[item : item + 1] for name, value in inputs.items()})
        np.testing.assert_allclose(alone[0], together[item], atol=1e-5)


@pytest.mark.parametrize(
    ("warped", "levels"), [(0, []), (2, [1, 2]), (4, [1, 2, 4, 8]), (9, [1, 2, 4, 8])]
)
def test_warps_the_finest_levels(warped, levels, make_inputs, monkeypatch):
    size = (16, 18)
    generator = Generator(size, warped_levels=warped, **FOUR)
    generator.build()
    warp, places = generator.pose_warp, []

    def recorded(features, *arguments, stride, offset, logits):
        places.append((stride, offset, tuple(features.shape[1:3])))
        return features

    monkeypatch.setattr(type(warp), "__call__", lambda _, *a, **k: recorded(*a, **k))
    generator(make_inputs(size))
    # A pixel of level l stands in the middle of the 2^l x 2^l image pixels that it covers.
    expected = [(s, (s - 1) / 2, (size[0] // s, size[1] // s)) for s in levels]
    assert places == expected


def test_skips_join_warped_appearance_and_pose(make_inputs, monkeypatch):
    # Appearance that is warped outside leaves zeros beside the pose features.
    size = (16, 18)
    generator = Generator(size, warped_levels=3, **FOUR)
    generator.build()
    outside = np.broadcast_to(OUTSIDE, (2, 10, 8)).astype(np.float32)
    monkeypatch.setattr(generator.pose_warp, "transforms", lambda *_: outside)
    received = []
    monkeypatch.setattr(
        type(generator.decoder), "__call__", lambda _, skips, **__: received.extend(skips)
    )
    generator(make_inputs(size))
    for level, skip in enumerate(received):
        appearance, pose = np.split(np.asarray(skip), 2, axis=-1)
        assert pose.any()
        assert appearance.any() == (level == 3)


def test_the_warp_s_method_changes_nothing_but_its_cost(make_inputs):
    size = (36, 34)
    generator = Generator(size, **FOUR)
    inputs = make_inputs(size)
    assert generator.warp_method == "dense"
    dense = generator(inputs)
    generator.warp_method = "sparse"
    assert generator.pose_warp.skip.method == "sparse"
    np.testing.assert_allclose(generator(inputs), dense, atol=1e-5)
    baseline = Generator(size, skip="none", **FOUR)
    baseline.warp_method = "sparse"
    assert baseline.warp_method is None


@pytest.mark.parametrize("composite", [True, False])
def test_the_source_alone_once_for_all_poses(make_inputs, composite):
    size = (36, 34)
    generator = Generator(size, composite=composite, dropout=0.0, **FOUR)
    inputs = make_inputs(size)
    expected = generator(inputs)
    target = inputs.pop("target_keypoints")
    appearance = generator.appearance(inputs)
    inputs["target_keypoints"] = target
    np.testing.assert_allclose(generator(inputs, appearance=appearance), expected, atol=1e-6)
    if composite:
        parts = generator.compose(inputs, appearance=appearance, mixed=False)
        whole = generator.compose(inputs)
        assert set(whole) - set(parts) == {"image"}
        np.testing.assert_allclose(parts["weights"], whole["weights"], atol=1e-6)


def test_without_skips_nothing_is_known_of_the_source_alone(make_inputs):
    generator = Generator((36, 34), skip="none", **FOUR)
    with pytest.raises(ConfigurationError, match="single encoder"):
        generator.appearance(make_inputs((36, 34)))


def test_weights_do_not_depend_on_how_it_is_built(make_inputs):
    size = (16, 18)
    called, built = Generator(size, skip="stn", **FOUR), Generator(size, skip="stn", **FOUR)
    called(make_inputs(size))
    built.build()
    assert [w.shape for w in called.weights] == [w.shape for w in built.weights]
    assert called.count_params() == built.count_params()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"skip": "warp"}, r"skip must be one of \('none', 'full', 'mask', 'stn'\).*'warp'"),
        ({"decoder_filters": (4, 4)}, "one entry fewer than encoder_filters: received 2 and 4"),
        ({"image_size": (7, 64)}, "at least 8x8 for 4 encoder levels, received 7x64: use larger"),
        ({"aggregation": "median"}, "aggregation.*'median'"),
        ({"interpolation": "cubic"}, "interpolation.*'cubic'"),
        ({"estimator": "robust"}, "estimator.*'robust'"),
        ({"normalization": "batch"}, "'sample', 'channel'.*'batch'"),
        ({"pose_representation": "dots"}, "'heatmaps', 'stick_figure'.*'dots'"),
        ({"skeleton": "bones"}, "bones"),
    ],
)
def test_refuses_what_does_not_fit(arguments, message):
    with pytest.raises(ConfigurationError, match=message):
        Generator(**{"image_size": (16, 18), **FOUR, **arguments})
