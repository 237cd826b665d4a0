import json

import numpy as np
import pytest

from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.errors import ConfigurationError, DatasetError
from deformable_gan.pose.skeleton import OPENPOSE18

MANIFEST = {
    "format": "deformable_gan dataset",
    "format_version": 1,
    "skeleton": "openpose18",
    "image_size": [128, 64],
}
JOINTS = ":".join(["[" + ", ".join(map(str, range(18))) + "]"] * 2)


@pytest.fixture
def folder(tmp_path):
    """Write a dataset folder by hand, in the format of the original's files."""
    path = tmp_path / "market"
    path.mkdir()
    (path / "manifest.json").write_text(json.dumps(MANIFEST))
    names = ["0002_c1.jpg", "0002_c2.jpg", "0007_c1.jpg"]
    lines = ["name:keypoints_y:keypoints_x", *(f"{name}:{JOINTS}" for name in names)]
    (path / "annotations-train.csv").write_text("\n".join(lines) + "\n")
    (path / "pairs-train.csv").write_text(
        "from,to\n0002_c2.jpg,0002_c1.jpg\n0002_c1.jpg,0002_c2.jpg\n"
    )
    return path


def test_reads_splits(folder):
    dataset = DatasetFolder(folder)
    assert dataset.skeleton is OPENPOSE18
    assert dataset.image_size == (128, 64)
    train = dataset.train
    assert train.names == ("0002_c1.jpg", "0002_c2.jpg", "0007_c1.jpg")
    assert train.image_path(1) == folder / "train/0002_c2.jpg"
    assert train.pairs.dtype == np.int32
    np.testing.assert_array_equal(train.pairs, [(1, 0), (0, 1)])
    np.testing.assert_array_equal(train.keypoints[2, 17], (17, 17, 1))


def test_no_pairs(folder):
    (folder / "pairs-train.csv").write_text("from,to\n")
    assert DatasetFolder(folder).train.pairs.shape == (0, 2)


def test_pair_of_an_image_without_annotation(folder):
    (folder / "pairs-train.csv").write_text("from,to\n0002_c1.jpg,0009_c1.jpg\n")
    with pytest.raises(DatasetError, match=r"'0009_c1\.jpg' has no line in annotations-train\.csv"):
        _ = DatasetFolder(folder).train


def test_absent_split(folder):
    with pytest.raises(DatasetError, match=r"annotations-test\.csv does not exist"):
        _ = DatasetFolder(folder).test
    (folder / "pairs-train.csv").unlink()
    with pytest.raises(DatasetError, match=r"pairs-train\.csv does not exist"):
        _ = DatasetFolder(folder).train


def test_absent_folder(tmp_path):
    with pytest.raises(
        DatasetError, match=r"does not exist or is not .*: prepare one with .*prepare"
    ):
        DatasetFolder(tmp_path / "nowhere")


def test_folder_of_something_else(tmp_path):
    with pytest.raises(DatasetError, match=r"has no manifest\.json, so it is not a dataset folder"):
        DatasetFolder(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot be read as JSON"),
        ("{", "cannot be read as JSON"),
        ("[" * 100_000, "cannot be read as JSON"),
        ("[1]", 'expected a JSON object with "format"'),
        ('{"format": "coco"}', 'expected a JSON object with "format"'),
        (json.dumps({**MANIFEST, "format_version": 2}), "reads format version 1, received 2"),
        (json.dumps({**MANIFEST, "image_size": [128]}), "expected 'skeleton'.*'image_size'"),
        (json.dumps({**MANIFEST, "image_size": [128, 0]}), "expected 'skeleton'.*'image_size'"),
        (json.dumps({**MANIFEST, "image_size": ["a", 64]}), "expected 'skeleton'.*'image_size'"),
        (json.dumps({**MANIFEST, "image_size": 128}), "expected 'skeleton'.*'image_size'"),
        (json.dumps({**MANIFEST, "skeleton": ["coco17"]}), "expected 'skeleton'"),
        (json.dumps({k: MANIFEST[k] for k in list(MANIFEST)[:2]}), "expected 'skeleton'"),
    ],
)
def test_damaged_manifest(folder, text, message):
    (folder / "manifest.json").write_text(text)
    with pytest.raises(DatasetError, match=message) as error:
        DatasetFolder(folder)
    assert str(folder / "manifest.json") in str(error.value)


def test_unknown_layout(folder):
    (folder / "manifest.json").write_text(json.dumps({**MANIFEST, "skeleton": "body25"}))
    with pytest.raises(ConfigurationError, match="'body25': expected one of"):
        DatasetFolder(folder)
