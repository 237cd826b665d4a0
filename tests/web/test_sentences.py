from pathlib import Path

from deformable_gan.errors import MediaError, PoseError
from deformable_gan.web.sentences import MOST_PROMINENT, sentence


def test_folders_of_the_server_are_not_named():
    file = Path("/tmp/secret/3f2a/anna.jpg")
    assert sentence(MediaError(f"{file} does not exist"), file) == "Anna.jpg does not exist."


def test_options_become_what_is_in_the_page():
    error = PoseError(
        "x: several people are in view; crop it to one of them, or take the most prominent one "
        "with --most-prominent"
    )
    assert sentence(error).endswith(f"or tick “{MOST_PROMINENT}”.")


def test_a_full_stop_is_not_doubled():
    assert sentence(PoseError("it is. It was.")) == "It is. It was."
