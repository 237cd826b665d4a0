import os

import numpy as np
import pytest
from PIL import Image

from deformable_gan.data.media import read_photo
from deformable_gan.errors import DatasetError, MediaError
from deformable_gan.evaluation import image_pairs
from deformable_gan.evaluation.generated_images import find_generated
from deformable_gan.evaluation.image_pairs import ImagePairs
from deformable_gan.pose.skeleton import OPENPOSE18


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(image_pairs, "BLOCK", 5)


def test_blocks_are_read_in_order_from_disk(dancers, small_blocks):
    pairs = ImagePairs.of_dataset(dancers)
    assert len(pairs) == len(dancers.test.pairs) == 24
    assert pairs.block_count == 5
    seen = []
    for number, places, batch in pairs.read([1, 3, 4]):
        seen.append((number, places.tolist()))
        for place, image, joints in zip(
            places, batch["target_image"].numpy(), batch["target_keypoints"].numpy(), strict=True
        ):
            source, target = pairs.names(place)
            assert (source, target) == tuple(
                dancers.test.names[i] for i in pairs.split.pairs[place]
            )
            np.testing.assert_array_equal(image, read_photo(dancers.test.folder / target))
            np.testing.assert_array_equal(
                joints, dancers.test.keypoints[dancers.test.names.index(target)]
            )
    assert seen == [(1, [5, 6, 7, 8, 9]), (3, [15, 16, 17, 18, 19]), (4, [20, 21, 22, 23])]
    assert list(pairs.read([])) == []


def test_a_limit_spreads_evenly(dancers):
    limited = ImagePairs.of_dataset(dancers, 4)
    np.testing.assert_array_equal(limited.split.pairs, dancers.test.pairs[[0, 8, 15, 23]])
    assert len(ImagePairs.of_dataset(dancers, 1000)) == 24


def test_distinct_targets_and_all_images(dancers):
    pairs = ImagePairs.of_dataset(dancers, 9)
    targets = pairs.distinct_targets()
    assert not targets.has_sources
    names = [targets.names(index) for index in range(len(targets))]
    assert names == sorted({(None, pairs.names(index)[1]) for index in range(9)}, key=str)
    everything = pairs.all_of(dancers.train)
    assert [everything.names(i)[1] for i in range(len(everything))] == list(dancers.train.names)


def test_digest_tells_pairs_joints_and_images_apart(dancers):
    pairs = ImagePairs.of_dataset(dancers)
    again = ImagePairs.of_dataset(dancers)
    assert pairs.digest == again.digest
    others = [
        pairs.limited(5),
        pairs.distinct_targets(),
        pairs.in_layout(OPENPOSE18),
        ImagePairs(pairs.split, pairs.image_size, pairs.skeleton, checksum="other"),
    ]
    assert len({pairs.digest, *(other.digest for other in others)}) == 5


def test_other_layouts(dancers):
    pairs = ImagePairs.of_dataset(dancers).in_layout(OPENPOSE18)
    _, _, batch = next(pairs.read([0]))
    assert batch["source_keypoints"].shape == (24, 18, 3)
    assert np.isfinite(batch["source_keypoints"]).all()


def test_a_plain_folder(tmp_path):
    rng = np.random.default_rng(0)
    pictures = {"b.png": None, "sub/a.jpg": None}
    for name in pictures:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (20, 10, 3), np.uint8)).save(tmp_path / name)
    (tmp_path / "notes.txt").touch()
    pairs = ImagePairs.of_folder(tmp_path)
    assert [pairs.names(i) for i in range(len(pairs))] == [(None, "b.png"), (None, "sub/a.jpg")]
    assert (pairs.image_size, pairs.skeleton) == ((20, 10), None)
    _, _, batch = next(pairs.read([0]))
    np.testing.assert_array_equal(batch["target_image"][0], read_photo(tmp_path / "b.png"))
    Image.fromarray(np.zeros((9, 9, 3), np.uint8)).save(tmp_path / "c.png")
    with pytest.raises(MediaError, match=r"c\.png is 9x9, the folder's first image is 20x10"):
        list(ImagePairs.of_folder(tmp_path).read([0]))


def test_files_of_any_kind_are_read_as_generated_pictures_are(tmp_path):
    rng = np.random.default_rng(0)
    picture = Image.fromarray(rng.integers(0, 256, (20, 10, 3), np.uint8))
    turned = Image.Exif()
    turned[0x0112] = 6
    picture.save(tmp_path / "a.tif")
    picture.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "b.jpg", exif=turned)
    translucent = picture.convert("RGBA")
    translucent.putalpha(Image.linear_gradient("L").resize(picture.size))
    translucent.save(tmp_path / "c.png")
    picture.save(tmp_path / ".d.png")
    pairs = ImagePairs.of_folder(tmp_path)
    assert len(pairs) == 3
    images = find_generated(tmp_path, pairs)[0].read(range(3))
    np.testing.assert_array_equal(next(pairs.read([0]))[2]["target_image"], images)


def test_digest_of_a_folder_is_of_its_images(tmp_path):
    def digest(grey):
        Image.new("RGB", (12, 12), (grey,) * 3).save(tmp_path / "a.bmp")
        os.utime(tmp_path / "a.bmp", (1, 1))
        pairs = ImagePairs.of_folder(tmp_path)
        return pairs.digest, find_generated(tmp_path, pairs)[0].digest()

    first, other = digest(7), digest(8)
    assert first == digest(7)
    assert first[0] != other[0]
    assert first[1] != other[1]


def test_what_cannot_be(tmp_path, dancers):
    with pytest.raises(DatasetError, match="is not a folder"):
        ImagePairs.of_folder(tmp_path / "absent")
    with pytest.raises(DatasetError, match="holds no images"):
        ImagePairs.of_folder(tmp_path)
