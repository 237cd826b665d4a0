"""Type checks for the values of a configuration's fields, from JSON or a command line."""

import math
import sys
from typing import Any

from deformable_gan.errors import ConfigurationError

_EXPECTED = {
    str: "a string",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    int | None: "a whole number or null",
    tuple[int, ...]: "a list of positive whole numbers",
    tuple[int, int]: "a list of two positive whole numbers",
}


def checked(declared: Any, value: Any, place: str) -> Any:
    """Return a value converted to the declared type of its field.

    JSON has no tuples, and it may write 1.0 as 1. A whole number too large for a float becomes
    infinite.

    Args:
        declared: the type of a field of the configuration.
        value: the value, read from JSON or from a command line.
        place: where the value was read; the error message begins with it.

    Raises:
        ConfigurationError: the value does not have the declared type, or a list has a wrong length
            or a number below 1.
    """
    whole = type(value) is int  # isinstance would accept a bool
    if declared is float and (whole or type(value) is float):
        if abs(value) > sys.float_info.max:  # JSON's integers have no limit
            return math.inf if value > 0 else -math.inf
        return float(value)
    if declared in (str, bool, int) and type(value) is declared:
        return value
    if declared == (int | None) and (value is None or whole):
        return value
    sizes = {tuple[int, ...]: None, tuple[int, int]: 2}
    if declared in sizes and isinstance(value, (list, tuple)):
        right_length = sizes[declared] in (None, len(value))
        if right_length and all(type(number) is int and number > 0 for number in value):
            return tuple(value)
    raise ConfigurationError(f"{place}: expected {_EXPECTED[declared]}, received {value!r:.60}")
