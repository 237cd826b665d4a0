"""`deformable-gan VERB …`, the same as `python -m deformable_gan.VERB …`."""

import importlib
import sys

from deformable_gan.cli import run_verb
from deformable_gan.version import __version__

VERBS = {
    "train": "train a model; without arguments, on synthetic dancers",
    "prepare": "make a dataset folder from videos or photographs",
    "prepare_on_beam": "do what prepare does on a cluster, with Apache Beam",
    "import_dataset": "make a dataset folder from Market-1501, DeepFashion or the like",
    "shard": "pack a dataset's images into a few large files",
    "dancers": "make a dataset folder or clips of synthetic dancers",
    "evaluate": "score a model, or a folder of anybody's pictures",
    "repose": "put a person from a photograph into other poses",
    "personalize": "make a person's own model from clips, in a quarter of an hour",
    "demo": "serve a web page that does the same",
    "augment": "enlarge a training set for re-identification by new poses",
    "export": "write a trained generator in formats for other programs",
    "push": "pass a trained model on: to Hugging Face, Kaggle or a folder",
    "convert": "turn the original implementation's weights into a run",
    "distribute": "run a verb in parts on a cluster, with Apache Beam",
}


def main() -> int:
    """Run the verb named by the first argument."""
    first = sys.argv[1] if len(sys.argv) > 1 else "--help"
    if first in VERBS:
        module = importlib.import_module(f"deformable_gan.{first}")
        sys.argv[0] = f"deformable-gan {first}"
        return run_verb(module.main, sys.argv[2:])
    if first in ("--help", "-h"):
        print(_usage())
        return 0
    if first == "--version":
        print(f"deformable-gan {__version__}")
        return 0
    print(f"{_usage()}\n\nerror: unknown verb {first!r}", file=sys.stderr)
    return 2


def _usage() -> str:
    width = max(map(len, VERBS))
    verbs = "\n".join(f"  {verb:{width}}  {purpose}" for verb, purpose in VERBS.items())
    return f"usage: deformable-gan VERB [OPTION …]\n\nverbs (each has --help):\n{verbs}"


if __name__ == "__main__":
    sys.exit(main())
