import numpy as np
import pytest
from PIL import Image

from deformable_gan.data.dataset_folder import Split
from deformable_gan.data.image_arrays import read_images
from deformable_gan.errors import DatasetError

SIZE = (4, 6)


def split(folder, names, sharded=False):
    nothing = np.zeros((len(names), 17, 3), np.float32)
    return Split("train", folder, tuple(names), nothing, np.zeros((0, 2), np.int32), sharded)


def test_images_in_the_order_of_the_names(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (3, *SIZE, 3), np.uint8)
    for index, image in enumerate(images):
        Image.fromarray(image).save(tmp_path / f"{index}.png")
    Image.fromarray(images[0][..., 0]).save(tmp_path / "grey.png")
    read = read_images(split(tmp_path, ["2.png", "0.png", "1.png", "2.png"]), SIZE)
    np.testing.assert_array_equal(read, images[[2, 0, 1, 2]])
    grey = read_images(split(tmp_path, ["grey.png"]), SIZE)
    np.testing.assert_array_equal(grey[0], np.repeat(images[0][..., :1], 3, axis=-1))
    assert read_images(split(tmp_path, []), SIZE).shape == (0, *SIZE, 3)


def test_missing_damaged_and_wrong_images(tmp_path):
    (tmp_path / "text.png").write_text("no image")
    Image.fromarray(np.zeros((5, 6, 3), np.uint8)).save(tmp_path / "high.png")
    with pytest.raises(DatasetError, match=r"absent\.png cannot be read"):
        read_images(split(tmp_path, ["absent.png"]), SIZE)
    with pytest.raises(DatasetError, match=r"text\.png cannot be read"):
        read_images(split(tmp_path, ["text.png"]), SIZE)
    with pytest.raises(DatasetError, match=r"high\.png has 5x6 pixels, expected 4x6"):
        read_images(split(tmp_path, ["high.png"]), SIZE)
    with pytest.raises(DatasetError, match="TFRecord shards"):
        read_images(split(tmp_path, [], sharded=True), SIZE)
