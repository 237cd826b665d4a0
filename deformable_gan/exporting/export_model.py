"""An export: a folder of models that need nothing of ours."""

import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from deformable_gan.devices.graph_optimizer import without_remapper
from deformable_gan.devices.settings import exact_float32
from deformable_gan.errors import ConfigurationError, RunError
from deformable_gan.exporting.drift import Drift
from deformable_gan.exporting.formats import FORMATS
from deformable_gan.exporting.keras_network import drift_of_network
from deformable_gan.exporting.litert import run_litert, write_litert
from deformable_gan.exporting.model_card import ModelCard
from deformable_gan.exporting.onnx_model import run_onnx, write_onnx
from deformable_gan.exporting.samples import sample_pairs
from deformable_gan.exporting.saved_model import (
    drift_on_photographs,
    require_graph,
    run_saved_model,
    write_saved_model,
)
from deformable_gan.exporting.serving import check_exportable, own_pictures
from deformable_gan.exporting.web.networks import run_networks
from deformable_gan.exporting.web.site import write_site
from deformable_gan.machine_limits import is_full_disk
from deformable_gan.models.generator import Generator
from deformable_gan.pose.movenet import MoveNet
from deformable_gan.pose.skeleton import Skeleton
from deformable_gan.saving.generator_files import write_generator
from deformable_gan.sharing.model_folder import (
    CARD,
    DESCRIPTION,
    FORMAT,
    FORMAT_VERSION,
    KERAS,
    LABELS,
    folder_digests,
)
from deformable_gan.version import __version__

_SAMPLES = 4


@without_remapper()
@exact_float32()
def export_model(
    generator: Generator,
    skeleton: Skeleton,
    path: str | Path,
    formats: Sequence[str] = ("savedmodel",),
    movenet: MoveNet | None = None,
    card: ModelCard | None = None,
    runtime: str | Path | None = None,
) -> dict[str, Drift]:
    """Write a generator in some formats, with its labels and a model card.

    ::

        export/
          saved_model.pb, variables/, assets/   the SavedModel
          config.json, metadata.json, model.weights.h5   the network itself, in Keras's form
          model.tflite, model_float16.tflite, model_int8.tflite, model.onnx
          index.html and others                 the web page (see `web.site`)
          labels.txt                            the joints' names, in their order
          README.md                             the model card
          deformable_gan.json                   sizes, layout, formats and checksums

    Every model is loaded again and compared with the generator on synthetic dancers before the
    folder gets its name: it appears complete or not at all.

    Args:
        generator: one that wants nothing but an image, two poses and maybe a background, or any for
            the format `keras` alone.
        skeleton: the layout of its joints.
        path: the folder to make; it must not exist.
        formats: names of `FORMATS`.
        movenet: goes into the SavedModel, which then takes photographs as well, and beside the web
            page, which needs one; None for none.
        card: what is known of the model; None for no card.
        runtime: see `web.runtime_files.find_runtime`; for the web page.

    Returns:
        How far each format's pictures are from the generator's own.

    Raises:
        RunError: the folder exists or cannot be made, the disk is full, a format lacks an
            operation, a model differs from the generator by more than its format's tolerance, or
            the web page's runtime cannot be had.
        ConfigurationError: the generator wants a mask, a format is unknown or its libraries are
            absent, MoveNet is not a SavedModel, or the web page lacks MoveNet.
    """
    path = Path(path)
    check_request(path, formats)
    if set(formats) - {KERAS}:
        check_exportable(generator)
    if "savedmodel" in formats:
        require_graph(movenet)
    if "web" in formats and movenet is None:
        raise ConfigurationError("the web page needs MoveNet to find people with: give --movenet")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=f".{path.name}.building-", dir=path.parent))
    except OSError as error:
        raise RunError(f"{path} cannot be made: {error}") from error
    about = {
        "image_size": list(generator.image_size),
        "skeleton": skeleton.name,
        "joints": list(skeleton.joints),
        "written_by": f"deformable_gan {__version__}",
    }
    try:
        (building / LABELS).write_text("\n".join(skeleton.joints) + "\n", encoding="utf-8")
        drifts = _write_formats(generator, skeleton, building, formats, movenet, about, runtime)
        sizes = {name: size_on_disk(building, FORMATS[name].file) for name in drifts}
        if card:
            exported = {name: (sizes[name], drift) for name, drift in drifts.items()}
            text = card.text(exported, "savedmodel" in formats and movenet is not None)
            (building / CARD).write_text(text, encoding="utf-8")
        description = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            **about,
            **(card.experiment() if card else {}),
            "formats": {
                name: {"file": FORMATS[name].file, "largest_difference": drift.largest}
                for name, drift in drifts.items()
            },
            "sha256": folder_digests(building),
        }
        text = json.dumps(description, indent=2) + "\n"
        (building / DESCRIPTION).write_text(text, encoding="utf-8")
        building.chmod(0o755)
        building.rename(path)
    except Exception as error:
        if not is_full_disk(error):
            raise
        raise RunError(f"{path} cannot be written: the disk is full; make room") from error
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return drifts


def check_request(path: Path, formats: Sequence[str]) -> None:
    """Find out before the work whether it could be done.

    Raises:
        RunError: the folder exists.
        ConfigurationError: a format is unknown, or its libraries are absent.
    """
    if path.exists():
        raise RunError(f"{path} exists: choose another output or remove it")
    for name in formats:
        if name not in FORMATS:
            raise ConfigurationError(
                f"unknown export format {name!r}: expected one of {', '.join(FORMATS)}"
            )
        FORMATS[name].require_packages()


def _write_formats(
    generator, skeleton, folder, formats, movenet, about, runtime
) -> dict[str, Drift]:
    inputs = sample_pairs(_SAMPLES, generator.image_size, skeleton, background=generator.background)
    own = own_pictures(generator, inputs) if set(formats) - {KERAS} else None
    nearest = generator.skip != "none" and generator.pose_warp.interpolation == "nearest"
    drifts = {}
    for name in dict.fromkeys(formats):
        one = FORMATS[name]
        tolerance = one.nearest if nearest else one.tolerance
        file = folder / one.file
        if name == KERAS:
            write_generator(generator, folder)
            drifts[name] = drift_of_network(folder, generator, inputs)
            tolerance.require(drifts[name], f"the {one.title},")
            continue
        if name == "savedmodel":
            functions = write_saved_model(generator, skeleton, folder, movenet)
            pictures = run_saved_model(folder, inputs)
            if movenet:
                photographs = drift_on_photographs(folder, functions, generator, skeleton)
                tolerance.require(photographs, f"the {one.title}, given photographs,")
        elif name == "onnx":
            write_onnx(generator, file, {key: str(value) for key, value in about.items()})
            pictures = _run(run_onnx, file, inputs)
        elif name == "web":
            write_site(generator, skeleton, folder, movenet, runtime)
            pictures = _run(
                lambda path, given: run_networks(path.parent, generator, given), file, inputs
            )
        else:
            write_litert(generator, file, name)
            pictures = _run(run_litert, file, inputs)
        drifts[name] = Drift.between(pictures, own)  # type: ignore[arg-type]  # not None here
        tolerance.require(drifts[name], f"the {one.title} model")
    return drifts


def _run(run, file: Path, inputs) -> np.ndarray:
    try:
        return run(file, inputs)
    except Exception as error:  # of any type: the runtimes have their own
        reason = " ".join(str(error).split())[:200]
        raise RunError(f"the exported {file.name} does not run: {reason}") from error


def size_on_disk(folder: Path, file: str) -> int:
    """Return a model's bytes; of a SavedModel those of all it consists of."""
    files = [folder / file]
    if file == FORMATS["savedmodel"].file:
        files += [path for path in (folder / "variables").iterdir() if path.is_file()]
    return sum(path.stat().st_size for path in files)
