import numpy as np
import pytest
from PIL import Image

from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.data.dataset_writer import DatasetWriter
from deformable_gan.errors import DatasetError, MediaError, PoseError
from deformable_gan.pose.skeleton import COCO17, OPENPOSE18, convert_keypoints
from deformable_gan.reposing.posed_image import PosedImage, annotated_image, estimated_image


def test_image_of_a_dataset_comes_with_its_annotation(dancers):
    path = dancers.test.image_path(3)
    posed = annotated_image(path)
    np.testing.assert_array_equal(posed.image, np.asarray(Image.open(path)))
    np.testing.assert_array_equal(posed.keypoints, dancers.test.keypoints[3])
    assert posed.skeleton == COCO17


def test_other_images_have_none(dancers, tmp_path):
    photograph = tmp_path / "photos/anna.png"
    photograph.parent.mkdir()
    Image.new("RGB", (36, 64)).save(photograph)
    assert annotated_image(photograph) is None
    assert annotated_image(dancers.path / "other/anna.png") is None
    assert annotated_image(dancers.path / "train/nobody_0000.png") is None


def test_damaged_annotations_are_an_error(tmp_path):
    write_one(tmp_path / "set", np.ones((17, 3)))
    (tmp_path / "set/annotations-train.csv").write_text("nonsense")
    with pytest.raises(DatasetError, match=r"annotations-train\.csv, line 1"):
        annotated_image(tmp_path / "set/train/anna_0.png")


def test_annotation_without_joints(tmp_path):
    write_one(tmp_path / "set", np.zeros((17, 3)))
    with pytest.raises(PoseError, match=r"anna_0\.png: its line in .* has no joints"):
        annotated_image(tmp_path / "set/train/anna_0.png")


def write_one(path, joints):
    with DatasetWriter(path, COCO17, (32, 20), {}) as writer:
        writer.add("train", "anna_0.png", np.zeros((32, 20, 3), np.uint8), joints)
    return DatasetFolder(path)


def test_estimated(tmp_path, marker_movenet, red_mark):
    path = tmp_path / "photo.png"
    Image.fromarray(red_mark((192, 192), 100, 90)).save(path)
    posed = estimated_image(path, marker_movenet)
    assert posed.skeleton == COCO17
    # The marker's figure: hips 10 below the mark, knees 28, both 6 to the side.
    np.testing.assert_allclose(posed.keypoints[COCO17.index("left_hip"), :2], (110, 96), atol=0.1)
    np.testing.assert_allclose(posed.keypoints[COCO17.index("right_knee"), :2], (128, 84), atol=0.1)


def test_nobody_in_the_photograph(tmp_path, marker_movenet):
    Image.new("RGB", (120, 160), (128, 128, 128)).save(tmp_path / "grey.png")
    with pytest.raises(PoseError, match=r"grey\.png: no person found; expected a photograph of"):
        estimated_image(tmp_path / "grey.png", marker_movenet)


def test_half_a_person(tmp_path, marker_movenet, red_mark):
    # At the right edge the left shoulder (8 to the right) and hip (6) lie outside.
    Image.fromarray(red_mark((192, 192), 100, 186)).save(tmp_path / "half.png")
    with pytest.raises(PoseError, match="shoulder and hip not seen"):
        estimated_image(tmp_path / "half.png", marker_movenet)


def test_no_picture(tmp_path, marker_movenet):
    (tmp_path / "photo.png").write_text("text")
    with pytest.raises(MediaError, match="is not a picture"):
        estimated_image(tmp_path / "photo.png", marker_movenet)


def test_other_layout():
    keypoints = np.random.default_rng(0).random((17, 3)).astype(np.float32)
    posed = PosedImage(np.zeros((4, 4, 3), np.uint8), keypoints, COCO17).in_layout(OPENPOSE18)
    assert posed.skeleton == OPENPOSE18
    expected = convert_keypoints(keypoints, COCO17, OPENPOSE18)
    np.testing.assert_array_equal(posed.keypoints, expected)


def test_a_picture_of_the_right_size_is_left_as_it_is(dancers):
    posed = annotated_image(dancers.test.image_path(0))
    assert posed.cropped((64, 36)) is posed


@pytest.mark.parametrize("size", [(64, 36), (96, 96), (200, 112)])
def test_joints_stay_on_the_person_when_cut_out(size):
    """White blocks at five joints are found again where the cut-out joints say."""
    skeleton = COCO17
    keypoints = np.zeros((17, 3), np.float32)
    places = {
        **{"left_shoulder": (150, 260), "right_shoulder": (150, 200), "left_hip": (250, 250)},
        **{"right_hip": (250, 210), "left_ankle": (400, 255)},
    }
    image = np.zeros((480, 640, 3), np.uint8)
    for joint, (y, x) in places.items():
        keypoints[skeleton.index(joint)] = (y, x, 1)
        image[y - 6 : y + 7, x - 6 : x + 7] = 255
    cut = PosedImage(image, keypoints, skeleton).cropped(size)
    assert cut.image.shape == (*size, 3)
    assert cut.image.dtype == np.uint8
    for joint in places:
        y, x, seen = cut.keypoints[skeleton.index(joint)]
        assert seen == 1
        assert cut.image[round(y), round(x)].min() > 200
    # Blocks are the only light: its centre is that of the five joints.
    light = cut.image[..., 0].astype(float)
    rows, columns = np.mgrid[: size[0], : size[1]]
    centre = (rows * light).sum() / light.sum(), (columns * light).sum() / light.sum()
    seen = cut.keypoints[:, 2] > 0
    np.testing.assert_allclose(cut.keypoints[seen, :2].mean(axis=0), centre, atol=0.15)
    np.testing.assert_array_equal(cut.keypoints[~seen], 0)
