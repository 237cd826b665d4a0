import hashlib
import json

import cv2
import numpy as np
import pytest

from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.data.preparing.dataset import prepare_dataset
from deformable_gan.data.preparing.prepare_options import PrepareOptions
from deformable_gan.data.preparing.recordings import find_recordings
from deformable_gan.errors import DatasetError, PoseError


def dance_frames(count, hidden=()):
    """Return frames of a grey wall with a red mark, the person; `hidden` frames lack the mark."""
    frames = []
    for index in range(count):
        image = np.full((192, 192, 3), 90, np.uint8)
        image[:, 96:] = 110
        if index not in hidden:
            y, x = 90 + index // 4, 80 + index
            image[y - 4 : y + 5, x - 4 : x + 5] = 250, 20, 20
        frames.append(image)
    return frames


def run(paths, output, movenet, overwrite=False, **options):
    failed = []
    recordings = find_recordings(paths, lambda *failure: failed.append(failure))
    return prepare_dataset(
        recordings, output, movenet, PrepareOptions(**options), failed, overwrite
    )


@pytest.fixture
def clip(make_video):
    return make_video("my_dance.mp4", dance_frames(36, hidden={5, 6, 20}), rate=6)


def test_a_clip_becomes_a_dataset(tmp_path, clip, marker_movenet):
    report = run([clip], tmp_path / "data", marker_movenet, pair_distance=0)
    (entry,) = report.recordings
    (person,) = entry.people
    assert (entry.person, entry.sampled) == ("my-dance", 36)
    assert (person.person, person.crop) == ("my-dance", "fixed")
    # Of 33 usable frames the last 7 are for testing, and the 2 before these are left out.
    assert (entry.train, entry.test) == (24, 7)
    assert entry.dropped == {"no person found": 3, "in the gap between training and test": 2}

    data = DatasetFolder(tmp_path / "data")
    assert data.image_size == (128, 72)
    assert data.train.names[:6] == tuple(f"my-dance_{i:06d}.jpg" for i in (0, 1, 2, 3, 4, 7))
    assert data.test.names == tuple(f"my-dance_{i:06d}.jpg" for i in range(29, 36))
    assert len(data.train.pairs) == 24 * 23
    assert len(data.test.pairs) == 7 * 6


def test_joints_lie_on_the_body_in_the_crop(tmp_path, clip, marker_movenet):
    run([clip], tmp_path / "data", marker_movenet)
    offsets = marker_movenet.network.offsets
    for split in (DatasetFolder(tmp_path / "data").train, DatasetFolder(tmp_path / "data").test):
        for index, keypoints in enumerate(split.keypoints):
            image = cv2.imread(str(split.image_path(index)))[..., ::-1].astype(int)
            mark = np.argwhere(image[..., 0] - image[..., 1] > 100).mean(axis=0)
            assert (keypoints[:, 2] > 0).all()
            # The crop has the same scale in both directions, so the joints' height gives it.
            spread = np.ptp(keypoints[:, 0]) / np.ptp(offsets[:, 0])
            expected = mark + offsets * spread
            np.testing.assert_allclose(keypoints[:, :2], expected, atol=0.6)


def test_the_report_tells_everything(tmp_path, clip, marker_movenet):
    (tmp_path / "text.mp4").write_text("no video")
    run([clip, tmp_path / "absent.mp4", tmp_path / "text.mp4"], tmp_path / "data", marker_movenet)
    report = json.loads((tmp_path / "data" / "report.json").read_text())
    assert report["options"]["rate"] == 6
    assert report["totals"]["sampled"] == 36
    assert report["totals"]["train"] + report["totals"]["test"] == 31
    assert report["totals"]["dropped"] == 5
    assert report["recordings"][0]["dropped"]["no person found"] == 3
    assert {entry["input"].rsplit("/")[-1] for entry in report["failed"]} == {
        "absent.mp4",
        "text.mp4",
    }
    overview = cv2.imread(str(tmp_path / "data" / "overview.png"))
    assert overview.shape[0] > 256


def test_equal_inputs_give_equal_bytes(tmp_path, clip, marker_movenet):
    digests = []
    for name in ("one", "two"):
        run([clip], tmp_path / name, marker_movenet, train_pairs=50)
        digests.append(
            {
                str(path.relative_to(tmp_path / name)): hashlib.sha256(
                    path.read_bytes()
                ).hexdigest()
                for path in (tmp_path / name).rglob("*")
                if path.is_file()
            }
        )
    assert len(digests[0]) > 31
    assert digests[0] == digests[1]


def test_a_clip_that_fails_half_way_gives_nothing_and_the_others_go_on(
    tmp_path, clip, make_video, marker_movenet
):
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 40, (30, 192, 192, 3), np.uint8)
    frames = [np.maximum(a, b) for a, b in zip(dance_frames(30), noise, strict=True)]
    broken = make_video("broken.webm", frames, rate=6, codec="libvpx-vp9")
    data = broken.read_bytes()
    broken.write_bytes(data[: int(len(data) * 0.7)])
    empty_room = make_video("room.mp4", dance_frames(12, hidden=range(12)), rate=6)
    report = run([broken, empty_room, clip], tmp_path / "data", marker_movenet)
    assert [one.kept for one in report.recordings] == [0, 0, 31]
    assert report.recordings[0].sampled == report.recordings[0].dropped.total() > 5
    reasons = dict(report.failed)
    assert "broken.webm" in reasons[str(broken)]
    assert "no usable person in 12 frames of 'room'" in reasons[str(empty_room)]
    assert {name.split("_")[0] for name in DatasetFolder(tmp_path / "data").train.names} == {
        "my-dance"
    }


def test_nothing_usable_leaves_nothing(tmp_path, make_video, marker_movenet):
    empty_room = make_video("room.mp4", dance_frames(12, hidden=range(12)), rate=6)
    with pytest.raises(PoseError, match=r"no usable image.*no usable person"):
        run([empty_room, tmp_path / "absent.mp4"], tmp_path / "data", marker_movenet)
    assert {path.name for path in tmp_path.iterdir()} == {"room.mp4"}


def test_photographs_are_cropped_one_by_one(tmp_path, marker_movenet):
    from deformable_gan.data.media import write_image

    for index, frame in enumerate(dance_frames(40)[::4]):
        write_image(tmp_path / "album" / "anna" / f"{index}.png", frame)
    (tmp_path / "album" / "anna" / "5.png").write_bytes(b"damaged")
    report = run([tmp_path / "album"], tmp_path / "data", marker_movenet)
    (entry,) = report.recordings
    assert (entry.people[0].crop, entry.sampled, entry.train, entry.test) == ("each", 10, 7, 2)
    assert entry.dropped == {"unreadable": 1}
    assert [name.rsplit("/")[-1] for name, _ in report.failed] == ["5.png"]
    # Each photograph has its own crop, so the person's position is the same in all images.
    keypoints = DatasetFolder(tmp_path / "data").train.keypoints
    assert np.ptp(keypoints[..., :2], axis=0).max() < 1.5


def test_existing_datasets_are_replaced_only_when_asked(tmp_path, clip, marker_movenet):
    run([clip], tmp_path / "data", marker_movenet)
    with pytest.raises(DatasetError, match="already holds"):
        run([clip], tmp_path / "data", marker_movenet)
    run([clip], tmp_path / "data", marker_movenet, overwrite=True, image_size=(64, 36))
    assert DatasetFolder(tmp_path / "data").image_size == (64, 36)


def test_pairs_are_limited_and_drawn_by_seed(tmp_path, clip, marker_movenet):
    report = run([clip], tmp_path / "data", marker_movenet, train_pairs=40, test_pairs=0, seed=3)
    assert report.pairs == {"train": 40, "test": 0}
