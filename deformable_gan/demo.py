"""`python -m deformable_gan.demo`: serve a web page that puts people into other poses."""

import argparse
import contextlib
import importlib.util
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from deformable_gan.cli import (
    add_model_options,
    chosen_model,
    import_tensorflow,
    run_command,
    use_one_blas_thread,
)
from deformable_gan.devices.description import print_device
from deformable_gan.errors import ConfigurationError, DatasetError

_PORT = 7860
# Number of ports tried, from `_PORT` on, if no port is given.
_PORTS = 100
# Height of the drawn examples relative to the network's images, for models that make composites.
_DRAWN_LARGER = 4
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy")
_THIS_MACHINE = "localhost,127.0.0.1,::1,0.0.0.0"


def main(argv: list[str] | None = None) -> int:
    """Run the command; return the exit status."""
    use_one_blas_thread()
    arguments = build_parser().parse_args(argv)
    if importlib.util.find_spec("gradio") is None:
        raise ConfigurationError(
            "the web page needs gradio, which is not installed: pip install 'deformable-gan[demo]'"
        )
    with _own_folder() as folder:
        page, name = _make_page(arguments, folder)
        address = _serve(page, arguments)
        print(f"{name}: {address} (Ctrl-C ends it)", flush=True)
        try:
            page.blocks.block_thread()
        finally:
            page.blocks.close(verbose=False)
    return 0


@contextlib.contextmanager
def _own_folder() -> Iterator[Path]:
    """Yield a folder for visitors' uploads and results, and remove it when the program ends."""
    former = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        with tempfile.TemporaryDirectory(
            prefix="deformable_gan-demo-", ignore_cleanup_errors=True
        ) as name:
            # gradio reads these when it is imported.
            os.environ["GRADIO_TEMP_DIR"] = name
            os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
            os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
            yield Path(name)
    finally:
        signal.signal(signal.SIGTERM, former)


def _make_page(arguments: argparse.Namespace, folder: Path):
    import_tensorflow()
    print_device()
    from deformable_gan.reposing.repose_options import CHOOSE, MOST_PIXELS_OF_CLIPS
    from deformable_gan.reposing.reposer import Reposer

    path = chosen_model(arguments)
    reposer = Reposer.load(path, arguments.movenet)
    # Results follow the mouse while joints are dragged: larger photographs would be too slow.
    reposer.most_pixels = MOST_PIXELS_OF_CLIPS
    reposer.warm_up()
    examples = _examples(arguments, path, reposer)
    if reposer.views and not arguments.dataset:
        examples = examples.led_by(reposer.own_person())
        # A result uses one photograph, so that results follow the mouse.
        reposer.many_sources = CHOOSE
    height, width = reposer.image_size
    about = f"The model is `{path.name}`, which makes images of {height}x{width}."
    with _without_proxies():
        from deformable_gan.web.page import Page
        from deformable_gan.web.studio import Studio

        return Page(Studio(reposer), examples, about, folder / "results"), path


@contextlib.contextmanager
def _without_proxies(share: bool = False) -> Iterator[None]:
    """Hide the environment's proxies from gradio, which requests its own page to test the server.

    Args:
        share: whether to keep the proxies for gradio's servers and exempt only this machine.
    """
    former = dict(os.environ)
    for name in former:
        if name.lower() in _PROXIES and not share:
            del os.environ[name]
    exempt = ",".join(filter(None, [former.get("NO_PROXY", former.get("no_proxy")), _THIS_MACHINE]))
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = exempt
    try:
        yield
    finally:
        for name in list(os.environ):
            if name.lower() in (*_PROXIES, "no_proxy"):
                del os.environ[name]
        os.environ.update(
            {name: value for name, value in former.items() if name.lower().endswith("_proxy")}
        )


def _examples(arguments: argparse.Namespace, path: Path, reposer):
    """Return examples of the given dataset or the run's dataset, else of synthetic dancers."""
    from deformable_gan.web.examples import Examples
    from deformable_gan.web.runs import dataset_of

    if arguments.dataset:
        return Examples.of_dataset(arguments.dataset)
    dataset = dataset_of(path)
    if dataset:
        try:
            return Examples.of_dataset(dataset)
        except (DatasetError, ConfigurationError) as error:
            print(f"note: the examples are synthetic dancers, because {error}", file=sys.stderr)
    times = _DRAWN_LARGER if reposer.composes else 1
    return Examples.drawn(reposer.image_size, reposer.skeleton, times)


def _serve(page, arguments: argparse.Namespace) -> str:
    """Start the server and return the page's address."""
    ports = [arguments.port] if arguments.port else range(_PORT, _PORT + _PORTS)
    for port in ports:
        try:
            with _without_proxies(arguments.share):
                page.launch(
                    server_name=arguments.host,
                    server_port=port,
                    share=arguments.share,
                    inbrowser=arguments.open,
                )
        except OSError as error:
            reason = error
        else:
            return page.blocks.share_url or page.blocks.local_url
    raise ConfigurationError(
        f"the page cannot be served at {arguments.host}, port {port} ({reason}): choose "
        "another --host or --port"
    )


def build_parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(
        prog="python -m deformable_gan.demo",
        description="Serve a web page on this computer. Visitors drop a photograph, choose a pose "
        "from a photograph or a clip or by dragging joints, and see and download the result.",
    )
    add_model_options(parser, required=False)
    parser.add_argument(
        "--dataset",
        type=Path,
        metavar="DIR",
        help="a dataset folder with people for the examples (default: the run's dataset, or "
        "synthetic dancers; a personal model also shows its own person)",
    )
    parser.add_argument(
        "--movenet",
        metavar="PATH",
        help="MoveNet's SavedModel folder or .tflite file, for photographs and clips",
    )
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to listen at (default: %(default)s, for this computer only)",
    )
    parser.add_argument(
        "--port", type=int, metavar="N", help=f"port (default: the first free one from {_PORT} on)"
    )
    parser.add_argument("--open", action="store_true", help="open the page in a browser")
    parser.add_argument(
        "--share",
        action="store_true",
        help="also serve the page to the internet through gradio's servers, which can see all data",
    )
    return parser


if __name__ == "__main__":
    sys.exit(run_command(main))
