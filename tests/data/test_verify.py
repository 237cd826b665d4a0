import json

import numpy as np
import pytest

from deformable_gan import import_dataset, prepare, shard
from deformable_gan.cli import run_command
from deformable_gan.data.dataset_writer import DatasetWriter
from deformable_gan.data.verify import read_checksums, verify_dataset
from deformable_gan.errors import DatasetError
from deformable_gan.pose.skeleton import COCO17

SIZE = (12, 8)


@pytest.fixture
def dataset(tmp_path):
    rng = np.random.default_rng(0)
    path = tmp_path / "set"
    with DatasetWriter(path, COCO17, SIZE, {}) as writer:
        for split in ("train", "test"):
            names = [f"anna_{index}.png" for index in range(3)]
            for name in names:
                image = rng.integers(0, 256, (*SIZE, 3), np.uint8)
                writer.add(split, name, image, np.full((17, 3), 2.0))
            writer.set_pairs(split, [(names[0], names[1]), (names[2], names[1])])
        writer.write_file("report.json", b"{}")
    return path


def flip_a_bit(path, at=-20):
    data = bytearray(path.read_bytes())
    data[at] ^= 4
    path.write_bytes(data)


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-1])


def test_as_written(dataset):
    assert verify_dataset(dataset) == []


@pytest.mark.parametrize("damage", [flip_a_bit, cut_short])
@pytest.mark.parametrize("name", ["train/anna_1.png", "report.json"])
def test_damaged_files_are_named(dataset, damage, name):
    damage(dataset / name) if name != "report.json" else (dataset / name).write_text("{ }")
    assert verify_dataset(dataset) == [f"{name} differs from its checksum"]


def test_several_problems_are_all_found(dataset):
    (dataset / "test" / "anna_0.png").unlink()
    (dataset / "train" / "stranger.png").write_bytes(b"")
    with (dataset / "pairs-train.csv").open("a") as file:
        file.write("anna_1.png,anna_0.png\n")
    problems = verify_dataset(dataset)
    assert set(problems[:3]) == {
        "test/anna_0.png is missing",
        "pairs-train.csv differs from its checksum",
        "train/stranger.png does not belong to the dataset",
    }
    (counts,) = problems[3:]
    assert counts.startswith("manifest.json states {'images': 3, 'people': 1, 'pairs': 2}")
    assert counts.endswith("for train, but the files hold {'images': 3, 'people': 1, 'pairs': 3}")


def test_a_changed_list_of_checksums(dataset):
    path = dataset / "checksums.sha256"
    path.write_text(path.read_text().replace("report.json", "report.jsn"))
    assert set(verify_dataset(dataset)) == {
        "checksums.sha256 does not match its checksum in manifest.json",
        "report.jsn is missing",
        "report.json does not belong to the dataset",
    }
    path.unlink()
    assert verify_dataset(dataset) == ["checksums.sha256 is missing, so no file can be compared"]


def test_a_list_of_checksums_cannot_reach_outside(dataset):
    path = dataset / "checksums.sha256"
    path.write_text("0" * 64 + "  ../secret\n")
    with pytest.raises(DatasetError, match=r"line 1: '\.\./secret' is not a usable image name"):
        read_checksums(dataset)
    assert any("'../secret'" in problem for problem in verify_dataset(dataset))
    path.write_text("no digest\n")
    with pytest.raises(DatasetError, match="line 1: expected 'SHA256  NAME'"):
        read_checksums(dataset)


def test_unreadable_annotations(dataset):
    (dataset / "annotations-test.csv").write_text("nonsense")
    problems = verify_dataset(dataset)
    assert problems[0] == "annotations-test.csv differs from its checksum"
    assert "annotations-test.csv, line 1: expected the columns" in problems[1]


def test_not_a_dataset(tmp_path):
    with pytest.raises(DatasetError, match=r"has no manifest\.json"):
        verify_dataset(tmp_path)


@pytest.mark.parametrize("command", [prepare, import_dataset, shard])
def test_the_option_needs_nothing_else(dataset, command, capsys):
    with pytest.raises(SystemExit) as end:
        command.main(["--verify", str(dataset)])
    assert end.value.code == 0
    assert "is unchanged: train 3 images and 2 pairs, test 3" in capsys.readouterr().out
    flip_a_bit(dataset / "train" / "anna_2.png")
    assert run_command(command.main, ["--verify", str(dataset)]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"error: {dataset} is damaged (1 problems)")
    assert "train/anna_2.png differs from its checksum" in error


def test_many_problems_are_counted(dataset, capsys):
    for number in range(15):
        (dataset / f"extra{number}").write_text("")
    assert run_command(shard.main, ["--verify", str(dataset)]) == 1
    error = capsys.readouterr().err
    assert "(15 problems)" in error
    assert "… and 5 more" in error
    assert json.loads((dataset / "manifest.json").read_text())["format_version"] == 1
