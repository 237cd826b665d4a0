"""Running a generator on ordinary images."""

import logging
from collections.abc import Callable, Collection
from typing import Any

import numpy as np
import tensorflow as tf

from deformable_gan.devices.graph_optimizer import without_remapper
from deformable_gan.devices.mask_positions import find_positions_on_gpu
from deformable_gan.errors import ConfigurationError
from deformable_gan.machine_limits import is_full_memory
from deformable_gan.models.generator import Generator
from deformable_gan.models.pixels import images_to_floats, to_uint8

log = logging.getLogger(__name__)

Generate = Callable[..., np.ndarray]
Compose = Callable[..., dict[str, np.ndarray]]

#: The optional inputs of a generator, with their descriptions in messages.
OPTIONAL_INPUTS = {
    "background": "the target's background",
    "source_mask": "the source's person mask",
}


def make_generate(generator: Generator) -> Generate:
    """Return a function that runs the generator on a batch of any size.

    Args:
        generator: the generator.

    Returns:
        A function of source images (uint8 [B, H, W, 3]), source key points and target key points
        (float [B, J, 3] of (y, x, confidence) in pixels) that returns uint8 [B, H, W, 3]. Its
        further arguments are the target's `background` (uint8 [B, H, W, 3]) and the `source_mask`
        (uint8 [B, H, W, 1], 255 on the person). If the generator needs one of these that is not
        given, the function raises a `ConfigurationError`. A batch that does not fit in memory is
        processed in parts. All arguments but the target key points may have a batch size of 1, for
        one source in B poses; the source's appearance is then computed once.
    """
    run = _in_one_graph(
        generator,
        lambda inputs, appearance: to_uint8(
            generator(inputs, training=False, appearance=appearance)
        ),
    )

    in_parts = _in_parts_that_fit(lambda *inputs: run(*inputs).numpy())

    def generate(
        source_image, source_keypoints, target_keypoints, background=None, source_mask=None
    ) -> np.ndarray:
        return in_parts(source_image, source_keypoints, target_keypoints, background, source_mask)

    return generate


def make_compose(generator: Generator) -> Compose:
    """Return a function that computes the parts of a generator's mixture, at any batch size.

    Args:
        generator: a generator that composes.

    Returns:
        A function with the arguments of `make_generate`'s function. It returns the arrays of
        `Generator.compose`: `weights`, float32 [B, H, W, K], `drawn`, float32 [B, H, W, 3] in
        [-1, 1], and `transforms`, float32 [B, R, 8].

    Raises:
        ConfigurationError: the generator does not compose.
    """
    generator.require_composite()

    def parts_of(inputs, appearance):
        parts = generator.compose(inputs, appearance=appearance)
        del parts["image"]  # the image at the network's size is not needed
        return parts

    run = _in_one_graph(generator, parts_of)

    def compose(
        source_image, source_keypoints, target_keypoints, background=None, source_mask=None
    ) -> dict[str, np.ndarray]:
        parts = run(source_image, source_keypoints, target_keypoints, background, source_mask)
        return {name: value.numpy() for name, value in parts.items()}

    return compose


def generate_batch(generate: Generate, batch: dict[str, tf.Tensor]) -> np.ndarray:
    """Generate the images of a batch of `data.pipeline`.

    Args:
        generate: a function from `make_generate`.
        batch: source_image, source_keypoints, target_keypoints and the `OPTIONAL_INPUTS` that the
            generator needs.

    Returns:
        The images, uint8 [B, H, W, 3].
    """
    optional = {name: batch[name] for name in OPTIONAL_INPUTS if name in batch}
    return generate(
        batch["source_image"], batch["source_keypoints"], batch["target_keypoints"], **optional
    )


def check_inputs(generator: Generator, given: Collection[str] = ()) -> None:
    """Check that the optional inputs that a generator needs are given.

    Args:
        generator: the generator.
        given: names of the given `OPTIONAL_INPUTS`.

    Raises:
        ConfigurationError: the generator needs an optional input that is not given.
    """
    for name in generator.input_shapes():
        if name in OPTIONAL_INPUTS and name not in given:
            raise ConfigurationError(
                f"this generator needs {OPTIONAL_INPUTS[name]} as an input (`{name}`), which is "
                "missing: give it, or use a generator without this input"
            )


def _input_type(name: str) -> tf.DType:
    return tf.float32 if name.endswith("_keypoints") else tf.uint8


def _in_one_graph(generator: Generator, function: Callable) -> Callable:
    """Return a function of arrays that runs a function of a generator's inputs.

    It runs the function in one graph for every batch size, except that a first call with a single
    pose runs without a graph.

    Args:
        generator: the generator.
        function: a function of a dictionary of tensors, with images as floats, and of the source's
            appearance (see `Generator.appearance`), None for a generator with the skip `none`.

    Returns:
        A function of source images, source key points, target key points, background and source
        mask; the last two are None if they do not exist.
    """
    types = {name: _input_type(name) for name in generator.input_shapes()}
    signature = {
        name: tf.TensorSpec(shape, types[name]) for name, shape in generator.input_shapes().items()
    }

    def warp_sparsely(inputs):
        # A generator trained with XLA warps densely, which needs four times the memory.
        before: Any = generator.warp_method
        generator.warp_method = "sparse"
        find_positions_on_gpu(generator)
        try:
            return function(*_one_source_for_all(generator, images_to_floats(inputs)))
        finally:
            generator.warp_method = before

    # AutoGraph would read the source of every layer without changing anything, since the layers
    # branch on Python values only. Reading it took most of the time before the first image.
    graph = tf.function(warp_sparsely, input_signature=[signature], autograph=False)
    may_do_without = True

    def run(source_image, source_keypoints, target_keypoints, background, source_mask):
        inputs = {
            "source_image": source_image,
            "source_keypoints": source_keypoints,
            "target_keypoints": target_keypoints,
            "background": background,
            "source_mask": source_mask,
        }
        check_inputs(generator, [name for name in OPTIONAL_INPUTS if inputs[name] is not None])
        tensors = {name: tf.convert_to_tensor(inputs[name], kind) for name, kind in types.items()}
        nonlocal may_do_without
        first, may_do_without = may_do_without, False
        if first and len(target_keypoints) == 1:
            # Building and optimising the graph takes seconds, and running its operations one by one
            # takes less than a second. A caller that begins with a single image may need no other.
            return warp_sparsely(tensors)
        with without_remapper():
            return graph(tensors)

    return run


def _one_source_for_all(generator: Generator, inputs: dict) -> tuple[dict, list | None]:
    """Return inputs of equal batch sizes, and the appearance, computed once for each source.

    Args:
        generator: the generator.
        inputs: images as floats and key points; all but the target key points may have a batch size
            of 1.
    """
    appearance = None if generator.skip == "none" else generator.appearance(inputs)
    count = tf.shape(inputs["target_keypoints"])[0]
    times = count // tf.shape(inputs["source_keypoints"])[0]

    def repeated(value):
        return tf.ensure_shape(
            tf.tile(value, [times, *(1 for _ in value.shape[1:])]), (None, *value.shape[1:])
        )

    same = {
        name: value if name == "target_keypoints" else repeated(value)
        for name, value in inputs.items()
    }
    return same, None if appearance is None else [repeated(level) for level in appearance]


def _in_parts_that_fit(function: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """Return a function of batches that halves a batch if it does not fit in memory.

    Args:
        function: takes arrays [B, ...], some of which may be None or [1, ...], and returns an array
            [B, ...].

    Returns:
        The same function for batches of any size. It remembers the largest batch size that may fit.
    """
    most = None

    def run(*inputs):
        nonlocal most
        count = max(len(one) for one in inputs if one is not None)
        if most is None or count <= most:
            try:
                return function(*inputs)
            except Exception as error:
                if count == 1 or not is_full_memory(error):
                    raise
                most = count // 2
            log.warning(
                "note: a batch of %d does not fit in memory; using batches of %d", count, most
            )
        size = most
        return np.concatenate(
            [
                run(
                    *(
                        one if one is None or len(one) == 1 else one[start : start + size]
                        for one in inputs
                    )
                )
                for start in range(0, count, size)
            ]
        )

    return run
