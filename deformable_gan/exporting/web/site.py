"""The web page as a folder of static files, with its networks and their runtime."""

import json
from importlib import resources
from pathlib import Path

import numpy as np
from PIL import Image

from deformable_gan.checksums import file_digest
from deformable_gan.dancers import Dancer, Renderer, dance
from deformable_gan.errors import ConfigurationError
from deformable_gan.exporting.drift import Tolerance
from deformable_gan.exporting.export_format import ExportFormat
from deformable_gan.exporting.export_request import ExportRequest
from deformable_gan.exporting.web import runtime_files
from deformable_gan.exporting.web.networks import (
    run_networks,
    write_movenet,
    write_networks,
)
from deformable_gan.models.generator import Generator
from deformable_gan.on_litert.names import MOVENET, POSE, SOURCE
from deformable_gan.pose.movenet import MoveNet
from deformable_gan.pose.skeleton import Skeleton

#: Names of files and folders in the written folder.
ABOUT, RUNTIME, EXAMPLE = "page.json", "runtime", "example.png"
_LICENCES = "LICENSES.txt"
# The joint editor is shared with the page of `demo`; here it becomes a function of a module.
_EDITOR = "joint_editor.js"
_EDITOR_MODULE = "export function attachJointEditor(element, props, trigger, watch) {{\n{}}}\n"
# The example's size in multiples of the network's: the page composes at the photograph's size.
_EXAMPLE_SIZE = 5
# The seed of a dancer who is seen from the front, with head and limbs in view.
_EXAMPLE_DANCER = 1_000_020
_SERVICE_WORKER = "service_worker.js"
_DEVELOPMENT = 'const VERSION = "development";'


class WebFormat(ExportFormat):
    """A web page that runs LiteRT models in the browser and needs only a server of static files."""

    title = "a web page, with LiteRT inside"
    file = POSE
    files = ("*.tflite",)
    tolerance = Tolerance(largest=1e-3)
    # The generator finds the nearest pixel in float64, which LiteRT does not have.
    nearest = Tolerance(mean=1e-4)
    extra = "litert"
    packages = ("ai_edge_litert",)
    holds_movenet = needs_movenet = True

    def check_movenet(self, movenet: MoveNet | None) -> None:
        """Check that there is a MoveNet."""
        if movenet is None:
            raise ConfigurationError(
                "the web page needs MoveNet to find people: give its path with --movenet"
            )

    def write(self, request: ExportRequest) -> None:
        """Write the page, its networks and their runtime."""
        assert request.movenet is not None
        write_site(
            request.generator, request.skeleton, request.folder, request.movenet, request.runtime
        )

    def run(self, request: ExportRequest, inputs: dict[str, np.ndarray]) -> np.ndarray:
        """Run the page's networks."""
        return run_networks(request.folder, request.generator, inputs)

    def notes(self, shown: object, movenet: MoveNet | None) -> list[str]:
        """Say how to open the page."""
        return [f"see the page with: python -m http.server --directory {shown}"]


def write_site(
    generator: Generator,
    skeleton: Skeleton,
    folder: Path,
    movenet: MoveNet,
    runtime: str | Path | None = None,
) -> None:
    """Write a web page that needs only a server for static files.

    ::

        index.html, style.css, *.js      the page; service_worker.js keeps it for offline use
        source.tflite                    the part of the generator that runs once per photograph
        network.tflite                   the part of the generator that runs for every pose
        movenet.tflite                   the estimator of joints
        runtime/                         LiteRT.js
        example.png                      a drawn dancer as an example
        page.json                        facts about these files for the page
        .nojekyll                        for GitHub Pages
        LICENSES.txt                     the licences of other projects' files

    Args:
        generator: a generator that `serving.check_exportable` accepts.
        skeleton: the layout of its joints.
        folder: an existing folder to write to.
        movenet: the estimator for photographs and the camera.
        runtime: see `runtime_files.copy_runtime`.

    Raises:
        RunError: a network cannot be converted, or the runtime is not available.
    """
    # This comes first, since it fails most quickly.
    runtime_files.copy_runtime(folder / RUNTIME, runtime)
    networks = write_networks(generator, folder)
    about_movenet = write_movenet(movenet, folder / MOVENET)
    page = _write_page(folder)
    about = {
        "imageSize": list(generator.image_size),
        "joints": list(skeleton.joints),
        "background": generator.background,
        "composes": bool(generator.composite),
        "networks": networks,
        "movenet": {"file": MOVENET, **about_movenet},
        "runtime": f"{RUNTIME}/{runtime_files.LIBRARY}",
        "example": _write_example(folder, generator.image_size),
    }
    # GitHub Pages would otherwise turn README.md into another page.
    (folder / ".nojekyll").touch()
    (folder / _LICENCES).write_text(_licences(), encoding="utf-8")
    # The other files of the runtime, of which each device needs some, are cached on first use.
    files = [*page, about["runtime"], *networks, MOVENET, EXAMPLE, _LICENCES, ABOUT]
    text = json.dumps({**about, "files": files}, indent=2) + "\n"
    (folder / ABOUT).write_text(text, encoding="utf-8")
    _mark_version(folder, files)


def _write_page(folder: Path) -> list[str]:
    """Write the page itself, and return the names of its files."""
    names = [_EDITOR]
    page = resources.files("deformable_gan.exporting.web") / "page"
    for file in page.iterdir():
        if not file.name.endswith(".d.ts"):
            (folder / file.name).write_bytes(file.read_bytes())
            names.append(file.name)
    editor = resources.files("deformable_gan.web") / _EDITOR
    module = _EDITOR_MODULE.format(editor.read_text(encoding="utf-8"))
    (folder / _EDITOR).write_text(module, encoding="utf-8")
    # Browsers manage the service worker themselves.
    return sorted(set(names) - {_SERVICE_WORKER})


def _write_example(folder: Path, image_size: tuple[int, int]) -> dict:
    """Draw a dancer, and return the file's name and the joints in it."""
    rng = np.random.default_rng([0, _EXAMPLE_DANCER])
    size = tuple(_EXAMPLE_SIZE * length for length in image_size)
    (pose,) = dance(rng, 1, 1.0)
    drawing = Renderer(Dancer.random(rng), size).draw(pose, rng=rng)
    Image.fromarray(drawing.image).save(folder / EXAMPLE)
    joints = [[round(float(number), 2) for number in joint] for joint in drawing.keypoints]
    return {"file": EXAMPLE, "joints": joints}


def _licences() -> str:
    return (
        f"runtime/: {runtime_files.PACKAGE} {runtime_files.VERSION}, {runtime_files.LICENCE}\n"
        f"{MOVENET}: MoveNet, Apache License 2.0, (c) Google LLC\n"
        "The page: Apache License 2.0, deformable_gan\n"
        f"{SOURCE}, {POSE}: see README.md\n"
    )


def _mark_version(folder: Path, files: list[str]) -> None:
    """Write a digest of the files into the service worker, so browsers notice a changed page."""
    digests = "".join(file_digest(folder / name) for name in files)
    worker = folder / _SERVICE_WORKER
    text = worker.read_text(encoding="utf-8")
    version = f'const VERSION = "{runtime_files.digest_of(digests)}";'
    worker.write_text(text.replace(_DEVELOPMENT, version), encoding="utf-8")
