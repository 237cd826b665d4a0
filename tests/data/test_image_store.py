import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from deformable_gan.data.dataset_folder import Split
from deformable_gan.data.image_store import ImageStore
from deformable_gan.errors import DatasetError

SIZE = (12, 8)


@pytest.fixture
def pictures():
    return np.random.default_rng(0).integers(0, 256, (70, *SIZE, 3), np.uint8)


@pytest.fixture
def split(tmp_path, pictures):
    names = tuple(f"anna_{index:02d}.png" for index in range(len(pictures)))
    for name, picture in zip(names, pictures, strict=True):
        Image.fromarray(picture).save(tmp_path / name)
    keypoints = np.zeros((len(names), 17, 3), np.float32)
    return Split("train", tmp_path, names, keypoints, np.zeros((0, 2), np.int32))


@pytest.mark.parametrize("budget", [0, 2 << 30])
def test_any_image_at_once(split, pictures, budget):
    store = ImageStore(split, SIZE, budget)
    assert store.in_memory == (budget > 0)
    indices = np.array([3, 69, 3, 0, 64], np.int32)
    taken = store.take(tf.constant(indices))
    assert taken.dtype == tf.uint8
    np.testing.assert_array_equal(taken, pictures[indices])
    in_graph = tf.data.Dataset.from_tensors(indices).map(store.take)
    assert in_graph.element_spec.shape[1:] == (*SIZE, 3)
    np.testing.assert_array_equal(next(iter(in_graph)), pictures[indices])


def test_budget_counts_the_decoded_bytes(split, pictures):
    assert ImageStore(split, SIZE, pictures.nbytes).in_memory
    assert not ImageStore(split, SIZE, pictures.nbytes - 1).in_memory


def test_images_with_transparency_or_in_gray_become_rgb(split, pictures):
    gray = pictures[0, ..., 0]
    Image.fromarray(gray).save(split.folder / split.names[0])
    Image.fromarray(np.dstack([pictures[1], gray])).save(split.folder / split.names[1])
    taken = ImageStore(split, SIZE).take(tf.constant([0, 1]))
    np.testing.assert_array_equal(taken[0], np.repeat(gray[..., None], 3, axis=2))
    np.testing.assert_array_equal(taken[1], pictures[1])


@pytest.mark.parametrize("budget", [0, 2 << 30])
@pytest.mark.parametrize("subsampling", [0, 2])
def test_jpeg_files_are_what_other_programs_see(split, subsampling, budget):
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    smooth = np.stack([y * 20, x * 30, 255 - y * 9 - x * 9], axis=-1).astype(np.uint8)
    path = split.folder / split.names[0]
    Image.fromarray(smooth).save(path, "JPEG", quality=80, subsampling=subsampling)
    store = ImageStore(split, SIZE, budget)
    np.testing.assert_array_equal(store.take(tf.constant([0]))[0], np.asarray(Image.open(path)))
    np.testing.assert_array_equal(store.image(0), np.asarray(Image.open(path)))


def test_one_image_that_is_damaged_or_missing_is_named(split):
    store = ImageStore(split, SIZE, 0)
    path = split.folder / split.names[0]
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DatasetError, match=rf"{path.name} is not a readable image"):
        store.image(0)
    path.unlink()
    with pytest.raises(DatasetError, match=rf"{path.name} is missing"):
        store.image(0)


def damage(split, kind):
    path = split.folder / split.names[66]  # beyond the first batch that is read
    if kind == "missing":
        path.unlink()
    elif kind == "truncated":
        path.write_bytes(path.read_bytes()[:60])
    elif kind == "text":
        path.write_text("not a picture")
    else:
        Image.new("RGB", (9, 12)).save(path)
    return path


DAMAGES = {
    "missing": "is missing: the dataset is incomplete",
    "truncated": "is not a readable image: the dataset is damaged",
    "text": "is not a readable image: the dataset is damaged",
    "other size": "is 12x9; the dataset's images are 12x8",
}


@pytest.mark.parametrize(("kind", "message"), DAMAGES.items())
def test_damage_is_found_when_reading_into_memory(split, kind, message):
    path = damage(split, kind)
    with pytest.raises(DatasetError, match=message) as error:
        ImageStore(split, SIZE)
    assert str(error.value).startswith(str(path))


@pytest.mark.parametrize(("kind", "message"), DAMAGES.items())
def test_damage_on_disk_is_named_afterwards(split, kind, message):
    store = ImageStore(split, SIZE, memory_budget=0)
    store.check()
    path = damage(split, kind)
    with pytest.raises(tf.errors.OpError):
        store.take(tf.constant([66]))
    with pytest.raises(DatasetError, match=message) as error:
        store.check()
    assert str(error.value).startswith(str(path))


def test_no_images(tmp_path):
    empty = Split("test", tmp_path, (), np.zeros((0, 17, 3), np.float32), np.zeros((0, 2), "i4"))
    assert ImageStore(empty, SIZE).take(tf.zeros([0], tf.int32)).shape == (0, *SIZE, 3)
