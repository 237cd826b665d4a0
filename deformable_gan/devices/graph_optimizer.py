"""TensorFlow's graph optimiser, without the pass that fails on our networks."""

import contextlib
from collections.abc import Iterator


def set_remapper(on: bool) -> None:
    """Switch the pass that fuses operations on or off, for functions that are called from now on.

    It is on by default. Said once at the start, so that what is called before and after
    `without_remapper` counts as optimised alike and is not optimised twice.

    Args:
        on: whether it runs.
    """
    import tensorflow as tf

    tf.config.optimizer.set_experimental_options({"remapping": on})


@contextlib.contextmanager
def without_remapper() -> Iterator[None]:
    """Call functions in this context without the pass that fuses operations, the "remapper".

    On graphs of a generator it fails ("remapper failed: … Mutation::Apply error"), which TensorFlow
    2.20 reports whatever the level of its log; a pass that fails changes nothing, so that nothing
    is slower without it. MoveNet, where it works, is a tenth slower without it. It can also be used
    as a decorator.
    """
    import tensorflow as tf

    before = tf.config.optimizer.get_experimental_options().get("remapping", True)
    set_remapper(False)
    try:
        yield
    finally:
        set_remapper(before)
