"""A complete evaluation, from its options to its report."""

import csv
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from tqdm import tqdm

from deformable_gan.data.atomic_file import atomic_file
from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.data.output_lock import output_lock
from deformable_gan.data.part import Part
from deformable_gan.devices.settings import exact_float32
from deformable_gan.evaluation import image_pairs
from deformable_gan.evaluation.evaluation_options import EvaluationOptions
from deformable_gan.evaluation.generated_images import (
    GeneratedImages,
    describe_missing,
    find_generated,
    own_images,
)
from deformable_gan.evaluation.generating import generate_images
from deformable_gan.evaluation.image_pairs import ImagePairs
from deformable_gan.evaluation.networks import build_passes
from deformable_gan.evaluation.pixel_pass import PROTOCOLS as PIXEL_PROTOCOLS
from deformable_gan.evaluation.published_scores import published_tables
from deformable_gan.evaluation.report import choose_examples, write_report
from deformable_gan.evaluation.score_pass import Rows
from deformable_gan.evaluation.score_table import format_published, format_scores
from deformable_gan.evaluation.scoring import Scoring
from deformable_gan.trained_model import TrainedModel
from deformable_gan.version import __version__

FORMAT = "deformable_gan evaluation"
FORMAT_VERSION = 1

# The columns of `pairs.csv`, by the name of the pass that they come from.
_PAIR_COLUMNS = {
    "pixels": tuple(PIXEL_PROTOCOLS),
    "lpips": ("lpips",),
    "detection": ("detection_score",),
    "pose": ("joints", "pckh", "pose_taken", "joint_error"),
}


@exact_float32()
def evaluate_images(options: EvaluationOptions, part: Part | None = None) -> dict | None:
    """Generate, score and report, reusing the results of earlier calls.

    In `options.output` this writes

    - `generated/`: the model's images, `SOURCE___TARGET.png`;
    - `rows/`: the results for each block of pairs; it can be deleted;
    - `scores.json`: every score with its protocol, what was evaluated, and the versions used;
    - `pairs.csv`: the scores of single pairs;
    - `report.html` and `pictures.png`.

    Args:
        options: what to evaluate.
        part: do only this part of the work, without a report. When all parts are done (in this
            folder, or in others that are then copied together), a call without a part writes the
            report. None for all of the work.

    Returns:
        The contents of `scores.json`; None for a part.

    Raises:
        DeformableGANError: something cannot be read, or the inputs do not fit together.
    """
    start = time.monotonic()
    what = f"evaluation folder {options.output}"
    lock = f".lock-{part.index}-of-{part.count}" if part else ".lock"
    with output_lock(options.output / lock, what):
        dataset: DatasetFolder | None = None
        if options.dataset:
            dataset = DatasetFolder(options.dataset)
            pairs = ImagePairs.of_dataset(dataset, options.limit)
        elif options.targets:
            pairs = ImagePairs.of_folder(options.targets, options.limit)
        seconds: dict[str, dict] = {}
        if options.model:
            images = own_images(options.output / "generated", pairs)
            about, origin, seconds["generating"] = _generate(options, pairs, images, part)
        elif options.generated:
            images, pairs = find_generated(
                options.generated,
                pairs,
                options.names,
                options.resize,
                options.last_panel,
            )
            about, origin = _about_generated(options), images.digest()
            if warning := describe_missing(images):
                print(f"warning: {warning}", file=sys.stderr)
        passes, skipped = build_passes(options, pairs, images, dataset)
        for reason in dict.fromkeys(skipped.values()):
            names = [name for name, of in skipped.items() if of == reason]
            print(f"skipped {', '.join(names)}: {reason}", file=sys.stderr)
        scoring = Scoring(options.output / "rows", passes, origin)
        seconds |= scoring.run(part or Part(1, 1))
        if part:
            print(
                f"part {part}: done; {scoring.missing_blocks()} blocks of up to "
                f"{image_pairs.BLOCK} images are left for other parts. "
                "When all parts are done, run the command once without --part"
            )
            return None
        scores = scoring.scores()
        scores |= {name: {"skipped": reason} for name, reason in skipped.items()}
        result = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "evaluated": about,
            "dataset": {
                "path": str(options.dataset or options.targets),
                "checksums_sha256": pairs.checksum,
                "source": _dataset_format(dataset),
                "image_size": list(pairs.image_size),
            },
            "pairs": {"scored": len(pairs), "limit": options.limit, "missing": images.missing},
            "scores": scores,
            "seconds": seconds,
            "versions": {
                "deformable_gan": __version__,
                "tensorflow": tf.__version__,
                "keras": keras.__version__,
                "numpy": np.__version__,
                "python": sys.version.split()[0],
            },
        }
        _report(
            options.output,
            result,
            scoring,
            [each.score_pass.name for each in passes],
            pairs,
            images,
            start,
        )
        return result


def _about_generated(options: EvaluationOptions) -> dict:
    """Return which images are scored, and the options that change their scores."""
    about: dict[str, Any] = {"generated": str(options.generated)}
    if options.resize:
        about["resize"] = True
    if options.last_panel:
        about["last_panel"] = True
    return about


def _generate(
    options: EvaluationOptions, pairs: ImagePairs, images: GeneratedImages, part: Part | None
) -> tuple[dict, str, dict]:
    """Generate missing images.

    Returns:
        The model's details, its digest, and how many images were generated in how many seconds.
    """
    model = TrainedModel.load(options.model)
    blocks = (part or Part(1, 1)).of(range(pairs.block_count))
    total = sum(len(pairs.block(block)) for block in blocks)
    start = time.monotonic()
    with tqdm(total=total, desc="generating", unit="pair", disable=None, leave=False) as bar:
        count = generate_images(model, pairs, images, blocks, options.batch_size, bar.update)
    seconds = {"pairs": count, "seconds": round(time.monotonic() - start, 1)}
    return dict(model.details), model.digest, seconds


def _dataset_format(dataset: DatasetFolder | None) -> str | None:
    source = dataset.manifest.get("source") if dataset else None
    source = source if isinstance(source, dict) else {}
    options = source.get("options")
    return (options if isinstance(options, dict) else source).get("format") or source.get("kind")


def _report(
    folder: Path,
    result: dict,
    scoring: Scoring,
    passes: list[str],
    pairs: ImagePairs,
    images: GeneratedImages,
    start: float,
) -> None:
    scores = result["scores"]
    tables = published_tables(result["dataset"]["source"], result["evaluated"].get("preset"))
    with atomic_file(folder / "scores.json") as temporary:
        text = json.dumps(result, indent=2, ensure_ascii=False, allow_nan=False)
        temporary.write_text(text + "\n", encoding="utf-8")
    with (
        atomic_file(folder / "pairs.csv") as temporary,
        temporary.open("w", encoding="utf-8", newline="") as file,
    ):
        csv.writer(file).writerows(_pair_rows(scoring, passes, pairs))
    ranked_by, examples = choose_examples(scoring.read, passes, pairs)
    about = {
        **{key: str(value) for key, value in result["evaluated"].items()},
        "dataset": result["dataset"]["path"],
        "pairs": f"{len(pairs):,}",
    }
    if images.missing:
        about["missing images"] = f"{len(images.missing):,}"
    write_report(folder, about, scores, tables, pairs, images, examples, ranked_by)
    print(format_scores(scores, len(pairs)))
    if tables:
        print(f"\n{format_published(tables, scores)}")
    print(f"\n{_cost(result['seconds'], time.monotonic() - start)}")
    print(f"{folder / 'report.html'}, pictures.png, scores.json, pairs.csv")


def _pair_rows(scoring: Scoring, passes: list[str], pairs: ImagePairs) -> Iterator[list]:
    """Yield the rows of `pairs.csv`, the header first."""
    shown = {name: columns for name, columns in _PAIR_COLUMNS.items() if name in passes}

    def read() -> Iterator[tuple[Rows, ...]]:
        return zip(*(map(_of_pairs, scoring.read(name)) for name in shown), strict=True)

    present = {
        name: [column for column in shown[name] if column in rows]
        for name, rows in zip(shown, next(read()), strict=True)
    }
    yield ["source", "target", *(column for columns in present.values() for column in columns)]
    index = 0
    for blocks in read():
        columns = [
            rows[column]
            for (_, names), rows in zip(present.items(), blocks, strict=True)
            for column in names
        ]
        for values in zip(*columns, strict=True):
            source, target = pairs.names(index)
            yield [source or "", target, *(f"{value:.6g}" for value in values)]
            index += 1


def _of_pairs(rows: Rows) -> Rows:
    """Return a pass's rows for `pairs.csv`: sums over joints become means over joints."""
    if "joints" not in rows:
        return rows
    joints = np.where(rows["joints"] > 0, rows["joints"], np.nan)
    return rows | {"pckh": rows["hits"] / joints, "joint_error": rows["error"] / joints}


def _cost(seconds: dict[str, dict], whole: float) -> str:
    parts = [
        f"{name} {each['pairs'] / each['seconds']:,.0f} pairs/s"
        for name, each in seconds.items()
        if each["pairs"] and each["seconds"]
    ]
    memory = _peak_memory()
    peak = f"; peak memory {memory / 2**20:,.0f} MB" if memory else ""
    return f"{whole:,.0f} seconds in total ({', '.join(parts) or 'nothing was left to do'}){peak}"


def _peak_memory() -> int | None:
    """Return the largest memory use of this process in bytes; None where it is unknown."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
