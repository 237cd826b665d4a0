"""The files in a folder, found in the same way by every command that accepts a folder as input."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from deformable_gan.data.dataset_folder import FORMAT, MANIFEST
from deformable_gan.data.file_names import describe_no_text, is_text
from deformable_gan.data.media import UNREADABLE_MEDIA

# Names, in lower case, that operating systems, editors and archives add beside files. Names that
# begin with a dot, such as `._IMG_1.jpg` and `.ipynb_checkpoints`, are ignored as well.
_NOT_MEANT = frozenset(
    {
        *("__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "@eadir", "#recycle"),
        *("$recycle.bin", "system volume information", "lost+found", "__pycache__"),
    }
)
# Files that `prepare` writes beside a dataset's images.
_OF_DATASET = frozenset({MANIFEST, "report.json", "overview.png"})


@dataclass(frozen=True)
class FolderContents:
    """The files of a folder and its sub-folders.

    Attributes:
        folder: the folder.
        files: sorted by path; includes the files of linked sub-folders, each real folder once.
        datasets: sub-folders that were not searched because they are dataset folders or runs.
        problems: (path, reason) of unreadable files and folders and of names that are not UTF-8.
    """

    folder: Path
    files: list[Path] = field(default_factory=list)
    datasets: list[Path] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)

    def of_kind(self, suffixes: Iterable[str]) -> list[Path]:
        """Return the files with one of these suffixes, given in lower case."""
        suffixes = frozenset(suffixes)
        return [path for path in self.files if path.suffix.lower() in suffixes]

    def unreadable_media(self) -> list[str]:
        """Return a message for each suffix of media files that cannot be read, with advice."""
        endings = Counter(path.suffix.lower() for path in self.files)
        return [
            f"folder {self.folder}: {endings[ending]} {ending} file(s) left out: "
            + UNREADABLE_MEDIA[ending]
            for ending in sorted(endings)
            if ending in UNREADABLE_MEDIA
        ]


def folder_contents(
    folder: Path, datasets: bool = True, without: Iterable[Path] = ()
) -> FolderContents:
    """Find the files in a folder and its sub-folders.

    Hidden files and folders and system files (`__MACOSX`, `Thumbs.db`) are ignored, and so are a
    local dataset folder's manifest, report and overview. `folder` itself may be hidden, because the
    user named it. Links to folders are followed, and each real folder is visited once.

    Args:
        folder: a local folder, or a path of an object store.
        datasets: whether dataset folders and (in a local folder) runs below `folder` are searched.
        without: folders that are never searched.
    """
    contents = FolderContents(folder)
    if not isinstance(folder, Path):  # an object store, which has neither links nor permissions
        found = [
            path for path in folder.rglob("*") if all(map(is_meant, path.relative_to(folder).parts))
        ]
        kept_out = set(without)
        if not datasets:
            below = {path.parent for path in found if path.name == MANIFEST} - {folder}
            contents.datasets.extend(sorted(filter(is_dataset, below - kept_out)))
            kept_out.update(contents.datasets)
        files = [path for path in found if kept_out.isdisjoint(path.parents)]
        contents.files.extend(sorted(files))
        return contents
    search = _Search(contents, datasets, {path.resolve() for path in without})
    search.run()
    contents.files.sort()
    return contents


def is_meant(name: str) -> bool:
    """Return whether a search considers a file or folder of this name."""
    return not name.startswith(".") and name.lower() not in _NOT_MEANT


def dataset_above(path: Path) -> Path | None:
    """Return the dataset folder that a path is or lies in; None if there is none."""
    resolved = path.resolve()
    above = resolved.parents if isinstance(path, Path) else [resolved.parent]
    return next((one for one in (resolved, *above) if is_dataset(one)), None)


def is_dataset(folder: Path) -> bool:
    """Return whether the manifest in a folder says that it is a dataset folder."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(manifest, dict) and manifest.get("format") == FORMAT


class _Search:
    """A search through real folders first, then through links to folders not yet visited."""

    def __init__(self, contents: FolderContents, datasets: bool, without: set[Path]):
        self._contents = contents
        self._datasets = datasets
        root = contents.folder.resolve()
        # Following a link to a parent folder would add everything beside the folder.
        self._visited = {*without, *root.parents} - {root}
        self._links: list[Path] = []

    def run(self) -> None:
        self._visit(self._contents.folder, given=True)
        while self._links:
            links, self._links = sorted(self._links), []
            for link in links:
                self._visit(link)

    def _visit(self, folder: Path, given: bool = False) -> None:
        real = folder.resolve()
        if real in self._visited:
            return
        self._visited.add(real)
        problems = self._contents.problems
        try:
            entries = sorted(folder.iterdir())
        except OSError as error:
            problems.append((str(folder), f"folder {folder} cannot be read: {error.strerror}"))
            return
        dataset = any(entry.name == MANIFEST for entry in entries) and is_dataset(folder)
        if not given and not self._datasets and (dataset or _is_run(entries)):
            self._contents.datasets.append(folder)
            return
        for entry in entries:
            if not is_meant(entry.name) or (dataset and entry.name in _OF_DATASET):
                continue
            if not is_text(entry.name):
                problems.append((str(entry), describe_no_text(entry)))
                continue
            try:
                if entry.is_dir():
                    if entry.is_symlink():
                        self._links.append(entry)
                    else:
                        self._visit(entry)
                elif entry.is_file():
                    self._contents.files.append(entry)
            except OSError as error:
                problems.append((str(entry), f"{entry} cannot be read: {error.strerror}"))


def _is_run(entries: list[Path]) -> bool:
    """Return whether a folder is a training run, whose images are not photographs."""
    return {"config.json", "run.json", "checkpoints"} <= {entry.name for entry in entries}
