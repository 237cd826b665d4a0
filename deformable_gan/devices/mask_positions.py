"""Finding the pixels under masks without leaving a GPU."""

import tensorflow as tf

from deformable_gan.devices.settings import computes_on_gpu


def find_positions_on_gpu(network) -> None:
    """Have a network that warps sparsely find the pixels under masks on the GPU, if one is used.

    `keras.ops.nonzero` takes its result apart by an operation that only CPUs have for integers.

    Args:
        network: a generator or discriminator; nothing is done with one that does not warp.
    """
    pose_warp = getattr(network, "pose_warp", None)
    if pose_warp is not None and computes_on_gpu():
        pose_warp.skip.nonzero = nonzero


def nonzero(tensor: tf.Tensor) -> tuple[tf.Tensor, ...]:
    """Return where a tensor is not zero, as `keras.ops.nonzero` does.

    Args:
        tensor: of any type and rank.

    Returns:
        For each axis int64 [N], the positions along it.
    """
    places = tf.where(tensor)
    return tuple(places[:, axis] for axis in range(tensor.shape.rank))
