"""Ways of filming dances."""

import numpy as np

from deformable_gan.dancers import dance
from deformable_gan.dancers.body import place_body
from deformable_gan.dancers.build import Build
from deformable_gan.dancers.filming import Filming
from deformable_gan.dancers.recordings import Recordings

TORSO = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")


def film(seed, size=(128, 72)):
    rng = np.random.default_rng(seed)
    build = Build.wide(rng)
    bodies = [place_body(build, pose) for pose in dance(rng, 8, 1.6)]
    return Filming.random(bodies, size, rng)


def test_most_cameras_stand_still():
    filmed = [film(seed) for seed in range(60)]
    still = [one for one in filmed if one.still]
    assert 0.6 < len(still) / len(filmed) < 0.95
    for one in filmed:
        assert len(one.bodies) == len(one.cameras) == 8
        assert (len(set(one.cameras)) == 1) == one.still


def test_the_torso_is_always_seen():
    for size in ((128, 72), (64, 64), (128, 64)):
        for seed in range(40):
            one = film(seed, size)
            for body, camera in zip(one.bodies, one.cameras, strict=True):
                points = camera.project(np.array([body.points[name] for name in TORSO]))
                assert np.all(points >= 0)
                assert np.all(points <= np.array(size[::-1]) - 1)


def test_the_torso_of_recorded_people_is_always_seen(make_bvh):
    # A person who jumps, then lies: off the floor, and wider than a person who stands.
    frames = [
        {"at": (0, 0.92 + 0.5 * (i % 20 > 12), 0), "Hips": (0, 4 * max(i - 60, 0), 5 * i)}
        for i in range(101)
    ]
    recordings = Recordings.read([make_bvh("acrobat.bvh", frames)])
    kinds = set()
    for seed in range(40):
        rng = np.random.default_rng(seed)
        bodies = recordings.draw(rng, 8, 1.6, random_facing=True).bodies(Build.wide(rng))
        one = Filming.random(bodies, (128, 72), rng)
        kinds.add(one.still)
        for body, camera in zip(one.bodies, one.cameras, strict=True):
            points = camera.project(np.array([body.points[name] for name in TORSO]))
            # To a thousandth of a pixel: a torso may be moved to the very edge.
            assert np.all(points >= -1e-3)
            assert np.all(points <= np.array((72, 128)) - 1 + 1e-3)
    assert kinds == {True, False}


def test_people_are_near_and_far():
    # A body height in pixels relative to the image's height.
    fills = np.array([film(seed).cameras[0].scale / 128 for seed in range(120)])
    assert fills.min() >= 0.45
    assert fills.max() <= 1.25
    assert np.quantile(fills, 0.9) - np.quantile(fills, 0.1) > 0.2
