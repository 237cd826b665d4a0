"""Measure how often the whole body is found: in one look, in two, and when following the person.

    python benchmarks/poses.py CLIP… --movenet PATH [--lite FILE.tflite] [--still PHOTO COCO.json]

A *look* is one run of MoveNet on one square of a frame: first the whole frame, then the square
around the person found. *Following* looks only at the square around the person in the previous
frame, unless the result is doubtful (docs/poses.md).

The command prints a table in Markdown. A body counts as found if the nose and both shoulders, hips,
knees and ankles have a confidence above 0.3. `--lite` adds the median distance between the joints
that the two models find when they follow the person (confidence above 0.5 in both), in pixels of
frames of at most 240 lines. `--still` adds the mean and the largest distance between the joints
found in a photograph and the true ones.
"""

import argparse
import json
import os
from pathlib import Path

import numpy as np


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--movenet", required=True)
    parser.add_argument("--lite")
    parser.add_argument("--still", nargs=2, type=Path)
    arguments = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

    from deformable_gan.data.media import read_photo
    from deformable_gan.data.video import read_frames
    from deformable_gan.pose.movenet import MoveNet
    from deformable_gan.pose.skeleton import COCO17
    from deformable_gan.pose.tracking import PersonTracker

    body = [0, *COCO17.indices("left_shoulder", "right_shoulder", "left_hip", "right_hip")]
    body += COCO17.indices("left_knee", "right_knee", "left_ankle", "right_ankle")
    twice = MoveNet.load(arguments.movenet)
    once = MoveNet(twice.network, second_look=False)
    lite = MoveNet.load(arguments.lite) if arguments.lite else None

    print("| clip | frames | one look | two looks | following | looks per frame |")
    print("| --- | --- | --- | --- | --- | --- |")
    totals = np.zeros(5)
    distances = []
    for clip in arguments.clips:
        images = [image for _, image in read_frames(clip)]
        tracker = PersonTracker(twice)
        poses = [
            np.array([estimate(image) for image in images])
            for estimate in (once.estimate, twice.estimate, tracker.follow)
        ]
        found = [(one[:, body, 2].min(axis=1) > 0.3).sum() for one in poses]
        print(_row(clip.name, np.array([len(images), *found, tracker.looks])), flush=True)
        totals += [len(images), *found, tracker.looks]
        if lite is not None:
            other = PersonTracker(lite)
            theirs = np.array([other.follow(image) for image in images])
            sure = (poses[2][..., 2] > 0.5) & (theirs[..., 2] > 0.5)
            distances.extend(np.linalg.norm((poses[2] - theirs)[sure][:, :2], axis=1))
    print(_row("all", totals))
    if distances:
        print(
            f"\ndistance between the models: median {np.median(distances):.2f} pixels over "
            f"{len(distances)} joints"
        )
    if arguments.still:
        image = read_photo(arguments.still[0])
        annotation = json.loads(arguments.still[1].read_text())["annotations"][0]
        truth = np.array(annotation["keypoints"]).reshape(17, 3)[:, [1, 0]]
        for name, movenet in (("one look", once), ("two looks", twice)):
            error = np.linalg.norm(movenet.estimate(image)[:, :2] - truth, axis=1)
            print(
                f"{name}: {error.mean():.1f} pixels from the true joints on average, at most "
                f"{error.max():.1f}"
            )


def _row(name: str, numbers: np.ndarray) -> str:
    count, *found, looks = numbers
    shares = " | ".join(f"{number / count:.3f}" for number in found)
    return f"| {name} | {count:.0f} | {shares} | {looks / count:.2f} |"


if __name__ == "__main__":
    main()
