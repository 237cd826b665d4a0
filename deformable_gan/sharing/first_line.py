"""Shortening other libraries' errors for messages."""

_MOST = 200


def first_line(error: BaseException) -> str:
    """Return an error's type and up to 200 characters of the first line of its message."""
    text = next(filter(None, map(str.strip, str(error).splitlines())), "")
    return f"{type(error).__name__}: {text[:_MOST]}" if text else type(error).__name__
