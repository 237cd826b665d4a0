"""Write a run as a model that ships with the package: `python benchmarks/box_model.py --run RUN`.

    python benchmarks/box_model.py --run RUN [--name people] [--facts FACTS.json] [--output DIR]

It writes `deformable_gan/boxed/NAME/`: the weights of both networks as float16, the configuration,
the checksum, and a model card. Then it reads the model again and prints its size and the largest
difference, in grey levels, between its images and those of the run's float32 generator. If the
difference exceeds 4 grey levels, or the weights 9 MB, the script fails: do not ship such a folder.

FACTS.json contains the sections of the card that cannot be generated, in Markdown: `trained_on`,
`scores`, `failures`, `consent`, `licences`. The card marks missing sections; without `scores` it
uses the run's `scores.json`.
"""

import argparse
import json
import os
import sys
from pathlib import Path
from string import Template

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

#: Largest allowed difference due to half precision, in grey levels (0 to 255).
MOST_GREY_LEVELS = 4
#: Largest allowed size of the file of the weights, in bytes.
MOST_BYTES = 9_000_000
DANCERS = 24
TEMPLATE = Path(__file__).with_name("box_card.md")
_SECTIONS = ("trained_on", "scores", "failures", "consent", "licences")
_OPEN = "**Not stated yet.**"


def largest_difference(run, model) -> tuple[int, int]:
    """Return the largest difference between images of a run and of its boxed model.

    Args:
        run: a `RunDirectory`.
        model: the `BoxedModel` made from it.

    Returns:
        The largest difference in grey levels, and the number of images compared.
    """
    import numpy as np

    from deformable_gan.exporting.samples import sample_pairs
    from deformable_gan.inference import make_generate
    from deformable_gan.models.from_config import build_generator
    from deformable_gan.models.load_generator import load_generator
    from deformable_gan.pose.skeleton import get_skeleton
    from deformable_gan.saving.saved_generator import SavedInPackage

    config = model.config
    generator = build_generator(config)
    run.checkpoints.restore_generator(generator)
    inputs = sample_pairs(
        DANCERS,
        config.image_size,
        get_skeleton(config.skeleton),
        seed=1,
        background=config.generator.background,
    )
    one, other = (
        make_generate(each)(**inputs).astype(int)
        for each in (generator, load_generator(SavedInPackage(model))[0])
    )
    return int(np.abs(one - other).max()), DANCERS


def scores_table(scores: dict) -> str:
    """Return a run's held-out scores as a Markdown table: all pairs, then each person or clip."""
    lines = [
        "Held-out pairs of the run; the score of the source image itself (copy) is in brackets.",
        "",
        "| held out | pairs | SSIM (copy) | L1 on the person, grey levels (copy) |",
        "| --- | --- | --- | --- |",
    ]
    lines += [
        f"| {name} | {one['pairs']:,} | {one['ssim']:.3f} ({one['copy_ssim']:.3f}) | "
        f"{one['foreground_l1']:.1f} ({one['copy_foreground_l1']:.1f}) |"
        for name, one in scores.items()
    ]
    return "\n".join(lines)


def write_card(model, facts: dict, drift: tuple[int, int]) -> str:
    """Return the model card.

    Args:
        model: the `BoxedModel`.
        facts: the card's sections by name.
        drift: from `largest_difference`.
    """
    import numpy as np

    from deformable_gan.boxed.names import WEIGHTS
    from deformable_gan.models.from_config import build_generator
    from deformable_gan.version import __version__

    config = model.config
    weights = build_generator(config).trainable_weights
    largest, images = drift
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        {section: facts.get(section, _OPEN).strip() for section in _SECTIONS},
        name=model.name,
        version=__version__,
        preset=config.preset,
        size="{}x{}".format(*config.image_size),
        skeleton=config.skeleton,
        parameters=f"{sum(int(np.prod(weight.shape)) for weight in weights):,}",
        composes="yes: results have the photograph's own size" if config.generator.composite
        else "no",
        steps=f"{model.step:,}",
        batch_size=config.training.batch_size,
        seed=config.training.seed,
        bytes=f"{(model.folder / WEIGHTS).stat().st_size:,}",
        drift=largest,
        drift_images=images,
    )  # fmt: skip


def main() -> int:
    """Write the model, compare it and print the result."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--run", type=Path, required=True, metavar="DIR")
    parser.add_argument("--name", default="people", help="the model's name (default: people)")
    parser.add_argument("--facts", type=Path, metavar="FILE", help="sections of the card (JSON)")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        help="parent folder of NAME/ (default: in the package)",
    )
    arguments = parser.parse_args()
    from deformable_gan.cli import import_tensorflow

    import_tensorflow()
    from deformable_gan.boxed.names import CARD, ROOT, WEIGHTS
    from deformable_gan.training.box_run import box_run
    from deformable_gan.training.run_directory import RunDirectory

    facts = json.loads(arguments.facts.read_text(encoding="utf-8")) if arguments.facts else {}
    if unknown := set(facts) - set(_SECTIONS):
        parser.error(f"unknown sections {sorted(unknown)}: expected {', '.join(_SECTIONS)}")
    run = RunDirectory(arguments.run)
    if "scores" not in facts and run.scores_file.is_file():
        facts["scores"] = scores_table(json.loads(run.scores_file.read_text(encoding="utf-8")))
    model = box_run(run, (arguments.output or ROOT) / arguments.name, "")
    drift = largest_difference(run, model)
    card = write_card(model, facts, drift)
    (model.folder / CARD).write_text(card, encoding="utf-8")
    size = (model.folder / WEIGHTS).stat().st_size
    print(
        f"{model.folder}: {arguments.run} after {model.step:,} steps, {size:,} bytes; images of "
        f"{drift[1]} synthetic dancers differ by at most {drift[0]} grey levels from the run's"
    )
    missing = [section for section in _SECTIONS if section not in facts]
    if missing:
        print(f"note: the card lacks {', '.join(missing)}: give --facts", file=sys.stderr)
    if drift[0] > MOST_GREY_LEVELS or size > MOST_BYTES:
        print(
            f"error: the limits are {MOST_GREY_LEVELS} grey levels and {MOST_BYTES:,} bytes, "
            f"received {drift[0]} and {size:,}: do not ship this model",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
