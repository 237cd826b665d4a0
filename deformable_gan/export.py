"""`python -m deformable_gan.export --run DIR --output DIR`: a trained generator for elsewhere."""

import argparse
import json
import sys
from pathlib import Path

from deformable_gan.cli import import_tensorflow, run_verb
from deformable_gan.errors import DatasetError, PoseError, RunError

_FORMATS = ("savedmodel", "litert", "litert-float16", "litert-int8", "onnx")


def main(argv: list[str] | None = None) -> int:
    """Run the verb; return the exit status."""
    arguments = _parser().parse_args(argv)

    import_tensorflow()
    from deformable_gan.exporting.export_model import check_request, export_model
    from deformable_gan.exporting.formats import FORMATS
    from deformable_gan.models.from_config import build_generator
    from deformable_gan.pose.skeleton import get_skeleton
    from deformable_gan.training.run_directory import RunDirectory

    run = RunDirectory(arguments.run)
    config = run.read_config()
    check_request(arguments.output, arguments.format)
    generator = build_generator(config)
    step = run.checkpoints.restore_generator(generator)
    generator.warp_method = "sparse"
    movenet = _find_movenet(arguments)
    drifts = export_model(
        generator,
        get_skeleton(config.skeleton),
        arguments.output,
        arguments.format,
        movenet,
        _model_card(run, config, step),
    )
    print(f"{arguments.output}: generator of {arguments.run} after {step} steps")
    for name, drift in drifts.items():
        print(f"{name}: {FORMATS[name].file}; loaded again, it differs from the model {drift}")
    if "savedmodel" in drifts and not movenet:
        print(
            "the SavedModel has no MoveNet inside: its one signature takes key points, none takes "
            "photographs"
        )
    return 0


def _find_movenet(arguments: argparse.Namespace):
    """Return the MoveNet to export along; None if it is not wanted or none was named nor found."""
    if arguments.without_movenet or "savedmodel" not in arguments.format:
        return None
    from deformable_gan.exporting.saved_model import require_graph
    from deformable_gan.pose.movenet import MoveNet

    try:
        movenet = MoveNet.load(arguments.movenet)
    except PoseError as error:
        if arguments.movenet is not None:
            raise
        print(f"note: exporting without MoveNet: {error}", file=sys.stderr)
        return None
    require_graph(movenet)
    return movenet


def _model_card(run, config, step: int):
    from deformable_gan.exporting.model_card import ModelCard

    details = run.read_details() if run.details_file.is_file() else {}
    return ModelCard(config, step, details, _scores(run), _manifests(details))


def _scores(run) -> dict:
    """Return what `scores.json` holds; empty where it is not there yet."""
    if not run.scores_file.is_file():
        return {}
    try:
        return json.loads(run.scores_file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{run.scores_file} cannot be read: {error}; remove it") from error


def _manifests(details: dict) -> dict[str, dict]:
    """Return the manifests of the datasets a run was trained on, if they are what they were."""
    from deformable_gan.data.mixture import DatasetMixture

    single = [{"path": details["dataset"], "weight": 1.0}] if "dataset" in details else []
    datasets = details.get("datasets", single)
    if not datasets:
        return {}
    try:
        mixture = DatasetMixture.open(
            [one["path"] for one in datasets], [one["weight"] for one in datasets]
        )
    except DatasetError:
        return {}
    if mixture.checksum != details["dataset_checksum"]:
        return {}
    return {one.path.name: one.manifest for one in mixture.datasets.values()}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m deformable_gan.export",
        description="Write a run's generator as models that run without this package: a SavedModel "
        "for TensorFlow (with MoveNet inside it takes photographs as they are), LiteRT for phones, "
        "ONNX. Every one is loaded again and compared with the generator before it is done.",
    )
    parser.add_argument("--run", type=Path, required=True, metavar="DIR", help="a run directory")
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="the folder to make"
    )
    parser.add_argument(
        "--format",
        nargs="+",
        choices=_FORMATS,
        default=["savedmodel"],
        metavar="NAME",
        help=f"one or several of {', '.join(_FORMATS)} (default: savedmodel)",
    )
    movenet = parser.add_mutually_exclusive_group()
    movenet.add_argument(
        "--movenet", metavar="PATH", help="MoveNet's SavedModel folder, to go into the SavedModel"
    )
    movenet.add_argument(
        "--without-movenet",
        action="store_true",
        help="a SavedModel that takes key points only, and is smaller",
    )
    return parser


if __name__ == "__main__":
    sys.exit(run_verb(main))
