"""Run the notebooks of this folder cell by cell; any error ends the command.

    DEFORMABLE_GAN_FAST=1 python notebooks/execute.py --work /tmp/notebooks
    python notebooks/execute.py --save

Needs nbclient and ipykernel (the extra `test`).
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

FOLDER = Path(__file__).resolve().parent
_CELL_SECONDS = 3600
# A busy machine takes minutes to start a kernel.
_START_SECONDS = 600


def execute(path: Path, work: Path) -> nbformat.NotebookNode:
    """Run a notebook in its own kernel.

    Args:
        path: the notebook.
        work: folder for its files; notebooks with the same folder use each other's files.

    Returns:
        The notebook with its outputs. The time of each cell is printed.

    Raises:
        CellExecutionError: a cell has failed.
    """
    notebook = nbformat.read(path, nbformat.NO_CONVERT)
    client = NotebookClient(
        notebook,
        timeout=_CELL_SECONDS,
        startup_timeout=_START_SECONDS,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False,
        coalesce_streams=True,
    )
    starts: dict[int, float] = {}
    seconds: dict[str, float] = {}

    def begin(cell_index: int, **_) -> None:
        starts[cell_index] = time.monotonic()

    def end(cell: nbformat.NotebookNode, cell_index: int, **_) -> None:
        seconds[cell.get("id", str(cell_index))] = time.monotonic() - starts[cell_index]

    # nbclient calls `on_cell_complete` as soon as a cell is sent, before it has run.
    client.on_cell_execute, client.on_cell_executed = begin, end
    client.execute(env={**os.environ, "DEFORMABLE_GAN_WORK": str(work)})
    for cell, spent in seconds.items():
        print(f"  {cell:20} {spent:6.1f} s", flush=True)
    # The files do not say which Python version ran them.
    notebook.metadata.language_info = {"name": "python"}
    return notebook


def main() -> int:
    """Run the notebooks named on the command line, or all; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "notebooks", nargs="*", type=Path, help="notebooks (default: all, in order)"
    )
    parser.add_argument(
        "--work", type=Path, metavar="DIR", help="folder for their files (default: temporary)"
    )
    parser.add_argument("--save", action="store_true", help="save the outputs in the notebooks")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = (arguments.work or Path(temporary)).resolve()
        for path in arguments.notebooks or sorted(FOLDER.glob("*.ipynb")):
            start = time.monotonic()
            try:
                notebook = execute(path, work)
            except CellExecutionError as error:
                print(f"{path.name}: a cell has failed\n{error}", file=sys.stderr)
                return 1
            print(f"{path.name}: {time.monotonic() - start:.0f} s", flush=True)
            if arguments.save:
                nbformat.write(notebook, path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
