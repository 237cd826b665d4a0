"""The passes that need networks, with stand-ins for the networks."""

import warnings

import numpy as np
import pytest
from scipy import linalg

from deformable_gan.evaluation.detection_pass import DetectionPass
from deformable_gan.evaluation.inception_pass import InceptionPass
from deformable_gan.evaluation.pose_pass import PosePass
from deformable_gan.evaluation.score_pass import ScoredBlock
from deformable_gan.metrics.inception_network import InceptionNetwork
from deformable_gan.metrics.person_detector import PersonDetector
from deformable_gan.pose.skeleton import COCO17

COUNT, SIZE = 12, (48, 40)


@pytest.fixture(scope="module")
def block():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (3, COUNT, *SIZE, 3), np.uint8)
    keypoints = np.zeros((COUNT, 17, 3), np.float32)
    keypoints[:, 9] = (20, 15, 1)
    names = [(f"s{number}", f"t{number}") for number in range(COUNT)]
    return ScoredBlock(np.arange(COUNT), names, *images, keypoints, COCO17)


def in_portions(rows):
    return iter([{k: v[:5] for k, v in rows.items()}, {k: v[5:] for k, v in rows.items()}])


@pytest.fixture(scope="module")
def inception(inception_graph):
    return InceptionNetwork(inception_graph)


def inception_scores(inception, block, against="targets"):
    real = InceptionPass(inception, against)
    generated = InceptionPass(inception, "generated", against)
    rows = {each.name: each.rows(block) for each in (real, generated)}
    assert real.scores(lambda name: in_portions(rows[name])) == {}
    return generated.scores(lambda name: in_portions(rows[name])), rows


def test_inception_scores_of_all_blocks(inception, block):
    scores, _ = inception_scores(inception, block)
    first, second = (
        inception(images)[0].astype(float) for images in (block.generated, block.target)
    )
    covariances = [np.cov(features, rowvar=False) for features in (first, second)]
    shift = first.mean(axis=0) - second.mean(axis=0)
    with warnings.catch_warnings(action="ignore"):  # SciPy warns that the matrix is singular
        root = linalg.sqrtm(covariances[0] @ covariances[1]).real
    expected = shift @ shift + np.trace(covariances[0] + covariances[1] - 2 * root)
    # SciPy's square root of a singular matrix has about this accuracy.
    np.testing.assert_allclose(scores["fid"]["value"], expected, rtol=1e-3)
    assert (scores["fid"]["images"], scores["fid"]["real_images"]) == (COUNT, COUNT)
    assert scores["fid"]["weights"] == {"sha256": inception.digest}
    assert scores["fid"]["protocol"].endswith("against the distinct target images")
    for name in ("inception_score", "masked_inception_score"):
        assert 1 <= scores[name]["value"] < 10
        assert 1 <= scores[name]["real"] < 10
    masked = block.generated * block.mask
    assert (masked == 0).mean() > 0.9
    of_masked = InceptionPass(inception, "generated", "targets").rows(block)
    np.testing.assert_allclose(
        of_masked["masked_probabilities"], inception(masked)[1], rtol=1e-3, atol=1e-7
    )


def test_the_same_images_have_no_distance(inception, block):
    same = ScoredBlock(block.indices, block.names, block.target, block.target, None, None, None)
    scores, rows = inception_scores(inception, same)
    assert scores["fid"]["value"] < 1e-6
    assert scores["inception_score"]["value"] == scores["inception_score"]["real"]
    assert "masked_inception_score" not in scores
    assert "masked_probabilities" not in rows["inception-generated"]


def test_fid_against_training_images(inception, block):
    scores, rows = inception_scores(inception, block, "train")
    assert "real" not in scores["inception_score"]
    assert "masked_probabilities" not in rows["inception-train"]
    assert "all training images" in scores["fid"]["protocol"]


def test_too_few_images_for_the_inception_score(inception, block):
    target, generated = block.target[:9], block.generated[:9]
    few = ScoredBlock(block.indices[:9], block.names[:9], target, generated, None, None, None)
    scores, _ = inception_scores(inception, few)
    assert scores["inception_score"]["skipped"].endswith("at least 10 images, received 9")
    assert scores["fid"]["value"] > 0


def test_detection_score(detector_model, block):
    red = np.zeros((2, 4, 8, 8, 3), np.uint8)
    red[0, :, ..., 0] = np.array([0, 51, 102, 255])[:, None, None]
    red[1, :, ..., 0] = 204
    names = [("s", "t"), ("s", "u"), ("s", "t"), ("s", "u")]  # a real image is processed only once
    detection = DetectionPass(PersonDetector(detector_model))
    rows = detection.rows(ScoredBlock(np.arange(4), names, red[1], red[0], None, None, None))
    score = detection.scores(lambda name: iter([rows]))["detection_score"]
    np.testing.assert_allclose((score["value"], score["real"]), (0.4, 0.8), rtol=1e-6)
    assert "SSD MobileNet v2" in score["protocol"]


def test_poses(marker_movenet, tmp_path):
    """One image shows the person in place, one shifted by three head sizes, and one nobody."""
    size, keypoints = (192, 192), np.zeros((3, 17, 3), np.float32)
    target = np.zeros((3, *size, 3), np.uint8)
    target[:, 90:100, 90:100, 0] = 255
    keypoints[:] = marker_movenet.estimate(target[0])
    generated = np.zeros_like(target)
    generated[0] = target[0]
    generated[1] = np.roll(target[0], 40, axis=1)
    weights = tmp_path / "movenet.tflite"
    weights.write_bytes(b"marker")
    names = [("s", "t")] * 3
    pose = PosePass(marker_movenet, weights)
    block = ScoredBlock(np.arange(3), names, target, generated, target, keypoints, COCO17)
    rows = pose.rows(block)
    scores = pose.scores(lambda name: iter([rows]))
    np.testing.assert_allclose(scores["pckh"]["value"], 1 / 3)
    np.testing.assert_allclose(scores["pose_taken"]["value"], 1 / 3)
    assert scores["pckh"]["real"] == scores["pose_taken"]["copy"] == 1
    assert scores["joint_error"]["real"] < 0.01 < 1 < scores["joint_error"]["value"]
    assert scores["pckh"]["pairs"] == 3
    assert scores["pckh"]["movenet"]["side"] == 192
    unknown = ScoredBlock(
        np.arange(3), names, target, generated, target, np.zeros_like(keypoints), COCO17
    )
    rows = PosePass(marker_movenet, weights).rows(unknown)
    scores = pose.scores(lambda name: iter([rows]))
    assert (scores["pckh"]["value"], scores["pckh"]["left_out"]) == (None, 3)


@pytest.mark.slow
def test_real_images_have_their_poses_and_shuffled_ones_have_not(shared, tmp_path):
    """Compare the joints found in 128x72 images, in order and shuffled, with the exact joints."""
    from deformable_gan.dancers import make_dancers
    from deformable_gan.data.media import read_photo
    from deformable_gan.metrics.pose_agreement import pose_agreement
    from deformable_gan.pose.movenet import MoveNet

    movenet = MoveNet.load(shared / "models/movenet_singlepose_lightning_4")
    dancers = make_dancers(
        tmp_path / "dancers",
        image_size=(128, 72),
        train_people=1,
        test_people=6,
        images_per_person=10,
        variety="plain",
        progress=False,
    )
    split = dancers.test
    found = np.stack([movenet.estimate(read_photo(split.folder / name)) for name in split.names])
    order = np.random.default_rng(0).permutation(len(found))
    for estimated, near in ((found, 1), (found[order], 0)):
        agreement = pose_agreement(estimated, movenet.skeleton, split.keypoints, dancers.skeleton)
        taken = agreement.taken.mean()
        share = agreement.hits.sum() / agreement.joints.sum()
        error = agreement.error.sum() / agreement.joints.sum()
        assert abs(taken - near) < 0.15
        assert (share > 0.85) if near else (share < 0.3)
        assert (error < 0.4) if near else (error > 1)
