"""`python -m deformable_gan.evaluate`: scores of a model, or of anybody's pictures."""

import argparse
import sys
from pathlib import Path

from deformable_gan.cli import (
    add_model_options,
    chosen_model,
    import_tensorflow,
    parse_positive,
    parse_shard,
    run_verb,
)
from deformable_gan.devices.description import print_device
from deformable_gan.evaluation.evaluation_options import FID_AGAINST, NETWORKS, EvaluationOptions


def main(argv: list[str] | None = None) -> int:
    """Run the verb; return the exit status."""
    arguments = build_parser().parse_args(argv)
    weights = {
        "pose": arguments.movenet,
        "lpips": arguments.lpips_weights,
        "inception": arguments.inception_weights,
        "detection": arguments.detector,
    }
    model = None if arguments.generated else chosen_model(arguments)
    options = EvaluationOptions(
        output=arguments.output or _default_output(arguments, model),
        model=model,
        generated=arguments.generated,
        dataset=arguments.dataset,
        targets=arguments.targets,
        limit=arguments.limit,
        batch_size=arguments.batch_size,
        names=arguments.names,
        resize=arguments.resize,
        last_panel=arguments.last_panel,
        skip=frozenset(arguments.skip),
        fid_against=arguments.fid_against,
        weights={name: path for name, path in weights.items() if path is not None},
    )

    import_tensorflow()
    print_device()
    from deformable_gan.data.shard import Shard
    from deformable_gan.evaluation.evaluate_images import evaluate_images

    evaluate_images(options, Shard(*arguments.shard) if arguments.shard else None)
    return 0


def _default_output(arguments: argparse.Namespace, model: Path | None) -> Path:
    if arguments.run:
        return arguments.run / "evaluation"
    # Nothing may be added to an export, nor should it be to other people's pictures.
    return Path(f"evaluation-{(model or arguments.generated).resolve().name}")


def build_parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(
        prog="python -m deformable_gan.evaluate",
        description="Generate a dataset's test pairs and score them: SSIM, L1 and PSNR, whole and "
        "on the person; LPIPS, Inception Score, FID, detection score, and whether the people took "
        "their poses. docs/evaluation.md says what each number is and what it compares with. "
        "Scores whose networks cannot be had are skipped with a reason. Cut at any time, the same "
        "command goes on where it was.",
    )
    what = add_model_options(parser, required=False)
    what.add_argument(
        "--generated",
        type=Path,
        metavar="DIR",
        help="evaluate a folder of pictures, named SOURCE___TARGET.png, SOURCE_to_TARGET, "
        "SOURCE_2_TARGET or TARGET",
    )
    real = parser.add_mutually_exclusive_group(required=True)
    real.add_argument("--dataset", type=Path, metavar="DIR", help="a dataset folder")
    real.add_argument(
        "--targets",
        type=Path,
        metavar="DIR",
        help="a plain folder of target images for --generated; without joints nothing is masked",
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        help="where pictures, scores and report go (default: RUN/evaluation, or evaluation-NAME)",
    )
    parser.add_argument(
        "--limit", type=parse_positive, metavar="N", help="at most N pairs, spread evenly"
    )
    parser.add_argument(
        "--batch-size",
        type=parse_positive,
        default=EvaluationOptions.batch_size,
        metavar="N",
        help="pictures at once (%(default)s)",
    )
    parser.add_argument(
        "--skip",
        nargs="+",
        default=[],
        choices=list(NETWORKS),
        metavar="NAME",
        help=f"leave out: {', '.join(NETWORKS)}",
    )
    parser.add_argument(
        "--fid-against",
        default=EvaluationOptions.fid_against,
        choices=FID_AGAINST,
        help="the real images of FID: the target images (default), or all training images, as in "
        "later papers",
    )
    parser.add_argument(
        "--shard",
        type=parse_shard,
        metavar="I/N",
        help="do a part of the work, for several machines; afterwards run once without",
    )
    pictures = parser.add_argument_group("pictures of --generated")
    pictures.add_argument(
        "--names", type=Path, metavar="CSV", help="columns image,source,target (or image,target)"
    )
    pictures.add_argument(
        "--resize", action="store_true", help="bring pictures to the size of the target images"
    )
    pictures.add_argument(
        "--last-panel", action="store_true", help="take the last of several side by side"
    )
    networks = parser.add_argument_group(
        "networks", "local copies; without, they are downloaded once (docs/evaluation.md)"
    )
    networks.add_argument("--movenet", type=Path, metavar="PATH", help="SavedModel or .tflite")
    networks.add_argument(
        "--inception-weights",
        type=Path,
        metavar="FILE",
        help="inception-2015-12-05.tgz, or the classify_image_graph_def.pb in it",
    )
    networks.add_argument(
        "--lpips-weights",
        type=Path,
        metavar="DIR",
        help="folder with alexnet-owt-7be5be79.pth and alex.pth",
    )
    networks.add_argument(
        "--detector", type=Path, metavar="DIR", help="SavedModel of SSD MobileNet v2"
    )
    return parser


if __name__ == "__main__":
    sys.exit(run_verb(main))
