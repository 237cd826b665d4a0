"""Recordings that choreograph dancers."""

import hashlib
import pickle

import numpy as np
import pytest

from deformable_gan.dancers import Dancer, Renderer
from deformable_gan.dancers.build import Build
from deformable_gan.dancers.recordings import Recordings, read_recordings
from deformable_gan.errors import ConfigurationError, MediaError

BUILD = Build.random(np.random.default_rng(1))


@pytest.fixture
def paths(make_bvh):
    """Return two files of 4 seconds: a person who turns and walks, and a person who waves."""
    turning = [
        {"at": (0.05 * i, 0.92, 0.02 * i), "Hips": (0, 0, 9 * i), "LeftArm": (-70, 0, 0)}
        for i in range(41)
    ]
    waving = [{"RightArm": (60 * np.sin(i / 3), 0, 0)} for i in range(41)]
    return [make_bvh("turning.bvh", turning), make_bvh("waving.bvh", waving)]


@pytest.fixture
def recordings(paths):
    return Recordings.read(paths)


def facings(bodies):
    """Return how far each body is turned to its left, in degrees."""
    forward = np.array([body.axes["pelvis"][2] for body in bodies])
    left = np.array([body.axes["pelvis"][0] for body in bodies])
    return np.degrees(np.unwrap(np.arctan2(forward[:, 0], left[:, 0])))


def test_source_names_files_by_content(recordings, paths):
    expected = [
        {"name": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        for path in paths
    ]
    assert recordings.source == expected
    assert Recordings.read(paths[::-1]).source == expected
    assert [recording.describe() for recording in recordings] == [
        "turning.bvh: 4.0 s, 10.0 frames per second",
        "waving.bvh: 4.0 s, 10.0 frames per second",
    ]


def test_a_stretch_is_decided_by_its_generator(recordings):
    def draw(seed):
        return recordings.draw(np.random.default_rng(seed), 5, 2, random_facing=True)

    first = draw(3)
    assert first.facts == draw(3).facts
    stretches = [draw(seed) for seed in range(40)]
    assert {stretch.name for stretch in stretches} == {"turning.bvh", "waving.bvh"}
    assert len({stretch.times[0] for stretch in stretches}) == 40
    facing = np.array([stretch.facing for stretch in stretches])
    assert facing.min() < -2
    assert facing.max() > 2
    for stretch in stretches:
        np.testing.assert_allclose(np.diff(stretch.times), 0.5)
        assert stretch.times[0] >= 0
        assert stretch.times[-1] <= 4


def test_a_stretch_is_as_small_as_its_moments(make_bvh):
    sizes = []
    for count in (41, 4001):
        frames = [{"LeftArm": (i % 90, 0, 0)} for i in range(count)]
        recordings = Recordings.read([make_bvh("long.bvh", frames)])
        stretch = recordings.draw(np.random.default_rng(0), 12, 1.6, random_facing=True)
        sizes.append(len(pickle.dumps(stretch)))
    assert max(sizes) - min(sizes) < 100
    # 21 directions at 12 moments are 6 kB.
    assert max(sizes) < 20_000


def test_facing_is_as_recorded_unless_asked(recordings):
    rng = np.random.default_rng(0)
    assert {recordings.draw(rng, 3, 1).facing for _ in range(9)} == {0.0}


def test_short_recordings_are_danced_back_and_forth(recordings):
    stretch = recordings.draw(np.random.default_rng(0), 100, 10)
    assert stretch.times.min() >= 0
    assert stretch.times.max() <= 4
    np.testing.assert_allclose(np.abs(np.diff(stretch.times)).max(), 0.1)
    assert np.ptp(stretch.times) > 3.8
    assert len(stretch.bodies(BUILD)) == 100
    assert len(recordings.draw(np.random.default_rng(0), 0, 10).bodies(BUILD)) == 0


def test_turns_are_kept(recordings):
    turning = next(iter(recordings))
    times = np.array([0.0, 0.5, 1.0, 1.05])
    # The recording turns by 90 degrees per second; times between frames are interpolated.
    bodies = turning.stretch(times, 0.0).bodies(BUILD)
    np.testing.assert_allclose(facings(bodies), [0, 45, 90, 94.5], atol=0.1)
    turned = turning.stretch(times, np.radians(30)).bodies(BUILD)
    np.testing.assert_allclose(facings(turned), [30, 75, 120, 124.5], atol=0.1)


def test_travel_is_made_shorter_to_stay_in_reach(recordings):
    turning = next(iter(recordings))
    legs = BUILD.thigh + BUILD.calf
    times = np.linspace(0, 4, 9)
    wide = turning.stretch(times, 0.0).bodies(BUILD, (9.0, 9.0))
    places = np.array([body.points["pelvis"][0] for body in wide])
    # The recorded path is two metres long, for legs of .82 metres, and is centred.
    np.testing.assert_allclose(places, np.linspace(-1, 1, 9) / 0.82 * legs, atol=1e-6)
    narrow = turning.stretch(times, 0.0).bodies(BUILD, (0.2, 0.0))
    places = np.array([body.points["pelvis"][0] for body in narrow])
    np.testing.assert_allclose(places, np.linspace(-0.2, 0.2, 9), atol=1e-6)
    # After a quarter turn the path to the image's right leads away from the viewer.
    turned = turning.stretch(times, np.pi / 2).bodies(BUILD, (0.0, 9.0))
    toward = np.array([body.points["pelvis"][2] for body in turned])
    assert toward[0] > toward[-1] + 0.9
    np.testing.assert_allclose([body.points["pelvis"][0] for body in turned], 0, atol=1e-12)


def test_bodies_can_be_drawn(recordings):
    dancer = Dancer.random(np.random.default_rng(0))
    renderer = Renderer(dancer, (96, 64))
    for body in recordings.draw(np.random.default_rng(1), 4, 2, True).bodies(dancer.build):
        rendering = renderer.draw_body(body)
        assert rendering.mask.max() == 255
        rows = np.nonzero(rendering.mask.any(axis=1))[0]
        assert rows[0] > 0
        assert rows[-1] < 95
        assert np.isfinite(rendering.joints).all()


def test_options(paths, recordings):
    assert read_recordings(None, False) is None
    assert read_recordings(recordings, True) is recordings
    assert read_recordings(paths, False).source == recordings.source
    with pytest.raises(ConfigurationError, match="at least one BVH file, received none"):
        read_recordings([], False)
    with pytest.raises(ConfigurationError, match="random_facing needs recorded motion"):
        read_recordings(None, True)
    with pytest.raises(MediaError, match="cannot be read"):
        read_recordings([paths[0].with_name("absent.bvh")], False)


def test_real_salsas_stay_on_the_floor_and_move_smoothly(salsas):
    recordings = Recordings.read(salsas)
    for number, recording in enumerate(recordings):
        build = Build.random(np.random.default_rng(number))
        times = np.arange(0, recording.motion.seconds, 1 / 20)
        bodies = recording.stretch(times, 0.0).bodies(build, (0.3, 0.2))
        points = np.array([list(body.points.values()) for body in bodies])
        assert np.isfinite(points).all()
        # A hand that crosses a body height in a quarter of a second moves by .2 a frame. In one
        # recording of 200 frames the capture itself jumps for a tenth of a second.
        steps = np.linalg.norm(np.diff(points, axis=0), axis=-1)
        assert np.mean(steps > 0.2) < 0.005
        assert np.abs([body.points["pelvis"][0] for body in bodies]).max() <= 0.3 + 1e-9
