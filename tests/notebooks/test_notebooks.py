"""The committed notebooks are complete, run in order and show images; `.ci/run` executes them."""

import base64
import importlib.util
import io
import re
import sys
from pathlib import Path

import nbformat
import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "notebooks"
NAMES = ("1_dataset", "2_train", "3_evaluate", "4_repose_and_export")
BADGE = "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({})"


@pytest.fixture(scope="module")
def repository():
    """The address of the project's repository, which one line of setup.cfg holds."""
    text = (ROOT / "setup.cfg").read_text(encoding="utf-8")
    return re.search(r"^url = (https://github\.com/[\w-]+/[\w-]+)$", text, re.M)[1]


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.fixture
def notebook(name):
    """The notebook as committed, without conversion to a newer format."""
    book = nbformat.read(FOLDER / f"{name}.ipynb", nbformat.NO_CONVERT)
    nbformat.validate(book)
    return book


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(notebook):
    return [output for cell in code(notebook) for output in cell.outputs]


def texts(notebook):
    """Everything printed or shown as text."""
    return [
        output.get("text") or output.get("data", {}).get("text/plain", "")
        for output in outputs(notebook)
    ]


def test_these_are_all():
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == sorted(NAMES)


def test_it_was_run_from_top_to_bottom(notebook):
    counts = [cell.execution_count for cell in code(notebook)]
    assert counts == list(range(1, len(counts) + 1))


def test_no_cell_failed_or_complained(notebook):
    kinds = {output.output_type for output in outputs(notebook)}
    assert kinds <= {"stream", "display_data", "execute_result"}
    for text in texts(notebook):
        # Warnings, tracebacks, TensorFlow's C++ log and progress bars.
        assert not re.search(r"[Ww]arning:|WARNING|Traceback|^[IWEF]0000 |\d+%\|", text, re.M)


def test_outputs_tell_nothing_about_the_machine(notebook):
    for text in texts(notebook):
        assert not re.search(r"(?<![\w.])/(?:home|work|tmp|root|usr|content|Users)/", text)
        assert "\x1b" not in text


def test_it_was_not_run_on_small_settings(notebook):
    """With small settings, the notebook would show images of a network that has learned nothing."""
    assert "small settings" in "".join(cell.source for cell in code(notebook))
    people = [int(found) for text in texts(notebook) for found in re.findall(r"(\d+) clips", text)]
    images = [
        int(found) for text in texts(notebook) for found in re.findall(r"(\d+) training and", text)
    ]
    assert max(people + images) > 40


def test_it_shows_pictures(notebook):
    shown = [
        output.data[kind]
        for output in outputs(notebook)
        if "data" in output
        for kind in output.data
        if kind.startswith("image/")
    ]
    assert len(shown) >= 3
    for data in shown:
        picture = Image.open(io.BytesIO(base64.b64decode(data)))
        # Neither one colour nor a few pixels.
        assert min(picture.size) > 100
        assert len(picture.convert("RGB").getcolors(1 << 24)) > 100


def test_it_is_small(name):
    assert (FOLDER / f"{name}.ipynb").stat().st_size < 1_500_000


def test_badges_and_installation_name_one_repository(notebook, name, repository):
    owner_and_name = repository.removeprefix("https://github.com/")
    link = (
        f"https://colab.research.google.com/github/{owner_and_name}/blob/main/notebooks/"
        f"{name}.ipynb"
    )
    assert BADGE.format(link) in notebook.cells[0].source
    assert BADGE.format(link) in (ROOT / "README.md").read_text(encoding="utf-8")
    assert f'REPOSITORY = "{repository}"' in code(notebook)[0].source
    assert "git+{REPOSITORY}" in code(notebook)[0].source


def test_setup_cfg_is_the_one_place_for_the_address(tmp_path, repository, capsys):
    addresses = load_addresses()
    assert addresses.repository() == repository
    for path, badges_only in addresses.files().items():
        text = path.read_text(encoding="utf-8")
        assert addresses.with_address(text, repository, badges_only) == text, path
        # A copy of the project at another address.
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(path.read_bytes())
    setup = tmp_path / "setup.cfg"
    moved = "https://github.com/some-body/re.posed"
    setup.write_text(setup.read_text().replace(f"url = {repository}\n", f"url = {moved}\n"))
    addresses.main(tmp_path)
    assert len(capsys.readouterr().out.splitlines()) == len(addresses.files())
    old, new = (one.removeprefix("https://") for one in (repository, moved))
    for path in addresses.files(tmp_path):
        text = path.read_text(encoding="utf-8")
        assert old not in text
        assert old.replace("github.com", "github") not in text
        assert new in text or new.replace("github.com", "github") in text
    addresses.main(tmp_path)
    assert capsys.readouterr().out == ""


def test_nothing_else_names_the_repository(repository):
    known = {*load_addresses().files(), Path(__file__)}
    name = repository.removeprefix("https://github.com/")
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        made = any(part.startswith(".git") or part.endswith(".egg-info") for part in parts)
        if path in known or made or parts[0] in ("build", "dist", "runs", "data"):
            continue
        if path.suffix in (".py", ".md", ".cfg", ".toml", ".txt", ".html", ".cff"):
            assert name not in path.read_text(encoding="utf-8"), path


def load_addresses():
    spec = importlib.util.spec_from_file_location("addresses", FOLDER / "addresses.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_all_begin_alike():
    books = [nbformat.read(FOLDER / f"{name}.ipynb", nbformat.NO_CONVERT) for name in NAMES]
    beginnings = {tuple(cell.source for cell in code(book)[:2]) for book in books}
    assert len(beginnings) == 1


def test_long_cells_say_how_long_they_take(notebook):
    """The time is given for two CPU cores and, marked as an estimate, for Colab's GPU."""
    timed = [cell for cell in code(notebook) if "# Two CPU cores: " in cell.source]
    assert timed
    for cell in timed:
        (line,) = (line for line in cell.source.splitlines() if "# Two CPU cores: " in line)
        assert "T4: " in line
        assert "estimate" in line.partition("T4: ")[2]
    for cell in code(notebook):
        if "train(config" in cell.source or "deformable_gan.export " in cell.source:
            assert cell in timed
    assert "restart" not in code(notebook)[0].source.replace("No restart is needed", "")


def test_links_lead_somewhere(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for target in re.findall(r"\]\(((?!https?:)[^)#]+)", cell.source):
                assert (FOLDER / target).exists(), target


def test_failing_cells_are_fatal(tmp_path):
    """`execute.py` names the notebook, exits with status 1 and runs none of the next ones."""
    import subprocess

    for name, source in (("a", "raise ValueError('no')"), ("b", "open('b', 'w')")):
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
        nbformat.write(book, tmp_path / f"{name}.ipynb")
    command = [sys.executable, str(FOLDER / "execute.py"), "a.ipynb", "b.ipynb", "--work", "work"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "a.ipynb: a cell has failed" in run.stderr
    assert "ValueError" in run.stderr
    assert not (tmp_path / "b").exists()


def test_the_time_of_each_cell_is_printed(tmp_path):
    import subprocess

    sources = ("import time", "time.sleep(1.5)")
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    for cell, name in zip(cells, ("quick", "slow"), strict=True):
        cell["id"] = name
    cells.insert(1, nbformat.v4.new_markdown_cell("Not run."))
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "a.ipynb")
    command = [sys.executable, str(FOLDER / "execute.py"), "a.ipynb", "--work", "work"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    quick, slow, whole = run.stdout.splitlines()
    assert quick.split()[0] == "quick"
    assert slow.split()[0] == "slow"
    assert float(slow.split()[1]) >= 1.4
    assert whole.startswith("a.ipynb: ")
