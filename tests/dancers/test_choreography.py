import numpy as np

from deformable_gan.dancers.choreography import dance


def test_dance_is_decided_by_its_generator():
    assert dance(np.random.default_rng(1), 9) == dance(np.random.default_rng(1), 9)
    assert dance(np.random.default_rng(1), 9) != dance(np.random.default_rng(2), 9)


def test_dance_has_the_frames_asked_for():
    assert [len(dance(np.random.default_rng(0), count)) for count in (0, 1, 7)] == [0, 1, 7]


def test_dance_is_smooth_in_time():
    for seed in range(10):
        numbers = np.array([p.to_array() for p in dance(np.random.default_rng(seed), 240, 60.0)])
        velocity = np.diff(numbers, axis=0)
        # The largest change between two key poses is about half a turn in 0.53 seconds. Its speed
        # peaks at 1.88 times the mean (the easing curve's largest slope): 0.19 radians per frame.
        # Jumps would be far larger.
        assert np.abs(velocity).max() < 0.30
        assert np.abs(np.diff(velocity, axis=0)).max() < 0.06


def test_dance_moves_and_turns_every_way():
    turns = np.array(
        [pose.turn for seed in range(40) for pose in dance(np.random.default_rng(seed), 20, 1.6)]
    )
    facing = np.cos(turns)
    assert 0.45 < np.mean(facing > 0.5) < 0.85
    assert 0.05 < np.mean(facing < -0.5) < 0.35
    assert np.mean(np.abs(facing) <= 0.5) > 0.08
