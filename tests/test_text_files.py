import pytest

from deformable_gan.data.annotations import read_annotations, read_pairs
from deformable_gan.data.importing.annotation_files import read_annotation_files
from deformable_gan.data.importing.import_report import ImportReport
from deformable_gan.errors import DatasetError
from deformable_gan.text_files import decode_text, read_text

TEXT = "anna_1.jpg\nTänzerin_2.jpg\n舞_3.jpg\n"
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
MARKS = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}


def encoded(text, encoding):
    return MARKS.get(encoding, b"") + text.encode(encoding)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings_are_told_by_their_mark(tmp_path, encoding, newline):
    (tmp_path / "a.lst").write_bytes(encoded(TEXT.replace("\n", newline), encoding))
    assert read_text(tmp_path / "a.lst") == TEXT


def test_other_encodings_are_named_with_a_way_out():
    with pytest.raises(ValueError, match=r"line 2 is not in UTF-8: .*`iconv -f WINDOWS-1252"):
        decode_text("anna\nTänzerin\n".encode("cp1252").replace(b"\r", b""))
    with pytest.raises(ValueError, match="not in UTF-16"):
        decode_text(b"\xff\xfea")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_lists_annotations_and_pairs_lose_no_name(tmp_path, encoding):
    names = TEXT.split()
    rows = "name:keypoints_y:keypoints_x\n" + "".join(f"{name}: [1]: [2]\n" for name in names)
    pairs = f"from,to\n{names[0]},{names[1]}\n{names[1]},{names[2]}\n"
    for name, text in (
        ("train.lst", TEXT),
        ("x-annotation-test.csv", rows),
        ("x-pairs-test.csv", pairs),
    ):
        (tmp_path / name).write_bytes(encoded(text, encoding))
    files = read_annotation_files(tmp_path, 1, ImportReport({}), str)
    assert files["train"].listed == names
    assert list(files["test"].keypoints) == names
    assert files["test"].pairs == [(names[0], names[1]), (names[1], names[2])]


def test_lists_in_another_encoding(tmp_path):
    for name, read in (
        ("train.lst", lambda path: read_annotation_files(tmp_path, 1, ImportReport({}), str)),
        ("b.csv", lambda path: read_annotations(path, 1)),
        ("c.csv", read_pairs),
    ):
        path = tmp_path / name
        path.write_bytes("Tänzerin".encode("cp1252"))
        with pytest.raises(DatasetError, match=rf"{name} cannot be read .*: line 1 is not in") as e:
            read(path)
        assert "\n" not in str(e.value)


def test_lists_that_begin_with_a_byte_order_mark(tmp_path):
    names = {"train": ["a/1.jpg", "b/2.jpg"], "test": ["c/3.jpg"]}
    for split, listed in names.items():
        text = "".join(f"{name}\r\n" for name in listed)
        (tmp_path / f"{split}.lst").write_bytes(b"\xef\xbb\xbf" + text.encode())
    files = read_annotation_files(tmp_path, 18, ImportReport({}), str)
    assert {split: files[split].listed for split in names} == names


@pytest.mark.long
def test_any_bytes_are_text_or_refused_in_one_line(tmp_path):
    import numpy as np

    rng = np.random.default_rng(0)
    good = [encoded(TEXT, encoding) for encoding in ENCODINGS]
    for number in range(4000):
        data = bytearray(good[number % len(good)])
        for place in rng.integers(0, len(data), rng.integers(1, 4)):
            data[place] = rng.integers(0, 256)
        problem = ""
        try:
            problem = "\r" if "\r" in decode_text(bytes(data)) else ""
        except ValueError as error:
            problem = "\n" if "\n" in str(error) else ""
        assert not problem
