import json
import re
from pathlib import Path

import numpy as np
import pytest

from deformable_gan.errors import PoseError
from deformable_gan.pose.skeleton import COCO17, OPENPOSE18
from deformable_gan.reposing.pose_file import read_poses, write_poses
from deformable_gan.reposing.pose_sequence import PoseSequence


@pytest.fixture
def pose_file(tmp_path):
    def write(value, name="pose.json"):
        text = value if isinstance(value, str) else json.dumps(value)
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write


def test_written_by_hand(pose_file):
    path = pose_file(
        {
            "image_size": [100, 50],
            "joints": {"nose": [10, 25.5], "left_wrist": [60, 30, 0.4], "left_ear": [1, 2, 0]},
        }
    )
    keypoints, skeleton, size, rate = read_poses(path)
    assert (skeleton, size, rate) == (COCO17, (100, 50), None)
    assert keypoints.shape == (1, 17, 3)
    assert keypoints.dtype == np.float32
    expected = np.zeros((17, 3), np.float32)
    expected[COCO17.index("nose")] = (10, 25.5, 1)
    expected[COCO17.index("left_wrist")] = (60, 30, 0.4)
    np.testing.assert_array_equal(keypoints[0], expected)


@pytest.mark.parametrize("skeleton", [COCO17, OPENPOSE18], ids=lambda skeleton: skeleton.name)
@pytest.mark.parametrize(("count", "rate"), [(1, None), (3, 12.5)])
def test_there_and_back(tmp_path, skeleton, count, rate):
    rng = np.random.default_rng(0)
    keypoints = rng.random((count, len(skeleton), 3)).astype(np.float32) * (64, 36, 1)
    keypoints[0, 4] = 0
    keypoints[0, 5, 2] = 1e-3  # a low confidence, but present
    path = tmp_path / "new/pose.json"
    write_poses(path, keypoints, skeleton, (64, 36), rate)
    again, layout, size, rate_again = read_poses(path)
    assert (layout, size, rate_again) == (skeleton, (64, 36), rate)
    np.testing.assert_allclose(again, keypoints, atol=0.0091)
    np.testing.assert_array_equal(again[..., 2] > 0, keypoints[..., 2] > 0)
    np.testing.assert_array_equal(again[0, 4], 0)
    # One line per joint, for people who edit the file.
    lines = [line for line in path.read_text().splitlines() if "left_knee" in line]
    assert len(lines) == count
    assert lines[0].count("[") == lines[0].count("]") == 1


def test_the_manuals_example(pose_file):
    manual = Path(__file__).parents[2] / "docs/reposing.md"
    (example,) = re.findall(r"```json\n(.*?)```", manual.read_text(), re.S)
    poses = PoseSequence.of_file(pose_file(example), (128, 72))
    assert (poses.keypoints[0, :, 2] > 0).sum() == 5


SIZE = '"image_size": [64, 36]'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ("[1]", 'expected a JSON object with "format": "deformable_gan pose"'),
        ('{"format": "openpose"}', 'expected a JSON object with "format"'),
        ('{"joints": {}}', r"'image_size' must be \[height, width\] .* received None"),
        ('{"image_size": [64.5, 36], "joints": {}}', "'image_size' must be"),
        ('{"image_size": [64, 0], "joints": {}}', "'image_size' must be"),
        (f"{{{SIZE}}}", "expected either 'joints' .* or 'frames'"),
        (f'{{{SIZE}, "joints": {{}}, "frames": []}}', "expected either 'joints' .* or 'frames'"),
        (f'{{{SIZE}, "Joints": {{}}}}', "unknown field 'Joints': expected format, image_size"),
        (f'{{{SIZE}, "joints": []}}', "expected joints by their names"),
        (f'{{{SIZE}, "joints": {{"knee": [1, 2]}}}}', "unknown joint 'knee': expected nose, "),
        (f'{{{SIZE}, "joints": {{"nose": [1]}}}}', r"nose must be \[y, x\] or .* received \[1\]"),
        (f'{{{SIZE}, "joints": {{"nose": [1, "2"]}}}}', "nose must be"),
        (f'{{{SIZE}, "joints": {{"nose": [1, NaN]}}}}', "nose must be"),
        (f'{{{SIZE}, "joints": {{"nose": [1, 1e300]}}}}', "nose must be"),
        (f'{{{SIZE}, "joints": {{"nose": [1, true]}}}}', "nose must be"),
        (f'{{{SIZE}, "frames": []}}', "'frames' must be a list of at least one pose"),
        (f'{{{SIZE}, "rate": 5, "frames": [{{}}, 7]}}', "frame 1: expected joints"),
        (
            f'{{{SIZE}, "frames": [{{}}]}}',
            "'rate' must be a positive number of frames per second, received None",
        ),
        (f'{{{SIZE}, "rate": 0, "frames": [{{}}]}}', "'rate' must be"),
    ],
)
def test_what_is_no_pose(pose_file, text, message):
    path = pose_file(text)
    with pytest.raises(PoseError, match=message) as caught:
        read_poses(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_file(tmp_path):
    with pytest.raises(PoseError, match=r"absent\.json does not exist"):
        read_poses(tmp_path / "absent.json")
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(PoseError, match="cannot be read"):
        read_poses(tmp_path / "binary.json")
