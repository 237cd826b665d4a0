import json
import shutil

import numpy as np
import pytest
from PIL import Image

from deformable_gan.dancers import make_dancers
from deformable_gan.errors import ConfigurationError, MediaError, PoseError, RunError
from deformable_gan.inference import make_generate
from deformable_gan.models.from_config import build_generator
from deformable_gan.pose.movenet import MoveNet
from deformable_gan.pose.skeleton import COCO17, OPENPOSE18
from deformable_gan.reposing.pose_sequence import PoseSequence
from deformable_gan.reposing.posed_image import PosedImage
from deformable_gan.reposing.reposer import Reposer
from deformable_gan.reposing.stopwatch import Stopwatch
from deformable_gan.training.run_directory import RunDirectory


@pytest.fixture(scope="module")
def from_run(tiny_run):
    return Reposer.load(tiny_run.path)


def repose_one(reposer, dancers):
    person = reposer.person(dancers.test.image_path(0))
    return reposer.repose(person, reposer.poses(dancers.test.image_path(2)))


def test_a_run_shows_what_its_generator_makes(from_run, tiny_generator, dancers):
    reposer = from_run
    assert reposer.image_size == (64, 36)
    assert reposer.skeleton == COCO17
    image = np.asarray(Image.open(dancers.test.image_path(0)))
    joints = dancers.test.keypoints
    expected = tiny_generator(
        {
            "source_image": image[None].astype(np.float32) / 127.5 - 1,
            "source_keypoints": joints[:1],
            "target_keypoints": joints[2:3],
        },
        training=False,
    )
    expected = np.clip(np.round((np.asarray(expected) + 1) * 127.5), 0, 255)
    assert np.abs(repose_one(reposer, dancers) - expected).max() <= 1


def test_run_and_exported_model_give_the_same_picture(from_run, tiny_export, dancers):
    ours = repose_one(from_run, dancers)
    theirs = repose_one(Reposer.load(tiny_export[0]), dancers)
    assert ours.shape == (1, 64, 36, 3)
    # The images are rounded from floats that may differ by 1e-5.
    difference = np.abs(ours.astype(int) - theirs.astype(int))
    assert difference.max() <= 1
    assert (difference > 0).mean() < 1e-3


def test_all_poses_in_batches(dancers):
    """Each target appears once and in order, together with the person's own image and pose."""
    calls = []

    def generate(image, source, target):
        calls.append(len(image))
        np.testing.assert_array_equal(source, np.repeat(person.keypoints[None], len(source), 0))
        return (image + target[:, 0, 0].astype(np.uint8)[:, None, None, None]).astype(np.uint8)

    targets = np.repeat(dancers.test.keypoints[:1], 35, axis=0)
    targets[:, 0, 0] = np.arange(35)
    person = PosedImage(np.full((64, 36, 3), 7, np.uint8), dancers.test.keypoints[1], COCO17)
    progress = []
    images = Reposer(generate, (64, 36), COCO17).repose(
        person, PoseSequence(targets, COCO17), progress.append
    )
    np.testing.assert_array_equal(images[:, 0, 0, 0], 7 + np.arange(35))
    assert calls == progress == [16, 16, 3]


def test_joints_in_the_models_layout(dancers, tmp_path):
    reposer = Reposer(lambda image, *_: image, (64, 36), OPENPOSE18)
    person = reposer.person(dancers.test.image_path(0))
    assert person.skeleton == OPENPOSE18
    assert person.keypoints.shape == (18, 3)
    poses = reposer.poses(dancers.path / "annotations-test.csv")
    assert poses.keypoints.shape == (8, 18, 3)


def test_photographs_and_clips_without_annotations(copying_reposer, red_mark, make_video, tmp_path):
    Image.fromarray(red_mark((240, 180), 130, 90)).save(tmp_path / "photo.jpg", quality=98)
    person = copying_reposer.person(tmp_path / "photo.jpg")
    assert person.image.shape == (64, 36, 3)
    assert len(copying_reposer.poses(tmp_path / "photo.jpg").keypoints) == 1
    clip = make_video("walk.mp4", [red_mark((160, 128), 76, 50 + 4 * i) for i in range(8)], rate=8)
    poses = copying_reposer.poses(clip, rate=4)
    assert poses.rate == 4
    assert copying_reposer.repose(person, poses).shape == (4, 64, 36, 3)


def test_photo_and_pose_as_they_come(from_run, dancers, tmp_path):
    """Files, images with joints, and key points give the same results."""
    photo, pose = (dancers.test.image_path(number) for number in (0, 2))
    keypoints = dancers.test.keypoints
    expected = from_run.repose(photo, pose)
    assert expected.shape == (1, 64, 36, 3)
    person = PosedImage(np.asarray(Image.open(photo)), keypoints[0], COCO17)
    target = PosedImage(np.asarray(Image.open(pose)), keypoints[2], COCO17)
    PoseSequence.of_image(target, (64, 36)).save(tmp_path / "pose.json", (64, 36))
    for given in (str(photo), person):
        for wanted in (str(pose), target, keypoints[2], PoseSequence(keypoints[2:3], COCO17)):
            np.testing.assert_array_equal(from_run.repose(given, wanted), expected)
    difference = from_run.repose(photo, tmp_path / "pose.json").astype(int) - expected
    assert np.abs(difference).mean() < 0.5
    assert from_run.repose(photo, keypoints).shape == (len(keypoints), 64, 36, 3)


def test_photographs_as_arrays(copying_reposer, red_mark, tmp_path):
    photograph = red_mark((240, 180), 130, 90)
    Image.fromarray(photograph).save(tmp_path / "photo.png")
    images = copying_reposer.repose(photograph, photograph)
    np.testing.assert_array_equal(
        images, copying_reposer.repose(tmp_path / "photo.png", tmp_path / "photo.png")
    )
    with pytest.raises(PoseError, match=r"^the image: no person found"):
        copying_reposer.repose(np.full_like(photograph, 90), photograph)


def test_one_image_after_the_other(dancers):
    """Images are generated in batches of 16, and no batch before one of its images is needed."""
    calls = []

    def generate(image, *_):
        calls.append(len(image))
        return image

    reposer = Reposer(generate, (64, 36), COCO17)
    poses = PoseSequence(np.repeat(dancers.test.keypoints[:1], 40, axis=0), COCO17)
    images = reposer.images(reposer.person(dancers.test.image_path(0)), poses)
    for _ in range(17):
        next(images)
    assert calls == [16, 16]


def test_what_is_no_pose(copying_reposer, tmp_path):
    for name in ("absent.png", "absent.mp4", "annotations-test.csv"):
        with pytest.raises(MediaError, match=f"{name} does not exist"):
            copying_reposer.poses(tmp_path / name)
    with pytest.raises(MediaError, match=r"absent\.png does not exist"):
        copying_reposer.person(tmp_path / "absent.png")
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(
        MediaError, match=r"notes\.txt does not contain poses: .* a photograph \(.*\.jpg.*a"
    ):
        copying_reposer.poses(tmp_path / "notes.txt")


def test_nobody_in_the_photograph(copying_reposer, tmp_path):
    Image.new("RGB", (120, 160), (128, 128, 128)).save(tmp_path / "grey.png")
    for attempt in (copying_reposer.person, copying_reposer.poses):
        with pytest.raises(PoseError, match=r"grey\.png: no person found"):
            attempt(tmp_path / "grey.png")


def test_neither_run_nor_export(tmp_path):
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(RunError, match="is not a run directory"):
            Reposer.load(path)


def test_run_without_checkpoint(tiny_config, tmp_path):
    run = RunDirectory(tmp_path / "run")
    run.create(tiny_config, {})
    with pytest.raises(RunError, match="holds no checkpoint"):
        Reposer.load(run.path)


def test_a_generator_that_wants_a_background(tiny_config, dancers):
    """The reposer is not told that the generator needs a background, so it supplies none."""
    generator = build_generator(tiny_config.replace(generator__background=True))
    reposer = Reposer(make_generate(generator), (64, 36), COCO17)
    with pytest.raises(ConfigurationError, match="background"):
        repose_one(reposer, dancers)


@pytest.fixture
def masking_reposer():
    """A reposer whose model returns the mask that it was given."""
    return Reposer(
        lambda image, *_, source_mask: np.broadcast_to(source_mask, image.shape),
        (64, 36),
        COCO17,
        wants_mask=True,
    )


def test_masks_of_a_dataset(masking_reposer, tmp_path):
    size = {
        "image_size": (96, 54),
        "train_people": 1,
        "test_people": 0,
        "images_per_person": 2,
        "variety": "plain",
    }
    masked = make_dancers(tmp_path / "set", **size, person_masks=True, progress=False).train
    person = masking_reposer.person(masked.image_path(0))
    mask = np.asarray(Image.open(masked.person_masks.image_path(0)))
    # The crop around the person has at most the image's size, 3/2 of the model's: it is scaled by
    # two thirds or slightly more.
    assert person.mask.shape == (64, 36)
    assert person.mask.mean() == pytest.approx(mask.mean(), rel=0.15)
    seen = np.round(person.keypoints[person.keypoints[:, 2] > 0.5, :2]).astype(int)
    assert (person.mask[tuple(seen.T)] > 127).mean() > 0.9
    images = masking_reposer.repose(person, masking_reposer.poses(masked.image_path(1)))
    np.testing.assert_array_equal(images[0, ..., 1], person.mask)


def test_a_mask_in_a_file(masking_reposer, copying_reposer, dancers, tmp_path):
    photograph, mask = dancers.test.image_path(0), tmp_path / "mask.png"
    with pytest.raises(ConfigurationError, match=r"needs a person mask for .*--person-mask"):
        masking_reposer.person(photograph)
    pixels = np.zeros((64, 36), np.uint8)
    pixels[20:50, 9:20] = 255
    Image.fromarray(pixels).save(mask)
    np.testing.assert_array_equal(masking_reposer.person(photograph, mask).mask, pixels)
    with pytest.raises(
        ConfigurationError, match=r"trained without person masks: leave out .*mask\.png"
    ):
        copying_reposer.person(photograph, mask)


@pytest.mark.parametrize(
    ("picture", "problem"),
    [
        (Image.new("L", (64, 36), 255), "is 36x64, but the image is 64x36"),
        (Image.new("RGB", (36, 64), (255, 0, 0)), "is coloured"),
        (Image.new("L", (36, 64), 1), "has no pixel brighter than 1"),
    ],
)
def test_no_mask_of_this_picture(masking_reposer, dancers, tmp_path, picture, problem):
    picture.save(tmp_path / "mask.png")
    with pytest.raises(MediaError, match=rf"mask\.png {problem}: expected a grey image"):
        masking_reposer.person(dancers.test.image_path(0), tmp_path / "mask.png")
    with pytest.raises(MediaError, match=r"absent\.png does not exist"):
        masking_reposer.person(dancers.test.image_path(0), tmp_path / "absent.png")


@pytest.mark.parametrize(
    "damage",
    [
        "graph",
        "absent graph",
        "weights",
        "absent weights",
        "flipped bit",
        "added file",
        "description",
        "skeleton",
    ],
)
def test_damaged_export(tiny_export, tmp_path, damage):
    path = shutil.copytree(tiny_export[0], tmp_path / "model")
    graph, description = path / "saved_model.pb", path / "deformable_gan.json"
    (weights,) = (path / "variables").glob("variables.data*")
    if damage.startswith("absent"):
        {"absent graph": graph, "absent weights": weights}[damage].unlink()
    elif damage == "description":
        description.write_text("[1, 2]")
    elif damage == "skeleton":
        values = json.loads(description.read_text())
        description.write_text(json.dumps({**values, "skeleton": "body25"}))
    elif damage == "flipped bit":  # TensorFlow would load it without an error
        data = bytearray(weights.read_bytes())
        data[len(data) // 2] ^= 1
        weights.write_bytes(data)
    elif damage == "added file":
        (path / "assets").mkdir(exist_ok=True)
        (path / "assets" / "more.txt").write_text("more")
    else:
        file = {"graph": graph, "weights": weights}[damage]
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    if damage == "skeleton":
        error, message = ConfigurationError, "body25"
    elif damage == "description":
        error, message = RunError, "not the description of an exported model, or is damaged"
    else:
        error, message = RunError, "is damaged: .* is not what was exported"
    with pytest.raises(error, match=message):
        Reposer.load(path)


def test_an_export_without_a_saved_model(tiny_export, tmp_path):
    path = shutil.copytree(tiny_export[0], tmp_path / "model")
    description = json.loads((path / "deformable_gan.json").read_text())
    (path / "deformable_gan.json").write_text(json.dumps({**description, "formats": {"onnx": {}}}))
    with pytest.raises(RunError, match="holds only the formats onnx, expected savedmodel or keras"):
        Reposer.load(path)


def test_annotated_images_of_another_size_are_cropped(tmp_path):
    from deformable_gan.dancers import make_dancers

    larger = make_dancers(
        tmp_path / "larger",
        image_size=(128, 128),
        train_people=1,
        test_people=0,
        images_per_person=2,
        variety="plain",
        progress=False,
    )
    reposer = Reposer(lambda image, *_: image, (64, 36), COCO17)
    person = reposer.person(larger.train.image_path(0))
    assert person.image.shape == (64, 36, 3)
    seen = person.keypoints[:, 2] > 0
    assert seen[COCO17.indices("left_shoulder", "right_shoulder", "left_hip", "right_hip")].all()
    assert np.all(person.keypoints[seen, :2] < (63.5, 35.5))


def test_with_the_real_movenet(shared):
    """A person is put into a clip's poses; the joints lie in the crop and the body moves."""
    reposer = Reposer(lambda image, *_: image, (64, 36), COCO17)
    reposer._movenet = MoveNet.load(shared / "models/movenet_singlepose_lightning_4")
    person = reposer.person(shared / "stills/tfjs_pose.jpg")
    assert person.image.shape == (64, 36, 3)
    torso = COCO17.indices("left_shoulder", "right_shoulder", "left_hip", "right_hip")
    assert np.all(person.keypoints[torso, 2] > 0)
    for clip in ("tfjs_pose_squats.mp4", "tfjs_combined_squat_dance.gif"):
        poses = reposer.poses(shared / "clips" / clip, rate=1)
        assert len(poses.keypoints) >= 2
        assert np.all(poses.keypoints[:, torso, 2] > 0)
        inside = poses.keypoints[poses.keypoints[..., 2] > 0]
        assert np.all((inside[:, :2] > -0.51) & (inside[:, :2] < (63.51, 35.51)))
        assert np.ptp(poses.keypoints[:, torso, 0], axis=0).max() > 1
        images = reposer.repose(person, poses)
        assert images.shape == (len(poses.keypoints), 64, 36, 3)


def composed_of(choice):
    """Return a function like that of `make_compose` that gives one candidate the whole weight."""

    def compose(source_image, source, target, **more):
        weights = np.zeros((len(source_image), 64, 36, 12), np.float32)
        weights[..., choice] = 1
        return {
            "weights": weights,
            "drawn": np.ones((len(source_image), 64, 36, 3), np.float32),
            "transforms": np.zeros((len(source_image), 10, 8), np.float32),
        }

    return compose


@pytest.fixture
def composing_reposer(marker_movenet):
    """A reposer whose model keeps the unmoved source and whose MoveNet finds a red mark."""
    reposer = Reposer(lambda image, *_: image, (64, 36), COCO17, compose=composed_of(10))
    reposer._movenet = marker_movenet
    return reposer


def test_composed_at_the_photographs_size(composing_reposer, red_mark):
    """Every pixel equals the photograph's, both in the whole photograph and in the crop."""
    photograph = red_mark((300, 240), 130, 110)
    photograph[::7] += 20
    person = composing_reposer.person(photograph)
    poses = composing_reposer.poses(photograph)
    assert composing_reposer.size == "photograph"
    (whole,) = composing_reposer.images(person, poses)
    np.testing.assert_array_equal(whole, photograph)
    np.testing.assert_array_equal(composing_reposer.repose(photograph, photograph)[0], photograph)
    (part,) = composing_reposer.images(person, poses, size="crop")
    top, left = round(person.crop.top + 0.5), round(person.crop.left + 0.5)
    rows, columns = round(person.crop.height), round(person.crop.width)
    np.testing.assert_array_equal(part, photograph[top : top + rows, left : left + columns])
    (small,) = composing_reposer.images(person, poses, size="network")
    np.testing.assert_array_equal(small, person.image)
    (twice,) = composing_reposer.images(person, poses, size=2)
    np.testing.assert_array_equal(twice, person.cut_out(2).photograph)
    assert twice.shape == (128, 72, 3)


def test_a_picture_of_the_networks_size_is_composed_as_it_is(composing_reposer, dancers):
    person = composing_reposer.person(dancers.test.image_path(0))
    for size in ("photograph", "crop", "network", 3):
        images = composing_reposer.images(
            person, PoseSequence(dancers.test.keypoints[:2], COCO17), size=size
        )
        for image in images:
            np.testing.assert_array_equal(image, person.image)


def test_models_that_draw_have_one_size(copying_reposer, red_mark):
    photograph = red_mark((300, 240), 130, 110)
    person, poses = copying_reposer.person(photograph), copying_reposer.poses(photograph)
    assert copying_reposer.size == "network"
    for size in (None, "photograph", "crop", 3):
        (image,) = copying_reposer.images(person, poses, size=size)
        np.testing.assert_array_equal(image, person.image)
    with pytest.raises(ConfigurationError, match=r"must be 'network', .* received 'huge'"):
        list(copying_reposer.images(person, poses, size="huge"))


def test_the_time_of_composing_is_measured(composing_reposer, red_mark):
    photograph = red_mark((300, 240), 130, 110)
    stopwatch = Stopwatch()
    poses = PoseSequence(np.zeros((5, 17, 3), np.float32), COCO17)
    images = composing_reposer.images(
        composing_reposer.person(photograph), poses, measure=stopwatch.measure
    )
    assert len(list(images)) == 5
    assert set(stopwatch.seconds) == {"composing"}


def test_large_photographs_are_shrunk(composing_reposer, red_mark):
    photograph = red_mark((300, 240), 130, 110)
    composing_reposer.most_pixels = 18_000
    person = composing_reposer.person(photograph)
    assert person.photograph.shape == (150, 120, 3)
    assert person.shrunk_from == (300, 240)
    (whole,) = composing_reposer.images(person, composing_reposer.poses(photograph))
    assert whole.shape == (150, 120, 3)


def test_a_background_is_filled_in_once_a_photograph(marker_movenet, red_mark, monkeypatch):
    """The background has the photograph's size and is cropped for the network."""
    calls, seen = [], []

    def fill(image, *_):
        calls.append(image.shape)
        return np.full_like(image, 33)

    def compose(image, source, target, background):
        seen.append(background)
        return composed_of(10)(image, source, target) | {
            "weights": np.eye(13, dtype=np.float32)[np.full((len(image), 64, 36), 10)]
        }

    monkeypatch.setattr("deformable_gan.reposing.posed_image.fill_person", fill)
    reposer = Reposer(
        lambda image, *_, background: background,
        *((64, 36), COCO17),
        compose=compose,
        wants_background=True,
    )
    reposer._movenet = marker_movenet
    photograph = red_mark((300, 240), 130, 110)
    person = reposer.person(photograph)
    poses = PoseSequence(np.repeat(person.keypoints[None], 20, axis=0), COCO17)
    images = list(reposer.images(person, poses, size="crop"))
    assert calls == [(300, 240, 3)]
    assert len(images) == 20
    assert all((image == 33).all() for image in images)
    assert [one.shape for one in seen] == [(16, 64, 36, 3), (4, 64, 36, 3)]
    assert all((one == 33).all() for one in seen)
    (small,) = reposer.images(person, PoseSequence(poses.keypoints[:1], COCO17), size="network")
    assert (small == 33).all()


def test_a_datasets_background_is_taken(tmp_path):
    size = {"image_size": (64, 36), "train_people": 1, "test_people": 0, "images_per_person": 2}
    split = make_dancers(tmp_path / "set", **size, progress=False).train
    (tmp_path / "set/backgrounds-train").mkdir()
    for number, name in enumerate(split.names):
        behind = Image.new("RGB", (36, 64), (number, 50, 60))
        behind.save(tmp_path / "set/backgrounds-train" / name)
    reposer = Reposer(
        lambda image, *_, background: background, (64, 36), COCO17, wants_background=True
    )
    person = reposer.person(split.image_path(1))
    expected = np.asarray(Image.open(split.backgrounds.image_path(1)))
    np.testing.assert_array_equal(person.background, expected)
    np.testing.assert_array_equal(reposer.repose(person, split.keypoints[0])[0], expected)
