"""Preparing one recording: finding, cropping and encoding images of people with their joints."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from deformable_gan.backgrounds.even_selection import evenly
from deformable_gan.backgrounds.plate_builder import MOST_FRAMES
from deformable_gan.data.dataset_writer import encode_image
from deformable_gan.data.posed_frames import posed_frames
from deformable_gan.data.preparing.backgrounds import PersonBackgrounds
from deformable_gan.data.preparing.frame_quality import is_cut, is_duplicate, sharpness, thumbnail
from deformable_gan.data.preparing.frame_spool import FrameSpool
from deformable_gan.data.preparing.person_tracks import person_tracks
from deformable_gan.data.preparing.prepare_options import PrepareOptions
from deformable_gan.data.preparing.recordings import Recording
from deformable_gan.data.preparing.result import (
    PersonFrames,
    RecordingResult,
    ResultWriter,
    background_file,
    describe_dropped,
    image_file,
    shared_background_file,
)
from deformable_gan.data.preparing.scene_frames import SceneFrames
from deformable_gan.data.preparing.steady_camera import steady_camera
from deformable_gan.data.preparing.temporal_split import split_in_time
from deformable_gan.data.usable_pose import keep_seen_joints, why_unusable
from deformable_gan.errors import MediaError, PoseError
from deformable_gan.pose.body_box import BodyBox
from deformable_gan.pose.clip_crops import crop_clip
from deformable_gan.pose.movenet import MoveNet
from deformable_gan.pose.person_crop import PersonCrop
from deformable_gan.pose.skeleton import Skeleton
from deformable_gan.pose.smoothing import smooth_over_time

# Reasons to drop frames, in addition to those of `why_unusable`.
_BETWEEN = "in the gap between training and test"
_DUPLICATE = "duplicate frame"
_BLURRED = "blurred"
_UNREADABLE = "unreadable"
_SHORT_TRACK = "track too short"
_GIVEN_UP = "recording not usable"

# If a clip has several tracks, those shorter than this many seconds are mostly estimation errors at
# the image's edge.
_SHORTEST_TRACK = 1.0
# The fewest frames among which blurred ones can be recognised.
_LEAST_COMPARED = 4


def prepare_recording(
    recording: Recording,
    path: Path,
    movenet: MoveNet,
    options: PrepareOptions,
    on_frame: Callable[[], None] = lambda: None,
) -> None:
    """Find, select, crop and encode a recording's images and write its result.

    If a recording cannot be read to its end or shows no usable person, its result is the reason.

    Args:
        recording: the clip or the photographs.
        path: the file to write the result to.
        movenet: finds the joints.
        options: how the recording is prepared.
        on_frame: called after each frame.

    Raises:
        MediaError: the result cannot be written.
    """
    result = RecordingResult(
        movenet={
            "skeleton": movenet.skeleton.name,
            "input_size": movenet.network.input_size,
            "format": movenet.network.format,
            "second_look": movenet.second_look,
        }
    )
    with FrameSpool() as images, ResultWriter(path) as writer:
        try:
            poses = _find_poses(recording, movenet, options, result, images, on_frame)
            people = poses.people(result.dropped, recording.kind, options)
            for person in people:
                others = [other for other in people if other is not person]
                _add_person(person, others, poses, images, recording, options, result, writer)
            if not result.people:
                raise PoseError(_too_few(recording, result))
        except (MediaError, PoseError) as error:
            result.failure = str(error)
            result.dropped[_GIVEN_UP] = result.sampled - result.dropped.total()
            result.dropped += Counter()  # removes zeros
        if result.failures:
            result.sampled += len(result.failures)
            result.dropped[_UNREADABLE] = len(result.failures)
        writer.finish(result)


@dataclass
class _Poses:
    """The usable frames of a recording, and the poses in all its frames, in one layout."""

    skeleton: Skeleton
    times: list[float] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    joints: list[np.ndarray] = field(default_factory=list)
    sizes: list[tuple[int, int]] = field(default_factory=list)
    sharpness: list[float] = field(default_factory=list)
    # Of all frames of a clip, usable or not; empty for photographs:
    all_times: list[float] = field(default_factory=list)
    all_joints: list[np.ndarray] = field(default_factory=list)
    cuts: list[bool] = field(default_factory=list)
    # Frames of a clip without a usable pose, for the background:
    empty: SceneFrames = field(default_factory=SceneFrames)

    def shot_of(self, number: int) -> tuple[int, int]:
        """Return the number of the first frame of the shot that contains a frame, and its end.

        The end is the number of the first frame of the next shot, or the number of frames.
        """
        starts = [0, *(index for index, cut in enumerate(self.cuts) if cut), len(self.cuts)]
        first = max(start for start in starts if start <= number)
        return first, min(start for start in starts if start > number)

    def people(self, dropped: Counter, kind: str, options: PrepareOptions) -> list[list[int]]:
        """Return the positions of each person's frames, and count those that are dropped."""
        if kind == "photos":
            return [list(range(len(self.numbers)))]
        tracks = person_tracks(
            np.array(self.all_joints), self.all_times, self.skeleton, self.cuts, options.absence
        )
        by_track: dict[int | None, list[int]] = {}
        for position, number in enumerate(self.numbers):
            by_track.setdefault(tracks[number], []).append(position)
        people = []
        for positions in by_track.values():
            lasting = self.times[positions[-1]] - self.times[positions[0]]
            if len(by_track) > 1 and lasting < _SHORTEST_TRACK:
                dropped[_SHORT_TRACK] += len(positions)
                continue
            sharp = [self.sharpness[position] for position in positions]
            least = options.least_sharpness * float(np.median(sharp))
            if len(positions) < _LEAST_COMPARED:
                least = 0.0
            clear = [
                position for position, value in zip(positions, sharp, strict=True) if value >= least
            ]
            dropped[_BLURRED] += len(positions) - len(clear)
            people.append(clear)
        dropped += Counter()
        return people


def _find_poses(
    recording: Recording,
    movenet: MoveNet,
    options: PrepareOptions,
    result: RecordingResult,
    images: FrameSpool,
    on_frame: Callable[[], None],
) -> _Poses:
    """Find the joints in every frame and spool the usable frames."""
    frames = recording.frames(
        options.rate, options.height, lambda *failure: result.failures.append(failure)
    )
    video = recording.kind == "video"
    poses = _Poses(movenet.skeleton)
    last_image = last_thumbnail = None
    posed = posed_frames(frames, movenet, video, options.looks)
    for number, (time, image, keypoints) in enumerate(posed):
        result.sampled += 1
        on_frame()
        joints = keep_seen_joints(keypoints, image.shape[:2], options.threshold)
        reason = why_unusable(joints, movenet.skeleton)
        if video:
            small = thumbnail(image)
            poses.cuts.append(last_thumbnail is not None and is_cut(last_thumbnail, small))
            last_thumbnail = small
            poses.all_times.append(time)
            poses.all_joints.append(keypoints)
            if (
                reason is None
                and not options.keep_repeated
                and last_image is not None
                and is_duplicate(last_image, image)
            ):
                reason = _DUPLICATE
        if reason is not None:
            if video and reason != _DUPLICATE:
                poses.empty.add(number, image, keypoints)
            result.dropped[reason] += 1
            continue
        last_image = image
        images.append(image)
        poses.times.append(time)
        poses.numbers.append(number)
        poses.joints.append(joints)
        poses.sizes.append(image.shape[:2])
        # The part of the body's box outside the image has no pixels.
        box = BodyBox.of_pose(joints, movenet.skeleton).within(image.shape[:2])
        poses.sharpness.append(sharpness(image, box) if video else 0.0)
    return poses


def _scene_behind(
    positions: list[int],
    splits: Sequence[str | None],
    others: Sequence[list[int]],
    poses: _Poses,
    images: FrameSpool,
    options: PrepareOptions,
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return frames of the person's shot that do not show the person, with the joints found.

    Only frames before the person's first held-out frame are returned. Held-out frames of other
    people are left out, too.
    """
    first, end = poses.shot_of(poses.numbers[positions[0]])
    if "test" in splits:
        end = min(end, poses.numbers[positions[splits.index("test")]])
    found: list[tuple[np.ndarray, np.ndarray] | int] = [*poses.empty.between(first, end)]
    for other in others:
        times = [poses.times[position] for position in other]
        for position, split in zip(
            other, split_in_time(times, options.test_fraction, options.gap), strict=True
        ):
            if split == "train" and first <= poses.numbers[position] < end:
                found.append(position)
    # Frames of other people are read only if they are chosen: not all of them fit into memory.
    return [
        (images[one], poses.joints[one]) if isinstance(one, int) else one
        for one in evenly(found, MOST_FRAMES // 2)
    ]


def _add_person(
    positions: list[int],
    others: Sequence[list[int]],
    poses: _Poses,
    images: FrameSpool,
    recording: Recording,
    options: PrepareOptions,
    result: RecordingResult,
    writer: ResultWriter,
) -> None:
    """Crop one person's frames, divide them into training and test, and write them.

    The backgrounds are written beside the images: a single one if the camera and the crop stand
    still, otherwise one for each image.
    """
    if len(positions) < 2:
        result.dropped[_SHORT_TRACK] += len(positions)
        return
    skeleton = poses.skeleton
    times = [poses.times[position] for position in positions]
    sizes = [poses.sizes[position] for position in positions]
    found = np.array([poses.joints[position] for position in positions])
    camera_extent = None
    beyond = None

    def original_frame(index: int) -> np.ndarray:
        return images[positions[index]]

    read: Callable[[int], np.ndarray] = original_frame

    if recording.kind == "photos":
        joints, mode = found, "each"
        boxes = _boxes(joints, sizes, skeleton)
        crops = [
            PersonCrop.around(box, options.image_size).fitted(size)
            for box, size in zip(boxes, sizes, strict=True)
        ]
        splits = split_in_time(times, options.test_fraction, gap=0)
        backgrounds = PersonBackgrounds.of_photographs(crops, skeleton)
    else:
        splits = split_in_time(times, options.test_fraction, options.gap)
        crop_size = options.image_size, options.crop
        _, crops = crop_clip(_boxes(found, sizes, skeleton), times, sizes[0], *crop_size)
        steady = steady_camera(read, found, splits, crops, skeleton)
        if steady:
            read, found, camera_extent = steady.read, steady.keypoints, steady.extent
            sizes = [steady.size] * len(positions)
        joints = smooth_over_time(found, np.array(times), options.smooth)
        boxes = _boxes(joints, sizes, skeleton)
        mode, crops = crop_clip(boxes, times, sizes[0], *crop_size)
        # Frames of the scene are not aligned with frames that were stabilised.
        scene = [] if steady else _scene_behind(positions, splits, others, poses, images, options)
        # The smoothed joints are not used here: they contain information from held-out frames.
        backgrounds = PersonBackgrounds.of_clip(read, found, splits, crops, mode, skeleton, scene)
        beyond = backgrounds.scene
    shares = [box.height / crop.height for box, crop in zip(boxes, crops, strict=True)]
    person = PersonFrames(
        mode,
        float(np.median(shares)),
        [],
        [],
        [],
        np.zeros(0),
        backgrounds.kind,
        backgrounds.change,
        backgrounds.unseen,
        camera_extent,
    )
    placed = []
    for index, (position, time, pose, crop, split) in enumerate(
        zip(positions, times, joints, crops, splits, strict=True)
    ):
        if split is None:
            result.dropped[_BETWEEN] += 1
            continue
        number = poses.numbers[position]
        image = crop.apply(read(index), beyond)
        in_crop = crop.to_crop(pose)
        placed.append(in_crop * (in_crop[:, 2:] > 0))
        writer.add_file(image_file(number), encode_image("image.jpg", image))
        if not backgrounds.shared or not person.numbers:
            background = backgrounds.image(index, image, placed[-1])
            file = background_file(number)
            if backgrounds.shared:
                file = shared_background_file(len(result.people))
            writer.add_file(file, encode_image("background.jpg", background))
        person.background_files.append(file)
        person.numbers.append(number)
        person.times.append(time)
        person.splits.append(split)
    person.keypoints = np.array(placed, np.float32)
    result.people.append(person)


def _boxes(
    joints: np.ndarray, sizes: Sequence[tuple[int, int]], skeleton: Skeleton
) -> list[BodyBox]:
    return [
        BodyBox.of_pose(pose, skeleton).within(size)
        for pose, size in zip(joints, sizes, strict=True)
    ]


def _too_few(recording: Recording, result: RecordingResult) -> str:
    what = "frame" if recording.kind == "video" else "photograph"
    if not result.sampled:
        return f"{recording.path}: no {what} of {recording.person!r} could be read"
    looked_at = f"{result.sampled} {what}{'s' if result.sampled > 1 else ''}"
    reasons = describe_dropped(result.dropped)
    few = result.dropped[_SHORT_TRACK]
    found = f"only {few} usable pose{'s' if few > 1 else ''}" if few else "no usable person"
    return (
        f"{recording.path}: {found} in {looked_at} of {recording.person!r}"
        + (f" (dropped: {reasons})" if reasons else "")
        + "; a pair needs two usable images"
    )
