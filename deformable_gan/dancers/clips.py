"""Short clips of synthetic dancers, filmed by a camera on a tripod."""

import json
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from tqdm import tqdm

from deformable_gan.dancers.body import Body, place_body
from deformable_gan.dancers.camera import Camera
from deformable_gan.dancers.choreography import dance
from deformable_gan.dancers.dancer import Dancer
from deformable_gan.dancers.drawing_options import ClipOptions
from deformable_gan.dancers.pose import Pose
from deformable_gan.dancers.recordings import Recordings, read_recordings
from deformable_gan.dancers.renderer import Renderer
from deformable_gan.data.atomic_file import atomic_file
from deformable_gan.errors import ConfigurationError, MediaError

_DEFAULTS = ClipOptions()
_MINIMUM_SIZE = 64
# The dancer's height and the floor's row, as fractions of the frame's height.
_DANCER_HEIGHT = 0.74
_FLOOR = 0.93
# How far recorded dancers move towards and away from the viewer, in body heights: little, because
# the camera is orthographic and does not show distant dancers smaller.
_DEPTH = 0.2
# One thread, so that equal arguments give equal files on any number of cores.
_X264 = {"crf": "18", "threads": "1"}


def write_clips(
    output_dir: str | Path,
    people: int = _DEFAULTS.people,
    seconds: float = _DEFAULTS.seconds,
    rate: int = _DEFAULTS.rate,
    size: tuple[int, int] = _DEFAULTS.size,
    seed: int = _DEFAULTS.seed,
    motion: Sequence[str | Path] | Recordings | None = None,
    random_facing: bool = False,
    progress: bool = True,
) -> list[Path]:
    """Write clips of one dancer each, with their exact joints.

    The camera stands still and the dancer moves about. `dancer0000.json` contains the joints of
    `dancer0000.mp4` (H.264)::

        {"kind": "synthetic-dancers", "seed": 0, "person": 0, "skeleton": "coco17",
         "joints": ["nose", …], "rate": 12, "image_size": [480, 272],
         "keypoints": [[[y, x, visible], … per joint], … per frame]}

    y and x are in pixels, and are given for joints outside the frame, too; visible is 1 or 0. For
    recorded motion there is another entry, `motion`: the recording, the start and the facing.

    Args:
        output_dir: folder for the clips, created if necessary; files of the same names are
            replaced.
        people: number of dancers. They are the first people of the dataset that `make_dancers`
            makes with the same seed and the variety `plain`.
        seconds: length of each clip.
        rate: frames per second.
        size: (height, width) of the frames in pixels, even numbers of at least 64.
        seed: determines everything random.
        motion: BVH files or their `Recordings`, as in `make_dancers`. If a dancer's path would
            leave the frame, it is scaled down.
        random_facing: as in `make_dancers`.
        progress: whether to show a progress bar on standard error.

    Returns:
        The clips' paths.

    Raises:
        ConfigurationError: an argument is out of range.
        MediaError: the folder cannot be made, a clip cannot be encoded or written, or a recording
            cannot be used.
    """
    height, width = size
    if min(size) < _MINIMUM_SIZE or height % 2 or width % 2:
        raise ConfigurationError(
            f"size must be (height, width) of at least {_MINIMUM_SIZE} pixels each, in even "
            f"numbers because H.264 needs them, received {tuple(size)}"
        )
    frames = round(seconds * rate)
    if people < 1 or rate < 1 or frames < 1 or seed < 0:
        raise ConfigurationError(
            "people, rate and seconds * rate must be at least 1 and seed at least 0, received "
            f"people {people}, rate {rate}, seconds {seconds}, seed {seed}"
        )
    recordings = read_recordings(motion, random_facing)  # type: ignore[arg-type]  # accepts `Recordings`, too
    output_dir = Path(output_dir)
    try:
        output_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MediaError(f"cannot make the folder {output_dir} for clips: {error}") from error
    paths = []
    with tqdm(
        total=people * frames, unit="frame", desc="filming", disable=None if progress else True
    ) as bar:
        for person in range(people):
            rng = np.random.default_rng([seed, person])
            dancer = Dancer.random(rng)
            path = output_dir / f"dancer{person:04d}.mp4"
            facts = {
                "kind": "synthetic-dancers",
                "seed": seed,
                "person": person,
                "skeleton": Renderer.skeleton.name,
                "joints": list(Renderer.skeleton.joints),
                "rate": rate,
                "image_size": [height, width],
            }
            # The space between the torso and either side of the frame, in body heights.
            room = max(0.0, width / 2 / (_DANCER_HEIGHT * height) - 0.16)
            reach = 0.55 * min(room, 0.7)
            if recordings is None:
                bodies = [
                    place_body(dancer.build, pose) for pose in _wander(rng, frames, rate, reach)
                ]
            else:
                stretch = recordings.draw(rng, frames, rate, random_facing)
                facts["motion"] = stretch.facts
                bodies = stretch.bodies(dancer.build, (reach, _DEPTH))
            _film(path, dancer, bodies, rate, size, facts, bar)
            paths.append(path)
    return paths


def _wander(rng: np.random.Generator, frames: int, rate: int, reach: float) -> list[Pose]:
    """Return an invented dance that moves sideways by up to `reach` body heights."""
    phases = rng.uniform(0, 2 * np.pi, 2)
    poses = []
    for index, pose in enumerate(dance(rng, frames, rate)):
        time = index / rate
        walk = 0.6 * np.sin(0.9 * time + phases[0])
        walk += 0.4 * np.sin(0.53 * time + phases[1])
        poses.append(replace(pose, place=reach * walk))
    return poses


def _film(
    path: Path,
    dancer: Dancer,
    bodies: list[Body],
    rate: int,
    size: tuple[int, int],
    facts: dict,
    bar: tqdm,
) -> None:
    import av  # only clips need PyAV

    from deformable_gan.data.write_video import REPEATABLE

    height, width = size
    scale = _DANCER_HEIGHT * height
    camera = Camera(scale, ((width - 1) / 2, _FLOOR * height))
    renderer = Renderer(dancer, size, body_height=scale)
    keypoints = []
    try:
        with atomic_file(path) as temporary:
            options = _X264 | REPEATABLE
            with av.open(str(temporary.absolute()), "w") as container:
                stream = container.add_stream("libx264", rate=Fraction(rate), options=options)
                stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
                for body in bodies:
                    rendering = renderer.draw_body(body, camera)
                    keypoints.append(_exact(rendering.joints, rendering.visible))
                    frame = av.VideoFrame.from_ndarray(rendering.image, format="rgb24")
                    container.mux(stream.encode(frame))
                    bar.update()
                container.mux(stream.encode())
            # The joints are written first, so that no clip lacks them.
            with atomic_file(path.with_suffix(".json")) as joints:
                text = json.dumps({**facts, "keypoints": keypoints}) + "\n"
                joints.write_text(text, encoding="utf-8")
    except (OSError, av.FFmpegError) as error:
        raise MediaError(f"cannot write the clip {path}: {error}") from error


def _exact(joints: np.ndarray, visible: np.ndarray) -> list[list[float]]:
    return [
        [round(float(y), 2), round(float(x), 2), int(seen)]
        for (y, x), seen in zip(joints, visible, strict=True)
    ]
