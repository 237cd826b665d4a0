"""A contact sheet of an augmented set."""

from collections.abc import Callable

import numpy as np

from deformable_gan.augmenting.drawn_poses import DrawnPoses
from deformable_gan.data.annotations import person_of
from deformable_gan.data.dataset_folder import Split
from deformable_gan.pose.skeleton import Skeleton
from deformable_gan.visualize import draw_skeleton, image_grid

#: Limits of a sheet, so that it stays small enough to view.
MOST_ROWS, MOST_POSES = 10, 4
_CELL_HEIGHT = 200


def draw_overview(
    split: Split,
    skeleton: Skeleton,
    drawn: DrawnPoses,
    image: Callable[[int], np.ndarray],
    generated: Callable[[int, int], np.ndarray],
) -> np.ndarray:
    """Return a sheet of some people, each with the poses they take and the results.

    Args:
        split: the images' names and joints.
        skeleton: the joints' layout.
        drawn: the poses that the people take.
        image: returns the split's image at a position, uint8 [H, W, 3].
        generated: returns the generated image, uint8 [H, W, 3], for a position in `drawn.sources`
            and the number of one of its poses.

    Returns:
        uint8 [H', W', 3], with one row for each of at most 10 people, and at most 4 poses a row.
    """
    people = [person_of(split.names[source]) for source in drawn.sources]
    firsts = np.unique(people, return_index=True)[1]
    shown = firsts[np.linspace(0, len(firsts) - 1, min(len(firsts), MOST_ROWS)).round().astype(int)]
    poses = min(drawn.poses.shape[1], MOST_POSES)
    rows = []
    for place in shown:
        row = [_enlarged(image(int(drawn.sources[place])))]
        for turn in range(poses):
            pose = int(drawn.poses[place, turn])
            taken = image(pose)
            joints = split.keypoints[pose]
            row.append(draw_skeleton(taken, joints, skeleton, scale=_scale(taken)))
            row.append(_enlarged(generated(int(place), turn)))
        rows.append(row)
    return image_grid(rows, column_titles=["person", *["pose of", "made"] * poses])


def _scale(image: np.ndarray) -> int:
    return max(1, round(_CELL_HEIGHT / image.shape[0]))


def _enlarged(image: np.ndarray) -> np.ndarray:
    scale = _scale(image)
    return image.repeat(scale, axis=0).repeat(scale, axis=1)
