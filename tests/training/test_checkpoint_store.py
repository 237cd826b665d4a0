import logging

import numpy as np
import pytest

from deformable_gan.errors import RunError
from deformable_gan.models.from_config import build_generator
from deformable_gan.training.build import build_gan
from deformable_gan.training.checkpoint_store import CheckpointStore


@pytest.fixture(scope="module")
def config(tiny_config):
    return tiny_config.replace(generator__skip="none")


@pytest.fixture
def make_gan(config):
    def make(seed=None, **changes):
        """A model; with a seed every variable gets another value, as after a training."""
        gan = build_gan(config.replace(**changes), jit_compile=False)
        if seed is not None:
            rng = np.random.default_rng(seed)
            for variable in everything(gan):
                value = rng.integers(1, 100, variable.shape)
                variable.assign(value.astype(variable.dtype))
        return gan

    return make


def everything(gan):
    """Every variable that a training changes."""
    return [
        *gan.generator.variables,
        *(gan.averaged.variables if gan.averaged else []),
        *gan.discriminator.variables,
        *gan.generator_optimizer.variables,
        *gan.discriminator_optimizer.variables,
        *(variable for metric in gan.metrics for variable in metric.variables),
    ]


def values(gan):
    return [variable.numpy() for variable in everything(gan)]


def assert_equal(first, second):
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == other.dtype


def test_nothing_that_training_changes_is_left_out(make_gan):
    gan = make_gan()
    kinds = " ".join(variable.path for variable in everything(gan))
    for kind in ("kernel", "gamma", "seed_generator_state", "momentum", "velocity", "iteration"):
        assert kind in kinds
    # Keras' list of the model's variables contains no other variable.
    known = {id(variable) for variable in everything(gan)}
    assert not [variable.path for variable in gan.variables if id(variable) not in known]


def test_restores_every_variable(make_gan, tmp_path):
    saved = make_gan(seed=1)
    store = CheckpointStore(tmp_path / "checkpoints")
    path = store.save(saved, 1500)
    assert path == tmp_path / "checkpoints/checkpoint-000001500.npz"
    restored = make_gan(seed=2)
    assert store.restore(restored) == 1500
    assert_equal(values(saved), values(restored))


def test_generator_alone(make_gan, config, tmp_path):
    saved = make_gan(seed=1)
    store = CheckpointStore(tmp_path)
    store.save(saved, 7)
    generator = build_generator(config)
    assert store.restore_generator(generator) == 7
    for one, other in zip(saved.generator.variables, generator.variables, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_averaged_generator_is_what_is_used(make_gan, config, tmp_path):
    saved = make_gan(seed=1, training__average=0.9)
    store = CheckpointStore(tmp_path)
    store.save(saved, 7)
    restored = make_gan(seed=2, training__average=0.9)
    assert store.restore(restored) == 7
    assert_equal(values(saved), values(restored))
    generator = build_generator(config)
    assert store.restore_generator(generator) == 7
    # A new training also starts from the average, but keeps its own seeds for dropout.
    started, untouched = make_gan(seed=3), make_gan(seed=3)
    assert store.restore_networks(started) == 7
    for network in (generator, started.generator):
        for ours, average in zip(network.weights, saved.averaged.weights, strict=True):
            np.testing.assert_array_equal(ours, average)
    for ours, theirs in zip(
        started.discriminator.weights, saved.discriminator.weights, strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)
    weights = {id(weight) for weight in started.generator.weights}
    for ours, own in zip(started.generator.variables, untouched.generator.variables, strict=True):
        if id(ours) not in weights:
            np.testing.assert_array_equal(ours, own)


def test_networks_without_optimisers_and_dropout_seeds(make_gan, tmp_path):
    store = CheckpointStore(tmp_path)
    saved, other, untouched = make_gan(seed=1), make_gan(seed=2), make_gan(seed=2)
    store.save(saved, 7)
    assert store.restore_networks(other) == 7
    for network in ("generator", "discriminator"):
        for ours, theirs in zip(
            getattr(other, network).weights, getattr(saved, network).weights, strict=True
        ):
            np.testing.assert_array_equal(ours, theirs)
    weights = {id(w) for w in (*other.generator.weights, *other.discriminator.weights)}
    rest = [v for v in everything(other) if id(v) not in weights]
    weights = {id(w) for w in (*untouched.generator.weights, *untouched.discriminator.weights)}
    expected = [v for v in everything(untouched) if id(v) not in weights]
    assert any("seed_generator" in variable.path for variable in rest)
    assert_equal([v.numpy() for v in rest], [v.numpy() for v in expected])


def test_keeps_the_newest(make_gan, tmp_path):
    gan = make_gan()
    store = CheckpointStore(tmp_path, keep=2)
    for step in (10, 20, 100_000, 3_000_000):
        store.save(gan, step)
    assert [path.name for path in store.paths()] == [
        "checkpoint-003000000.npz",
        "checkpoint-000100000.npz",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        path.name for path in store.paths()
    )


def test_other_files_are_left_alone(make_gan, tmp_path):
    for name in ("notes.txt", "checkpoint-best.npz", ".checkpoint-000000001.npz.writing"):
        (tmp_path / name).write_bytes(b"x")
    store = CheckpointStore(tmp_path, keep=1)
    store.save(make_gan(), 1)
    store.save(make_gan(), 2)
    assert len(store.paths()) == 1
    assert len(list(tmp_path.iterdir())) == 4


def test_an_interrupted_save_leaves_the_older_ones(make_gan, tmp_path, monkeypatch):
    gan = make_gan(seed=1)
    store = CheckpointStore(tmp_path)
    store.save(gan, 1)

    def full(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(KeyboardInterrupt):
        store.save(gan, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint-000000001.npz"]


@pytest.mark.parametrize("damage", ["empty", "truncated", "one byte less", "text", "a folder"])
def test_a_damaged_newest_one_is_named_and_passed_over(make_gan, tmp_path, caplog, damage):
    saved = make_gan(seed=1)
    store = CheckpointStore(tmp_path)
    store.save(saved, 10)
    newest = store.save(make_gan(seed=2), 20)
    data = newest.read_bytes()
    if damage == "a folder":
        newest.unlink()
        newest.mkdir()
    else:
        newest.write_bytes(
            {
                "empty": b"",
                "truncated": data[: len(data) // 2],
                "one byte less": data[:-1],
                "text": b"not an archive",
            }[damage]
        )
    restored = make_gan()
    with caplog.at_level(logging.WARNING):
        assert store.restore(restored) == 10
    assert_equal(values(saved), values(restored))
    (message,) = caplog.messages
    assert message.startswith(f"{newest} is damaged (")
    assert message.endswith("): using checkpoint-000000010.npz instead")


def test_any_flipped_bit_is_noticed_or_harmless(make_gan, tmp_path, caplog):
    """Either the older checkpoint is used, or the bit changes no value."""
    saved = make_gan(seed=1)
    store = CheckpointStore(tmp_path)
    store.save(saved, 10)
    newest = store.save(saved, 20)
    data = bytearray(newest.read_bytes())
    expected, restored = values(saved), make_gan()
    rng = np.random.default_rng(0)
    # Most places are near both ends of the file, where the archive's headers and directory are.
    places = [*rng.integers(0, len(data), 30), *rng.integers(0, 300, 30)]
    places += [*(len(data) - 1 - rng.integers(0, 2000, 40)), *(len(data) - 1 - np.arange(22))]
    noticed = 0
    first = restored.generator.variables[0]
    for place in places:
        first.assign(first * 0)
        bit = 1 << int(rng.integers(8))
        data[place] ^= bit
        newest.write_bytes(data)
        data[place] ^= bit
        step = store.restore(restored)
        assert_equal(values(restored), expected)
        noticed += step == 10
    # Changed dates, versions and attributes in the archive's directory are not noticed.
    assert noticed > 0.6 * len(places)
    assert len(caplog.messages) == noticed


def test_nothing_readable_left(make_gan, tmp_path):
    store = CheckpointStore(tmp_path)
    paths = [store.save(make_gan(), step) for step in (1, 2)]
    for path in paths:
        path.write_bytes(b"")
    with pytest.raises(RunError, match="start the training again") as error:
        store.restore(make_gan())
    for path in paths:
        assert f"{path} is damaged" in str(error.value)


def test_no_checkpoint_yet(make_gan, tmp_path):
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(RunError, match="holds no checkpoint: start the training again"):
            CheckpointStore(folder).restore(make_gan())


@pytest.mark.parametrize(
    ("changes", "received"),
    [
        ({"generator__encoder_filters": (4, 6, 9)}, r"of shape .*, received \("),
        ({"generator__skip": "mask"}, "received nothing"),
        ({"discriminator__filters": (4, 7)}, "discriminator/.* of shape"),
    ],
)
def test_of_another_model(make_gan, tmp_path, changes, received):
    store = CheckpointStore(tmp_path)
    store.save(make_gan(seed=1), 1)
    other = make_gan(**changes)
    before = values(other)
    with pytest.raises(
        RunError, match=rf"checkpoint-000000001\.npz belongs to another model.*{received}"
    ):
        store.restore(other)
    assert_equal(values(other), before)


def test_a_foreign_archive(make_gan, tmp_path):
    store = CheckpointStore(tmp_path)
    np.savez(tmp_path / "checkpoint-000000001.npz", kernel=np.zeros(3))
    with pytest.raises(RunError, match="the number of its step is missing"):
        store.restore(make_gan())
    np.savez(tmp_path / "checkpoint-000000001.npz", kernel=np.zeros(3), step=np.int64(3))
    with pytest.raises(RunError, match="belongs to another model: expected generator/000"):
        store.restore(make_gan())
