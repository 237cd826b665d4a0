"""Damaged or misplaced files are reported, and no good image is lost."""

import json
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from deformable_gan.cli import run_command
from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.data.media import read_photo
from deformable_gan.import_dataset import main

SIZE = (48, 32)
POSE = ("[" + ", ".join(str(4 + joint) for joint in range(18)) + "]",) * 2


def picture(seed=0):
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 4, 3), np.uint8)
    return Image.fromarray(coarse).resize(SIZE[::-1], Image.Resampling.BICUBIC)


def huge_png():
    """Return a PNG of 57 bytes that claims to be 30000 x 30000."""

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", 30000, 30000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.fixture
def folder(tmp_path):
    """A folder whose `train` has two good images of one person."""
    (tmp_path / "photos" / "train").mkdir(parents=True)
    for index in range(2):
        picture(index).save(tmp_path / "photos" / "train" / f"anna_{index}.jpg")
    return tmp_path / "photos"


def annotate(folder, names, extra=""):
    lines = [f"{name}: {POSE[0]}: {POSE[1]}" for name in names]
    text = "name: keypoints_y: keypoints_x\n" + "\n".join(lines) + "\n" + extra
    (folder / "my-annotation-train.csv").write_text(text, encoding="utf-8")


def run(folder, output, *options):
    arguments = [
        *(str(folder), "--format", "folder", "--image-size", "48x32"),
        *("--annotations", str(folder), "--output", str(output), *options),
    ]
    return run_command(main, arguments)


def result(output):
    report = json.loads((output / "report.json").read_text(encoding="utf-8"))
    return DatasetFolder(output), report["left_out"]["train"]


def good_names(folder):
    return [path.name for path in sorted((folder / "train").glob("anna_[01].jpg"))]


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("anna_2.jpg", b"", "is not an image"),
        ("anna_2.jpg", b"text, renamed", "is not an image"),
        ("anna_2.jpg", "truncated", "cannot be read as an image"),
        ("anna_2.png", huge_png(), "is too large"),
    ],
)
def test_damaged_images_are_named(folder, tmp_path, name, data, reason):
    path = folder / "train" / name
    if data == "truncated":
        picture(2).save(path)
        data = path.read_bytes()[:-300]
    path.write_bytes(data)
    annotate(folder, [*good_names(folder), name])
    assert run(folder, tmp_path / "set") == 0
    dataset, left_out = result(tmp_path / "set")
    assert dataset.train.names == ("anna_0.jpg", "anna_1.jpg")
    assert left_out["unreadable"]["count"] == 1
    assert str(path) in left_out["unreadable"]["first"][0]
    assert reason in left_out["unreadable"]["first"][0]


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "P", "CMYK", "I;16"])
def test_every_kind_of_picture_looks_as_it_should(folder, tmp_path, mode):
    """TensorFlow decodes the image in the dataset as `read_photo` decodes the original file."""
    import tensorflow as tf

    name = "anna_2.jpg" if mode == "CMYK" else "anna_2.png"
    if mode == "I;16":
        gray = np.asarray(picture(2).convert("L")).astype(np.uint16) * 257
        image = Image.fromarray(gray)
    elif mode in ("RGBA", "LA"):
        image = picture(2).convert(mode)
        image.putalpha(Image.linear_gradient("L").resize(SIZE[::-1]))
    else:
        image = picture(2).convert(mode)
    image.save(folder / "train" / name)
    annotate(folder, [*good_names(folder), name])
    assert run(folder, tmp_path / "set") == 0
    dataset, _ = result(tmp_path / "set")
    stored = tf.io.read_file(str(dataset.train.image_path(2)))
    decoded = tf.io.decode_image(stored, channels=3, expand_animations=False).numpy().astype(int)
    expected = read_photo(folder / "train" / name).astype(int)
    # PNG keeps every value; a JPEG that is encoded once more comes close.
    assert np.abs(decoded - expected).mean() < (3 if mode == "CMYK" else 0.01)


def test_a_turned_photograph_is_turned_back(folder, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by 90 degrees
    turned = picture(2).transpose(Image.Transpose.ROTATE_90)
    turned.save(folder / "train" / "anna_2.jpg", exif=exif, quality=95)
    annotate(folder, [*good_names(folder), "anna_2.jpg"])
    assert run(folder, tmp_path / "set") == 0
    dataset, _ = result(tmp_path / "set")
    stored = np.asarray(Image.open(dataset.train.image_path(2))).astype(int)
    assert np.abs(stored - np.asarray(picture(2)).astype(int)).mean() < 6


def test_other_sizes_are_cropped_in_the_middle_and_scaled(folder, tmp_path):
    wide = np.zeros((96, 100, 3), np.uint8)
    wide[:, 18:82] = np.asarray(picture(2).resize((64, 96)))
    Image.fromarray(wide).save(folder / "train" / "anna_2.png")
    y, x = [10 + joint for joint in range(18)], [5, *(30 + joint for joint in range(1, 18))]
    annotate(folder, good_names(folder), f"anna_2.png: {y}: {x}\n")
    assert run(folder, tmp_path / "set", "--whole-image") == 0
    dataset, _ = result(tmp_path / "set")
    # 64 of 100 columns remain, from column 18 on, at half the size. Since pixel centres are whole
    # numbers, the image's edge is at -0.5 at both sizes.
    expected = (27 + 0.5) / 2 - 0.5, (47 - 18 + 0.5) / 2 - 0.5
    np.testing.assert_allclose(dataset.train.keypoints[2][17, :2], expected)
    assert dataset.train.keypoints[2][0, 2] == 0  # left of what remains


@pytest.mark.parametrize("name", ["my anna_2 b.jpg", "anna_💃.jpg", "žofie_2.jpg", "子_2.jpeg"])
def test_unusual_names_stay(folder, tmp_path, name):
    picture(2).save(folder / "train" / name, format="JPEG")
    annotate(folder, [*good_names(folder), name])
    assert run(folder, tmp_path / "set") == 0
    dataset, _ = result(tmp_path / "set")
    assert name in dataset.train.names
    assert (tmp_path / "set" / "train" / name).is_file()


def test_names_that_annotation_files_cannot_hold(folder, tmp_path, see_somebody_everywhere):
    picture(2).save(folder / "train" / "anna_12:30.jpg")
    picture(3).save(folder / "train" / " anna_x.webp", format="WEBP")
    arguments = [str(folder), "--format", "folder", "--image-size", "48x32"]
    assert main([*arguments, "--output", str(tmp_path / "set")]) == 0
    names = DatasetFolder(tmp_path / "set").train.names
    assert set(names) == {"anna_0.jpg", "anna_1.jpg", "anna_12-30.jpg", "anna_x.jpg"}


def test_lines_that_cannot_be_understood(folder, tmp_path):
    secret = tmp_path / "secret_1.jpg"
    picture(5).save(secret)
    extra = (
        f"../../secret_1.jpg: {POSE[0]}: {POSE[1]}\n"
        f"anna:2.jpg: {POSE[0]}: {POSE[1]}\n"
        f"anna_3.jpg: [1, 2]: [3, 4]\n"
        f"anna_0.jpg: {POSE[0]}: {POSE[1]}\n"
    )
    annotate(folder, good_names(folder), extra)
    (folder / "my-pairs-train.csv").write_text(
        "from,to\nanna_0.jpg,anna_1.jpg\nanna_0.jpg,../../secret_1.jpg\nanna_1.jpg\n"
    )
    assert run(folder, tmp_path / "set") == 0
    dataset, left_out = result(tmp_path / "set")
    assert len(dataset.train.pairs) == 1
    problems = left_out["line that cannot be parsed"]
    assert problems["count"] == 6
    text = "\n".join(problems["first"])
    for number in (4, 5, 6):
        assert f"my-annotation-train.csv, line {number}: " in text
    assert "'anna_0.jpg' is annotated more than once" in text
    assert "my-pairs-train.csv, line 3: '../../secret_1.jpg' is not a usable image name" in text
    assert not any("secret" in path.name for path in (tmp_path / "set").rglob("*"))


def test_images_and_annotations_that_miss_each_other(folder, tmp_path):
    picture(2).save(folder / "train" / "anna_2.jpg")
    picture(2).save(folder / "train" / "nounderscore.jpg")
    annotate(folder, [*good_names(folder), "ben_9.jpg"])
    assert run(folder, tmp_path / "set") == 0
    _, left_out = result(tmp_path / "set")
    assert left_out["not annotated"] == {"count": 1, "first": ["anna_2.jpg"]}
    assert left_out["annotated, but the image does not exist"] == {
        "count": 1,
        "first": ["ben_9.jpg"],
    }
    assert left_out["no PERSON_ in the name"]["first"] == ["nounderscore.jpg"]


def test_two_images_of_one_name(folder, tmp_path, marker_movenet):
    picture(2).save(folder / "train" / "anna_2.jpg")
    picture(3).save(folder / "train" / "anna_2.bmp")
    annotate(folder, [*good_names(folder), "anna_2.jpg"])
    assert run(folder, tmp_path / "set") == 0
    dataset, left_out = result(tmp_path / "set")
    assert dataset.train.names.count("anna_2.jpg") == 1
    assert left_out["another image has the same name"]["count"] == 1


def test_nothing_usable(folder, tmp_path, capsys):
    for name in good_names(folder):
        (folder / "train" / name).write_bytes(b"")
    annotate(folder, good_names(folder))
    assert run(folder, tmp_path / "set") == 1
    message = capsys.readouterr().err
    assert message.startswith("error: ")
    assert "no training pair is possible" in message
    assert "2 × unreadable (such as " in message
    assert not (tmp_path / "set").exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_no_or_ambiguous_annotation_files(folder, tmp_path, capsys):
    assert run(folder, tmp_path / "set") == 1
    assert "holds neither *annotation*.csv nor train.lst" in capsys.readouterr().err
    annotate(folder, good_names(folder))
    (folder / "other-annotation-train.csv").write_text("")
    assert run(folder, tmp_path / "set") == 1
    assert "several files" in capsys.readouterr().err


def test_no_train_folder(tmp_path, capsys):
    (tmp_path / "photos").mkdir()
    annotate(tmp_path / "photos", [])
    assert run(tmp_path / "photos", tmp_path / "set") == 1
    assert "has no folder `train`" in capsys.readouterr().err
