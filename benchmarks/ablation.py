"""The paper's findings on synthetic dancers: `python benchmarks/ablation.py`.

Trains the paper's variants at an eighth of its width, each with the same seeds, on the same people
and for the same number of steps, several at once on the CPU with a thread each. Prints, and writes
to the output folder,

- `table.md`: SSIM and the L1 distance on the person, for held-out people, as mean and standard
  deviation over seeds, and which variants they tell apart;
- `comparison.png`: source, target and every variant's picture;
- `curves.png`: SSIM on held-out people against steps (needs matplotlib).

Deformable skips have to beat the baseline by more than two standard deviations: otherwise the exit
status is 1. Finished trainings are kept: the same command goes on with the others. See
docs/ablation.md for what came out, and how long it takes.
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
    print(f"pictures: {study.output / 'comparison.png'}")
    if draw_curves(study, study.output / "curves.png"):
        print(f"learning curves: {study.output / 'curves.png'}")
    else:
        print(
            "learning curves are not drawn: they need matplotlib (python -m pip install matplotlib)"
        )
    if failed:
        return 1
    if arguments.short or not {"baseline", "dsc"} <= set(results.scores):
        return 0
    verdict = results.compare("dsc", "baseline", SSIM).verdict
    print(f"deformable skips against the baseline, by SSIM on held-out people: {verdict}")
    return 0 if verdict in ("better", "one seed") else 1


def _train(study, jobs: int) -> int:
    """Train what is missing, telling how it goes; return how many trainings failed."""
    trainings = study.trainings()
    missing = sum(training.scores() is None for training in trainings)
    print(
        f"{len(trainings)} trainings of {study.steps} steps in {study.output}, "
        f"{len(trainings) - missing} of them done; {jobs} at once",
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
            f"--steps must be a multiple of {points}, the points of the learning curves, received "
            f"{arguments.steps}"
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
        "--output", type=Path, metavar="DIR", help="where everything lies (runs/ablation)"
    )
    parser.add_argument("--variants", metavar="A,B,…", help="only these (all)")
    parser.add_argument(
        "--composing",
        action="store_true",
        help="instead of the paper's variants those beyond it: composed images, and what is added "
        "to them",
    )
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="(%(default)s)")
    parser.add_argument("--steps", type=int, default=1200, metavar="N", help="(%(default)s)")
    parser.add_argument(
        "--width",
        type=float,
        default=0.125,
        metavar="X",
        help="share of the paper's filters (%(default)s)",
    )
    parser.add_argument(
        "--jobs",
        type=int,
        default=len(os.sched_getaffinity(0)),
        metavar="N",
        help="trainings at once, each with a core and about 1 GB (here %(default)s)",
    )
    parser.add_argument(
        "--vgg19",
        default="imagenet",
        metavar="FILE",
        help="VGG19's weights: 'imagenet' (downloaded; default), a .h5 or .npz file; 'random' is "
        "another loss than the paper's, and named in the table",
    )
    parser.add_argument(
        "--short",
        action="store_true",
        help="a few steps on a few small pictures, to see that everything works; tells nothing",
    )
    return parser


if __name__ == "__main__":
    sys.exit(run_command(main))
