"""The command that publishes models."""

import json
import shutil

import pytest

from deformable_gan import push as command
from deformable_gan import repose
from deformable_gan.exporting.model_card import CONSENT_OPEN, with_license

FILES = {
    *("README.md", "deformable_gan.json", "labels.txt"),
    *("config.json", "metadata.json", "model.weights.h5"),
}


@pytest.fixture
def run_push(call_command):
    def run(*arguments):
        return call_command(command.main, *arguments)

    return run


@pytest.fixture
def of_real_people(tiny_preset, tmp_path):
    """A preset whose card does not say whether the people agreed."""
    folder = shutil.copytree(tiny_preset[0], tmp_path / "preset")
    card = folder / "README.md"
    card.write_text(card.read_text() + f"\nWhether they agreed: {CONSENT_OPEN}\n")
    return folder


def test_a_folder(tiny_preset, tiny_run):
    path, printed = tiny_preset
    assert {file.name for file in path.iterdir()} == FILES
    assert [file.name for file in path.parent.iterdir()] == ["tiny"]
    lines = printed.splitlines()
    assert lines[0] == f"{path}: generator of {tiny_run.path} after 2 steps"
    assert lines[1].startswith("keras: model.weights.h5; loaded again, it differs")
    assert "by at most 0.0e+00" in lines[1]
    assert lines[-1] == f'from Python: Reposer.from_preset("{path}")'


def test_the_card_has_the_header_that_hugging_face_reads(tiny_preset):
    huggingface_hub = pytest.importorskip("huggingface_hub")
    header = huggingface_hub.ModelCard.load(tiny_preset[0] / "README.md").data.to_dict()
    assert header["library_name"] == "keras"
    assert header["pipeline_tag"] == "image-to-image"
    assert "pose-transfer" in header["tags"]
    assert "license" not in header


def test_the_description_says_how_it_was_trained(tiny_preset, tiny_config):
    description = json.loads((tiny_preset[0] / "deformable_gan.json").read_text())
    assert description["experiment"] == json.loads(tiny_config.to_json())
    assert (description["steps"], description["format_version"]) == (2, 1)
    # Paths of the data are not published.
    for file in tiny_preset[0].iterdir():
        assert b"/dancers" not in file.read_bytes()


def test_hugging_face_and_back(run_push, hugging_face, tiny_run, dancers, call_command, tmp_path):
    """A model uploaded by `push` and downloaded by `repose` makes the same image as before."""
    hugging_face.log_in()
    result = run_push("--run", tiny_run.path, "hf://anna/dance", "--message", "first")
    assert (result.status, result.err) == (0, "")
    assert set(hugging_face.repositories["anna/dance"]) == {".gitattributes", *FILES}
    assert hugging_face.private == {"anna/dance"}
    assert hugging_face.commits == [("anna/dance", "first")]
    assert f"hf://anna/dance: uploaded, see {hugging_face.url}/anna/dance" in result.out
    pictures = []
    for number, model in enumerate((("--run", tiny_run.path), ("--model", "hf://anna/dance"))):
        image, output = dancers.test.image_path(0), tmp_path / f"{number}.png"
        options = ("--source", image, "--pose", dancers.test.image_path(2), "--output", output)
        assert call_command(repose.main, *model, *options).status == 0
        pictures.append(output.read_bytes())
    assert pictures[0] == pictures[1]


def test_an_export_with_its_card(run_push, hugging_face, tiny_preset, tmp_path):
    """The text added to the card is uploaded."""
    folder = shutil.copytree(tiny_preset[0], tmp_path / "edited")
    card = folder / "README.md"
    card.write_text(card.read_text() + "\nAll agreed.\n")
    hugging_face.log_in()
    result = run_push(
        *("--model", folder, "hf://anna/dance", "--license", "cc-by-4.0", "--public"),
    )
    assert (result.status, result.err) == (0, "")
    text = hugging_face.repositories["anna/dance"]["README.md"].decode()
    assert text.startswith("---\nlicense: cc-by-4.0\nlibrary_name: keras\n")
    assert "All agreed." in text
    assert "license" not in card.read_text()
    assert hugging_face.private == set()


def test_dry_run(run_push, hugging_face, tiny_run, tmp_path):
    result = run_push("--run", tiny_run.path, "hf://anna/dance", "--dry-run")
    assert result.status == 0
    assert "model.weights.h5" in result.out
    assert "hf://anna/dance: nothing was written (--dry-run)" in result.out
    assert hugging_face.requests == []
    assert run_push("--run", tiny_run.path, tmp_path / "x/y", "--dry-run").status == 0
    assert not (tmp_path / "x").exists()


def test_nobody_is_logged_in(run_push, hugging_face, tmp_path):
    """The error is reported before any work is done."""
    result = run_push("--run", tmp_path / "whatever", "hf://anna/dance")
    result.assert_one_error("hf://anna/dance: you are not logged in", "hf auth login")


def test_consent_that_is_left_open(run_push, hugging_face, of_real_people):
    hugging_face.log_in()
    result = run_push("--model", of_real_people, "hf://anna/dance", "--public")
    result.assert_one_error("does not say whether the people", "README.md", "leave out --public")
    assert hugging_face.repositories == {}
    result = run_push("--model", of_real_people, "hf://anna/dance")
    assert result.status == 0
    assert result.err.startswith("note: the model card (README.md) does not say")


def test_a_destination_that_is_there(run_push, tiny_run, tmp_path):
    (tmp_path / "precious.txt").write_text("x")
    run_push("--run", tiny_run.path, tmp_path).assert_one_error(tmp_path, "exists: choose another")
    assert [path.name for path in tmp_path.iterdir()] == ["precious.txt"]


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("{run}", "hf://dance"), ("hf://dance is not a model's name",)),
        (("{run}", "s3://anna/dance"), ("names no known hub",)),
        (("{run}", "kaggle://a/b/keras/c/3"), ("Kaggle assigns version numbers itself",)),
        (("{run}", "{tmp}/new", "--public"), ("--public works with hf:// only",)),
        (("{absent}", "{tmp}/new"), ("is not a run directory",)),
    ],
)
def test_arguments_that_do_not_fit(run_push, tiny_run, tmp_path, arguments, parts):
    places = {"run": tiny_run.path, "tmp": tmp_path, "absent": tmp_path / "absent"}
    result = run_push("--run", *(one.format(**places) for one in arguments))
    result.assert_one_error(*parts)
    assert list(tmp_path.iterdir()) == []


def test_models_that_cannot_be_passed_on(run_push, tiny_export, tiny_preset, tmp_path):
    result = run_push("--model", tiny_export[0], tmp_path / "new")
    result.assert_one_error("holds only the formats", "--format keras")
    damaged = shutil.copytree(tiny_preset[0], tmp_path / "damaged")
    (damaged / "labels.txt").write_text("nose")
    result = run_push("--model", damaged, tmp_path / "new")
    result.assert_one_error("is damaged: labels.txt")
    result = run_push("--model", "hf://anna/dance", tmp_path / "new")
    result.assert_one_error("--model of push must be a folder", "deformable_gan.export")
    assert not (tmp_path / "new").exists()


def test_licences():
    assert with_license("# A card\n", "mit").startswith("---\nlicense: mit\nlibrary_name: keras\n")
    card = "---\ntags:\n- a\nlicense: other\nx: 1\n---\n\n# A card\nlicense: not this\n"
    assert with_license(card, "mit") == (
        "---\nlicense: mit\ntags:\n- a\nx: 1\n---\n\n# A card\nlicense: not this\n"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_cards_edited_on_windows(tmp_path, encoding):
    import argparse

    from deformable_gan.errors import RunError

    card = tmp_path / "README.md"
    card.write_bytes("# Tänzerin\r\n".encode(encoding))
    arguments = argparse.Namespace(license=None)
    if encoding == "cp1252":
        with pytest.raises(RunError, match=r"README\.md cannot be read: line 1 .*iconv -f"):
            command._finish_card(card, arguments, None)
        return
    command._finish_card(card, arguments, None)
    assert card.read_bytes() == "# Tänzerin\n".encode()
