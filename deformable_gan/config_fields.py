"""The fields of an `ExperimentConfig`: their names, values from text, and a table for `--help`."""

import dataclasses
import difflib
import inspect
import json
import re
from typing import Any

from deformable_gan.config import CHOICES, ExperimentConfig, present_word
from deformable_gan.config_values import checked
from deformable_gan.errors import ConfigurationError


def field_types() -> dict[str, Any]:
    """Return the type of every field by its name, such as `loss.content_weight`."""
    types: dict[str, Any] = {}
    for field in dataclasses.fields(ExperimentConfig):
        if dataclasses.is_dataclass(field.type):
            types |= {
                f"{field.name}.{inner.name}": inner.type for inner in dataclasses.fields(field.type)
            }
        elif field.name != "preset":  # only a name: changing it has no effect
            types[field.name] = field.type
    return types


def parse_field(text: str) -> tuple[str, Any]:
    """Return a field and its value from text such as `loss.content_weight=10`.

    Args:
        text: FIELD=VALUE. The value is JSON; strings do not need quotation marks.

    Returns:
        The field in the notation of `ExperimentConfig.replace` (`loss__content_weight`), and its
        value.

    Raises:
        ConfigurationError: the text has no `=`, the field is unknown, or the value is of another
            type or not among the field's choices.
    """
    name, equals, value = text.partition("=")
    types = field_types()
    if not equals or name not in types:
        raise ConfigurationError(f"--set {text:.60}: {_what_is_wrong(name, equals, types)}")
    value = present_word(name, checked(types[name], _from_text(value), f"--set {name}"))
    part, _, inner = name.partition(".")
    choices = CHOICES.get(part, {}).get(inner)
    if choices and value not in choices:
        raise ConfigurationError(
            f"--set {name}: expected one of {', '.join(choices)}, received {value!r:.60}"
        )
    return name.replace(".", "__"), value


def _from_text(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # a string without quotation marks
        return text


def _what_is_wrong(name: str, equals: str, types: dict[str, Any]) -> str:
    """Return why a field cannot be set, and which fields can be set."""
    if name in types:
        return f"expected {name}=VALUE"
    part, dot, _ = name.partition(".")
    fields = [field for field in types if dot and field.startswith(f"{part}.")] or list(types)
    near = difflib.get_close_matches(name, types, n=1)
    meant = f"; did you mean {near[0]}?" if near else "."
    return f"unknown field {name!r:.60}{meant} Known fields: {', '.join(fields)}"


def format_fields(config: ExperimentConfig) -> str:
    """Return a table of every field: its name, its value in `config`, and its meaning."""
    lines = [f"fields for --set, with their values in {config.preset}:"]
    values = {"": config} | {f"{part}.": getattr(config, part) for part in CHOICES}
    for name in field_types():
        part, dot, inner = name.rpartition(".")
        owner = values[part + dot]
        value = json.dumps(getattr(owner, inner))
        lines += [f"  {name}={value}", f"      {_meanings(type(owner))[inner]}"]
    return "\n".join(lines)


def _meanings(kind: type) -> dict[str, str]:
    """Return the description of each attribute in a dataclass's docstring, on one line each."""
    # Python 3.13 removes the indentation from docstrings; earlier versions keep it.
    _, _, attributes = inspect.cleandoc(kind.__doc__ or "").partition("Attributes:\n")
    entries = re.findall(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", attributes, re.MULTILINE)
    return {name: " ".join(meaning.split()) for name, meaning in entries}
