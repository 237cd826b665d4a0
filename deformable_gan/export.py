"""`python -m deformable_gan.export --run DIR --output DIR`: a trained generator for elsewhere."""

import argparse
import json
import sys
from pathlib import Path

from deformable_gan.cli import add_model_options, chosen_model, import_tensorflow, run_command
from deformable_gan.errors import DatasetError, PoseError, RunError
from deformable_gan.text_files import read_text

_FORMATS = ("savedmodel", "keras", "litert", "litert-float16", "litert-int8", "onnx", "web")


def main(argv: list[str] | None = None) -> int:
    """Run the command; return the exit status."""
    arguments = _parser().parse_args(argv)

    import_tensorflow(gpu=False)  # the compared numbers are those of every CPU
    from deformable_gan.exporting.export_model import check_request

    check_request(arguments.output, arguments.format)
    origin = chosen_model(arguments)
    generator, card = load_trained(arguments.run, None if arguments.run else origin)
    movenet = find_movenet(arguments)
    write_export(
        *(generator, card, origin, arguments.output, arguments.format, movenet),
        runtime=arguments.runtime,
    )
    return 0


def load_trained(run: Path | None, model: Path | None):
    """Return the generator of a run or of an export, and what its model card is made of.

    Args:
        run: a run directory.
        model: an export's folder, a handle, or the name of a model that ships with the package,
            where there is no run.

    Raises:
        DeformableGANError: it cannot be read, or the export does not hold the network.
    """
    from deformable_gan.boxed.boxed_model import BoxedModel
    from deformable_gan.config import ExperimentConfig
    from deformable_gan.exporting.model_card import ModelCard
    from deformable_gan.models.boxed_generator import read_boxed_generator
    from deformable_gan.models.from_config import build_generator
    from deformable_gan.models.saved_generator import read_generator
    from deformable_gan.sharing.preset import Preset
    from deformable_gan.training.run_directory import RunDirectory

    if run:
        directory = RunDirectory(run)
        config = directory.read_config()
        generator = build_generator(config)
        step = directory.checkpoints.restore_generator(generator)
        details = directory.read_details() if directory.details_file.is_file() else {}
        card = ModelCard(config, step, details, _scores(directory), _manifests(details))
    elif boxed := BoxedModel.find(model):
        generator = read_boxed_generator(boxed)
        card = ModelCard(
            boxed.config, boxed.step, {"exported_from": f"deformable_gan/boxed/{boxed.name}"}
        )
    else:
        preset = Preset.find(model)  # type: ignore[arg-type]  # not None here
        preset.require_network()
        generator = read_generator(preset.folder)
        config = ExperimentConfig.from_json(
            json.dumps(preset.description.get("experiment")), str(preset.folder)
        )
        steps = preset.description.get("steps")
        # Where a folder lies is nobody else's business.
        origin = preset.origin if "://" in preset.origin else Path(preset.origin).name
        card = ModelCard(config, steps if isinstance(steps, int) else 0, {"exported_from": origin})
    generator.warp_method = "sparse"
    return generator, card


def write_export(
    generator,
    card,
    origin,
    output: Path,
    formats: list[str],
    movenet,
    shown: object = None,
    runtime: Path | None = None,
) -> None:
    """Write an export of what `load_trained` returns, and say how far it is from the model.

    Args:
        generator: see `export_model`.
        card: likewise.
        origin: the run or export it is of.
        output: the folder to make.
        formats: see `export_model`.
        movenet: likewise.
        shown: what the folder is to be called; None for its path.
        runtime: see `export_model`.
    """
    from deformable_gan.exporting.export_model import export_model
    from deformable_gan.exporting.formats import FORMATS
    from deformable_gan.pose.skeleton import get_skeleton

    skeleton = get_skeleton(card.config.skeleton)
    drifts = export_model(generator, skeleton, output, formats, movenet, card, runtime)
    print(f"{shown or output}: generator of {origin} after {card.steps} steps")
    for name, drift in drifts.items():
        print(f"{name}: {FORMATS[name].file}; loaded again, it differs from the model {drift}")
    if "web" in drifts:
        print(f"see the page with: python -m http.server --directory {shown or output}")
    if "savedmodel" in drifts and not movenet:
        print(
            "the SavedModel has no MoveNet inside: its one signature takes key points, none takes "
            "photographs"
        )


def find_movenet(arguments: argparse.Namespace):
    """Return the MoveNet to export along; None if it is not wanted or none was named nor found."""
    web, graph = ("web" in arguments.format), ("savedmodel" in arguments.format)
    if arguments.without_movenet or not (web or graph):
        return None
    from deformable_gan.exporting.saved_model import require_graph
    from deformable_gan.pose.movenet import MoveNet
    from deformable_gan.pose.movenet_source import DEFAULT_LOOKS

    try:
        movenet = MoveNet.load(arguments.movenet, looks=DEFAULT_LOOKS)
    except PoseError as error:
        if arguments.movenet is not None or web:
            raise
        print(f"note: exporting without MoveNet: {error}", file=sys.stderr)
        return None
    if graph:
        require_graph(movenet)
    return movenet


def _scores(run) -> dict:
    """Return what `scores.json` holds; empty where it is not there yet."""
    if not run.scores_file.is_file():
        return {}
    try:
        return json.loads(read_text(run.scores_file))
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
        "ONNX. Every one is loaded again and compared with the generator before it is done. What "
        "--model names has to hold the format keras.",
    )
    add_model_options(parser, required=False)
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="the folder to make"
    )
    add_formats(parser, default="savedmodel")
    parser.add_argument(
        "--runtime",
        type=Path,
        metavar="DIR",
        help="for the web page: a folder that holds LiteRT.js (the unpacked npm package "
        "@litertjs/core); by default it comes from npm",
    )
    return parser


def add_formats(parser: argparse.ArgumentParser, default: str) -> None:
    """Add the options that say how it is written."""
    parser.add_argument(
        "--format",
        nargs="+",
        choices=_FORMATS,
        default=[default],
        metavar="NAME",
        help=f"one or several of {', '.join(_FORMATS)} (default: {default})",
    )
    movenet = parser.add_mutually_exclusive_group()
    movenet.add_argument(
        "--movenet",
        metavar="PATH",
        help="MoveNet's SavedModel folder, to go into the SavedModel; for the web page its .tflite "
        "file does, too",
    )
    movenet.add_argument(
        "--without-movenet",
        action="store_true",
        help="a SavedModel that takes key points only, and is smaller",
    )


if __name__ == "__main__":
    sys.exit(run_command(main))
