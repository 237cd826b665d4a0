"""Training pairs that are drawn on the device, in a process with Keras on JAX."""

import importlib.util
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from deformable_gan.data.dataset_writer import DatasetWriter, encode_image
from deformable_gan.pose.skeleton import COCO17

if importlib.util.find_spec("jax") is None:
    pytest.skip("jax is not installed", allow_module_level=True)

SIZE = (40, 36)
COUNT = 600
_DRAW = """
import sys
sys.modules["tensorflow"] = None  # nothing here needs it
import dataclasses, json
import jax
import numpy as np
from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.presets import get_preset
from deformable_gan.training.jax_pairs import JaxPairs

if __name__ == "__main__":
    folder, options = sys.argv[1], json.loads(sys.argv[2])
    config = get_preset("demo").config.replace(image_size=(40, 36), **options)
    splits = [DatasetFolder(f"{folder}/{name}").train for name in ("one", "other")]
    pairs = JaxPairs(splits, [3, 1], config)
    draw = jax.jit(lambda arrays, key: pairs.draw(arrays, key, 600))
    batch = draw(pairs.arrays, jax.random.key(5))
    np.savez(f"{folder}/batch.npz", **batch)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two datasets. Red is the person's number, green 100 + the image's number.

    Blue marks the right half. `one` has people 10 (2 images) and 20 (5 images), with backgrounds of
    the person's red alone; `other` has person 30 without backgrounds.
    """
    folder = tmp_path_factory.mktemp("pairs")
    for name, people in {"one": {10: 2, 20: 5}, "other": {30: 3}}.items():
        with DatasetWriter(folder / name, COCO17, SIZE, {"kind": "test"}) as writer:
            pairs = []
            for person, count in people.items():
                names = [f"p{person}_{index}.png" for index in range(count)]
                for index, file in enumerate(names):
                    image = np.zeros((*SIZE, 3), np.uint8)
                    image[..., 0], image[..., 1] = person, 100 + index
                    image[:, SIZE[1] // 2 :, 2] = 200
                    joints = np.ones((17, 3), np.float32)
                    joints[:, 0], joints[:, 1] = 20, 10 + np.arange(17) % 4
                    writer.add("train", file, image, joints)
                    if name == "one":
                        background = np.full((*SIZE, 3), (person, 0, 0), np.uint8)
                        encoded = encode_image(file, background)
                        writer.write_file(f"backgrounds-train/{file}", encoded)
                pairs += [(a, b) for a in names for b in names if a != b]
            writer.set_pairs("train", pairs)
            writer.set_pairs("test", [])
    return folder


def draw(folder, **options):
    options = {"training__augment": False, "training__flip": False, **options}
    subprocess.run(
        [sys.executable, "-c", _DRAW, str(folder), json.dumps(options)],
        env={**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"},
        check=True,
    )
    return dict(np.load(folder / "batch.npz"))


def test_pairs_of_one_person_in_the_datasets_shares(folder):
    batch = draw(folder)
    source, target = batch["source_image"], batch["target_image"]
    assert source.shape == target.shape == (COUNT, *SIZE, 3)
    assert source.dtype == np.uint8
    who = source[:, 0, 0, 0]
    np.testing.assert_array_equal(who, target[:, 0, 0, 0])
    assert (source[:, 0, 0, 1] != target[:, 0, 0, 1]).all()
    # Three quarters come from `one`: 450 of 600, with a standard deviation of 11.
    assert abs((who != 30).sum() - 450) < 45
    # Person 10 has 2 of the 22 pairs of `one`.
    assert abs((who == 10).sum() / (who != 30).sum() - 2 / 22) < 0.05
    np.testing.assert_array_equal(batch["source_keypoints"][:, 3], np.tile([20, 13, 1], (COUNT, 1)))


def test_balanced_people(folder):
    who = draw(folder, training__balance_people=True)["source_image"][:, 0, 0, 0]
    assert abs((who == 10).sum() / (who != 30).sum() - 1 / 2) < 0.1


def test_backgrounds_are_stored_or_filled(folder):
    batch = draw(folder)
    who, background = batch["source_image"][:, 0, 0, 0], batch["background"]
    stored = (background[..., 1:] == 0).all(axis=(1, 2, 3))
    assert (background[stored][..., 0] == who[stored][:, None, None]).all()
    assert not stored[who == 30].any()
    assert abs(stored[who != 30].mean() - 1 / 2) < 0.1
    # Away from the person the filled source is the source.
    filled, source = background[~stored], batch["source_image"][~stored]
    np.testing.assert_array_equal(filled[:, :, -1], source[:, :, -1])


def test_mirrored_pairs(folder):
    batch = draw(folder, training__flip=True)
    mirrored = batch["source_image"][:, 0, 0, 2] == 200
    assert abs(mirrored.mean() - 1 / 2) < 0.1
    np.testing.assert_array_equal(mirrored, batch["target_image"][:, 0, 0, 2] == 200)
    # Left and right are exchanged: joint 5, the left shoulder, has the mirrored place of joint 6.
    joints = batch["target_keypoints"]
    assert (joints[~mirrored, 5, 1] == 10 + 5 % 4).all()
    assert (joints[mirrored, 5, 1] == SIZE[1] - 1 - (10 + 6 % 4)).all()


def test_augmented_pairs(folder):
    plain, batch = draw(folder), draw(folder, training__augment=True)
    assert batch["source_image"].dtype == np.uint8
    who = plain["source_image"][:, 0, 0, 0].astype(int)
    change = batch["source_image"][:, 0, 0, 0].astype(int) - who
    assert 1 < np.abs(change).mean() < 30
    assert (batch["source_keypoints"][..., 2] == 0).any()
