"""`python -m deformable_gan.push --run DIR hf://USER/NAME`: publish a trained model."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from deformable_gan.boxed.names import boxed_name
from deformable_gan.cli import add_model_options, import_tensorflow, run_command
from deformable_gan.errors import ConfigurationError, RunError
from deformable_gan.exporting.command_parts import add_formats, find_movenet, write_export
from deformable_gan.exporting.formats import files_of_formats
from deformable_gan.saving.preset import Preset
from deformable_gan.sharing.handle import Handle
from deformable_gan.sharing.hubs import hub_of
from deformable_gan.sharing.model_folder import CARD, KERAS
from deformable_gan.text_files import read_text


def main(argv: list[str] | None = None) -> int:
    """Run the command; return the exit status."""
    arguments = build_parser().parse_args(argv)
    handle = Handle.find(arguments.destination)
    _check(arguments, handle)
    if handle and not arguments.dry_run:
        hub_of(handle).require_login(handle)

    import_tensorflow(gpu=False)  # the comparison must not depend on a GPU

    # A destination folder is built beside its place, so that the last step is only a rename.
    parent = None if handle or arguments.dry_run else Path(arguments.destination).parent
    with _building_folder(parent) as building:
        name = handle.name.rsplit("/", 1)[-1] if handle else Path(arguments.destination).name
        folder = Path(building) / name
        if arguments.run or boxed_name(arguments.model):
            from deformable_gan.exporting.trained_generator import load_trained

            generator, card = load_trained(arguments.run or arguments.model)
            formats = list(dict.fromkeys((KERAS, *arguments.format)))
            movenet = find_movenet(arguments)
            shown = arguments.destination
            origin = arguments.run or arguments.model
            write_export(generator, card, origin, folder, formats, movenet, shown)
        else:
            _copy_export(arguments.model, folder)
        _finish_card(folder / CARD, arguments, handle)
        _list_files(folder)
        _deliver(folder, arguments, handle)
    return 0


def _check(arguments: argparse.Namespace, handle: Handle | None) -> None:
    """Check the options before any work is done."""
    if handle is None:
        if Path(arguments.destination).exists():
            raise RunError(
                f"{arguments.destination} exists: choose another destination or remove it"
            )
        if arguments.public:
            raise ConfigurationError(
                f"--public works with hf:// only, and {arguments.destination} is a folder: leave "
                "out --public"
            )
    elif handle.hub == "kaggle" and handle.revision:
        raise ConfigurationError(
            f"{handle}: Kaggle assigns version numbers itself: leave out the number"
        )
    if arguments.model and Handle.find(arguments.model):
        raise ConfigurationError(
            "--model of push must be a folder, received a handle: make a folder from "
            f"{arguments.model} with `python -m deformable_gan.export --model HANDLE --format "
            "keras --output DIR`"
        )


def _building_folder(parent: Path | None) -> tempfile.TemporaryDirectory:
    try:
        if parent:
            parent.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryDirectory(prefix=".push-", dir=parent)
    except OSError as error:
        raise RunError(f"cannot write to {parent or tempfile.gettempdir()}: {error}") from error


def _copy_export(export: Path, folder: Path) -> None:
    """Check an export's checksums and that its network can be read, then copy the export."""
    from deformable_gan.models.load_generator import read_generator

    preset = Preset.find(export)
    preset.require_network()
    read_generator(preset.folder)
    shutil.copytree(export, folder, ignore=shutil.ignore_patterns(".*"))
    print(f"{export}: the files match their checksums")


def _finish_card(card: Path, arguments: argparse.Namespace, handle: Handle | None) -> None:
    from deformable_gan.exporting.model_card import CONSENT_OPEN, with_license

    try:
        text = read_text(card) if card.is_file() else ""
    except (OSError, ValueError) as error:
        raise RunError(f"{card} cannot be read: {error}") from error
    if arguments.license:
        text = with_license(text, arguments.license)
    if card.is_file() or arguments.license:
        card.write_text(text, encoding="utf-8")  # hubs read UTF-8 only
    if handle and (not text or CONSENT_OPEN in text):
        what = (
            f"the model card ({CARD}) does not say whether the people in the images agreed to the "
            "training and to the publication of the model"
        )
        way = (
            "push to a folder, add this to its model card, and push the folder with --model"
            if arguments.run or boxed_name(arguments.model)
            else f"add this to {arguments.model / CARD}"
        )
        if arguments.public:
            raise RunError(f"{what}: {way}; or leave out --public")
        print(f"note: {what}: {way}", file=sys.stderr)


def _list_files(folder: Path) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for file in files:
        print(f"  {file.relative_to(folder).as_posix()}  {file.stat().st_size:,} bytes")


def _deliver(folder: Path, arguments: argparse.Namespace, handle: Handle | None) -> None:
    if arguments.dry_run:
        print(f"{arguments.destination}: nothing was written (--dry-run)")
        return
    if handle is None:
        try:
            folder.rename(arguments.destination)
        except OSError as error:
            raise RunError(f"{arguments.destination} cannot be created: {error}") from error
        print(f'from Python: Reposer.from_preset("{arguments.destination}")')
        return
    address = hub_of(handle).upload(
        folder, handle, arguments.message, arguments.public, arguments.license, files_of_formats()
    )
    print(f"{handle}: uploaded, see {address}")
    print(f'from Python: Reposer.from_preset("{handle}"); on the command line: --model {handle}')


def build_parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(
        prog="python -m deformable_gan.push",
        description="Publish a trained model: write a preset (the network in Keras's format, a "
        "model card, checksums), load it again, compare its results with the model's, and upload "
        "it to Hugging Face or Kaggle or write it to a folder. `from_preset` and --model can then "
        "load it. An exported model given with --model must contain the format keras; its files "
        "are checked and copied, and --format has no effect.",
    )
    add_model_options(parser)
    parser.add_argument(
        "destination",
        metavar="DESTINATION",
        help="hf://USER/NAME, kaggle://USER/MODEL/keras/VARIATION, or a folder to make",
    )
    add_formats(parser, default=KERAS)
    parser.add_argument(
        "--license",
        metavar="NAME",
        help="licence of the model, as the hub names it (Hugging Face: apache-2.0, cc-by-nc-4.0, "
        "…)",
    )
    parser.add_argument(
        "--public",
        action="store_true",
        help="make a new model on Hugging Face public (default: private)",
    )
    parser.add_argument(
        "--message",
        default="Upload by deformable_gan",
        metavar="TEXT",
        help="description of the change, as a commit message (default: %(default)s)",
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="do everything except logging in, writing and uploading",
    )
    return parser


if __name__ == "__main__":
    sys.exit(run_command(main))
