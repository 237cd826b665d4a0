import json

import numpy as np
import pytest

from deformable_gan.data.annotations import (
    check_image_name,
    format_annotations,
    format_pairs,
    person_of,
    read_annotations,
    read_pairs,
)
from deformable_gan.errors import DatasetError

# As the original's compute_coordinates.py wrote it for Market-1501: header with spaces, bare lists.
ORIGINAL = """name: keypoints_y: keypoints_x
0002_c1s1_000451_03.jpg: [13, 24, 25, 39, -1, 25, 41, 55, 56, 83, 109, 57, 84, 110, 11, 11, 13, 13]: [27, 27, 18, 14, -1, 37, 41, 40, 21, 22, 22, 34, 34, 33, 29, 25, 33, 22]
0002_c1s1_000551_01.jpg: [-1, 22, 22, 37, 52, 22, 36, 49, 54, 80, -1, 55, 81, 107, -1, -1, 10, 11]: [-1, 30, 21, 16, 15, 39, 43, 40, 24, 25, -1, 36, 34, 33, -1, -1, 33, 26]
"""  # noqa: E501


@pytest.fixture
def write(tmp_path):
    def write(text, name="annotations-train.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_original_text(write):
    names, keypoints = read_annotations(write(ORIGINAL), 18)
    assert names == ["0002_c1s1_000451_03.jpg", "0002_c1s1_000551_01.jpg"]
    assert keypoints.dtype == np.float32
    assert keypoints.shape == (2, 18, 3)
    np.testing.assert_array_equal(keypoints[0, 0], (13, 27, 1))
    np.testing.assert_array_equal(keypoints[0, 4], (0, 0, 0))
    np.testing.assert_array_equal(keypoints[0, 17], (13, 22, 1))
    missing = np.flatnonzero(keypoints[1, :, 2] == 0)
    np.testing.assert_array_equal(missing, (0, 10, 14, 15))


def random_keypoints(rng, count, joints):
    keypoints = np.stack(
        [
            rng.uniform(-0.5, 127.5, (count, joints)),
            rng.uniform(-0.5, 63.5, (count, joints)),
            rng.uniform(0.01, 1.0, (count, joints)),
        ],
        axis=-1,
    )
    keypoints[rng.random((count, joints)) < 0.3] = 0
    return keypoints


def test_round_trip_to_the_decimals_written(write):
    keypoints = random_keypoints(np.random.default_rng(0), 20, 17)
    names = [f"anna_{index:04d}.jpg" for index in range(20)]
    read_names, read = read_annotations(write(format_annotations(names, keypoints)), 17)
    assert read_names == names
    np.testing.assert_allclose(read[..., :2], keypoints[..., :2], atol=0.005 + 1e-5)
    np.testing.assert_allclose(read[..., 2], keypoints[..., 2], atol=0.0005 + 1e-6)
    np.testing.assert_array_equal(read[..., 2] > 0, keypoints[..., 2] > 0)


def test_read_by_an_old_reader():
    # Old readers call pandas.read_csv(path, sep=":"), then json.loads on two columns found by name.
    keypoints = random_keypoints(np.random.default_rng(1), 3, 18)
    header, *rows = format_annotations(["a_1.jpg", "a_2.jpg", "b_1.jpg"], keypoints).splitlines()
    columns = header.split(":")
    assert columns[:3] == ["name", "keypoints_y", "keypoints_x"]
    for row, joints in zip(rows, keypoints, strict=True):
        fields = dict(zip(columns, row.split(":"), strict=True))
        assert fields["name"] in ("a_1.jpg", "a_2.jpg", "b_1.jpg")
        y, x = json.loads(fields["keypoints_y"]), json.loads(fields["keypoints_x"])
        present = joints[:, 2] > 0
        np.testing.assert_allclose(np.array(y)[present], joints[present, 0], atol=0.005 + 1e-9)
        np.testing.assert_allclose(np.array(x)[present], joints[present, 1], atol=0.005 + 1e-9)
        assert np.all(np.array(y)[~present] == -1)
        assert np.all(np.array(x)[~present] == -1)


def test_a_joint_just_above_the_image_is_not_the_mark_of_a_missing_one(write):
    text = format_annotations(["a_1.jpg"], np.array([[[-1.0, 5, 0.0004], [3, -1.0, 1]]]))
    _, keypoints = read_annotations(write(text), 2)
    np.testing.assert_allclose(keypoints[0], [(-0.99, 5, 0.001), (3, -0.99, 1)])


def test_minus_one_in_either_coordinate_is_missing(write):
    text = "name:keypoints_y:keypoints_x\na.jpg:[-1, 5, 7]:[4, -1, 8]\n"
    _, keypoints = read_annotations(write(text), 3)
    np.testing.assert_array_equal(keypoints[0], [(0, 0, 0), (0, 0, 0), (7, 8, 1)])


def test_confidence_that_is_not_positive_is_missing(write):
    text = (
        "name:keypoints_y:keypoints_x:keypoints_confidence\na.jpg:[1, 2, 3]:[4, 5, 6]:[0, -1, 0.5]"
    )
    _, keypoints = read_annotations(write(text), 3)
    np.testing.assert_array_equal(keypoints[0], [(0, 0, 0), (0, 0, 0), (3, 6, 0.5)])


@pytest.mark.parametrize("newline", ["\r\n", "\n\n"])
def test_other_line_ends_and_empty_lines(write, newline):
    names, _ = read_annotations(write(ORIGINAL.replace("\n", newline)), 18)
    assert len(names) == 2


def test_byte_order_mark_of_spreadsheets(write):
    names, _ = read_annotations(write(b"\xef\xbb\xbf" + ORIGINAL.encode()), 18)
    assert names[0] == "0002_c1s1_000451_03.jpg"


def test_names_beyond_ascii(write):
    keypoints = np.ones((2, 1, 3))
    names = ["žofie_1.jpg", "子_2.jpg"]
    assert read_annotations(write(format_annotations(names, keypoints)), 1)[0] == names


def test_no_images_at_all(write):
    names, keypoints = read_annotations(write("name:keypoints_y:keypoints_x\n"), 17)
    assert names == []
    assert keypoints.shape == (0, 17, 3)


GOOD = "name:keypoints_y:keypoints_x\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: expected the columns name:keypoints_y.*received ''"),
        ("a,b\n", "line 1: expected the columns"),
        ("name:keypoints_y\na.jpg:[1]", "line 1: expected the columns"),
        (GOOD + "a.jpg:[1, 2]", "line 2: expected 3 fields separated by ':', received 2"),
        (GOOD + "a:b.jpg:[1, 2]:[1, 2]", "line 2: expected 3 fields.*received 4"),
        (GOOD + "ok.jpg:[1, 2]:[1, 2]\na.jpg:[1]:[1, 2]", "line 3: keypoints_y.*list of 2 numbers"),
        (GOOD + "a.jpg:[1, 2]:[1, 2, 3]", "line 2: keypoints_x must be a list of 2 numbers"),
        (GOOD + "a.jpg:[1, NaN]:[1, 2]", r"line 2: keypoints_y.*received '\[1, NaN\]'"),
        (GOOD + "a.jpg:[1, Infinity]:[1, 2]", "line 2: keypoints_y"),
        (GOOD + "a.jpg:[1, 1e300]:[1, 2]", "line 2: keypoints_y"),
        (GOOD + 'a.jpg:[1, "2"]:[1, 2]', "line 2: keypoints_y"),
        (GOOD + "a.jpg:[1, true]:[1, 2]", "line 2: keypoints_y"),
        (GOOD + "a.jpg:[1, null]:[1, 2]", "line 2: keypoints_y"),
        (GOOD + "a.jpg:[[1, 2]]:[1, 2]", "line 2: keypoints_y"),
        (GOOD + "a.jpg:5:[1, 2]", "line 2: keypoints_y"),
        (GOOD + "a.jpg:[1, 2:[1, 2]", "line 2: keypoints_y"),
        (GOOD + "a.jpg:" + "[" * 100_000 + ":[1, 2]", "line 2: keypoints_y"),
        (GOOD + "../a.jpg:[1, 2]:[1, 2]", "line 2: '../a.jpg' is not a usable image name"),
        (GOOD + "x/../../a.jpg:[1, 2]:[1, 2]", "line 2: .* is not a usable image name"),
        (GOOD + "/etc/a.jpg:[1, 2]:[1, 2]", "line 2: '/etc/a.jpg' is not a usable image name"),
        (GOOD + ":[1, 2]:[1, 2]", "line 2: '' is not a usable image name"),
        (GOOD + "a.jpg:[1, 2]:[1, 2]\na.jpg:[1, 2]:[1, 2]", "'a.jpg' is annotated more than once"),
        (b"name:keypoints_y:keypoints_x\n\xff\xfe.jpg:[1, 2]:[1, 2]", "cannot be read as UTF-8"),
    ],
)
def test_damaged_annotations_name_file_and_line(write, text, message):
    path = write(text)
    with pytest.raises(DatasetError, match=message) as error:
        read_annotations(path, 2)
    assert str(path) in str(error.value)
    assert len(str(error.value)) < 500


def test_absent_annotations(tmp_path):
    with pytest.raises(DatasetError, match=r"annotations-test\.csv does not exist"):
        read_annotations(tmp_path / "annotations-test.csv", 17)


def test_pairs_round_trip(write):
    pairs = [("a_1.jpg", "a_2.jpg"), ('a "q", x_1.jpg', "žofie_2.jpg")]
    assert read_pairs(write(format_pairs(pairs))) == pairs


def test_original_pairs_text(write):
    # pandas' to_csv(index=False) and, in some forks, with the index as an unnamed first column.
    assert read_pairs(write("from,to\na_1.jpg,a_2.jpg\n")) == [("a_1.jpg", "a_2.jpg")]
    assert read_pairs(write(",to,from\n0,a_1.jpg,a_2.jpg\n")) == [("a_2.jpg", "a_1.jpg")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: expected the columns from,to"),
        ("source,target\na,b\n", "line 1: expected the columns from,to"),
        ("from,to\na_1.jpg\n", "line 2: expected 2 fields, received 1"),
        ("from,to\na_1.jpg,../a_2.jpg\n", "line 2: '../a_2.jpg' is not a usable image name"),
        ("from,to\na_1.jpg,/a_2.jpg\n", "line 2: '/a_2.jpg' is not a usable image name"),
        ('from,to\n"' + "x" * 200_000, "line 2: .*field larger than"),
        (b"from,to\n\xff,b\n", "cannot be read as UTF-8"),
    ],
)
def test_damaged_pairs_name_file_and_line(write, text, message):
    path = write(text, "pairs-test.csv")
    with pytest.raises(DatasetError, match=message) as error:
        read_pairs(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("name", ["anna_1.jpg", "anna/clip_1.png", "..hidden_1.jpg", "a b_1.jpg"])
def test_usable_image_names(name):
    assert check_image_name(name, "here") == name


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", "./a.jpg", "a//b.jpg", "a/", "a/../b.jpg", "/a.jpg", "a:b.jpg"),
        *("a\\b.jpg", "a\0.jpg", "a\n.jpg", "a\r.jpg", "a\x85.jpg", "a\u2028.jpg", " a.jpg"),
        *("a.jpg ", "\ta.jpg"),
    ],
)
def test_names_that_would_not_read_back_or_leave_the_folder(name):
    with pytest.raises(DatasetError, match=r"^here: .* is not a usable image name"):
        check_image_name(name, "here")


def test_person_is_what_stands_before_the_first_underscore():
    assert person_of("0002_c1s1_000451_03.jpg") == "0002"
    assert person_of("clips/anna_0001.jpg") == "anna"
    assert person_of("anna.jpg") == "anna.jpg"
