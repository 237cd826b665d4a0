"""TensorFlow's graph optimiser, without the pass that fails on this package's networks."""

import contextlib
from collections.abc import Iterator


def set_remapper(on: bool) -> None:
    """Switch the pass that fuses operations on or off, for functions that are called from now on.

    It is on by default. Setting it explicitly at the start gives functions that are called before
    and after `without_remapper` the same options, so they are not optimised twice.

    Args:
        on: whether the pass runs.
    """
    import tensorflow as tf

    tf.config.optimizer.set_experimental_options({"remapping": on})


@contextlib.contextmanager
def without_remapper() -> Iterator[None]:
    """Call functions in this context without the pass that fuses operations, the "remapper".

    The pass fails on graphs of a generator ("remapper failed: … Mutation::Apply error"), which
    TensorFlow 2.20 reports at any log level. A failing pass changes nothing, so generators are not
    slower without it. MoveNet, on which the pass works, is a tenth slower without it. The context
    manager can also be used as a decorator.
    """
    import tensorflow as tf

    before = tf.config.optimizer.get_experimental_options().get("remapping", True)
    set_remapper(False)
    try:
        yield
    finally:
        set_remapper(before)
