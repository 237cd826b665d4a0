"""Published scores, for comparison; docs/evaluation.md says which scores are comparable."""

from dataclasses import dataclass

#: The mark of figures that are quoted from memory and were not checked in the papers.
FROM_MEMORY = "*"


@dataclass(frozen=True)
class PublishedTable:
    """A table of published scores.

    Attributes:
        title: data and protocol.
        formats: the formats of `import_dataset` whose datasets the table is for.
        columns: this package's names of its scores.
        rows: system and figures; None where a paper gives no figure. Systems whose name ends in `*`
            are quoted from memory.
    """

    title: str
    formats: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[float | None, ...]], ...]


TABLES = (
    PublishedTable(
        "Siarohin et al. 2018, Market-1501, 128x64, 12,000 pairs",
        ("market1501",),
        ("ssim_original", "inception_score", "masked_ssim_original", "masked_inception_score"),
        (
            ("Baseline*", (0.256, 3.188, 0.784, 3.580)),
            ("DSC*", (0.272, 3.442, 0.796, 3.666)),
            ("PercLoss*", (0.276, 3.342, 0.788, 3.519)),
            ("Full", (0.290, 3.185, 0.805, 3.502)),
            ("real images*", (1.0, 3.86, 1.0, 3.36)),
        ),
    ),
    PublishedTable(
        "Siarohin et al. 2018, DeepFashion, 256x256",
        ("deepfashion",),
        ("ssim_original", "inception_score"),
        (
            ("Baseline*", (0.754, 3.351)),
            ("DSC*", (0.754, 3.352)),
            ("PercLoss*", (0.744, 3.271)),
            ("Full", (0.756, 3.439)),
            ("real images*", (1.0, 3.898)),
        ),
    ),
    PublishedTable(
        "later papers, Market-1501, 128x64 (SSIM protocol not stated)",
        ("market1501",),
        ("fid", "ssim_original", "lpips"),
        (
            ("Def-GAN*", (25.36, 0.268, 0.299)),
            ("PATN*", (22.66, 0.282, 0.320)),
            ("GFLA*", (19.75, 0.288, 0.282)),
            ("PIDM*", (14.45, 0.305, 0.242)),
            ("IMAGPose*", (12.66, 0.328, 0.210)),
        ),
    ),
    PublishedTable(
        "later papers, DeepFashion, 256x176 (SSIM protocol not stated)",
        ("deepfashion-176",),
        ("fid", "ssim_original", "lpips"),
        (
            ("Def-GAN*", (18.46, 0.679, 0.233)),
            ("PATN*", (20.75, 0.671, 0.256)),
            ("GFLA*", (10.57, 0.707, 0.234)),
            ("NTED*", (8.68, 0.718, 0.175)),
            ("PIDM*", (6.37, 0.731, 0.168)),
            ("IMAGPose*", (5.87, 0.756, 0.128)),
            ("Leffa*", (5.71, 0.732, 0.114)),
        ),
    ),
)

_FORMAT_OF_PRESET = {"market": "market1501", "fashion": "deepfashion"}


def published_tables(dataset_format: str | None, preset: str | None) -> list[PublishedTable]:
    """Return the tables for a dataset, or for the dataset that a preset was made for.

    Args:
        dataset_format: the format that the dataset was imported from (`market1501`, …), or None.
        preset: the name of the run's preset, or None; used only without a format.
    """
    if dataset_format is None and preset is not None:
        dataset_format = _FORMAT_OF_PRESET.get(preset.partition("-")[0])
    return [table for table in TABLES if dataset_format in table.formats]
