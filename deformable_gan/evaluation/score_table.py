"""Scores as tables for a terminal."""

from collections.abc import Sequence

from deformable_gan.evaluation.published_scores import FROM_MEMORY, PublishedTable

#: All scores in the order of the tables: title, digits, and whether higher or lower is better.
TITLES = {
    "ssim_original": ("SSIM, original's protocol", 3, "higher"),
    "ssim": ("SSIM", 3, "higher"),
    "ssim_window51": ("SSIM, window of 51", 3, "higher"),
    "masked_ssim_original": ("mask-SSIM, original's protocol", 3, "higher"),
    "masked_ssim": ("mask-SSIM", 3, "higher"),
    "l1": ("L1 (grey levels)", 2, "lower"),
    "masked_l1": ("mask-L1", 2, "lower"),
    "foreground_l1": ("L1 on the person", 2, "lower"),
    "psnr": ("PSNR (dB)", 2, "higher"),
    "masked_psnr": ("mask-PSNR", 2, "higher"),
    "lpips": ("LPIPS", 3, "lower"),
    "inception_score": ("Inception Score", 3, "higher"),
    "masked_inception_score": ("mask-Inception Score", 3, "higher"),
    "fid": ("FID", 2, "lower"),
    "detection_score": ("detection score", 3, "higher"),
    "pckh": ("joints in place (PCKh@0.5)", 3, "higher"),
    "pose_taken": ("poses taken", 3, "higher"),
    "joint_error": ("joints' error (heads)", 3, "lower"),
}


def format_number(name: str, value: float | None) -> str:
    """Return a score's value with its number of digits; "" for None."""
    return "" if value is None else f"{value:.{TITLES[name][1]}f}"


def score_rows(scores: dict[str, dict]) -> list[tuple[str, ...]]:
    """Return the rows of the table of scores: title, value, copy, real, better (higher or lower).

    Scores that were skipped are left out.
    """
    rows = []
    for name, (title, _, better) in TITLES.items():
        score = scores.get(name)
        if not score or "value" not in score:
            continue
        value = format_number(name, score["value"])
        if name in ("inception_score", "masked_inception_score"):
            value += f" ± {format_number(name, score['deviation'])}"
        others = (format_number(name, score.get(kind)) for kind in ("copy", "real"))
        rows.append((title, value, *others, better))
    return rows


def format_scores(scores: dict[str, dict], pairs: int) -> str:
    """Return a table of all scores, followed by the names of skipped ones."""
    header = (f"{pairs:,} pairs", "generated", "copy", "real", "better")
    lines = _aligned([header, *score_rows(scores)])
    lines.append(
        "copy: the source image in place of the generated one; real: the target image itself"
    )
    skipped = [name for name, score in scores.items() if "skipped" in score]
    if skipped:
        lines.append(f"skipped, for the reasons in scores.json: {', '.join(skipped)}")
    return "\n".join(lines)


def published_rows(table: PublishedTable, scores: dict[str, dict]) -> list[tuple[str, ...]]:
    """Return a published table's rows, the header first and this evaluation last."""
    rows = [("system", *(TITLES[name][0] for name in table.columns))]
    for system, figures in table.rows:
        cells = zip(table.columns, figures, strict=True)
        rows.append((system, *(format_number(name, figure) for name, figure in cells)))
    ours = (_comparable(name, scores.get(name, {})) for name in table.columns)
    rows.append(("this evaluation", *ours))
    return rows


def _comparable(name: str, score: dict) -> str:
    """Return a score of this evaluation for a published table; "–" if none is comparable."""
    # The papers compute FID against training images.
    if score.get("against", "train") != "train":
        return "– (--fid-against train)"
    return format_number(name, score.get("value")) or "–"


def format_published(tables: Sequence[PublishedTable], scores: dict[str, dict]) -> str:
    """Return published tables with the scores of this evaluation; "" if there are no tables."""
    parts = []
    for table in tables:
        parts.append("\n".join([table.title, *_aligned(published_rows(table, scores))]))
    if parts:
        parts.append(f"{FROM_MEMORY} quoted from memory, not checked in the papers")
    return "\n\n".join(parts)


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            f"{cell:{width}}" if place == 0 else f"{cell:>{width}}"
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
