import re
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from PIL import Image

from deformable_gan.data.media import read_photo, write_image
from deformable_gan.errors import MediaError


@pytest.fixture
def picture():
    """Return a smooth image, which JPEG changes little, with corners that show its orientation."""
    y, x = np.mgrid[0:24, 0:40]
    return np.stack([y * 10, x * 6, 255 - y * 10], axis=-1).astype(np.uint8)


def test_png_round_trip_is_exact(tmp_path, picture):
    write_image(tmp_path / "new" / "a b é.png", picture)
    np.testing.assert_array_equal(read_photo(tmp_path / "new" / "a b é.png"), picture)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a b é.png"]


def test_jpeg_keeps_colours_close(tmp_path, picture):
    write_image(tmp_path / "a.jpg", picture)
    difference = read_photo(tmp_path / "a.jpg").astype(int) - picture
    assert np.abs(difference).max() <= 6  # quality 95, full colour resolution


@pytest.mark.parametrize(
    ("orientation", "stored"),
    [  # how the camera stores an image that is shown upright (EXIF 2.3, tag 0x0112)
        (1, lambda upright: upright),
        (2, lambda upright: upright[:, ::-1]),
        (3, lambda upright: upright[::-1, ::-1]),
        (6, lambda upright: np.rot90(upright, 1)),
        (8, lambda upright: np.rot90(upright, -1)),
    ],
)
def test_exif_rotation_is_applied(tmp_path, picture, orientation, stored):
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.fromarray(np.ascontiguousarray(stored(picture)))
    image.save(tmp_path / "a.png", exif=exif)
    np.testing.assert_array_equal(read_photo(tmp_path / "a.png"), picture)


def test_grayscale_becomes_rgb(tmp_path):
    gray = np.arange(64, dtype=np.uint8).reshape(8, 8)
    Image.fromarray(gray).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_photo(tmp_path / "a.png"), np.stack([gray] * 3, axis=-1))


def test_sixteen_bits_keep_the_upper_eight(tmp_path):
    deep = np.array([[0, 256, 32768, 65535]], np.uint16)
    Image.fromarray(deep).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_photo(tmp_path / "a.png")[0, :, 0], [0, 1, 128, 255])


def test_transparency_is_laid_on_white(tmp_path):
    rgba = np.zeros((1, 3, 4), np.uint8)
    rgba[0, :, 0] = 100
    rgba[0, :, 3] = 0, 255, 51  # 51 is a fifth
    Image.fromarray(rgba).save(tmp_path / "a.png")
    expected = [[255] * 3, [100, 0, 0], [224, 204, 204]]  # 0.8 · 255 + 0.2 · 100 = 224
    np.testing.assert_allclose(read_photo(tmp_path / "a.png")[0], expected, atol=1)


def test_cmyk_becomes_rgb(tmp_path):
    Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(tmp_path / "a.jpg", quality=100)
    np.testing.assert_allclose(read_photo(tmp_path / "a.jpg")[4, 4], (255, 0, 0), atol=3)


def test_palette_with_transparency(tmp_path):
    image = Image.new("P", (4, 4), 1)
    image.putpalette([0, 0, 0, 10, 200, 30])
    image.putpixel((0, 0), 0)
    image.save(tmp_path / "a.gif", transparency=0)
    photo = read_photo(tmp_path / "a.gif")
    np.testing.assert_array_equal(photo[0, 0], (255, 255, 255))
    np.testing.assert_array_equal(photo[3, 3], (10, 200, 30))


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_truncated_pictures_are_refused(tmp_path, suffix):
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    write_image(tmp_path / f"whole.{suffix}", noise)
    data = (tmp_path / f"whole.{suffix}").read_bytes()
    (tmp_path / f"half.{suffix}").write_bytes(data[: len(data) // 2])
    with pytest.raises(MediaError, match=rf"half\.{suffix} cannot be read"):
        read_photo(tmp_path / f"half.{suffix}")


@pytest.mark.parametrize("side", [11_000, 30_000])
def test_gigantic_headers_are_refused_without_decoding(tmp_path, side):
    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    (tmp_path / "huge.png").write_bytes(data)
    with pytest.raises(MediaError, match=r"huge\.png is too large"):
        read_photo(tmp_path / "huge.png")


def test_what_is_no_picture_is_refused_by_name(tmp_path):
    (tmp_path / "text.jpg").write_text("no picture")
    (tmp_path / "empty.jpg").touch()
    for name, reason in (
        ("text.jpg", "not an image"),
        ("empty.jpg", "not an image"),
        ("absent.jpg", "does not exist"),
        ("", "cannot be read"),
    ):
        with pytest.raises(MediaError, match=reason):
            read_photo(tmp_path / name)


def test_a_failed_write_leaves_the_old_file(tmp_path, picture):
    write_image(tmp_path / "a.png", picture)
    with pytest.raises(MediaError, match=r"\.xyz"):
        write_image(tmp_path / "a.xyz", picture)
    with pytest.raises(ValueError, match="uint8"):
        write_image(tmp_path / "a.png", picture.astype(np.float32))
    np.testing.assert_array_equal(read_photo(tmp_path / "a.png"), picture)


def test_unwritable_folder_is_named(tmp_path, picture):
    (tmp_path / "file").touch()
    with pytest.raises(MediaError, match="cannot write"):
        write_image(tmp_path / "file" / "a.png", picture)


def test_heif_where_pillow_heif_is_installed(tmp_path, picture):
    from deformable_gan.data.media import PHOTO_SUFFIXES, UNREADABLE_MEDIA

    pillow_heif = pytest.importorskip("pillow_heif")
    assert ".heic" in PHOTO_SUFFIXES
    assert ".heic" not in UNREADABLE_MEDIA
    even = np.repeat(np.repeat(picture, 4, axis=0), 4, axis=1)
    pillow_heif.from_pillow(Image.fromarray(even)).save(tmp_path / "a.heic", quality=95)
    assert np.abs(read_photo(tmp_path / "a.heic").astype(int) - even).mean() < 6


def test_heif_where_it_is_not(tmp_path):
    (tmp_path / "a.HEIC").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100))
    code = """
import sys
sys.modules["pillow_heif"] = None  # as if it were not installed
from deformable_gan.data.media import PHOTO_SUFFIXES, read_photo
from deformable_gan.errors import MediaError
assert ".heic" not in PHOTO_SUFFIXES
try:
    read_photo(sys.argv[1])
except MediaError as error:
    print(error)
"""
    printed = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a.HEIC")],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert re.search(r"install pillow-heif .* or convert it to JPEG", printed)
