import json

import numpy as np
import pytest

from deformable_gan.errors import MediaError, RunError
from deformable_gan.exporting.reposing_networks import write_reposing_networks
from deformable_gan.exporting.samples import sample_pairs
from deformable_gan.geometry.background_mask import person_mask
from deformable_gan.inference import make_compose, make_generate
from deformable_gan.models.load_generator import load_generator
from deformable_gan.on_litert.cache import is_converted
from deformable_gan.on_litert.model import LiteRTModel
from deformable_gan.on_litert.names import DESCRIPTION
from deformable_gan.pose.skeleton import COCO17
from deformable_gan.saving.saved_generator import SavedGenerator

pytest.importorskip("ai_edge_litert", reason="needs the extra litert")
# The converter is slow, whatever the network's size.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """The model that ships with the package, converted."""
    folder = tmp_path_factory.mktemp("converted") / "people"
    write_reposing_networks("people", folder)
    return LiteRTModel(folder)


@pytest.fixture(scope="module")
def generator():
    return load_generator(SavedGenerator.find("people"))[0]


def test_the_parts_of_composed_images(people, generator):
    assert (people.image_size, people.skeleton, people.composes) == ((128, 72), COCO17, True)
    assert people.wants == {"background"}
    inputs = sample_pairs(5, people.image_size, COCO17, background=True)
    expected = make_compose(generator)(**inputs)
    made = people(**inputs)
    assert made.keys() == expected.keys()
    # The geometry is in float32, and the weights of convolutions have 8 bits.
    np.testing.assert_allclose(made["transforms"], expected["transforms"], atol=1e-2, rtol=1e-4)
    assert np.abs(made["weights"] - expected["weights"]).mean() < 1e-3
    assert np.abs(made["drawn"] - expected["drawn"]).mean() < 0.02


def test_one_source_for_all_poses(people):
    inputs = sample_pairs(4, people.image_size, COCO17, background=True)
    single = {
        name: value if name == "target_keypoints" else value[:1] for name, value in inputs.items()
    }
    repeated = {
        name: value if name == "target_keypoints" else np.repeat(value[:1], 4, axis=0)
        for name, value in inputs.items()
    }
    made, expected = people(**single), people(**repeated)
    for name, value in expected.items():
        np.testing.assert_array_equal(made[name], value)
    # The poses come in their order, although several are computed at a time.
    for index, parts in enumerate(people.each(**single)):
        np.testing.assert_array_equal(parts["weights"], expected["weights"][index])


def test_person_masks(people):
    poses = sample_pairs(6, people.image_size, COCO17)["target_keypoints"]
    expected = np.asarray(person_mask(poses, people.image_size, COCO17)) > 0.5
    np.testing.assert_array_equal(people.people(poses), expected)


def test_a_generator_that_draws_whole_images(tiny_run, tmp_path):
    write_reposing_networks(tiny_run.path, tmp_path / "tiny")
    model = LiteRTModel(tmp_path / "tiny")
    assert not model.composes
    inputs = sample_pairs(3, model.image_size, COCO17)
    generator, _ = load_generator(SavedGenerator.find(tiny_run.path))
    difference = model(**inputs)["image"].astype(int) - make_generate(generator)(**inputs)
    assert np.abs(difference).mean() < 2


def test_existing_networks_are_kept(people, tmp_path, tiny_run):
    folder = tmp_path / "tiny"
    folder.mkdir()
    text = '{"files": {}, "written by": "another process"}'
    (folder / DESCRIPTION).write_text(text)
    write_reposing_networks(tiny_run.path, folder)
    assert (folder / DESCRIPTION).read_text() == text
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]


def test_an_incomplete_folder_is_replaced(tiny_run, tmp_path):
    folder = tmp_path / "tiny"
    folder.mkdir()
    (folder / "source.tflite").write_bytes(b"all that is left")
    write_reposing_networks(tiny_run.path, folder)
    assert is_converted(folder)
    LiteRTModel(folder)


def test_networks_that_differ_are_refused(tiny_run, tmp_path, monkeypatch):
    networks = "deformable_gan.exporting.reposing_networks.run_networks"
    monkeypatch.setattr(networks, lambda *_: np.ones((2, 64, 36, 3), np.float32))
    with pytest.raises(RunError, match="converted to LiteRT"):
        write_reposing_networks(tiny_run.path, tmp_path / "tiny")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written(tiny_run, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(MediaError, match="cannot write"):
        write_reposing_networks(tiny_run.path, tmp_path / "file" / "tiny")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot be read"),
        ("[]", "not a description"),
        (json.dumps({"format": "deformable_gan networks for reposing"}), "KeyError"),
    ],
)
def test_damaged_descriptions(tmp_path, text, message):
    (tmp_path / DESCRIPTION).write_text(text)
    with pytest.raises(RunError, match=message):
        LiteRTModel(tmp_path)


def test_a_folder_without_a_converted_model(tmp_path):
    with pytest.raises(RunError, match="contains no converted model: write one"):
        LiteRTModel(tmp_path)


def test_a_missing_network(tmp_path):
    description = {
        "format": "deformable_gan networks for reposing",
        "image_size": [64, 36],
        "skeleton": "coco17",
        "wants": [],
        "composes": True,
        "files": {"source.tflite": 1},
    }
    (tmp_path / DESCRIPTION).write_text(json.dumps(description))
    with pytest.raises(RunError, match=r"source\.tflite cannot be loaded.*: delete this folder"):
        LiteRTModel(tmp_path)
