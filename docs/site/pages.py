"""MkDocs pages made from files outside docs/: README and others, and the package's docstrings.

Links to files of the repository that are not pages lead to the repository's website. A link to a
file that does not exist is a warning, and warnings end a strict build.
"""

import logging
import re
from pathlib import Path

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "deformable_gan"
LINK = re.compile(r"(\]\(|(?:src|href)=\")([^)\s\"#]+)")
#: Pages made from files outside docs/.
FROM_ROOT = {
    "index.md": "README.md",
    "contributing.md": "CONTRIBUTING.md",
    "changes.md": "CHANGELOG.md",
}

log = logging.getLogger("mkdocs.hooks.pages")


def on_files(files, config):
    """Add the pages from outside docs/ and a reference page for each top-level module."""
    for page, source in FROM_ROOT.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=text))
    entries = []
    for module, text in _reference():
        files.append(File.generated(config, f"reference/{module}.md", content=text))
        entries.append({module: f"reference/{module}.md"})
    if all("Reference" not in section for section in config.nav):
        config.nav.append({"Reference": entries})
    return files


def _reference():
    """Yield the name and the text of the reference page of each top-level module or subpackage."""
    for path in sorted(PACKAGE.iterdir()):
        if path.name.startswith("_") or not (
            path.suffix == ".py" or (path / "__init__.py").is_file()
        ):
            continue
        modules = [path] if path.suffix == ".py" else sorted(path.rglob("*.py"))
        parts = [f"# {path.stem}"]
        for module in modules:
            names = module.relative_to(ROOT).with_suffix("").parts
            name = ".".join(names[:-1] if names[-1] == "__init__" else names)
            options = ["    options:", "      heading_level: 2", "      show_root_full_path: true"]
            if names[-1] == "__init__":  # show only its docstring
                options.append("      members: false")
            parts.append("\n".join([f"::: {name}", *options]))
        yield path.stem, "\n\n".join(parts) + "\n"


def on_page_markdown(markdown, page, config, files):
    """Replace links to the repository's files with links to their pages or to the website."""
    uri = page.file.src_uri
    folder = ROOT if uri in FROM_ROOT else (ROOT / "docs" / uri).parent

    def replace(match):
        before, link = match.groups()
        if "://" in link or link.startswith(("mailto:", "/")):
            return match.group()
        target = (folder / link).resolve()
        if not target.exists():
            log.warning("%s: the link %r names no file of the repository", uri, link)
            return match.group()
        inside = target.relative_to(ROOT).as_posix()
        for name, source in FROM_ROOT.items():
            if inside == source:
                return before + "../" * uri.count("/") + name
        if inside.startswith("docs/") and inside != "docs/site" and target.is_file():
            return before + "../" * uri.count("/") + inside.removeprefix("docs/")
        kind = "tree" if target.is_dir() else "blob"
        return f"{before}{config.repo_url.rstrip('/')}/{kind}/main/{inside}"

    return LINK.sub(replace, markdown)
