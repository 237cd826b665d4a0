import pytest

from deformable_gan.evaluation.published_scores import TABLES, published_tables
from deformable_gan.evaluation.score_table import (
    TITLES,
    format_published,
    format_scores,
    published_rows,
)
from deformable_gan.presets import PRESETS

SCORES = {
    "fid": {"skipped": "no network"},
    "ssim_original": {"value": 0.29449, "copy": 0.25, "pairs": 3},
    "inception_score": {"value": 3.2, "deviation": 0.1234, "real": 3.9},
    "psnr": {"value": None},
}


def test_scores_as_a_table():
    lines = format_scores(SCORES, 12000).splitlines()
    cells = [line.split("  ") for line in lines]
    assert [[cell.strip() for cell in row if cell.strip()] for row in cells[:4]] == [
        ["12,000 pairs", "generated", "copy", "real", "better"],
        ["SSIM, original's protocol", "0.294", "0.250", "higher"],
        ["PSNR (dB)", "higher"],
        ["Inception Score", "3.200 ± 0.123", "3.900", "higher"],
    ]
    assert len({len(line) for line in lines[:4]}) == 1
    assert lines[-1] == "skipped, for the reasons in scores.json: fid"


@pytest.mark.parametrize(
    ("dataset_format", "preset", "count"),
    [
        ("market1501", "demo", 2),
        ("deepfashion", None, 1),
        ("deepfashion-176", None, 1),
        (None, "fashion-full", 1),
        (None, "market-dsc", 2),
        ("synthetic-dancers", "market-full", 0),
        (None, "dance", 0),
        (None, None, 0),
    ],
)
def test_which_published_tables_concern_a_dataset(dataset_format, preset, count):
    assert len(published_tables(dataset_format, preset)) == count


def test_presets_of_the_paper_have_a_table():
    for name in PRESETS:
        assert bool(published_tables(None, name)) == name.startswith(("market-", "fashion-"))


def test_ours_stand_below_the_published():
    table, later = published_tables("market1501", None)
    rows = published_rows(table, SCORES)
    full = next(row for row in rows if row[0] == "Full")
    assert full == ("Full", "0.290", "3.185", "0.805", "3.502")
    assert rows[-1] == ("this evaluation", "0.294", "3.200", "–", "–")
    for against, expected in (("train", "12.35"), ("targets", "– (--fid-against train)")):
        fid = {"fid": {"value": 12.345, "against": against}}
        assert published_rows(later, fid)[-1] == ("this evaluation", expected, "–", "–")
    text = format_published([table], SCORES)
    assert text.startswith(table.title)
    assert "* quoted from memory" in text
    assert format_published([], SCORES) == ""


def test_all_published_tables_are_whole_and_say_what_is_from_memory():
    for table in TABLES:
        assert set(table.columns) <= set(TITLES)
        for system, figures in table.rows:
            assert len(figures) == len(table.columns)
            # All but the paper's own method were quoted from memory.
            assert system.endswith("*") != (system == "Full")
