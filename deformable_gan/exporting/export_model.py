"""An export: a folder of models, most of which run without this package."""

import dataclasses
import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from deformable_gan.devices.graph_optimizer import without_remapper
from deformable_gan.devices.settings import exact_float32
from deformable_gan.errors import RunError
from deformable_gan.exporting.drift import Drift
from deformable_gan.exporting.export_request import ExportRequest
from deformable_gan.exporting.formats import get_format
from deformable_gan.exporting.model_card import ModelCard
from deformable_gan.machine_limits import is_full_disk
from deformable_gan.models.generator import Generator
from deformable_gan.pose.movenet import MoveNet
from deformable_gan.pose.skeleton import Skeleton
from deformable_gan.sharing.model_folder import (
    CARD,
    DESCRIPTION,
    FORMAT,
    FORMAT_VERSION,
    LABELS,
    folder_digests,
)
from deformable_gan.version import __version__


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

    The folder contains, depending on the formats::

        export/
          saved_model.pb, variables/, assets/   the SavedModel
          config.json, metadata.json, model.weights.h5   the network itself, in Keras's format
          model.tflite, model_float16.tflite, model_int8.tflite, model.onnx
          index.html and others                 the web page (see `web.site`)
          labels.txt                            the joints' names, in their order
          README.md                             the model card
          deformable_gan.json                   sizes, layout, formats and checksums

    Every model is loaded again and compared with the generator on images of synthetic dancers
    before the folder gets its final name, so a folder with this name is complete.

    Args:
        generator: a generator that needs only an image, two poses and perhaps a background; for the
            format `keras` alone, any generator.
        skeleton: the layout of the joints.
        path: the folder to make; it must not exist.
        formats: names of `formats.FORMAT_NAMES`.
        movenet: the estimator of joints. A SavedModel contains it and then also takes photographs;
            the web page needs it as a separate file. None for no estimator.
        card: the facts for the model card; None for no card.
        runtime: see `web.runtime_files.find_runtime`; for the web page.

    Returns:
        For each format, the difference between its images and the generator's own.

    Raises:
        RunError: the folder exists or cannot be made, the disk is full, a format lacks an
            operation, a model differs from the generator by more than its format's tolerance, or
            the web page's runtime is not available.
        ConfigurationError: the generator needs a person mask, a format is unknown, a library is not
            installed, MoveNet is not a SavedModel, or MoveNet is missing for the web page.
    """
    path = Path(path)
    check_request(path, formats)
    about = {
        "image_size": list(generator.image_size),
        "skeleton": skeleton.name,
        "joints": list(skeleton.joints),
        "written_by": f"deformable_gan {__version__}",
    }
    request = ExportRequest(generator, skeleton, path, movenet, runtime, about)
    wanted = [get_format(name) for name in dict.fromkeys(formats)]
    for one in wanted:
        one.check(request)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=f".{path.name}.building-", dir=path.parent))
    except OSError as error:
        raise RunError(f"{path} cannot be created: {error}") from error
    request = dataclasses.replace(request, folder=building)
    try:
        (building / LABELS).write_text("\n".join(skeleton.joints) + "\n", encoding="utf-8")
        drifts = {}
        for one in wanted:
            one.expect(request)
        for one in wanted:
            one.write(request)
            drifts[one.name] = one.compare(request)
        if card:
            exported = {one.name: (one.size(building), drifts[one.name]) for one in wanted}
            photographs = movenet is not None and any(one.takes_photographs for one in wanted)
            text = card.text(exported, photographs)
            (building / CARD).write_text(text, encoding="utf-8")
        description = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            **about,
            **(card.experiment() if card else {}),
            "formats": {
                one.name: {"file": one.file, "largest_difference": drifts[one.name].largest}
                for one in wanted
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
        raise RunError(
            f"{path} cannot be written, because the disk is full: free some space"
        ) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return drifts


def check_request(path: Path, formats: Sequence[str]) -> None:
    """Check, before any work is done, that the folder is new and the formats' libraries exist.

    Raises:
        RunError: the folder exists.
        ConfigurationError: a format is unknown, or a library is not installed.
    """
    if path.exists():
        raise RunError(f"{path} exists: choose another output or remove it")
    for name in formats:
        get_format(name).require_packages()
