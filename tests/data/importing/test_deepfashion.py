import json
import shutil

import numpy as np
import pytest
from PIL import Image

from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.data.importing.deepfashion import fashion_name
from deformable_gan.import_dataset import main

# The last of the fixture's outfits is held out for testing.
TEST = "fasionWOMENDressesid0000000202"


def run(source, output, form, *options):
    status = main([str(source), "--format", form, "--output", str(output), *options])
    assert status == 0
    return DatasetFolder(output), json.loads((output / "report.json").read_text())


def pair_names(split):
    return [(split.names[source], split.names[target]) for source, target in split.pairs]


def parts(annotations):
    test = {name: joints for name, joints in annotations.items() if name.startswith(TEST)}
    return {"train": {n: j for n, j in annotations.items() if n not in test}, "test": test}


@pytest.fixture
def csv_folder(tmp_path, fashion, original):
    folder = tmp_path / "csv"
    folder.mkdir()
    for split, annotations in parts(fashion[1]).items():
        (folder / f"fasion-annotation-{split}.csv").write_text(original.text(annotations))
    return folder


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "fashionWOMENTees_Tanksid0000073005_3back.jpg",
            "fasionWOMENTeesTanksid0000073005_3back.jpg",
        ),
        ("fasionMENDenimid0000008001_4full.jpg", "fasionMENDenimid0000008001_4full.jpg"),
        ("anna_1.jpg", "anna_1.jpg"),
    ],
)
def test_one_form_of_names(name, expected):
    assert fashion_name(name) == expected
    assert fashion_name(expected) == expected


def test_as_distributed_with_the_originals_annotations(
    tmp_path, fashion, csv_folder, original, no_movenet
):
    """The annotation files give the split, and outfits in `Tees_Tanks` are distinguished."""
    root, annotations = fashion
    dataset, report = run(root, tmp_path / "set", "deepfashion", "--annotations", str(csv_folder))
    assert dataset.image_size == (256, 256)
    assert list(dataset.train.names) == list(parts(annotations)["train"])
    assert pair_names(dataset.train) == original.pairs(parts(annotations)["train"])
    assert len(dataset.train.pairs) == 3 * 2 + 2 * 1 + 4 * 3
    assert sorted(pair_names(dataset.test)) == sorted(original.pairs(parts(annotations)["test"]))
    assert report["unchanged_files"] == len(annotations)
    tree = root / "Img" / "img" / "WOMEN" / "Tees_Tanks" / "id_00000730" / "05_3_back.jpg"
    copy = tmp_path / "set" / "train" / "fasionWOMENTeesTanksid0000073005_3back.jpg"
    assert copy.read_bytes() == tree.read_bytes()


def flat(root, folder, annotations, crop=None, prefix="fasion", underscore=False):
    """Copy the images into later projects' flat layout; return a mapping of usual to new names."""
    images = {path.relative_to(root / "Img" / "img"): path for path in root.rglob("*.jpg")}
    names = {}
    for relative, path in images.items():
        gender, category, item, view = relative.parts
        outfit, _, rest = view.partition("_")
        kept = category if underscore else category.replace("_", "")
        new = f"{prefix}{gender}{kept}{item.replace('_', '')}{outfit}_{rest.replace('_', '')}"
        names[fashion_name(new)] = new
        split = "test" if fashion_name(new).startswith(TEST) else "train"
        (folder / split).mkdir(parents=True, exist_ok=True)
        if crop is None:
            shutil.copy(path, folder / split / new)
        else:
            Image.open(path).crop(crop).save(folder / split / new, quality=95)
    return names


def test_flat_folders_give_the_same(tmp_path, fashion, csv_folder):
    root, annotations = fashion
    flat(root, tmp_path / "fasion-dataset", annotations)
    options = ("deepfashion", "--annotations", str(csv_folder))
    run(root, tmp_path / "tree", *options)
    run(tmp_path / "fasion-dataset", tmp_path / "flat", *options)
    for name in ("annotations-train.csv", "pairs-train.csv", "pairs-test.csv"):
        assert (tmp_path / "tree" / name).read_text() == (tmp_path / "flat" / name).read_text()


def cropped(annotations):
    """Return the annotations after cropping 40 columns on either side, as in later projects."""
    result = {}
    for name, joints in annotations.items():
        inside = (joints[:, 1] >= 40) & (joints[:, 1] < 216)
        result[name] = np.where(inside[:, None], joints - (0, 40), -1)
    return result


def test_later_papers_protocol(tmp_path, fashion, original):
    """Cropped images with `_` in their names are read, with the pairs and annotations for them."""
    root, annotations = fashion
    folder = tmp_path / "fashion_data"
    names = flat(root, folder, annotations, (40, 0, 216, 256), "fashion", underscore=True)
    for split, part in parts(cropped(annotations)).items():
        text = original.pandas_text({names[name]: joints for name, joints in part.items()})
        (folder / f"fasion-resize-annotation-{split}.csv").write_text(text)
        pairs = [(names[s], names[t]) for s, t in original.pairs(part)][::2]
        lines = "\n".join(f"{s},{t}" for s, t in pairs)
        (folder / f"fasion-resize-pairs-{split}.csv").write_text(f"from,to\n{lines}\n")
    dataset, report = run(folder, tmp_path / "set", "deepfashion-176", "--annotations", str(folder))
    assert dataset.image_size == (256, 176)
    expected = parts(cropped(annotations))
    assert pair_names(dataset.train) == original.pairs(expected["train"])[::2]
    assert pair_names(dataset.test) == original.pairs(expected["test"])[::2]
    assert report["unchanged_files"] == sum(report["splits"][s]["images"] for s in parts({}))


def test_cropping_here_equals_cropping_before(tmp_path, fashion, csv_folder, original):
    """Cropping 256x256 images and their annotations gives those of the 256x176 protocol."""
    root, annotations = fashion
    dataset, report = run(
        *(root, tmp_path / "set", "deepfashion-176"),
        *("--annotations", str(csv_folder), "--whole-image"),
    )
    expected = parts(cropped(annotations))["train"]
    assert pair_names(dataset.train) == original.pairs(expected)
    for name, keypoints in zip(dataset.train.names, dataset.train.keypoints, strict=True):
        present = expected[name][:, 0] != -1
        np.testing.assert_array_equal(keypoints[:, 2] > 0, present)
        np.testing.assert_allclose(keypoints[present, :2], expected[name][present], atol=1e-3)
    whole = root / "Img" / "img" / "MEN" / "Denim" / "id_00000080" / "01_1_front.jpg"
    index = dataset.train.names.index("fasionMENDenimid0000008001_1front.jpg")
    before = np.asarray(Image.open(whole))[:, 40:216].astype(int)
    after = np.asarray(Image.open(dataset.train.image_path(index))).astype(int)
    # The cropped image is encoded again, at quality 95.
    assert np.abs(before - after).mean() < 2
    assert report["unchanged_files"] == 0


def test_lists_tell_the_split(tmp_path, fashion, see_somebody_everywhere):
    """`train.lst` and `test.lst` of later papers give the split; MoveNet finds the joints."""
    root, annotations = fashion
    (tmp_path / "lists").mkdir()
    for split, part in parts(annotations).items():
        names = list(part)[1:]  # the first image of each split is in neither list
        text = "".join(f"{name}\n" for name in names).replace("fasion", "fashion")
        (tmp_path / "lists" / f"{split}.lst").write_text(text)
    options = ("--annotations", str(tmp_path / "lists"))
    dataset, report = run(root, tmp_path / "set", "deepfashion-176", *options)
    assert list(dataset.train.names) == list(parts(annotations)["train"])[1:]
    assert list(dataset.test.names) == list(parts(annotations)["test"])[1:]
    assert report["left_out"]["neither"]["in neither split"]["count"] == 2
    assert report["source"]["joints"] == "movenet"


def test_outfits_drawn_by_seed(tmp_path, fashion, see_somebody_everywhere):
    root, annotations = fashion
    outfits = {name.split("_")[0] for name in annotations}
    dataset, _ = run(root, tmp_path / "set", "deepfashion", "--test-outfits", "2")
    again, _ = run(root, tmp_path / "again", "deepfashion", "--test-outfits", "2")
    train = {name.split("_")[0] for name in dataset.train.names}
    test = {name.split("_")[0] for name in dataset.test.names}
    assert len(test) == 2
    assert train | test == outfits
    assert not train & test
    assert again.test.names == dataset.test.names
