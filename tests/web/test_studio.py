import json
from dataclasses import replace

import numpy as np
import pytest

from deformable_gan.data.media import read_photo
from deformable_gan.data.video import clip_information, read_frames
from deformable_gan.errors import MediaError, PoseError
from deformable_gan.pose.skeleton import COCO17
from deformable_gan.reposing.reposer import Reposer
from deformable_gan.web import studio as module
from deformable_gan.web.standing_pose import standing_pose
from deformable_gan.web.studio import Studio


@pytest.fixture(scope="module")
def anna(studio, photographs):
    return studio.person(photographs["anna"])


def red_clip(make_video, frames=20, rate=10, name="clip.mp4"):
    """Write a clip of a red mark that sinks by a pixel per frame; the stand-in MoveNet finds it."""
    pictures = np.full((frames, 192, 192, 3), 90, np.uint8)
    for number, picture in enumerate(pictures):
        picture[70 + number : 82 + number, 84:96] = (255, 0, 0)
    return make_video(name, pictures, rate=rate)


def test_a_person_in_a_photograph(studio, anna):
    assert anna.image.shape == (64, 36, 3)
    assert anna.skeleton == COCO17
    assert (anna.keypoints[COCO17.indices("left_hip", "nose"), 2] > 0).all()
    # Shown at about 512 lines, cut out of the photograph rather than of the crop.
    assert studio.source(anna).shape == (512, 288, 3)
    assert studio.backdrop(anna).shape == (512, 288, 3)
    assert (studio.source(anna) != studio.backdrop(anna)).any()


@pytest.mark.parametrize(
    ("photo", "reason"),
    [
        ("nobody", "no person found"),
        ("several", "several people are in view"),
        ("tiny", r"spans only \d+ pixels"),
    ],
)
@pytest.mark.parametrize("question", ["person", "pose"])
def test_photographs_that_do_not_do(studio, photographs, photo, reason, question):
    with pytest.raises(PoseError, match=reason):
        getattr(studio, question)(photographs[photo])


def test_the_most_prominent_of_several(studio, photographs):
    assert studio.person(photographs["several"], most_prominent=True).image.shape == (64, 36, 3)


def test_what_is_no_photograph(studio, photographs, tmp_path):
    with pytest.raises(MediaError, match="is not an image"):
        studio.person(photographs["text"])
    with pytest.raises(MediaError, match="is a clip: expected a photograph"):
        studio.person(tmp_path / "clip.mp4")


def test_a_face_and_no_body(shared, tiny_run, tmp_path):
    """With the real MoveNet, a face without a body is an error."""
    from PIL import Image

    skier = Image.open(shared / "stills/coco_000000000785.jpg")
    annotation = json.loads((shared / "stills/coco_000000000785.json").read_text())
    numbers = np.array(annotation["annotations"][0]["keypoints"]).reshape(17, 3)
    x, y = numbers[0, :2]
    skier.crop((x - 25, y - 25, x + 25, y + 20)).resize((200, 180)).save(tmp_path / "face.png")
    movenet = shared / "models/movenet_singlepose_lightning_4"
    with pytest.raises(PoseError, match="expected a photograph of one person"):
        Studio(Reposer.load(tiny_run.path, movenet)).person(tmp_path / "face.png")


def test_no_movenet(tiny_run, photographs, tmp_path):
    studio = Studio(Reposer.load(tiny_run.path, tmp_path / "absent"))
    with pytest.raises(PoseError, match=r"this page lacks MoveNet, .*: choose an example"):
        studio.person(photographs["anna"])


def test_a_picture_and_its_files(studio, anna, tmp_path):
    pose = standing_pose(COCO17, studio.image_size)
    answer = studio.image(anna, pose, tmp_path)
    assert [file.name for file in answer.files] == ["result.png", "side_by_side.png", "pose.json"]
    result, beside = map(read_photo, answer.files[:2])
    assert answer.image == answer.files[0]
    assert result.shape == (512, 288, 3)
    np.testing.assert_array_equal(beside, np.hstack([studio.backdrop(anna), beside[:, 288:]]))
    np.testing.assert_array_equal(beside[:, 576:], result)
    # Reading the pose file gives the same pose.
    again = studio.poses(answer.files[2])
    assert again.rate is None
    np.testing.assert_allclose(again.keypoints[0], pose, atol=0.006)


def test_a_clip_and_its_files(studio, anna, make_video, tmp_path):
    told = []
    poses = studio.poses(red_clip(make_video), lambda share, what: told.append((share, what)))
    # The figure that the stand-in for MoveNet finds shrinks and jumps, so that not all frames count
    # as the same person. It also sinks by about eight times its height: retargeting would move it
    # out of the image.
    poses = replace(poses, retarget=False)
    count = len(poses.keypoints)
    assert count > 5
    assert told[-1] == (1.0, "Finding poses")
    answer = studio.clip(anna, poses, tmp_path, lambda share, what: told.append((share, what)))
    names = ["side_by_side.mp4", "result.mp4", "result.gif", "poses.json"]
    assert [file.name for file in answer.files] == names
    assert answer.clip == answer.files[0]
    assert (1.0, "Generating images") in told
    sizes = [(512, 864), (512, 288), (256, 144)]
    for file, size in zip(answer.files[:3], sizes, strict=True):
        clip = clip_information(file)
        assert (clip.height, clip.width) == size
        assert clip.rate == pytest.approx(10)
        assert len(list(read_frames(file, rate=None))) == count
    again = studio.poses(answer.files[3])
    assert again.rate == 10
    np.testing.assert_allclose(again.keypoints, poses.keypoints, atol=0.006)


def test_long_clips_are_cut_short(studio, make_video, monkeypatch):
    told = []
    monkeypatch.setattr(module, "CLIP_SECONDS", 0.75)
    studio.poses(red_clip(make_video), lambda *progress: told.append(progress))
    assert len(told) == 8  # at 0, 0.1, … 0.7


def test_fast_clips_lose_frames(studio, make_video):
    told = []
    clip = red_clip(make_video, frames=24, rate=60)
    poses = studio.poses(clip, lambda *progress: told.append(progress))
    assert poses.rate == 30
    assert len(told) == 12


def test_what_is_no_clip(studio, photographs, tmp_path):
    with pytest.raises(MediaError, match="is neither a clip nor a pose file: expected a file"):
        studio.poses(photographs["anna"])
    (tmp_path / "broken.mp4").write_bytes(b"nothing" * 100)
    with pytest.raises(MediaError, match="cannot be decoded"):
        studio.poses(tmp_path / "broken.mp4")


def test_a_pose_file_of_unknown_joints(studio, tmp_path):
    file = tmp_path / "pose.json"
    file.write_text('{"image_size": [64, 36], "joints": {"tail": [3, 4]}}')
    with pytest.raises(PoseError, match="unknown joint 'tail'"):
        studio.poses(file)
