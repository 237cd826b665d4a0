"""Repeat the paper's comparisons on synthetic dancers: `python benchmarks/ablation.py`.

It trains the paper's variants with an eighth of the paper's filters, all with the same seeds, on
the same people and for the same number of steps. Several trainings run in parallel on the CPU, each
with one thread. Finished trainings are kept: the same command continues with the others.

The output folder then contains

- `table.md`, which is also printed: SSIM and the L1 distance on the person, for held-out people, as
  mean and standard deviation over seeds, and which differences are significant;
- `comparison.png`: source, target and every variant's image;
- `curves.png`: SSIM on held-out people against steps (needs matplotlib).

The exit status is 1 if a training failed, or if deformable skips (`dsc`) do not beat the baseline
by more than two standard deviations. The second condition is not checked with one seed, with
`--short` or if one of the two variants was not trained. docs/ablation.md has the results and the
time needed.
"""

import argparse
import os
import signal
import sys
import time
from pathlib import Path

from ablation_parts.variants import choose_variants

from deformable_gan.cli import import_tensorflow, run_command
from deformable_gan.errors import ConfigurationError


def main(argv: list[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    study = _study(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)

    import_tensorflow()
    from ablation_parts.figures import draw_comparison, draw_curves
    from ablation_parts.results import SSIM, Results, format_results

    study.check_vgg19()
    failed = _train(study, arguments.jobs)
    results = Results.of(study)
    table = format_results(study, results)
    (study.output / "table.md").write_text(table, encoding="utf-8")
    print(f"\n{table}")
    draw_comparison(study, study.output / "comparison.png")
    print(f"images: {study.output / 'comparison.png'}")
    if draw_curves(study, study.output / "curves.png"):
        print(f"learning curves: {study.output / 'curves.png'}")
    else:
        print(
            "note: no learning curves, since matplotlib is missing: python -m pip install "
            "matplotlib"
        )
    if failed:
        return 1
    if arguments.short or not {"baseline", "dsc"} <= set(results.scores):
        return 0
    verdict = results.compare("dsc", "baseline", SSIM).verdict
    print(f"deformable skips against the baseline, by SSIM on held-out people: {verdict}")
    return 0 if verdict in ("better", "one seed") else 1


def _train(study, jobs: int) -> int:
    """Run the missing trainings, print their progress, and return how many have failed."""
    trainings = study.trainings()
    missing = sum(training.scores() is None for training in trainings)
    print(
        f"{len(trainings)} trainings of {study.steps} steps in {study.output}, "
        f"{len(trainings) - missing} of them done; {jobs} in parallel",
        flush=True,
    )
    failed, start = 0, time.monotonic()
    for number, (training, failure) in enumerate(study.train(jobs), start=1):
        seconds = time.monotonic() - start
        left = seconds / number * (missing - number) / 60
        if failure:
            failed += 1
            outcome = f"failed: {failure}"
        else:
            outcome = "SSIM {ssim:.3f}, L1 on the person {foreground_l1:.1f}".format(
                **training.scores()
            )
        print(f"[{number}/{missing}] {training}: {outcome}; {left:.0f} min left", flush=True)
    if missing:
        print(f"trained in {(time.monotonic() - start) / 60:.1f} min")
    return failed


def _study(arguments: argparse.Namespace):
    from ablation_parts.study import Study

    for name in ("seeds", "steps", "jobs"):
        if getattr(arguments, name) < 1:
            raise ConfigurationError(
                f"--{name} must be at least 1, received {getattr(arguments, name)}"
            )
    variants = choose_variants(arguments.variants, arguments.composing)
    output = arguments.output or Path("runs/ablation-short" if arguments.short else "runs/ablation")
    common = {"output": output, "variants": variants, "vgg19": arguments.vgg19}
    if arguments.short:
        return Study(
            **common,
            seeds=min(arguments.seeds, 2),
            width=1 / 32,
            image_size=(64, 36),
            epochs=2,
            steps_per_epoch=3,
            people=(3, 2),
            images=4,
            epoch_pairs=4,
        )
    points = min(8, arguments.steps)
    if arguments.steps % points:
        raise ConfigurationError(
            f"--steps must be a multiple of {points}, the number of points of a learning curve, "
            f"received {arguments.steps}"
        )
    return Study(
        **common,
        seeds=arguments.seeds,
        width=arguments.width,
        image_size=(64, 36),
        epochs=points,
        steps_per_epoch=arguments.steps // points,
        people=(60, 12),
        images=20,
        epoch_pairs=48,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python benchmarks/ablation.py", description=__doc__.split("\n\n")[1]
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        help="output folder (default: runs/ablation, or runs/ablation-short with --short)",
    )
    parser.add_argument(
        "--variants",
        metavar="A,B,…",
        help="names of the variants to train, separated by commas (default: the paper's)",
    )
    parser.add_argument(
        "--composing",
        action="store_true",
        help="without --variants: train the variants beyond the paper (composed images and "
        "additions to them) and dsc",
    )
    parser.add_argument(
        "--seeds", type=int, default=3, metavar="N", help="number of seeds (default: %(default)s)"
    )
    parser.add_argument(
        "--steps",
        type=int,
        default=1200,
        metavar="N",
        help="steps of a training: a multiple of 8, or fewer than 8 (default: %(default)s; no "
        "effect with --short)",
    )
    parser.add_argument(
        "--width",
        type=float,
        default=0.125,
        metavar="X",
        help="factor for the paper's numbers of filters (default: %(default)s; no effect with "
        "--short)",
    )
    parser.add_argument(
        "--jobs",
        type=int,
        default=len(os.sched_getaffinity(0)),
        metavar="N",
        help="parallel trainings; each needs a core and about 1 GB (default here: %(default)s)",
    )
    parser.add_argument(
        "--vgg19",
        default="imagenet",
        metavar="FILE",
        help="VGG19's weights: 'imagenet' (downloaded; the default), a .h5 or .npz file, or "
        "'random', which gives another loss than the paper's and is marked in the table",
    )
    parser.add_argument(
        "--short",
        action="store_true",
        help="a few steps on a few small images, to check that everything works; at most two seeds",
    )
    return parser


if __name__ == "__main__":
    sys.exit(run_command(main))
