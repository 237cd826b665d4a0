"""`deformable-gan COMMAND …`, the same as `python -m deformable_gan.COMMAND …`."""

import importlib
import sys

from deformable_gan.cli import run_command
from deformable_gan.version import __version__

COMMANDS = {
    "train": "train a model; without arguments, on synthetic dancers",
    "prepare": "make a dataset folder from videos or photographs",
    "prepare_on_beam": "run prepare on a cluster, with Apache Beam",
    "import_dataset": "make a dataset folder from Market-1501, DeepFashion or a similar dataset",
    "shard": "pack a dataset's images into a few large files",
    "dancers": "make a dataset folder or clips of synthetic dancers",
    "evaluate": "score a model, or a folder of generated images",
    "repose": "put a person from a photograph into other poses",
    "personalize": "make a person's own model from clips, in a quarter of an hour",
    "demo": "serve a web page that puts people into other poses",
    "augment": "enlarge a training set for re-identification with new poses",
    "export": "write a trained generator as SavedModel, LiteRT, ONNX or a web page",
    "push": "publish a trained model on Hugging Face or Kaggle, or write it to a folder",
    "convert": "turn the original implementation's weights into a run",
    "distribute": "run a command in parts on a cluster, with Apache Beam",
}


def main() -> int:
    """Run the command named by the first argument."""
    first = sys.argv[1] if len(sys.argv) > 1 else "--help"
    if first in COMMANDS:
        module = importlib.import_module(f"deformable_gan.{first}")
        sys.argv[0] = f"deformable-gan {first}"
        return run_command(module.main, sys.argv[2:])
    if first in ("--help", "-h"):
        print(_usage())
        return 0
    if first == "--version":
        print(f"deformable-gan {__version__}")
        return 0
    print(f"{_usage()}\n\nerror: unknown command {first!r}", file=sys.stderr)
    return 2


def _usage() -> str:
    width = max(map(len, COMMANDS))
    commands = "\n".join(f"  {name:{width}}  {purpose}" for name, purpose in COMMANDS.items())
    return f"usage: deformable-gan COMMAND [OPTION …]\n\ncommands (each has --help):\n{commands}"


if __name__ == "__main__":
    sys.exit(main())
