import json

import pytest

from deformable_gan.errors import ConfigurationError, RunError
from deformable_gan.training.run_directory import RunDirectory


@pytest.fixture
def run(tmp_path):
    return RunDirectory(tmp_path / "runs/demo")


def test_reads_back_what_it_was_given(run, tiny_config):
    run.create(tiny_config, {"dataset": "/data/žofie", "versions": {"keras": "3"}})
    again = RunDirectory(run.path)
    assert again.read_config() == tiny_config
    assert again.read_details() == {"dataset": "/data/žofie", "versions": {"keras": "3"}}
    assert sorted(path.name for path in run.path.iterdir()) == ["config.json", "run.json"]


def test_configuration_is_plain_json(run, tiny_config):
    run.create(tiny_config, {})
    values = json.loads((run.path / "config.json").read_text())
    assert values["image_size"] == [64, 36]
    assert values["training"]["batch_size"] == 2


def test_a_configuration_may_be_replaced(run, tiny_config):
    run.create(tiny_config, {})
    longer = tiny_config.replace(training__epochs=9)
    run.write_config(longer)
    assert run.read_config() == longer


def test_an_empty_folder_will_do(run, tiny_config):
    run.path.mkdir(parents=True)
    run.create(tiny_config, {})
    assert run.config_file.is_file()


def test_a_folder_with_something_in_it_will_not(run, tiny_config):
    run.path.mkdir(parents=True)
    (run.path / "precious.txt").write_text("x")
    for attempt in (run.require_free, lambda: run.create(tiny_config, {})):
        with pytest.raises(RunError, match="is not empty: continue the run in it with --resume"):
            attempt()
    assert [path.name for path in run.path.iterdir()] == ["precious.txt"]


def test_a_file_is_in_the_way(tmp_path, tiny_config):
    (tmp_path / "file").write_text("x")
    with pytest.raises(RunError, match="is a file: choose another --run"):
        RunDirectory(tmp_path / "file").create(tiny_config, {})
    with pytest.raises(RunError, match=r"run directory .* cannot be created"):
        RunDirectory(tmp_path / "file/run").create(tiny_config, {})


def test_first_free(tmp_path):
    assert RunDirectory.first_free(tmp_path, "demo").path == tmp_path / "demo"
    for name in ("demo", "demo-2"):
        (tmp_path / name).mkdir()
    assert RunDirectory.first_free(tmp_path, "demo").path == tmp_path / "demo-3"


def test_no_run_there(tmp_path):
    with pytest.raises(
        RunError, match=r"is not a run directory \(it has no config\.json\): .*package \(people\)"
    ):
        RunDirectory(tmp_path).read_config()


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (b"\xff\xfe", RunError, r"config\.json cannot be read"),
        (b"{", ConfigurationError, r"config\.json is not JSON"),
        (b"[]", ConfigurationError, "expected a JSON object"),
        (b'{"preset": "x", "sice": 3}', ConfigurationError, "unknown field 'sice'"),
    ],
)
def test_damaged_configuration(run, tiny_config, content, error, message):
    run.create(tiny_config, {})
    run.config_file.write_bytes(content)
    with pytest.raises(error, match=message):
        run.read_config()


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff", None])
def test_damaged_details(run, tiny_config, content):
    run.create(tiny_config, {})
    run.details_file.unlink() if content is None else run.details_file.write_bytes(content)
    with pytest.raises(RunError, match=r"run\.json"):
        run.read_details()


def test_metrics_of_epochs_to_be_trained_again_are_forgotten(run, tiny_config):
    run.forget_metrics_after(0)  # nothing there yet
    run.create(tiny_config, {})
    lines = [json.dumps({"epoch": epoch, "content": 0.5}) + "\n" for epoch in (1, 2, 3)]
    run.metrics_file.write_text("".join(lines) + '{"epoch": 4, "cont')  # as after a power cut
    run.forget_metrics_after(2)
    assert run.metrics_file.read_text() == "".join(lines[:2])
    run.forget_metrics_after(0)
    assert run.metrics_file.read_text() == ""
