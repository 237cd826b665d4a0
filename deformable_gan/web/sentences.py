"""Errors in the words of the page, where there is no command line."""

from pathlib import Path

from deformable_gan.errors import DeformableGANError

#: The label of the page's box for photographs of several people.
MOST_PROMINENT = "Of several, take the most prominent"

# What messages say of options, and what they say in the page.
_IN_THE_PAGE = (
    ("take the most prominent one with --most-prominent", f"tick “{MOST_PROMINENT}”"),
    (": give one with --mask", ": choose one of the examples"),
)


def sentence(error: DeformableGANError, file: Path | None = None) -> str:
    """Return an error's message for a visitor of the page.

    Args:
        error: what went wrong.
        file: what the visitor gave, of whose path only the name is the visitor's.
    """
    message = str(error)
    if file:
        message = message.replace(str(file), file.name)
    for option, words in _IN_THE_PAGE:
        message = message.replace(option, words)
    return message[:1].upper() + message[1:] + ("" if message.endswith((".", "!")) else ".")
