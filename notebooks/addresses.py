"""Write the project's address into all files that contain it: `python notebooks/addresses.py`.

Change the address only in `url` in setup.cfg. This command then updates the badges in README and
notebooks, the cells that install the package in Colab, and the addresses in the other `files`.
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
    """Return the project's address from setup.cfg.

    Raises:
        ValueError: the address is not a repository on GitHub, which Colab's badges need.
    """
    parser = configparser.RawConfigParser()
    parser.read(root / "setup.cfg", encoding="utf-8")
    address = parser["metadata"]["url"]
    if not _ADDRESS.fullmatch(address):
        raise ValueError(
            f"setup.cfg: expected url = https://github.com/OWNER/NAME, received {address}"
        )
    return address


def with_address(text: str, address: str, badges_only: bool = False) -> str:
    """Return a text with the project's addresses replaced.

    Args:
        text: the text of a file.
        address: the address of the repository.
        badges_only: replace only the badges, since the text may name other repositories.
    """
    name = address.removeprefix("https://github.com/")
    text = _BADGE.sub(rf"\g<1>{name}", text)
    return text if badges_only else _ADDRESS.sub(rf"\g<1>{name}", text)


def files(root: Path = ROOT) -> dict[Path, bool]:
    """Return the files that contain the address, each with whether only its badges are replaced."""
    names = ("setup.cfg", "CITATION.cff", "Dockerfile", "CONTRIBUTING.md", "mkdocs.yml")
    notebooks = sorted((root / "notebooks").glob("*.ipynb"))
    return {root / "README.md": True} | dict.fromkeys(
        [*(root / name for name in names), *notebooks], False
    )


def main(root: Path = ROOT) -> int:
    """Write the address into all files, and print the names of those that have changed."""
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
