"""Paths of files in object stores, with the methods of `pathlib` that this package uses."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from deformable_gan.data.atomic_file import atomic_file
from deformable_gan.errors import MediaError

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/(?!/)")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


class StorePath(PurePosixPath):
    """A path in an object store, such as `gs://bucket/folder/file` or `s3://…`.

    Files are accessed through Beam's file systems. A folder is only a prefix of file names, so it
    exists if there is a file in it. Methods raise an OSError where `pathlib` would.
    """

    def __str__(self) -> str:
        """Return the URL with both slashes, which `pathlib` reduces to one."""
        return _SCHEME.sub(r"\1://", super().__str__(), count=1)

    def resolve(self) -> "StorePath":
        """Return this path, which is always absolute."""
        return self

    def exists(self) -> bool:
        """Return whether there is a file or a folder."""
        return self.is_file() or self.is_dir()

    def is_file(self) -> bool:
        """Return whether there is a file."""
        from apache_beam.io.filesystems import FileSystems

        return getattr(self, "_listed", False) or _as_os_error(FileSystems.exists, str(self))

    def is_dir(self) -> bool:
        """Return whether there is a folder."""
        return bool(self._match(limit=1))

    def rglob(self, pattern: str) -> Iterator["StorePath"]:
        """Yield the files in a folder and its subfolders; `*` is the only supported pattern."""
        if pattern != "*":
            raise ValueError(f"the pattern must be '*', received {pattern!r}")
        for url in sorted(self._match()):
            found = StorePath(url)
            found._listed = True  # type: ignore[attr-defined]  # so that `is_file` sends no request
            yield found

    def iterdir(self) -> Iterator["StorePath"]:
        """Yield the files in a folder and its subfolders."""
        return self.rglob("*")

    def read_bytes(self) -> bytes:
        """Return a file's contents."""
        from apache_beam.io.filesystems import FileSystems

        with _as_os_error(_open_as_it_is, FileSystems.open, str(self)) as file:
            return file.read()

    def write_bytes(self, data: bytes) -> None:
        """Write a file, which appears completely or not at all."""
        from apache_beam.io.filesystems import FileSystems

        with _as_os_error(_open_as_it_is, FileSystems.create, str(self)) as file:
            file.write(data)

    def unlink(self) -> None:
        """Delete a file."""
        from apache_beam.io.filesystems import FileSystems

        _as_os_error(FileSystems.delete, [str(self)])

    def _match(self, limit: int | None = None) -> list[str]:
        from apache_beam.io.filesystems import FileSystems

        pattern = f"{str(self).rstrip('/')}/**"
        (result,) = _as_os_error(FileSystems.match, [pattern], [limit])
        return [found.path for found in result.metadata_list]


def as_path(text: str) -> Path | StorePath:
    """Return a path for a URL or for a file on this machine.

    Raises:
        MediaError: Beam does not support this kind of object store, or lacks a package for it.
    """
    if not _URL.match(text):
        return Path(text)
    from apache_beam.io.filesystems import FileSystems

    try:
        FileSystems.get_filesystem(text)
    except (ValueError, ImportError) as error:
        scheme = text.partition(":")[0]
        raise MediaError(
            f"{text}: Beam cannot access {scheme}:// ({error}): use gs:// (which needs "
            "'apache-beam[gcp]'), s3:// ('apache-beam[aws]') or azfs:// ('apache-beam[azure]')"
        ) from error
    return StorePath(text)


def put_file(source: Path, target: Path | StorePath) -> None:
    """Copy a local file to a path; it appears there completely or not at all."""
    if isinstance(target, StorePath):
        target.write_bytes(source.read_bytes())
        return
    with atomic_file(target) as temporary:
        shutil.copyfile(source, temporary)


def fetch(source: Path | StorePath, folder: Path) -> Path:
    """Return a local path of a file or a folder; copy it first if it is in an object store.

    Args:
        source: the file or folder; a local path is returned unchanged.
        folder: the folder for the copy.
    """
    if isinstance(source, Path):
        return source
    if source.is_file():
        target = folder / source.name
        target.write_bytes(source.read_bytes())
        return target
    for file in source.rglob("*"):
        target = folder / file.relative_to(source.parent)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())
    return folder / source.name


def _open_as_it_is(opener, url: str):
    from apache_beam.io.filesystem import CompressionTypes

    return opener(url, compression_type=CompressionTypes.UNCOMPRESSED)


def _as_os_error(function, *arguments):
    """Call a function of Beam; raise the errors of its file systems as OSError."""
    from apache_beam.io.filesystem import BeamIOError

    try:
        return function(*arguments)
    except BeamIOError as error:
        raise OSError(str(error)) from error
