"""Names of people, from the names of clips, folders and photographs."""

import re
import unicodedata
from collections.abc import Iterable

from deformable_gan.data.file_names import shortened

#: The longest name of a person, in bytes, without the number that makes it distinct. A file name
#: has room for two such names, numbers and a suffix.
LONGEST_PERSON = 80

# Prefixes of the file names that cameras, phones and messaging apps choose. A prefix that could
# also be a person's name (Sam, Win) matches only with the digits that the devices write, as in
# SAM_0001 and WIN_20240101.
_CAMERA_NAME = re.compile(
    r"""(
        (mv|pano|hpim|cimg|imag|rimg|fb|dsc|dscn|dscf|_dsc|_mg|_dsf|pxl|img|vid|mov|gopr|dji|
         gx|pict?|picture|image|photo|foto|bild|scan|frame|screen[ ]?shot|bildschirmfoto|
         whatsapp[ ]image|signal|telegram|received|snapchat|burst|inshot|lightroom|capture|selfie)
        ([-_ .(]*(img|photo|image|e))?[-_ .(]*(\d|$|wa\d)
      | sam_\d{4} | win_20\d{6} | p\d{7} | l10\d{5}
      | (19|20)\d\d[-_.]?[01]\d[-_.]?[0-3]\d([-_ .]|$)
      | [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-
    )""",
    re.IGNORECASE | re.VERBOSE,
)


def is_camera_name(stem: str) -> bool:
    """Return whether a photograph has a file name chosen by a camera, phone or messaging app.

    Args:
        stem: the file's name without its suffix, such as `IMG_1`, `PXL_20240101_120000`, `DSC01`,
            `20240101_120000` or `IMG-20240101-WA0003`.
    """
    return _CAMERA_NAME.match(stem) is not None


class PersonNames:
    """A source of distinct names for people; each name can begin an image's file name.

    Args:
        taken: names that must not be given again.
    """

    def __init__(self, taken: Iterable[str] = ()):
        self._taken = {name.casefold() for name in taken}

    def new(self, wish: str) -> str:
        """Return a name as close as possible to `wish`, of letters, digits, `.` and `-`.

        It has at most `LONGEST_PERSON` bytes in UTF-8, plus the number that makes it distinct.
        """
        letters = [
            character if character.isalnum() or character == "." else "-"
            for character in unicodedata.normalize("NFC", wish)
        ]
        # A leading dot hides the file; a leading `-1` marks a distractor in Market-1501.
        base = "-".join(filter(None, "".join(letters).split("-"))).strip(".-") or "person"
        base = shortened(base, LONGEST_PERSON)
        name, number = base, 1
        while name.casefold() in self._taken:  # some file systems ignore case
            number += 1
            name = f"{base}-{number}"
        self._taken.add(name.casefold())
        return name
