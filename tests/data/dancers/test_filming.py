"""Cameras before dancers."""

import numpy as np

from deformable_gan.data.dancers.build import Build
from deformable_gan.data.dancers.filming import Filming
from deformable_gan.data.dancers.recordings import Recordings

TORSO = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")


def test_torsos_of_recorded_dancers_stay_in_the_picture(make_bvh):
    # Somebody rolls on the floor and jumps: wider than a person who stands, and off the floor.
    frames = [
        {"at": (0, 0.92 + 0.5 * (i % 20 > 12), 0), "Hips": (0, 4 * max(i - 60, 0), 5 * i)}
        for i in range(101)
    ]
    recordings = Recordings.read([make_bvh("acrobat.bvh", frames)])
    kinds = set()
    for seed in range(40):
        rng = np.random.default_rng(seed)
        bodies = recordings.draw(rng, 8, 1.6, random_facing=True).bodies(Build.wide(rng))
        filming = Filming.random(bodies, (128, 72), rng)
        kinds.add(filming.still)
        assert len(filming.bodies) == len(filming.cameras) == 8
        for body, camera in zip(filming.bodies, filming.cameras, strict=True):
            x, y = camera.project(np.array([body.points[name][:2] for name in TORSO])).T
            assert x.min() >= 0
            assert x.max() <= 71
            assert y.min() >= 0
            assert y.max() <= 127
    assert kinds == {True, False}
