"""The rows of finished blocks on disk, from which an interrupted evaluation resumes."""

import json
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from deformable_gan.checksums import value_digest
from deformable_gan.data.atomic_file import atomic_file
from deformable_gan.errors import RunError

_IDENTITY = "identity.json"


class BlockStore:
    """A folder with a file for each finished block.

    The identity names the model, dataset, network and protocol. Each identity has its own folder,
    so rows of different identities cannot be confused; opening a store removes the folders of other
    identities. Several stores of the same identity (one for each part of the work) may be opened
    and written at once.

    Args:
        folder: the parent of the store's own folder; created when needed.
        identity: JSON values that determine the rows; they are written next to the rows.
    """

    def __init__(self, folder: Path, identity: dict):
        self.folder = folder / value_digest(identity)[:16]
        self.folder.mkdir(parents=True, exist_ok=True)
        for other in folder.iterdir():
            if other.is_dir() and other != self.folder:
                # Another part may be removing it at the same time.
                shutil.rmtree(other, ignore_errors=True)
        with atomic_file(self.folder / _IDENTITY) as temporary:
            text = json.dumps(identity, indent=1, sort_keys=True) + "\n"
            temporary.write_text(text, encoding="utf-8")

    def has(self, block: int) -> bool:
        """Return whether a block is finished."""
        return self._path(block).is_file()

    def write(self, block: int, rows: Mapping[str, np.ndarray]) -> None:
        """Write a block's rows; the file is complete or absent."""
        with atomic_file(self._path(block)) as temporary, temporary.open("wb") as file:
            arrays: dict[str, Any] = {name.replace("/", "|"): array for name, array in rows.items()}
            np.savez(file, **arrays)

    def read(self, count: int) -> Iterator[dict[str, np.ndarray]]:
        """Yield the rows of blocks 0 to `count - 1`, one block at a time.

        Raises:
            RunError: a block's file is damaged or missing.
        """
        for block in range(count):
            path = self._path(block)
            try:
                with np.load(path, allow_pickle=False) as arrays:
                    rows = {name.replace("|", "/"): arrays[name] for name in arrays.files}
            except (OSError, ValueError, LookupError, EOFError, zipfile.BadZipFile) as error:
                raise RunError(
                    f"{path} is damaged or missing ({error}): delete it if it exists, and run the "
                    "same command again"
                ) from error
            yield rows

    def _path(self, block: int) -> Path:
        return self.folder / f"{block:06d}.npz"
