"""Reading text files in the encodings that editors on Windows and spreadsheet programs write."""

import codecs
from pathlib import Path

# UTF-32 comes before UTF-16, because its little-endian mark begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_text(path: Path) -> str:
    """Return a file's text, decoded by its byte order mark or else as UTF-8.

    Line endings become a line feed, as in `Path.read_text`.

    Args:
        path: the file.

    Raises:
        OSError: the file cannot be read.
        ValueError: the text cannot be decoded, or the file holds only a UTF-16 byte order mark.
    """
    return decode_text(path.read_bytes())


def decode_text(data: bytes) -> str:
    """Return the text of a file's contents; see `read_text`.

    Raises:
        ValueError: as in `read_text`.
    """
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    if len(data) == 2 and encoding == "utf-16":
        raise ValueError("it contains only a byte order mark")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        place = data[: error.start].count(b"\n") + 1
        raise ValueError(
            f"line {place} is not in {encoding.upper().removesuffix('-SIG')}: save the file as "
            "UTF-8 in an editor, or convert it; from Windows-1252, for instance, with "
            "`iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW`"
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")
