"""Every image has a background: from a plate of training frames, or with the person filled in."""

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deformable_gan.backgrounds.fill_person import fill_person
from deformable_gan.backgrounds.person_area import person_area
from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.data.image_store import ImageStore
from deformable_gan.data.preparing.assembly import assemble_dataset
from deformable_gan.data.preparing.backgrounds import PersonBackgrounds
from deformable_gan.data.preparing.one_recording import prepare_recording
from deformable_gan.data.preparing.prepare_options import PrepareOptions
from deformable_gan.data.preparing.scene_frames import SceneFrames
from deformable_gan.data.sharding import shard_dataset
from deformable_gan.data.verify import verify_dataset
from deformable_gan.pose.clip_crops import crop_clip
from deformable_gan.pose.person_crop import PersonCrop
from deformable_gan.pose.skeleton import COCO17

COUNT = 30


def wall(shift=0):
    """Return a 192 x 192 image of green and blue 16-pixel blocks, moved left by `shift` pixels."""
    blocks = np.random.default_rng(4).integers(40, 200, (12, 30, 1), np.uint8)
    blocks = np.concatenate([blocks // 2, blocks, 255 - blocks], axis=2)
    blocks[..., 0] //= 2
    return blocks.repeat(16, axis=0).repeat(16, axis=1)[:, shift : shift + 192].copy()


@dataclass(frozen=True)
class FramesInMemory:
    """A clip of a red mark in front of a wall, without the artefacts of video compression."""

    walls: tuple
    person: str = "anna"
    path: Path = Path("anna.mp4")
    kind = "video"

    def frames(self, rate, height, report_failure):
        for index, background in enumerate(self.walls):
            image = background.copy()
            y, x = 90 + index // 6, 50 + 3 * index
            image[y - 4 : y + 5, x - 4 : x + 5] = 250, 20, 20
            yield index / 6, image


def prepare(recording, folder, movenet, **options):
    folder.mkdir(parents=True, exist_ok=True)
    result = folder / "result.zip"
    options = PrepareOptions(pair_distance=0, **options)
    prepare_recording(recording, result, movenet, options)
    report = assemble_dataset([recording], [result], folder / "data", options, {})
    return DatasetFolder(folder / "data"), report.recordings[0].people[0]


def background_bytes(folder):
    with zipfile.ZipFile(folder / "result.zip") as archive:
        names = [name for name in archive.namelist() if name.startswith("backgrounds/")]
        return {name: archive.read(name) for name in names}


def test_a_still_camera_and_a_fixed_crop_give_one_background(tmp_path, marker_movenet):
    dataset, person = prepare(
        FramesInMemory((wall(),) * COUNT), tmp_path, marker_movenet, crop="fixed"
    )
    assert (person.background, person.camera, person.background_change) == ("plate", "still", 0)
    assert list(background_bytes(tmp_path)) == ["backgrounds/person-0.jpg"]
    assert dataset.manifest["shared_backgrounds"] == {
        "train": {"anna": "anna.jpg"},
        "test": {"anna": "anna.jpg"},
    }
    for split in ("train", "test"):
        folder = dataset.path / f"backgrounds-{split}"
        assert [path.name for path in folder.iterdir()] == ["anna.jpg"]
    entry = json.loads((dataset.path / "report.json").read_text())["recordings"][0]["people"][0]
    assert entry["camera"] == "still"
    assert entry["background_unseen"] == person.background_unseen
    assert verify_dataset(dataset.path) == []

    # The crop of the empty wall, computed from the joints in frames and images.
    split = dataset.train
    offsets = marker_movenet.network.offsets
    scale = np.ptp(offsets[:, 0]) / np.ptp(split.keypoints[0][:, 0])
    corner = np.array([90, 50]) + offsets[0] - (split.keypoints[0, 0, :2] + 0.5) * scale
    crop = PersonCrop(*corner, 128 * scale, 72 * scale, (128, 72))
    store = ImageStore(split.backgrounds, (128, 72))
    background = store.image(0).astype(int)
    for index in range(1, len(split.names)):
        np.testing.assert_array_equal(store.image(index), background)
    # JPEG blurs the blocks' edges and colors slightly.
    error = np.abs(background - crop.apply(wall()))
    assert np.median(error) <= 3
    assert person.background_unseen < 0.02
    assert (error.max(axis=2) > 40).mean() < 0.03


def test_what_is_held_out_does_not_reach_the_plate(tmp_path, marker_movenet):
    held_out = round(0.2 * COUNT)
    # The held-out frames are brighter, but too little to count as a cut to another scene.
    changed = (wall(),) * (COUNT - held_out) + (wall() + 25,) * held_out
    one, _ = prepare(FramesInMemory((wall(),) * COUNT), tmp_path / "1", marker_movenet)
    other, _ = prepare(FramesInMemory(changed), tmp_path / "2", marker_movenet)
    assert one.test.names == other.test.names
    for name in one.test.names:
        path = Path("data") / "test" / name
        assert (tmp_path / "1" / path).read_bytes() != (tmp_path / "2" / path).read_bytes()
    assert background_bytes(tmp_path / "1") == background_bytes(tmp_path / "2")


@dataclass(frozen=True)
class MarkStaysThenLeaves(FramesInMemory):
    """A mark that stands in one place after some empty frames."""

    empty: int = 6

    def frames(self, rate, height, report_failure):
        for index, background in enumerate(self.walls):
            image = background.copy()
            if index >= self.empty:
                image[86:95, 86:95] = 250, 20, 20
                image[80 + index % 3, 90] = 255 - index  # no frame repeats another one
            else:
                image = (0.9 * image + 8).astype(np.uint8)  # automatic exposure
                image[0, index] = 0
            yield index / 6, image


@pytest.mark.parametrize("empty", [0, 6])
def test_empty_frames_show_what_a_person_always_hides(tmp_path, marker_movenet, empty):
    clip = MarkStaysThenLeaves((wall(),) * COUNT, empty=empty)
    dataset, person = prepare(clip, tmp_path, marker_movenet, crop="fixed")
    assert person.background == "plate"
    assert (person.background_unseen > 0.1) == (not empty)
    if empty:
        split = dataset.train
        offsets = marker_movenet.network.offsets
        scale = np.ptp(offsets[:, 0]) / np.ptp(split.keypoints[0][:, 0])
        corner = np.array([90, 90]) + offsets[0] - (split.keypoints[0, 0, :2] + 0.5) * scale
        crop = PersonCrop(*corner, 128 * scale, 72 * scale, (128, 72))
        background = ImageStore(split.backgrounds, (128, 72)).image(0).astype(int)
        assert np.median(np.abs(background - crop.apply(wall()))) <= 3


def test_scene_frames_are_chosen_by_number():
    scene = SceneFrames()
    for number in range(10):
        scene.add(number, wall(number), np.zeros((17, 3)))
    assert [image[0, 0, 0] for image, _ in scene.between(2, 5)] == [
        wall(number)[0, 0, 0] for number in (2, 3, 4)
    ]


def test_empty_frames_of_long_clips_are_spread_evenly():
    scene = SceneFrames(most=4)
    for number in range(100):
        scene.add(number, np.full((4, 4, 3), number, np.uint8), np.zeros((17, 3)))
    held = [int(image[0, 0, 0]) for image, _ in scene.between(0, 100)]
    assert held == [0, 32, 64, 96]


def test_beyond_the_frame_the_scene_goes_on():
    """A person at the frame's edge is not stretched beyond it."""
    image, scene = wall(), wall()
    image[:20, 80:100] = 255, 0, 0
    crop = PersonCrop(-40.5, 59.5, 128, 72, (128, 72))
    seen = crop.apply(image, scene)
    np.testing.assert_array_equal(seen[:40], crop.apply(scene)[:40])
    np.testing.assert_array_equal(seen[40:], crop.apply(image)[40:])
    assert (seen[40:60, 20:40] == (255, 0, 0)).all()
    inside = PersonCrop(10, 10, 128, 72, (64, 36))
    np.testing.assert_array_equal(inside.apply(image, scene), inside.apply(image))


def test_a_moving_camera_gives_every_image_its_own(tmp_path, marker_movenet):
    walls = tuple(wall(4 * index) for index in range(COUNT))
    dataset, person = prepare(FramesInMemory(walls), tmp_path, marker_movenet, crop="fixed")
    assert (person.background, person.camera) == ("filled", "moving")
    assert person.background_change > 0.1
    assert person.background_unseen is None
    assert "shared_backgrounds" not in dataset.manifest
    assert verify_dataset(dataset.path) == []
    for split in (dataset.train, dataset.test):
        assert split.backgrounds.names == split.names
        images = ImageStore(split, (128, 72))
        backgrounds = ImageStore(split.backgrounds, (128, 72))
        for index in (0, len(split.names) - 1):
            image, background = images.image(index), backgrounds.image(index)
            free = ~person_area(split.keypoints[index], (128, 72), COCO17)
            # Both are JPEG files, so they differ slightly.
            assert np.median(np.abs(image.astype(int) - background)[free]) <= 1
            mark = (image[..., 0].astype(int) - image[..., 1]) > 100
            assert mark.any()
            assert not ((background[..., 0].astype(int) - background[..., 1]) > 100).any()


def test_a_camera_that_sways_gives_one_background(tmp_path, marker_movenet):
    walls = tuple(wall(16 + round(12 * np.sin(index))) for index in range(COUNT))
    dataset, person = prepare(FramesInMemory(walls), tmp_path, marker_movenet, crop="fixed")
    assert (person.background, person.camera) == ("plate", "followed")
    assert person.camera_extent == pytest.approx(12, abs=0.5)
    assert dataset.manifest["shared_backgrounds"]["train"] == {"anna": "anna.jpg"}
    background = ImageStore(dataset.train.backgrounds, (128, 72)).image(0).astype(int)
    images = ImageStore(dataset.train, (128, 72))
    for index in range(0, len(dataset.train.names), 5):
        free = ~person_area(dataset.train.keypoints[index], (128, 72), COCO17)
        assert np.median(np.abs(images.image(index) - background)[free]) <= 3


def test_a_crop_that_follows_gives_every_image_its_part_of_the_plate(tmp_path, marker_movenet):
    dataset, person = prepare(
        FramesInMemory((wall(),) * COUNT), tmp_path, marker_movenet, crop="follow"
    )
    assert (person.background, person.camera, person.crop) == ("plate", "still", "follow")
    assert dataset.train.backgrounds.names == dataset.train.names
    backgrounds = ImageStore(dataset.train.backgrounds, (128, 72))
    assert not np.array_equal(backgrounds.image(0), backgrounds.image(12))
    images = ImageStore(dataset.train, (128, 72))
    for index in (0, 12):
        free = ~person_area(dataset.train.keypoints[index], (128, 72), COCO17)
        error = np.abs(images.image(index).astype(int) - backgrounds.image(index))[free]
        assert np.median(error) <= 2


def test_sharding_keeps_a_shared_background_once(tmp_path, marker_movenet):
    dataset, _ = prepare(FramesInMemory((wall(),) * COUNT), tmp_path, marker_movenet, crop="fixed")
    shards = shard_dataset(dataset, tmp_path / "shards")
    assert shards.manifest["shared_backgrounds"] == dataset.manifest["shared_backgrounds"]
    assert verify_dataset(shards.path) == []
    for split in ("train", "test"):
        size = (shards.path / f"backgrounds-{split}" / "00000.tfrecord").stat().st_size
        assert size < 2 * (dataset.path / f"backgrounds-{split}" / "anna.jpg").stat().st_size
        one, other = getattr(dataset, split), getattr(shards, split)
        for budget in (0, 1 << 24):
            expected = ImageStore(one.backgrounds, (128, 72)).take([2, 0, 1])
            store = ImageStore(other.backgrounds, (128, 72), budget)
            np.testing.assert_array_equal(store.take([2, 0, 1]), expected)
            np.testing.assert_array_equal(store.image(2), expected[0])


def test_photographs_are_filled_in():
    image = wall()
    joints = np.array([(90 + 5 * (i % 4), 80 + 6 * (i // 4), 1.0) for i in range(17)])
    crop = PersonCrop(20, 40, 160, 90, (128, 72))
    backgrounds = PersonBackgrounds.of_photographs([crop], COCO17)
    assert (backgrounds.kind, backgrounds.change, backgrounds.unseen) == ("filled", None, None)
    assert not backgrounds.shared
    small, placed = crop.apply(image), crop.to_crop(joints)
    np.testing.assert_array_equal(
        backgrounds.image(0, small, placed), fill_person(small, placed, COCO17)
    )


def test_frames_of_several_sizes_have_no_plate():
    frames = [wall(), wall()[:100]]
    crops = [PersonCrop(0, 0, 64, 36, (64, 36))] * 2
    backgrounds = PersonBackgrounds.of_clip(
        frames.__getitem__, np.ones((2, 17, 3)), ["train"] * 2, crops, "fixed", COCO17
    )
    assert (backgrounds.kind, backgrounds.plate, backgrounds.shared) == ("filled", None, False)


@pytest.mark.slow
def test_plates_of_real_clips(shared):
    """A tripod holds the camera of both reference clips; a part of the scene is always hidden."""
    from deformable_gan.data.posed_frames import posed_frames
    from deformable_gan.data.video import read_frames
    from deformable_gan.pose.body_box import BodyBox
    from deformable_gan.pose.movenet import MoveNet

    movenet = MoveNet.load(shared / "models" / "movenet_singlepose_lightning_4")
    for clip in ("tfjs_pose_1", "tfjs_pose_squats"):
        frames = posed_frames(read_frames(shared / "clips" / f"{clip}.mp4", 6, 240), movenet)
        frames = [frame for frame in frames if (frame.keypoints[:, 2] > 0.3).all()][:20]
        joints = np.array([frame.keypoints for frame in frames])
        size = frames[0].image.shape[:2]
        boxes = [BodyBox.of_pose(pose, COCO17).within(size) for pose in joints]
        times = [frame.time for frame in frames]
        mode, crops = crop_clip(boxes, times, size, (128, 72), "fixed")
        backgrounds = PersonBackgrounds.of_clip(
            lambda index, frames=frames: frames[index].image,
            joints,
            ["train"] * len(frames),
            crops,
            mode,
            COCO17,
        )
        assert backgrounds.kind == "plate"
        assert backgrounds.change < 0.01
        assert 0 < backgrounds.unseen < 0.5


def test_backgrounds_are_jpegs(tmp_path, marker_movenet):
    prepare(FramesInMemory((wall(),) * COUNT), tmp_path, marker_movenet)
    for data in background_bytes(tmp_path).values():
        assert Image.open(io.BytesIO(data)).size == (72, 128)
