import numpy as np
import pytest
from PIL import Image

from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.data.dataset_writer import DatasetWriter
from deformable_gan.data.media import read_photo
from deformable_gan.data.video import read_frames
from deformable_gan.errors import DatasetError, MediaError, PoseError
from deformable_gan.pose.movenet import MoveNet
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


def test_estimated(marker_movenet, red_mark):
    posed = estimated_image(red_mark((192, 192), 100, 90), marker_movenet)
    assert posed.skeleton == COCO17
    # The marker's figure: hips 10 below the mark, knees 28, both 6 to the side.
    np.testing.assert_allclose(posed.keypoints[COCO17.index("left_hip"), :2], (110, 96), atol=0.1)
    np.testing.assert_allclose(posed.keypoints[COCO17.index("right_knee"), :2], (128, 84), atol=0.1)


def test_nobody_in_the_photograph(marker_movenet):
    grey = np.full((160, 120, 3), 128, np.uint8)
    with pytest.raises(PoseError, match=r"^grey\.png: no person found; expected a photograph of"):
        estimated_image(grey, marker_movenet, "grey.png")


def test_half_a_person(marker_movenet, red_mark):
    # At the right edge the left shoulder (8 to the right) and hip (6) lie outside.
    with pytest.raises(PoseError, match="shoulder and hip not seen"):
        estimated_image(red_mark((192, 192), 100, 186), marker_movenet)


class Answering:
    """A MoveNet that returns given joints."""

    skeleton = COCO17

    def __init__(self, keypoints):
        self._keypoints = keypoints

    def estimate(self, image):
        return self._keypoints


def test_a_face_alone():
    keypoints = np.full((17, 3), 40, np.float32)
    keypoints[:, 2] = np.where(np.arange(17) < 5, 0.9, 0.1)  # COCO begins with the face
    with pytest.raises(PoseError, match="a face or a limb is seen but no body; expected"):
        estimated_image(np.zeros((90, 90, 3), np.uint8), Answering(keypoints))


def test_somebody_tiny(marker_movenet, red_mark):
    """The joints span 13 pixels, with a margin of 0.4 of the torso's 5 pixels on both sides."""
    keypoints = marker_movenet.estimate(red_mark((192, 192), 96, 96))
    keypoints[:, :2] = (keypoints[:, :2] - 96) / 6 + 50
    with pytest.raises(PoseError, match="the person spans only 17 pixels, but at least 32"):
        estimated_image(np.zeros((100, 100, 3), np.uint8), Answering(keypoints))


class TwoPeople:
    """A MoveNet that finds the person on the left or, if that one is painted over, on the right."""

    skeleton = COCO17

    def __init__(self, movenet):
        self._movenet = movenet

    def estimate(self, image):
        half = image.copy()
        half[:, 192:] = 90
        first = self._movenet.estimate(half)
        return first if first[0, 2] > 0.5 else self._movenet.estimate(image)


def test_several_people(marker_movenet, red_mark):
    picture = np.concatenate([red_mark((384, 192), 150, 90), red_mark((384, 192), 170, 60)], 1)
    movenet = TwoPeople(marker_movenet)
    with pytest.raises(PoseError) as caught:
        estimated_image(picture, movenet, "two.png")
    message = str(caught.value)
    assert message.startswith("two.png: several people are in view, around (x, y) = (90, ")
    assert "and (252, " in message
    assert message.endswith("--most-prominent")
    posed = estimated_image(picture, movenet, most_prominent=True)
    assert posed.keypoints[COCO17.index("nose"), 1] == pytest.approx(90, abs=1)


@pytest.fixture(scope="module")
def real_movenet(shared):
    return MoveNet.load(shared / "models/movenet_singlepose_lightning_4")


def test_several_real_people(shared, real_movenet):
    """One clip shows two people in every frame; the photographs show one, some with others far off.

    People far in the background do not count as several people.
    """
    clip = shared / "clips/tfjs_combined_squat_dance.gif"
    frames = [frame for _, frame in read_frames(clip, 1.0, None)]
    for frame in frames:
        with pytest.raises(PoseError, match="several people"):
            estimated_image(frame, real_movenet)
    for photograph in sorted((shared / "stills").glob("*.[jp][pn]*g")):
        estimated_image(read_photo(photograph), real_movenet)


def test_a_real_face(shared, real_movenet):
    picture = read_photo(shared / "stills/tfexamples_image1.png")
    nose_y, nose_x = real_movenet.estimate(picture)[0, :2].astype(int)
    face = picture[max(nose_y - 45, 0) : nose_y + 45, nose_x - 45 : nose_x + 45]
    assert face.shape[:2] == (90, 90)
    with pytest.raises(PoseError, match="expected a photograph of one person with both shoulders"):
        estimated_image(face, real_movenet)


def test_other_layout():
    keypoints = np.random.default_rng(0).random((17, 3)).astype(np.float32)
    posed = PosedImage(np.zeros((4, 4, 3), np.uint8), keypoints, COCO17).in_layout(OPENPOSE18)
    assert posed.skeleton == OPENPOSE18
    expected = convert_keypoints(keypoints, COCO17, OPENPOSE18)
    np.testing.assert_array_equal(posed.keypoints, expected)


def test_a_picture_of_the_right_size_is_left_as_it_is(dancers):
    posed = annotated_image(dancers.test.image_path(0))
    assert posed.cropped((64, 36)) is posed
    assert posed.crop is posed.photograph is None


def test_where_it_was_cut_out_is_kept(dancers):
    posed = annotated_image(dancers.test.image_path(0))
    cut = posed.cropped((32, 18))
    assert cut.photograph is posed.image
    np.testing.assert_array_equal(cut.crop.apply(posed.image), cut.image)
    seen = cut.keypoints[:, 2] > 0
    np.testing.assert_allclose(
        cut.crop.from_crop(cut.keypoints)[seen], posed.keypoints[seen], atol=1e-3
    )
    again = cut.in_layout(OPENPOSE18)
    assert (again.photograph is cut.photograph, again.crop) == (True, cut.crop)


@pytest.mark.parametrize("size", [(64, 36), (96, 96), (200, 112)])
def test_joints_stay_on_the_person_when_cut_out(size):
    """White blocks at five joints lie at the positions of the cropped joints."""
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
    # Nothing else is white, so the mean position of white is that of the five joints.
    light = cut.image[..., 0].astype(float)
    rows, columns = np.mgrid[: size[0], : size[1]]
    centre = (rows * light).sum() / light.sum(), (columns * light).sum() / light.sum()
    seen = cut.keypoints[:, 2] > 0
    np.testing.assert_allclose(cut.keypoints[seen, :2].mean(axis=0), centre, atol=0.15)
    np.testing.assert_array_equal(cut.keypoints[~seen], 0)


@pytest.fixture
def cut_out(marker_movenet, red_mark):
    """A person cropped from a photograph of 300 x 240 pixels."""
    photograph = red_mark((300, 240), 130, 110)
    keypoints = marker_movenet.estimate(photograph)
    return PosedImage(photograph, keypoints, COCO17, background=photograph // 2).cropped((64, 36))


def test_a_smaller_photograph_shows_the_same_crop(cut_out):
    smaller = cut_out.limited(300 * 240 / 9)
    assert smaller.photograph.shape == smaller.background.shape == (100, 80, 3)
    assert smaller.image is cut_out.image
    corners = np.array([[0, 0, 1], [63, 35, 1]])
    before, after = (one.crop.from_crop(corners)[:, :2] for one in (cut_out, smaller))
    np.testing.assert_allclose((after + 0.5) * 3, before + 0.5, atol=1e-3)
    assert cut_out.limited(300 * 240) is cut_out


def test_the_crop_as_a_photograph(cut_out):
    large = cut_out.cut_out(3)
    assert large.photograph.shape == large.background.shape == (192, 108, 3)
    crop = cut_out.crop.__class__(
        *(cut_out.crop.top, cut_out.crop.left, cut_out.crop.height, cut_out.crop.width), (192, 108)
    )
    np.testing.assert_array_equal(large.photograph, crop.apply(cut_out.photograph))
    # A pixel of the network covers 3x3 pixels of the new photograph.
    np.testing.assert_allclose(large.crop.from_crop(np.array([[4, 5, 1]]))[0, :2], (13, 16))


def test_a_background_in_a_file(cut_out, tmp_path):
    Image.fromarray(np.full((300, 240, 3), 7, np.uint8)).save(tmp_path / "behind.png")
    behind = cut_out.with_background(tmp_path / "behind.png")
    assert (behind.background == 7).all()
    assert behind.background_image.shape == (64, 36, 3)
    Image.new("RGB", (30, 20)).save(tmp_path / "small.png")
    with pytest.raises(MediaError, match=r"small\.png is 20x30, .* 300x240: give a background"):
        cut_out.with_background(tmp_path / "small.png")


def test_the_background_behind_a_crop(cut_out):
    """The background replaces the person at the person's position in the photograph."""
    behind = cut_out.with_background().background
    assert behind.shape == (300, 240, 3)
    changed = np.argwhere((behind != cut_out.photograph).any(axis=-1))
    assert len(changed)  # the red mark at (130, 110) is gone
    assert (np.abs(changed.mean(axis=0) - (130, 110)) < 10).all()
