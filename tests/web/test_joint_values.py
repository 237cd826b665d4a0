import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from deformable_gan.errors import PoseError
from deformable_gan.pose.skeleton import COCO17, OPENPOSE18
from deformable_gan.web.joint_values import editor_value, keypoints_of
from deformable_gan.web.standing_pose import standing_pose

SIZE = (64, 36)


@pytest.fixture
def pose():
    pose = standing_pose(COCO17, SIZE)
    pose[COCO17.index("left_ear")] = 0
    return pose


@pytest.fixture
def backdrop():
    return np.full((128, 72, 3), (200, 10, 60), np.uint8)


@pytest.mark.parametrize("skeleton", [COCO17, OPENPOSE18], ids=lambda skeleton: skeleton.name)
def test_there_and_back(skeleton, backdrop):
    pose = standing_pose(skeleton, SIZE)
    value = editor_value(pose, skeleton, backdrop, SIZE)
    # Hundredths of a pixel are kept.
    np.testing.assert_allclose(keypoints_of(value, skeleton, SIZE), pose, atol=0.006)


def test_missing_joints_stay_missing(pose, backdrop):
    value = editor_value(pose, COCO17, backdrop, SIZE)
    assert "left_ear" not in json.loads(value)["joints"]
    assert (keypoints_of(value, COCO17, SIZE)[COCO17.index("left_ear")] == 0).all()


def test_what_the_editor_is_told(pose, backdrop):
    value = json.loads(editor_value(pose, COCO17, backdrop, SIZE))
    assert value["size"] == [64, 36]
    assert ["left_shoulder", "left_elbow"] in value["bones"]
    kind, data = value["backdrop"].split(",")
    assert kind == "data:image/jpeg;base64"
    shown = np.array(Image.open(io.BytesIO(base64.b64decode(data))))
    assert shown.shape == backdrop.shape
    # The channels keep their order; JPEG changes values slightly.
    np.testing.assert_allclose(shown[64, 36], (200, 10, 60), atol=4)


def test_nothing_is_shown():
    assert keypoints_of(None, COCO17, SIZE) is None
    assert keypoints_of("", COCO17, SIZE) is None


def test_joints_pushed_out_of_the_picture_are_missing(pose, backdrop):
    value = json.loads(editor_value(pose, COCO17, backdrop, SIZE))
    value["joints"]["left_wrist"] = [30, 36.4, 1]
    found = keypoints_of(json.dumps(value), COCO17, SIZE)
    assert (found[COCO17.index("left_wrist")] == 0).all()


@pytest.mark.parametrize(
    "sent",
    [
        "no JSON",
        "[]",
        "{}",
        '{"joints": 3}',
        '{"joints": {"tail": [1, 2, 1]}}',
        '{"joints": {"nose": [1, 2]}}',
        '{"joints": {"nose": [1, "x", 1]}}',
        '{"joints": {"nose": [NaN, 2, 1]}}',
        "[" * 100_000,
    ],
)
def test_what_is_no_pose(sent):
    with pytest.raises(PoseError, match="no valid pose of the layout coco17"):
        keypoints_of(sent, COCO17, SIZE)


def test_a_pose_without_a_hip(pose, backdrop):
    pose[COCO17.index("left_hip")] = 0
    with pytest.raises(PoseError, match="a hip not seen"):
        keypoints_of(editor_value(pose, COCO17, backdrop, SIZE), COCO17, SIZE)
