"""Datasets from Beam equal those of `prepare`, byte for byte, except for the inputs' names."""

import json
import logging

import pytest

from deformable_gan import prepare, prepare_on_beam, shard
from deformable_gan.cli import run_command
from deformable_gan.data.verify import verify_dataset

pytest.importorskip("apache_beam", reason="needs Apache Beam: the extra `beam`")


@pytest.fixture
def looks(marker_movenet_folder):
    """Options that both commands take."""
    return "--movenet", marker_movenet_folder, "--no-second-look", "--pair-distance", "0"


@pytest.fixture
def single(clips, looks, tmp_path):
    """The dataset that `prepare` makes."""
    arguments = (clips, "--output", tmp_path / "single", *looks)
    assert run_command(prepare.main, list(map(str, arguments))) == 0
    return tmp_path / "single"


@pytest.mark.slow
def test_the_dataset_of_prepare(single, clips, looks, two_workers, digests, call_command, tmp_path):
    output = tmp_path / "beam"
    command = (prepare_on_beam.main, clips, "--output", output, *looks)
    status, out, error = call_command(*command, "--", *two_workers)
    assert status == 0, error
    expected = digests(single)
    assert len([name for name in expected if name.endswith(".jpg")]) > 30
    assert digests(output) == expected
    # The corrupt clip is reported, here and in the dataset.
    assert "corrupt.mp4 cannot be decoded" in error
    assert "recordings prepared: 3" in out
    (failure,) = json.loads((output / "report.json").read_text())["failed"]
    assert failure["input"].endswith("corrupt.mp4")
    assert {path.name for path in tmp_path.iterdir()} - {"clips", "single", ".single.work"} == {
        "beam",
        ".beam.work",
    }

    # Once more, as shards: no clip is prepared again, and nothing is replaced without --overwrite.
    call_command(*command, "--", *two_workers).assert_one_error("already holds a dataset")
    assert digests(output) == expected
    megabytes = ("--megabytes", "0.01", "--overwrite")
    status, out, error = call_command(*command, *megabytes, "--", *two_workers)
    assert status == 0, error
    assert "recordings prepared earlier: 3" in out
    shards = ("--megabytes", "0.01", "--output", tmp_path / "shards")
    assert call_command(shard.main, single, *shards).status == 0
    assert digests(output) == digests(tmp_path / "shards")
    assert len(list(output.rglob("*.tfrecord"))) > 3
    assert (output / "report.json").is_file()
    assert verify_dataset(output) == []


@pytest.mark.slow
def test_from_and_to_an_object_store(
    single, clips, looks, here, digests, call_command, store, tmp_path
):
    clips.rename(store / "clips")
    command = (prepare_on_beam.main, "store://clips", "--output", "store://data/set", *looks)
    status, _, error = call_command(*command, "--", *here)
    assert status == 0, error
    assert "store://clips/corrupt.mp4 cannot be decoded" in error
    made, expected = digests(store / "data/set"), digests(single)
    # Only the files that name the inputs differ, and the checksums.
    differ = {name for name in expected if made.get(name) != expected[name]}
    assert differ == {"report.json", "manifest.json", "checksums.sha256"}
    assert set(made) == set(expected)
    report = json.loads((store / "data/set/report.json").read_text())
    assert [one["source"] for one in report["recordings"]] == [
        f"store://clips/{name}.mp4" for name in ("anna", "ben", "corrupt")
    ]
    assert verify_dataset(store / "data/set") == []
    call_command(*command, "--", *here).assert_one_error("already holds a dataset")


@pytest.mark.slow
def test_nothing_usable(clips, looks, here, call_command, tmp_path):
    output = tmp_path / "beam"
    absent = (tmp_path / "absent.mp4", "--output", output)
    call_command(prepare_on_beam.main, *absent, *looks).assert_one_error("does not exist")
    only = (clips / "corrupt.mp4", "--output", output)
    logging.disable(logging.WARNING)  # Beam warns about its extras
    result = call_command(prepare_on_beam.main, *only, *looks, "--", *here)
    logging.disable(logging.NOTSET)
    result.assert_one_error("no usable image in any input", "corrupt.mp4 cannot be decoded")
    assert not output.exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--megabytes", "0"), "--megabytes must be positive"),
        (("--rate", "0"), "rate must be positive"),
        (("--", "--runner=Hamster"), "Hamster"),
    ],
)
def test_what_does_not_go(options, message, looks, call_command, tmp_path):
    result = call_command(
        prepare_on_beam.main, tmp_path, "--output", tmp_path / "beam", *looks, *options
    )
    result.assert_one_error(message)
