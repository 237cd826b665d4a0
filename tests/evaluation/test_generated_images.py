import csv

import numpy as np
import pytest
from PIL import Image

from deformable_gan.data.dataset_folder import Split
from deformable_gan.errors import DatasetError, MediaError
from deformable_gan.evaluation.generated_images import (
    describe_missing,
    find_generated,
    image_name,
    own_images,
)
from deformable_gan.evaluation.image_pairs import ImagePairs
from deformable_gan.pose.skeleton import COCO17

SIZE = (64, 36)


@pytest.fixture
def pairs(dancers):
    return ImagePairs.of_dataset(dancers, 6)


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "foreign"
    path.mkdir()
    return path


def picture(path, size=SIZE, grey=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((*size, 3), grey, np.uint8)).save(path)
    return path


def stems(pairs, index):
    return [name.removesuffix(".png") for name in pairs.names(index)]


@pytest.mark.parametrize(
    "form",
    [
        "{s}.png___{t}.png.png",  # our own
        "{s}___{t}.png",
        "{s}.png___{t}.png_vis.jpg",  # PATN
        "{s}_2_{t}_vis.png",  # GFLA
        "{s}_to_{t}.png",
        "{s}.png_{t}.png.png",  # the original
        "{s}_{t}.webp",
    ],
)
def test_names_that_are_understood(pairs, folder, form):
    for index in range(len(pairs)):
        source, target = stems(pairs, index)
        picture(folder / form.format(s=source, t=target), grey=index)
    images, found = find_generated(folder, pairs)
    assert (images.missing, images.unused, len(found)) == ((), 0, 6)
    np.testing.assert_array_equal(found.split.pairs, pairs.split.pairs)
    read = images.read(range(6))
    np.testing.assert_allclose(read[:, 0, 0, 0], range(6), atol=3)
    assert describe_missing(images) == ""


def test_missing_and_foreign_pictures_are_named(pairs, folder):
    for index in (1, 4):
        picture(folder / image_name(*pairs.names(index)))
    picture(folder / "somebody_else.png")
    images, found = find_generated(folder, pairs)
    np.testing.assert_array_equal(found.split.pairs, pairs.split.pairs[[1, 4]])
    assert images.unused == 1
    assert images.missing == tuple(" -> ".join(pairs.names(index)) for index in (0, 2, 3, 5))
    text = describe_missing(images)
    assert "4 pairs have no image and are not scored (2 pairs are scored)" in text
    assert " -> ".join(pairs.names(3)) in text
    assert "1 images belong to no scored pair" in text


def test_target_names_alone(pairs, folder):
    _, target = pairs.names(2)
    picture(folder / target)
    images, found = find_generated(folder, pairs)
    assert not found.has_sources
    assert [found.names(0)] == [(None, target)]
    assert set(images.missing) == {pairs.names(i)[1] for i in range(6)} - {target}


def test_targets_without_sources_take_any_source(pairs, folder):
    targets = pairs.distinct_targets()
    _, first = targets.names(0)
    stem = first.removesuffix(".png")
    for name in (f"anna___{stem}.png", f"ben_2_{stem}_vis.png", f"{stem}.png"):
        picture(folder / name)
    images, found = find_generated(folder, targets)
    assert [found.names(index) for index in range(len(found))] == [(None, first)] * 3
    assert len(images.missing) == len(targets) - 1


def test_folders_in_names(tmp_path, folder):
    for name in ("a/1.png", "b/1.png"):
        picture(tmp_path / "targets" / name)
    targets = ImagePairs.of_folder(tmp_path / "targets")
    picture(folder / "a/1.png", grey=1)
    picture(folder / "x--y___b--1.png", grey=2)
    images, found = find_generated(folder, targets)
    assert [found.names(i)[1] for i in range(2)] == ["a/1.png", "b/1.png"]
    assert images.read([0, 1])[:, 0, 0, 0].tolist() == [1, 2]
    assert image_name("a/1.png", "b/2.jpg") == "a--1.png___b--2.jpg.png"


@pytest.mark.parametrize(
    "names",
    [
        ["0007_c2.jpg_0007_c3.jpg.png"],
        ["a.jpg", "a.jpg.png", "a.jpg_vis.png"],
        ["a_to_b.png", "b.png"],
        ["x/a_vis.png", "x--a.png"],
    ],
)
def test_equal_names_always_match(tmp_path, folder, names):
    for grey, name in enumerate(names):
        picture(tmp_path / "targets" / name)
        picture(folder / name, grey=grey)
    targets = ImagePairs.of_folder(tmp_path / "targets")
    images, found = find_generated(folder, targets)
    assert (images.missing, images.unused, len(found)) == ((), 0, len(names))
    for index, path in enumerate(images.paths):
        assert path.relative_to(folder).as_posix() == found.names(index)[1]


def test_long_names_make_pictures_of_fewer_bytes():
    names = [image_name("舞" * 80 + f"{end}.jpg", "舞" * 80 + ".jpg") for end in ("", "a")]
    assert names[0] != names[1]
    assert all(len(name.encode()) < 220 for name in names)


def test_two_pictures_of_one_pair(pairs, folder):
    source, target = stems(pairs, 0)
    for name in (f"{source}_to_{target}.png", f"{source}_2_{target}.png"):
        picture(folder / name)
    with pytest.raises(DatasetError, match="belong to the same pair: keep only one"):
        find_generated(folder, pairs)


def test_a_name_that_two_pairs_could_bear(folder):
    names = ("a.png", "a_b.png", "b_c.png", "c.png")
    listed = np.array([[0, 2], [1, 3], [1, 3]], np.int32)
    split = Split("test", folder, names, np.zeros((4, 17, 3), np.float32), listed)
    pairs = ImagePairs(split, SIZE, COCO17)
    picture(folder / "a___b_c.png")
    picture(folder / "a_b_to_c.png")
    assert len(find_generated(folder, pairs)[1]) == 2
    picture(folder / "a_b_c.png")
    with pytest.raises(DatasetError, match=r"a_b_c\.png fits two pairs: name it SOURCE___"):
        find_generated(folder, pairs)


def test_a_table_of_names(pairs, folder, tmp_path):
    table = tmp_path / "names.csv"

    def write(*rows, columns=("image", "source", "target")):
        with table.open("w", newline="") as file:
            csv.writer(file).writerows([columns, *rows])

    for number in (1, 2):
        picture(folder / f"{number}.png", grey=number)
    write(("2.png", *pairs.names(3)), ("1.png", *pairs.names(5)))
    images, found = find_generated(folder, pairs, table)
    np.testing.assert_array_equal(found.split.pairs, pairs.split.pairs[[3, 5]])
    assert images.read([0, 1])[:, 0, 0, 0].tolist() == [2, 1]
    write(("1.png", pairs.names(0)[1]), columns=("image", "target"))
    assert not find_generated(folder, pairs, table)[1].has_sources
    write(("3.png", *pairs.names(0)))
    with pytest.raises(
        DatasetError, match=r"names\.csv, line 2: expected an existing image .*3\.png"
    ):
        find_generated(folder, pairs, table)
    write(("1.png", "nobody.png", pairs.names(0)[1]))
    source, target = pairs.names(0)
    expected = rf"no line of .*names\.csv names a pair .*: expected.* {source},{target}$"
    with pytest.raises(DatasetError, match=expected):
        find_generated(folder, pairs, table)
    write(columns=("picture", "target"))
    with pytest.raises(DatasetError, match="expected the columns image,source,target"):
        find_generated(folder, pairs, table)


def test_other_sizes_are_refused_or_resized(pairs, folder):
    name = image_name(*pairs.names(0))
    picture(folder / name, (128, 72), grey=9)
    images, _ = find_generated(folder, pairs)
    with pytest.raises(MediaError, match="128x72 pixels, the target images have 64x36: use"):
        images.read([0])
    images, _ = find_generated(folder, pairs, resize=True)
    np.testing.assert_array_equal(images.read([0]), np.full((1, *SIZE, 3), 9))
    assert images.digest() != find_generated(folder, pairs)[0].digest()


def test_the_last_of_several_panels(pairs, folder):
    panels = np.repeat(np.arange(3, dtype=np.uint8) * 50, 36)
    strip = np.broadcast_to(panels[None, :, None], (64, 108, 3))
    Image.fromarray(np.ascontiguousarray(strip)).save(folder / image_name(*pairs.names(0)))
    images, _ = find_generated(folder, pairs, last_panel=True)
    np.testing.assert_array_equal(images.read([0]), np.full((1, *SIZE, 3), 100))


def test_nothing_that_fits(pairs, folder):
    with pytest.raises(DatasetError, match="holds no images"):
        find_generated(folder, pairs)
    picture(folder / "unknown.png")
    with pytest.raises(DatasetError, match=r"none of the 1 images .* received unknown\.png"):
        find_generated(folder, pairs)
    with pytest.raises(DatasetError, match="does not exist"):
        find_generated(folder / "absent", pairs)


def test_our_own_pictures_have_one_name_each(pairs):
    images = own_images(pairs.split.folder, pairs)
    assert len(set(images.paths)) == len(pairs)
    with pytest.raises(DatasetError, match="lists a pair more than once"):
        own_images(pairs.split.folder, pairs.selected([0, 1, 0]))
