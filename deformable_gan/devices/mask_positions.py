"""Finding the pixels under region masks without leaving a GPU."""

import tensorflow as tf

from deformable_gan.devices.settings import computes_on_gpu


def find_positions_on_gpu(network) -> None:
    """Make a network with sparse warps find the pixels under masks on the GPU, if one is used.

    `keras.ops.nonzero` splits its result with an operation that only CPUs implement for integers.

    Args:
        network: a generator or discriminator; a network without warps is left unchanged.
    """
    pose_warp = getattr(network, "pose_warp", None)
    if pose_warp is not None and computes_on_gpu():
        pose_warp.skip.nonzero = nonzero


def nonzero(tensor: tf.Tensor) -> tuple[tf.Tensor, ...]:
    """Return where a tensor is not zero, as `keras.ops.nonzero` does.

    Args:
        tensor: a tensor of any type and rank.

    Returns:
        For each axis, the positions along it, int64 [N].
    """
    places = tf.where(tensor)
    return tuple(places[:, axis] for axis in range(tensor.shape.rank))
