import io
import struct

import numpy as np
import pytest
from PIL import Image

from deformable_gan.data.importing.fitted_image import read_fitted
from deformable_gan.data.media import photo_orientation, read_photo
from deformable_gan.data.photo_orientation import exif_orientation, split_jpeg, xmp_orientation

# How the camera stores an image that is shown upright (EXIF 2.3, tag 0x0112).
STORED = {
    1: lambda upright: upright,
    2: lambda upright: upright[:, ::-1],
    3: lambda upright: upright[::-1, ::-1],
    4: lambda upright: upright[::-1],
    5: lambda upright: upright.swapaxes(0, 1),
    6: lambda upright: np.rot90(upright, 1),
    7: lambda upright: upright[::-1, ::-1].swapaxes(0, 1),
    8: lambda upright: np.rot90(upright, -1),
}


def block(entries, order=">", more=b""):
    """Return an EXIF block of one directory with entries (tag, type, count, 4 bytes of value)."""
    data = {">": b"MM", "<": b"II"}[order] + struct.pack(order + "HIH", 42, 8, len(entries))
    for tag, kind, count, value in entries:
        data += struct.pack(order + "HHI", tag, kind, count) + value
    return b"Exif\0\0" + data + struct.pack(order + "I", 0) + more


def turned(orientation, order=">"):
    return (0x0112, 3, 1, struct.pack(order + "HH", orientation, 0))


@pytest.fixture
def picture():
    y, x = np.mgrid[0:24, 0:40]
    return np.stack([y * 10, x * 6, 255 - y * 10], axis=-1).astype(np.uint8)


def jpeg(stored, exif=b""):
    data = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(stored)).save(data, "JPEG", quality=95, exif=exif)
    return data.getvalue()


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_every_orientation(tmp_path, picture, orientation, suffix):
    path = tmp_path / f"a{suffix}"
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.fromarray(np.ascontiguousarray(STORED[orientation](picture)))
    options = {"lossless": True} if suffix == ".webp" else {}
    image.save(path, exif=exif, quality=95, **options)
    difference = np.abs(read_photo(path).astype(int) - picture)
    assert difference.max() <= (10 if suffix == ".jpg" else 0)
    assert photo_orientation(path) == orientation


# The second entry says that the Exif sub-directory lies where this directory lies.
_LOOP = [turned(6), (0x8769, 4, 1, struct.pack(">I", 8))]
# Faulty or unusual blocks that cameras, messengers and editors write, all with orientation 6.
DAMAGED = {
    "negative rational": block(
        [turned(6), (0x011A, 5, 1, struct.pack(">I", 38))], more=struct.pack(">ii", -72, -1)
    ),
    "rational over zero": block(
        [turned(6), (0x011A, 5, 1, struct.pack(">I", 38))], more=struct.pack(">ii", 72, 0)
    ),
    "double header": b"Exif\0\0" + block([turned(6, "<")], "<"),
    "loop": block(_LOOP),
    "next directory is this one": block([turned(6)])[:-4] + struct.pack(">I", 8),
    "text for a place": block([turned(6, "<"), (0x8825, 2, 4, b"abc\0")], "<"),
    "value beyond the end": block([turned(6), (0x010F, 2, 4000, struct.pack(">I", 60_000))]),
    "more entries than there are": block([turned(6)]).replace(
        struct.pack(">HIH", 42, 8, 1), struct.pack(">HIH", 42, 8, 500)
    ),
    "unknown type": block([turned(6), (0x0131, 99, 1, b"\xff" * 4)]),
    "long orientation": block([(0x0112, 4, 1, struct.pack(">I", 6))]),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_damaged_blocks_lose_neither_picture_nor_orientation(tmp_path, picture, damage):
    data = jpeg(STORED[6](picture))
    exif = DAMAGED[damage]
    segment = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    (tmp_path / "a.jpg").write_bytes(data[:2] + segment + data[2:])
    assert np.abs(read_photo(tmp_path / "a.jpg").astype(int) - picture).max() <= 10
    fitted = read_fitted(tmp_path / "a.jpg", picture.shape[:2])
    assert fitted.data is None  # the file's bytes show the image turned, so they are not kept
    np.testing.assert_array_equal(fitted.pixels, read_photo(tmp_path / "a.jpg"))


@pytest.mark.parametrize(
    "exif",
    [
        b"",
        b"Exif\0\0",
        b"Exif\0\0MM",
        b"Exif\0\0MM\0*\xff\xff\xff\xff",
        b"Exif\0\0XX\0*\0\0\0\x08\0\0",
        block([turned(0)]),
        block([turned(9)]),
        block([(0x0112, 2, 4, b"abc\0")]),
    ],
)
def test_blocks_without_an_orientation(exif):
    assert exif_orientation(exif) is None


def test_orientation_in_xmp_alone(tmp_path, picture):
    packet = b'<rdf:Description tiff:Orientation="8"/>'
    packet = b"http://ns.adobe.com/xap/1.0/\0" + packet
    assert xmp_orientation(packet) == 8
    data = jpeg(STORED[8](picture))
    segment = b"\xff\xe1" + struct.pack(">H", len(packet) + 2) + packet
    (tmp_path / "a.jpg").write_bytes(data[:2] + segment + data[2:])
    assert np.abs(read_photo(tmp_path / "a.jpg").astype(int) - picture).max() <= 10


def test_the_picture_itself_is_kept_to_the_byte(picture):
    data = jpeg(picture)
    exif = block([turned(3)])
    segment = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    assert split_jpeg(data[:2] + segment + data[2:]) == (data, 3)
    assert split_jpeg(data) == (data, 1)
    for end in range(2, len(data), 7):
        split_jpeg(data[:end])


def test_shared_photographs(shared):
    for name in ("double_header", "gps_ascii", "fuzz"):
        path = shared / "faults/photos" / f"{name}.jpg"
        assert photo_orientation(path) == 6
        with Image.open(path) as image:
            size = image.size
        assert read_photo(path).shape[:2] == size  # height and width are exchanged


def _mutations(exif, count):
    """Yield copies of a block with one to four bytes replaced."""
    rng = np.random.default_rng(0)
    for _ in range(count):
        data = bytearray(exif)
        for place in rng.integers(6, len(exif), rng.integers(1, 5)):
            data[place] = rng.integers(0, 256)
        yield bytes(data)


def check_mutations(tmp_path, exif, count):
    """Check that the image is read in one of the eight orientations, whatever the block holds."""
    upright = np.zeros((24, 40, 3), np.uint8)
    upright[:8, :10] = 255
    upright[:16, :5] = 255
    data = jpeg(upright)
    views = [view(upright) for view in STORED.values()]
    path = tmp_path / "a.jpg"
    turned_back = 0
    for changed in _mutations(exif, count):
        segment = b"\xff\xe1" + struct.pack(">H", len(changed) + 2) + changed
        path.write_bytes(data[:2] + segment + data[2:])
        shown = read_photo(path)
        read_fitted(path, (24, 40))
        assert any(
            shown.shape == view.shape and np.abs(shown.astype(int) - view).mean() < 8
            for view in views
        )
        turned_back += photo_orientation(path) == 6
    assert turned_back > count / 2  # most changes leave the orientation as it is


def full_block():
    """Return a block with maker, model, orientation, resolution, and Exif and GPS directories."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "maker", "model", 6
    exif[0x011A], exif[0x011B], exif[0x0128] = 72.0, 72.0, 2
    camera = exif.get_ifd(0x8769)
    camera[0x829A], camera[0x9003], camera[0x927C] = 0.01, "2024:01:01 00:00:00", b"note" * 5
    place = exif.get_ifd(0x8825)
    place[1], place[2] = "N", (52.0, 30.0, 1.0)
    return exif.tobytes()


def test_changed_bytes_of_a_block(tmp_path):
    check_mutations(tmp_path, full_block(), 150)


@pytest.mark.long
def test_changed_bytes_of_a_block_at_length(tmp_path):
    check_mutations(tmp_path, full_block(), 4000)
