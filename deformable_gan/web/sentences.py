"""Error messages for the web page, which has no command-line options."""

from pathlib import Path

from deformable_gan.errors import DeformableGANError

#: The label of the page's checkbox for photographs of several people.
MOST_PROMINENT = "If there are several people, use the most prominent one"

# Parts of messages that name options, and their replacements for the page.
_IN_THE_PAGE = (
    ("take the most prominent one with --most-prominent", f"tick “{MOST_PROMINENT}”"),
    (": give one with --person-mask", ": choose one of the examples"),
)


def sentence(error: DeformableGANError, file: Path | None = None) -> str:
    """Return an error's message as a sentence for a visitor of the page.

    The command-line options in `_IN_THE_PAGE` are replaced by what a visitor can do instead.

    Args:
        error: the error.
        file: the visitor's file. The message shows its name only, not the path on the server.
    """
    message = str(error)
    if file:
        message = message.replace(str(file), file.name)
    for option, words in _IN_THE_PAGE:
        message = message.replace(option, words)
    return message[:1].upper() + message[1:] + ("" if message.endswith((".", "!")) else ".")
