"""Images and poses to test an exported model on."""

import numpy as np

from deformable_gan.backgrounds.fill_person import fill_person
from deformable_gan.dancers import Dancer, Renderer, dance
from deformable_gan.pose.skeleton import Skeleton, convert_keypoints

# The source's and the target's pose are successive poses of a dance at this rate.
_POSES_A_SECOND = 1.6


def sample_pairs(
    count: int,
    image_size: tuple[int, int],
    skeleton: Skeleton,
    seed: int = 0,
    background: bool = False,
) -> dict[str, np.ndarray]:
    """Return images of synthetic dancers, each with another pose as the target.

    Some joints are missing, since an estimator misses some. The last target pose has no joints at
    all, which an exported graph must handle, too.

    Args:
        count: how many dancers.
        image_size: (height, width) of the images, in pixels.
        skeleton: the joints' layout.
        seed: the seed of everything random.
        background: whether to return backgrounds, too: the images with the dancers removed.

    Returns:
        The inputs of a generator: `source_image`, uint8 [N, H, W, 3], `source_keypoints` and
        `target_keypoints`, float32 [N, J, 3]; and, with `background`, `background`, uint8
        [N, H, W, 3].
    """
    images, poses = [], []
    for number in range(count):
        rng = np.random.default_rng([seed, number])
        renderer = Renderer(Dancer.random(rng), image_size)
        source, target = (renderer.draw(pose, rng=rng) for pose in dance(rng, 2, _POSES_A_SECOND))
        images.append(source.image)
        poses.append([source.keypoints, target.keypoints])
    keypoints = convert_keypoints(np.array(poses, np.float32), Renderer.skeleton, skeleton)
    keypoints[-1, 1] = 0
    inputs = {
        "source_image": np.stack(images),
        "source_keypoints": keypoints[:, 0],
        "target_keypoints": keypoints[:, 1],
    }
    if background:
        inputs["background"] = np.stack(
            [
                fill_person(image, joints, skeleton)
                for image, joints in zip(images, keypoints[:, 0], strict=True)
            ]
        )
    return inputs
