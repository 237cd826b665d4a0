import json

import numpy as np
import pytest

from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.import_dataset import main


@pytest.fixture
def csv_folder(tmp_path, market, original):
    folder = tmp_path / "csv"
    folder.mkdir()
    for split, annotations in market[1].items():
        (folder / f"market-annotation-{split}.csv").write_text(original.text(annotations))
    return folder


def run(source, output, *options):
    status = main([str(source), "--format", "market1501", "--output", str(output), *options])
    return status, DatasetFolder(output), json.loads((output / "report.json").read_text())


def pair_names(split):
    return [(split.names[source], split.names[target]) for source, target in split.pairs]


def test_with_the_originals_annotations(tmp_path, market, csv_folder, original, no_movenet, capsys):
    root, annotations = market
    status, dataset, report = run(root, tmp_path / "set", "--annotations", str(csv_folder))
    assert status == 0
    assert dataset.image_size == (128, 64)
    assert dataset.skeleton.name == "openpose18"
    for split in (dataset.train, dataset.test):
        expected = annotations[split.name]
        kept = [
            name
            for name, joints in expected.items()
            if original.usable(joints) and not name.startswith(("-1", "0000"))
        ]
        assert list(split.names) == kept
        for name, keypoints in zip(split.names, split.keypoints, strict=True):
            present = expected[name][:, 0] != -1
            np.testing.assert_array_equal(keypoints[present, :2], expected[name][present])
            np.testing.assert_array_equal(keypoints[:, 2], present)
        assert report["splits"][split.name] == {"images": len(kept), "pairs": len(split.pairs)}
    # One person has 4 usable images, one has 2, and one has 1: 4·3 + 2·1 pairs.
    assert pair_names(dataset.train) == original.pairs(annotations["train"])
    assert len(dataset.train.pairs) == 14
    assert sorted(pair_names(dataset.test)) == sorted(original.pairs(annotations["test"]))
    left_out = report["left_out"]
    assert left_out["train"]["a hip not seen"]["count"] == 1
    assert left_out["train"]["not an image"] == {"count": 1, "first": ["Thumbs.db"]}
    assert left_out["test"]["distractor"]["count"] == 4
    assert "14 pairs" in capsys.readouterr().out


def test_files_are_kept_as_they_are(tmp_path, market, csv_folder):
    root, _ = market
    _, dataset, report = run(root, tmp_path / "set", "--annotations", str(csv_folder))
    for index, name in enumerate(dataset.train.names):
        source = (root / "bounding_box_train" / name).read_bytes()
        assert dataset.train.image_path(index).read_bytes() == source
    assert report["unchanged_files"] == len(dataset.train.names) + len(dataset.test.names)


def test_the_folder_above_will_do_and_bytes_repeat(tmp_path, market, csv_folder):
    root, _ = market
    options = ("--annotations", str(csv_folder))
    run(root, tmp_path / "one", *options)
    run(root.parent, tmp_path / "two", *options)
    for path in (tmp_path / "one").rglob("*"):
        if path.is_file():
            other = tmp_path / "two" / path.relative_to(tmp_path / "one")
            assert path.read_bytes() == other.read_bytes()


def test_pairs_files_decide(tmp_path, market, csv_folder):
    root, annotations = market
    names = list(annotations["train"])
    hidden = next(reversed([name for name in names if name.startswith("0007")]))
    text = f"from,to\n{names[1]},{names[0]}\n{names[0]},{hidden}\n{names[2]},{names[1]}\n"
    (csv_folder / "market-pairs-train.csv").write_text(text)
    _, dataset, report = run(root, tmp_path / "set", "--annotations", str(csv_folder))
    assert pair_names(dataset.train) == [(names[1], names[0]), (names[2], names[1])]
    assert report["left_out"]["train"]["pair with an image that was left out"]["count"] == 1


def test_drawn_pairs_follow_from_the_seed(tmp_path, market, csv_folder, original):
    root, annotations = market
    options = ("--annotations", str(csv_folder), "--test-pairs", "3")
    _, first, _ = run(root, tmp_path / "first", *options)
    _, second, _ = run(root, tmp_path / "second", *options, "--seed", "1")
    everything = original.pairs(annotations["test"])
    assert len(everything) == 6
    # The result of pandas' sample(n=3, replace=False, random_state=0) on six rows.
    assert pair_names(first.test) == [everything[index] for index in (5, 2, 1)]
    assert pair_names(second.test) != pair_names(first.test)


def test_joints_from_movenet(tmp_path, market, marker_movenet, see_somebody_everywhere):
    root, annotations = market
    status, dataset, report = run(root, tmp_path / "set")
    assert status == 0
    assert dataset.skeleton.name == "coco17"
    assert set(dataset.train.names) == set(annotations["train"])
    assert len(dataset.train.pairs) == 4 * 3 + 3 * 2
    assert report["source"]["joints"] == "movenet"
    # The square crop and the image have one centre; the joints lie at known offsets from it.
    middle = dataset.train.keypoints[0][:, :2].mean(axis=0)
    offset = marker_movenet.network.offsets.mean(axis=0) * 128 / 192
    np.testing.assert_allclose(middle, np.array([63.5, 31.5]) + offset, atol=0.5)


def test_folder_of_something_else(tmp_path, csv_folder, market):
    from deformable_gan.errors import DatasetError

    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match="empty is not Market-1501: expected the folders"):
        run(tmp_path / "empty", tmp_path / "set", "--annotations", str(csv_folder))
    with pytest.raises(DatasetError, match="absent is not a folder"):
        run(tmp_path / "absent", tmp_path / "set", "--annotations", str(csv_folder))
    assert not (tmp_path / "set").exists()
