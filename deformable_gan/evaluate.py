"""`python -m deformable_gan.evaluate`: score a model, or a folder of generated images."""

import argparse
import sys
from pathlib import Path

from deformable_gan.cli import (
    add_former_option,
    add_model_options,
    chosen_model,
    import_tensorflow,
    parse_part,
    parse_positive,
    run_command,
)
from deformable_gan.devices.description import print_device
from deformable_gan.evaluation.evaluation_options import FID_AGAINST, NETWORKS, EvaluationOptions


def main(argv: list[str] | None = None) -> int:
    """Run the command; return the exit status."""
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
    from deformable_gan.data.part import Part
    from deformable_gan.evaluation.evaluate_images import evaluate_images

    evaluate_images(options, Part(*arguments.part) if arguments.part else None)
    return 0


def _default_output(arguments: argparse.Namespace, model: Path | None) -> Path:
    if arguments.run:
        return arguments.run / "evaluation"
    # Neither inside an export, which must not change, nor inside the user's folder of images.
    return Path(f"evaluation-{(model or arguments.generated).resolve().name}")


def build_parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(
        prog="python -m deformable_gan.evaluate",
        description="Generate the images of a dataset's test pairs and score them: SSIM, L1 and "
        "PSNR of the image and of the person; LPIPS, Inception Score, FID, detection score, and "
        "whether the people took the target poses. docs/evaluation.md defines each score. A score "
        "is skipped, with a reason, if its network is not available. After an interruption the "
        "same command continues.",
    )
    what = add_model_options(parser, required=False)
    what.add_argument(
        "--generated",
        type=Path,
        metavar="DIR",
        help="score the images in this folder instead; their names are SOURCE___TARGET.png, "
        "SOURCE_to_TARGET.png, SOURCE_2_TARGET.png, SOURCE_TARGET.png or TARGET.png",
    )
    real = parser.add_mutually_exclusive_group(required=True)
    real.add_argument("--dataset", type=Path, metavar="DIR", help="a dataset folder")
    real.add_argument(
        "--targets",
        type=Path,
        metavar="DIR",
        help="a plain folder of target images, only with --generated; without joints, pose scores "
        "and scores of the person alone are left out",
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        help="folder for images, scores and report (default: RUN/evaluation with --run; otherwise "
        "evaluation-NAME in the current folder, where NAME is the name of the model or of the "
        "folder of images)",
    )
    parser.add_argument(
        "--limit",
        type=parse_positive,
        metavar="N",
        help="score at most N pairs, spread evenly over the test pairs",
    )
    parser.add_argument(
        "--batch-size",
        type=parse_positive,
        default=EvaluationOptions.batch_size,
        metavar="N",
        help="images generated per batch; no effect with --generated (default: %(default)s)",
    )
    parser.add_argument(
        "--skip",
        nargs="+",
        default=[],
        choices=list(NETWORKS),
        metavar="NAME",
        help=f"scores to leave out: {', '.join(NETWORKS)}",
    )
    parser.add_argument(
        "--fid-against",
        default=EvaluationOptions.fid_against,
        choices=FID_AGAINST,
        help="the real images for FID: the target images (targets), or all training images, as in "
        "later papers (train) (default: %(default)s)",
    )
    parser.add_argument(
        "--part",
        type=parse_part,
        metavar="I/N",
        help="score part I of N, to divide the work among several machines; when all parts are "
        "done, run the command once without --part",
    )
    add_former_option(parser, "--shard", dest="part", type=parse_part)
    images = parser.add_argument_group("images given with --generated")
    images.add_argument(
        "--names",
        type=Path,
        metavar="CSV",
        help="table of the images' pairs, with the columns image,source,target (or image,target)",
    )
    images.add_argument(
        "--resize", action="store_true", help="resize the images to the size of the targets"
    )
    images.add_argument(
        "--last-panel",
        action="store_true",
        help="use the last of the images that each file shows side by side",
    )
    networks = parser.add_argument_group(
        "networks",
        "local copies of the networks; without these options each network is downloaded once (see "
        "docs/evaluation.md)",
    )
    networks.add_argument(
        "--movenet", type=Path, metavar="PATH", help="MoveNet's SavedModel folder or .tflite file"
    )
    networks.add_argument(
        "--inception-weights",
        type=Path,
        metavar="FILE",
        help="inception-2015-12-05.tgz, or classify_image_graph_def.pb from that archive",
    )
    networks.add_argument(
        "--lpips-weights",
        type=Path,
        metavar="DIR",
        help="folder with alexnet-owt-7be5be79.pth and alex.pth",
    )
    networks.add_argument(
        "--detector", type=Path, metavar="DIR", help="SavedModel folder of SSD MobileNet v2"
    )
    return parser


if __name__ == "__main__":
    sys.exit(run_command(main))
