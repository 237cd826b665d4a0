import functools
import hashlib
import shutil

import pytest

# Beam's options for running in this process and in two worker processes.
HERE = ("--runner=DirectRunner",)
TWO_WORKERS = (*HERE, "--direct_num_workers=2", "--direct_running_mode=multi_processing")


@pytest.fixture
def here():
    return HERE


@pytest.fixture
def two_workers():
    return TWO_WORKERS


@pytest.fixture
def digests():
    """A function that returns the checksums of all files in a folder by their paths."""

    def of(folder):
        return {
            path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in folder.rglob("*")
            if path.is_file()
        }

    return of


@pytest.fixture
def clips(walk, tmp_path):
    """A folder of two clips and one that is cut off."""
    folder = tmp_path / "clips"
    folder.mkdir()
    for name, frames, slope in (("anna.mp4", 24, 1), ("ben.mp4", 18, 2)):
        shutil.move(walk(name, frames, slope), folder)
    whole = (folder / "anna.mp4").read_bytes()
    (folder / "corrupt.mp4").write_bytes(whole[: len(whole) // 2])
    return folder


@functools.cache
def store_file_system():
    """Return the class of a file system, which Beam finds among the subclasses of `FileSystem`."""
    from apache_beam.io.filesystem import FileMetadata
    from apache_beam.io.localfilesystem import LocalFileSystem

    class StoreFileSystem(LocalFileSystem):
        """A stand-in for an object store: `store://bucket/file` lies in a local folder."""

        root = None

        @classmethod
        def scheme(cls):
            return "store"

        def _inside(self, url):
            return str(self.root / url.removeprefix("store://"))

        def exists(self, path):
            return (self.root / path.removeprefix("store://")).is_file()  # there are no folders

        def create(self, path, *arguments, **options):
            return super().create(self._inside(path), *arguments, **options)

        def open(self, path, *arguments, **options):
            return super().open(self._inside(path), *arguments, **options)

        def delete(self, paths):
            return super().delete([self._inside(path) for path in paths])

        def has_dirs(self):
            return False

        def _list(self, dir_or_prefix):
            for path in sorted(self.root.rglob("*")):
                url = f"store://{path.relative_to(self.root).as_posix()}"
                if path.is_file() and url.startswith(dir_or_prefix):
                    yield FileMetadata(url, path.stat().st_size)

    return StoreFileSystem


@pytest.fixture
def store(tmp_path, monkeypatch):
    """The folder in which the buckets of `store://` lie."""
    root = tmp_path / "store"
    root.mkdir()
    monkeypatch.setattr(store_file_system(), "root", root)
    return root
