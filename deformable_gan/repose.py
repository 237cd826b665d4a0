"""`python -m deformable_gan.repose`: a person from a photograph in other poses."""

import argparse
import math
import sys
from pathlib import Path

from deformable_gan.cli import import_tensorflow, run_verb
from deformable_gan.errors import ConfigurationError, MediaError

_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
_CLIPS = (".mp4", ".mov", ".webm", ".gif")


def main(argv: list[str] | None = None) -> int:
    """Run the verb; return the exit status."""
    arguments = _parser().parse_args(argv)
    _check(arguments)
    is_picture = arguments.output.suffix.lower() in _PICTURES

    import_tensorflow()
    import cv2
    import numpy as np
    from tqdm import tqdm

    from deformable_gan.data.media import write_image
    from deformable_gan.data.write_video import write_video
    from deformable_gan.reposing.reposer import Reposer
    from deformable_gan.visualize import draw_skeleton

    reposer = Reposer.load(arguments.run or arguments.model, arguments.movenet)
    person = reposer.person(arguments.source, arguments.mask)
    poses = reposer.poses(arguments.pose, arguments.rate)
    if is_picture and len(poses.keypoints) > 1:
        raise MediaError(
            f"{arguments.pose} holds {len(poses.keypoints)} poses, which {arguments.output} "
            "cannot show: name an output that ends in .mp4, .webm or .gif"
        )
    with tqdm(total=len(poses.keypoints), unit="image", disable=None, leave=False) as progress:
        images = list(reposer.repose(person, poses, progress.update))
    if arguments.side_by_side:
        images = [
            np.concatenate(
                [
                    person.image,
                    draw_skeleton(np.zeros_like(image), keypoints, reposer.skeleton),
                    image,
                ],
                axis=1,
            )
            for image, keypoints in zip(images, poses.keypoints, strict=True)
        ]
    if arguments.scale > 1:
        images = [
            cv2.resize(
                image,
                None,
                fx=arguments.scale,
                fy=arguments.scale,
                interpolation=cv2.INTER_CUBIC,
            )
            for image in images
        ]
    if is_picture:
        write_image(arguments.output, images[0])
    else:
        write_video(arguments.output, images, poses.rate or 1.0)
    print(f"{arguments.output}: {arguments.source} in {len(images)} pose(s) of {arguments.pose}")
    return 0


def _check(arguments: argparse.Namespace) -> None:
    """Find out before the work whether its result could be written."""
    if arguments.output.suffix.lower() not in (*_PICTURES, *_CLIPS):
        raise MediaError(
            f"cannot write {arguments.output}: expected a name that ends in "
            f"{', '.join(_PICTURES)} for one pose, or {', '.join(_CLIPS)} for many"
        )
    for option in ("scale", "rate"):
        value = getattr(arguments, option)
        if value is not None and not 0 < value < math.inf:
            raise ConfigurationError(f"--{option} must be positive, received {value}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m deformable_gan.repose",
        description="Put the person in a photograph into the pose of another photograph, or into "
        "all the poses of a clip. Images of a dataset folder come with their joints; in any other "
        "picture or clip MoveNet finds them.",
    )
    model = parser.add_mutually_exclusive_group(required=True)
    model.add_argument("--run", type=Path, metavar="DIR", help="a run directory")
    model.add_argument("--model", type=Path, metavar="DIR", help="an exported SavedModel")
    parser.add_argument(
        "--source", type=Path, required=True, metavar="PHOTO", help="who is to be seen"
    )
    parser.add_argument(
        "--mask",
        type=Path,
        metavar="FILE",
        help="where the person is in PHOTO: a grey picture of its size, 255 on the person and 0 "
        "elsewhere; for models trained with --mask (images of a dataset folder bring theirs)",
    )
    parser.add_argument(
        "--pose",
        type=Path,
        required=True,
        metavar="FILE",
        help="the pose to take: a photograph, a clip, or a dataset's annotations-*.csv",
    )
    parser.add_argument(
        "--output",
        type=Path,
        required=True,
        metavar="FILE",
        help="a picture (.png, .jpg) for one pose, a clip (.mp4, .webm, .gif) for many",
    )
    parser.add_argument(
        "--rate", type=float, metavar="X", help="poses per second of a clip (default: all frames)"
    )
    parser.add_argument(
        "--side-by-side", action="store_true", help="show source, skeleton and result"
    )
    parser.add_argument(
        "--scale", type=int, default=1, metavar="N", help="enlarge the result N times"
    )
    parser.add_argument(
        "--movenet", metavar="PATH", help="MoveNet's SavedModel folder or .tflite file"
    )
    return parser


if __name__ == "__main__":
    sys.exit(run_verb(main))
