"""The report: one HTML file with tables and images, and the images as one grid."""

import base64
import html
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from PIL import Image

from deformable_gan.data.atomic_file import atomic_file
from deformable_gan.data.media import write_image
from deformable_gan.evaluation.generated_images import GeneratedImages
from deformable_gan.evaluation.image_pairs import ImagePairs
from deformable_gan.evaluation.published_scores import FROM_MEMORY, PublishedTable
from deformable_gan.evaluation.score_pass import Rows
from deformable_gan.evaluation.score_table import TITLES, format_number, published_rows, score_rows
from deformable_gan.visualize import draw_skeleton, image_grid

_EACH = 6
#: The scores that pairs are ranked by, in order of preference: score, pass, and sign (1 if higher
#: scores are better, -1 if lower ones are).
_RANKINGS = (("lpips", "lpips", -1), ("masked_ssim", "pixels", 1), ("ssim", "pixels", 1))

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2em auto; max-width: 84em; padding: 0 1em;
  color: #222; background: #fff }
table { border-collapse: collapse; margin: .8em 0 }
td, th { padding: .2em .8em; text-align: right; border-bottom: 1px solid #ddd; white-space: nowrap }
td:first-child, th:first-child, th.what { text-align: left }
td.protocol { text-align: left; color: #555; font-size: 13px; max-width: 40em;
  white-space: normal }
tr.ours td { font-weight: bold }
figure { display: inline-block; margin: .5em 1em .5em 0 }
figure img { image-rendering: pixelated; max-width: 100% }
figcaption { font-size: 12px; color: #555; max-width: 46em; overflow-wrap: anywhere }
.note { color: #555 }
"""


@dataclass(frozen=True)
class Example:
    """A pair to show.

    Attributes:
        group: `best`, `worst` or `random`.
        index: the pair's position.
        value: the value of the score that pairs are ranked by.
    """

    group: str
    index: int
    value: float


def choose_examples(
    read: Callable[[str], Iterator[Rows]],
    passes: Sequence[str],
    pairs: ImagePairs,
    each: int = _EACH,
) -> tuple[str, list[Example]]:
    """Choose the best, the worst and random pairs.

    Args:
        read: returns the rows of a pass by its name, block by block.
        passes: the names of the available passes.
        pairs: the pairs that the rows belong to.
        each: how many pairs to choose for each group. The best pairs have distinct target images,
            and so have the worst, if there are enough.

    Returns:
        The name of the score that the pairs are ranked by, and the chosen pairs.
    """
    name, sign, values = _ranking(read, passes)
    order = np.argsort(-sign * values, kind="stable")
    drawn = np.random.default_rng(0).permutation(len(values))[:each]
    groups = {
        "best": _with_distinct_targets(order, pairs, each),
        "worst": _with_distinct_targets(order[::-1], pairs, each),
        "random": drawn,
    }
    return name, [
        Example(group, int(index), float(values[index]))
        for group, indices in groups.items()
        for index in indices
    ]


def _with_distinct_targets(order: np.ndarray, pairs: ImagePairs, count: int) -> np.ndarray:
    """Return the first pair of each target image, and further pairs if those are too few."""
    _, first = np.unique(pairs.split.pairs[order, 1], return_index=True)
    first.sort()
    others = np.setdiff1d(np.arange(len(order)), first)
    return order[np.concatenate([first, others])[:count]]


def _ranking(
    read: Callable[[str], Iterator[Rows]], passes: Sequence[str]
) -> tuple[str, int, np.ndarray]:
    """Return the first available score to rank by, its sign, and its values."""
    for name, score_pass, sign in _RANKINGS:
        if score_pass in passes:
            columns = [rows[name] for rows in read(score_pass) if name in rows]
            if columns:
                return name, sign, np.concatenate(columns)
    raise ValueError(f"none of the passes {passes} gives a score to rank by")


def write_report(
    folder: Path,
    about: dict[str, str],
    scores: dict[str, dict],
    tables: Sequence[PublishedTable],
    pairs: ImagePairs,
    images: GeneratedImages,
    examples: Sequence[Example],
    ranked_by: str,
) -> None:
    """Write `report.html`, which needs no other file, and `pictures.png`.

    Args:
        folder: where to write.
        about: what was evaluated, by label.
        scores: the scores by name.
        tables: published tables for the dataset.
        pairs: the evaluated pairs.
        images: the generated images.
        examples: which pairs to show.
        ranked_by: the score that the pairs were ranked by.
    """
    strips = _strips(pairs, images, [example.index for example in examples])
    columns = [*(["source"] if pairs.has_sources else []), "pose", "real", "generated"]
    if pairs.skeleton is None:
        columns.remove("pose")
    write_image(folder / "pictures.png", _grid(examples, strips, columns))
    parts = [
        f"<h1>Evaluation</h1><p>{_definitions(about)}</p>",
        "<h2>Scores</h2>",
        _score_table(scores),
        "<p class=note>copy: the source image in place of the generated one; real: the target "
        "image itself.</p>",
    ]
    for table in tables:
        rows = published_rows(table, scores)
        parts.append(f"<h2>Published: {html.escape(table.title)}</h2>{_table(rows)}")
    if tables:
        parts.append(f"<p class=note>{FROM_MEMORY} quoted from memory.</p>")
    title = TITLES[ranked_by][0]
    for group in dict.fromkeys(example.group for example in examples):
        heading = "drawn at random" if group == "random" else f"{group} by {title}"
        parts.append(f"<h2>Images, {html.escape(heading)}</h2>")
        parts.append(f"<p class=note>{', '.join(columns)}</p>")
        for example, strip in zip(examples, strips, strict=True):
            if example.group == group:
                caption = " → ".join(filter(None, pairs.names(example.index)))
                value = format_number(ranked_by, example.value)
                parts.append(_figure(strip, f"{caption}: {title} {value}"))
    document = (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Evaluation</title>"
        "<meta name=viewport content='width=device-width'>"
        f"<style>{_STYLE}</style><body>{''.join(parts)}</body></html>\n"
    )
    with atomic_file(folder / "report.html") as temporary:
        temporary.write_text(document, encoding="utf-8")


def _strips(
    pairs: ImagePairs, images: GeneratedImages, indices: Sequence[int]
) -> list[list[np.ndarray]]:
    """Return the images of pairs: source and pose where they are known, target and generated."""
    chosen, strips = pairs.selected(indices), []
    for _, places, batch in chosen.read(range(chosen.block_count)):
        for number, place in enumerate(places):
            target = batch["target_image"][number].numpy()
            strip = [batch["source_image"][number].numpy()] if pairs.has_sources else []
            if pairs.skeleton is not None:
                joints = batch["target_keypoints"][number].numpy()
                strip.append(draw_skeleton(np.zeros_like(target), joints, pairs.skeleton))
            strips.append([*strip, target, images.read([indices[place]])[0]])
    return strips


def _grid(
    examples: Sequence[Example], strips: Sequence[list[np.ndarray]], columns: Sequence[str]
) -> np.ndarray:
    """Return a grid with the groups side by side, one pair of each group per row."""
    groups: dict[str, list[list[np.ndarray]]] = {}
    for example, strip in zip(examples, strips, strict=True):
        groups.setdefault(example.group, []).append(strip)
    rows = [list(chain(*row)) for row in zip(*groups.values(), strict=True)]
    titles = [f"{group}: {title}" for group in groups for title in columns]
    return image_grid(rows, column_titles=titles)


def _definitions(about: dict[str, str]) -> str:
    return "<br>".join(
        f"{html.escape(label)}: <b>{html.escape(value)}</b>" for label, value in about.items()
    )


def _score_table(scores: dict[str, dict]) -> str:
    shown = [name for name in TITLES if "value" in scores.get(name, {})]
    head = "".join(f"<th>{cell}" for cell in ("", "generated", "copy", "real", "better"))
    head += "<th class=what>protocol"
    body = []
    for name, row in zip(shown, score_rows(scores), strict=True):
        cells = "".join(f"<td>{html.escape(cell)}" for cell in row)
        protocol = html.escape(scores[name]["protocol"])
        body.append(f"<tr>{cells}<td class=protocol>{protocol}")
    reasons: dict[str, list[str]] = {}
    for name, score in scores.items():
        if "skipped" in score:
            reasons.setdefault(score["skipped"], []).append(TITLES[name][0])
    skipped = "".join(
        f"<p class=note>{html.escape(', '.join(titles))} skipped: {html.escape(reason)}"
        for reason, titles in reasons.items()
    )
    return f"<table><tr>{head}{''.join(body)}</table>{skipped}"


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    head = "".join(f"<th>{html.escape(cell)}" for cell in rows[0])
    lines = [f"<tr>{head}"]
    for number, row in enumerate(rows[1:], start=2):
        kind = " class=ours" if number == len(rows) else ""
        lines.append(f"<tr{kind}>" + "".join(f"<td>{html.escape(cell)}" for cell in row))
    return f"<table>{''.join(lines)}</table>"


def _figure(strip: Sequence[np.ndarray], caption: str) -> str:
    file = io.BytesIO()
    Image.fromarray(image_grid([strip])).save(file, "PNG")
    data = base64.b64encode(file.getvalue()).decode()
    height, width = strip[0].shape[:2]
    shown = 2 * len(strip) * width if height < 200 else len(strip) * width
    return (
        f"<figure><img src='data:image/png;base64,{data}' width={shown} alt=''>"
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
    )
