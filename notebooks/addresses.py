"""Write where the project is into all that names it: `python notebooks/addresses.py`.

`url` in setup.cfg is the one place to change. Badges in README and notebooks, the cells that
install the package in Colab, and the other addresses of the files named in `files`
follow.
"""

import configparser
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_NAME = r"[\w.-]+/[\w.-]+"
_BADGE = re.compile(rf"(colab\.research\.google\.com/github/){_NAME}(?=/blob/)")
_ADDRESS = re.compile(rf"(https://github\.com/){_NAME}")


def repository(root: Path = ROOT) -> str:
    """Return the project's address, as setup.cfg says.

    Raises:
        ValueError: it is not that of a repository on GitHub, which Colab's badges need.
    """
    parser = configparser.RawConfigParser()
    parser.read(root / "setup.cfg", encoding="utf-8")
    address = parser["metadata"]["url"]
    if not _ADDRESS.fullmatch(address):
        raise ValueError(f"setup.cfg: expected url = https://github.com/OWNER/NAME, not {address}")
    return address


def with_address(text: str, address: str, badges_only: bool = False) -> str:
    """Return a text with the project's addresses replaced.

    Args:
        text: of a file.
        address: of the repository.
        badges_only: whether the text may name other repositories, which stay.
    """
    name = address.removeprefix("https://github.com/")
    text = _BADGE.sub(rf"\g<1>{name}", text)
    return text if badges_only else _ADDRESS.sub(rf"\g<1>{name}", text)


def files(root: Path = ROOT) -> dict[Path, bool]:
    """Return the files that name the project, and whether only their badges do."""
    names = ("setup.cfg", "CITATION.cff", "Dockerfile", "CONTRIBUTING.md", "mkdocs.yml")
    notebooks = sorted((root / "notebooks").glob("*.ipynb"))
    return {root / "README.md": True} | dict.fromkeys(
        [*(root / name for name in names), *notebooks], False
    )


def main(root: Path = ROOT) -> int:
    """Write the address into all files, and say which ones have changed."""
    address = repository(root)
    for path, badges_only in files(root).items():
        before = path.read_bytes().decode()
        after = with_address(before, address, badges_only)
        if after != before:
            path.write_bytes(after.encode())
            print(path.relative_to(root))
    return 0


if __name__ == "__main__":
    sys.exit(main())
