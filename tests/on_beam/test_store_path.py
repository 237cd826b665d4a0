import pickle

import pytest

from deformable_gan.errors import MediaError
from deformable_gan.on_beam.store_path import StorePath, as_path, fetch, put_file

pytest.importorskip("apache_beam", reason="needs Apache Beam: the extra `beam`")


def test_urls_survive_what_paths_do_to_them():
    path = as_path("store://bucket/clips/anna.mp4")
    assert isinstance(path, StorePath)
    assert str(path) == "store://bucket/clips/anna.mp4"
    assert str(path.parent / "ben.mp4") == "store://bucket/clips/ben.mp4"
    assert str(path.with_name(".anna.work")) == "store://bucket/clips/.anna.work"
    assert (path.name, path.stem, path.suffix) == ("anna.mp4", "anna", ".mp4")
    assert path.relative_to(as_path("store://bucket")).as_posix() == "clips/anna.mp4"
    again = pickle.loads(pickle.dumps(path))
    assert again == path
    assert str(again) == str(path)
    assert len({path, again}) == 1


def test_other_names_are_of_this_machine(tmp_path):
    for name in ("a/b.mp4", "half:past.mp4", str(tmp_path)):
        assert not isinstance(as_path(name), StorePath)


def test_stores_that_nobody_knows():
    with pytest.raises(MediaError, match="Beam cannot access nowhere://"):
        as_path("nowhere://bucket/file")


def test_files_and_folders(store):
    folder = as_path("store://bucket/folder")
    assert not folder.exists()
    (folder / "deep/b.txt").write_bytes(b"b")
    (folder / "a.txt").write_bytes(b"a")
    as_path("store://bucket/folder-beside/c.txt").write_bytes(b"c")
    assert (store / "bucket/folder/deep/b.txt").read_bytes() == b"b"
    assert folder.is_dir()
    assert not folder.is_file()
    assert (folder / "a.txt").is_file()
    assert not (folder / "a").exists()
    assert [str(file) for file in folder.rglob("*")] == [
        "store://bucket/folder/a.txt",
        "store://bucket/folder/deep/b.txt",
    ]
    assert (folder / "a.txt").read_bytes() == b"a"
    (folder / "a.txt").unlink()
    assert not (folder / "a.txt").exists()
    with pytest.raises(OSError, match=r"a\.txt"):
        (folder / "a.txt").read_bytes()


def test_fetching_and_putting(store, tmp_path):
    (tmp_path / "file").write_bytes(b"file")
    place = as_path("store://bucket/model/variables/file")
    put_file(tmp_path / "file", place)
    put_file(tmp_path / "file", as_path("store://bucket/model/saved"))
    folder = tmp_path / "here"
    folder.mkdir()
    assert fetch(place, folder).read_bytes() == b"file"
    model = fetch(as_path("store://bucket/model"), folder)
    assert model == folder / "model"
    assert {file.name for file in model.rglob("*")} == {"saved", "variables", "file"}
    assert fetch(tmp_path / "file", folder) == tmp_path / "file"
