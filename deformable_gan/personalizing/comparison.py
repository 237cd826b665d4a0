"""An image of held-out frames, before and after fine-tuning."""

import numpy as np

from deformable_gan.data.media import write_image
from deformable_gan.data.pipeline import PairPipeline
from deformable_gan.inference import Generate, generate_batch
from deformable_gan.pose.skeleton import Skeleton
from deformable_gan.visualize import draw_skeleton, image_grid

_ROWS = 6
_TITLES = ("source", "target pose", "before", "after", "target")


def draw_comparison(
    path, before: Generate, after: Generate, pipeline: PairPipeline, skeleton: Skeleton
) -> None:
    """Write a PNG of up to six pairs, spread evenly over a split.

    Args:
        path: the file.
        before: the function that generates images with the starting weights; see
            `inference.make_generate`.
        after: the same with the fine-tuned weights.
        pipeline: the split's pipeline.
        skeleton: the joints' layout.
    """
    batch = next(iter(pipeline.in_order(_ROWS, _ROWS)))
    images = [generate_batch(generate, batch) for generate in (before, after)]
    rows = []
    for index, target in enumerate(batch["target_image"].numpy()):
        keypoints = batch["target_keypoints"][index].numpy()
        pose = draw_skeleton(np.zeros_like(target), keypoints, skeleton)
        source = batch["source_image"][index].numpy()
        rows.append([source, pose, *(made[index] for made in images), target])
    write_image(path, image_grid(rows, column_titles=_TITLES))
