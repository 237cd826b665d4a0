"""Intermediate results beside an output, so that `prepare` does nothing twice."""

import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from deformable_gan.checksums import file_digest, value_digest
from deformable_gan.data.atomic_file import atomic_file
from deformable_gan.data.preparing.prepare_options import PrepareOptions
from deformable_gan.data.preparing.recordings import Recording
from deformable_gan.data.preparing.result import RESULT_VERSION
from deformable_gan.errors import MediaError
from deformable_gan.version import __version__

_LEFT_BEHIND_SECONDS = 3600
_UNREADABLE = "unreadable"


class WorkFolder:
    """A folder with the recordings' results and the inputs' checksums.

    A result is named after the recording's path, the contents of its files, and everything else
    that affects it. A change of a file, an option or a path therefore leads to a new result, while
    a new modification time does not. The folders of several machines that see the inputs under the
    same paths can be merged. The folder can be deleted at any time; this only costs the time to
    prepare again.

    Args:
        path: the folder.
        writer: the writer's name, which must differ between simultaneous writers.
    """

    def __init__(self, path: Path, writer: str = "all"):
        self.path = path
        self._checksums_path = path / f"checksums-{writer}.json"
        self._checksums: dict[str, list] = {}
        for file in sorted(path.glob("checksums-*.json")):
            self._checksums.update(_read_json(file))
        self._changed = False

    def file_checksum(self, path: Path) -> str:
        """Return a file's SHA-256, computed anew only if its size or modification time changed.

        Raises:
            MediaError: the file cannot be read.
        """
        try:
            status = path.stat()
            known = self._checksums.get(str(path.resolve()))
            if known and known[:2] == [status.st_size, status.st_mtime_ns]:
                return known[2]
        except OSError as error:
            raise MediaError(f"{path} cannot be read: {error.strerror or error}") from error
        checksum = file_digest(path)
        self._checksums[str(path.resolve())] = [status.st_size, status.st_mtime_ns, checksum]
        self._changed = True
        return checksum

    def recording_checksum(self, recording: Recording) -> str:
        """Return a SHA-256 of a recording's files and their names; see `file_checksums`.

        Raises:
            MediaError: none of the files can be read.
        """
        return combined_checksum(recording, file_checksums(recording, self.file_checksum))

    def save_checksums(self) -> None:
        """Save the checksums for the next run."""
        if self._changed:
            with atomic_file(self._checksums_path) as temporary:
                temporary.write_text(json.dumps(self._checksums, indent=0), encoding="utf-8")
            self._changed = False

    def result_path(
        self, recording: Recording, checksum: str, options: PrepareOptions, movenet: dict
    ) -> Path:
        """Return the path of a recording's result.

        Args:
            recording: the recording.
            checksum: from `recording_checksum`.
            options: how it is prepared; options that concern pairs do not matter.
            movenet: from `describe_movenet`.
        """
        return self.path / result_name(recording, checksum, options, movenet)

    def clear_leftovers(self) -> None:
        """Delete the temporary folders of killed processes, unchanged for more than an hour."""
        for folder in self.path.glob(".*.writing-*"):
            if time.time() - folder.stat().st_mtime > _LEFT_BEHIND_SECONDS:
                for file in folder.iterdir():
                    file.unlink(missing_ok=True)
                folder.rmdir()


def file_checksums(recording: Recording, checksum: Callable[[Path], str]) -> list[str]:
    """Return the checksums of a recording's files.

    A photograph that cannot be read gets the word `unreadable` instead of a checksum. It is left
    out when the photographs are read, and the person's other photographs are used. Once it can be
    read, the checksum differs, and the person is prepared again.

    Args:
        recording: the recording.
        checksum: returns a file's checksum.

    Raises:
        MediaError: none of the files can be read.
    """
    checksums, errors = [], []
    for path in recording.files:
        try:
            checksums.append(checksum(path))
        except MediaError as error:
            errors.append(error)
            checksums.append(_UNREADABLE)
    if len(errors) == len(checksums) and errors:
        raise errors[0]
    return checksums


def combined_checksum(recording: Recording, checksums: Iterable[str]) -> str:
    """Return a SHA-256 of the names of a recording's files and their checksums."""
    return value_digest(
        [[path.name, checksum] for path, checksum in zip(recording.files, checksums, strict=True)]
    )


def result_name(recording: Recording, checksum: str, options: PrepareOptions, movenet: dict) -> str:
    """Return the file name of a recording's result; see `WorkFolder.result_path`."""
    key = value_digest(
        [
            RESULT_VERSION,
            __version__,
            # Messages in the result contain these.
            [recording.kind, recording.person, str(recording.path)],
            checksum,
            options.of_recordings(),
            movenet,
        ]
    )
    return f"{key}.zip"


def _read_json(path: Path) -> dict:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
