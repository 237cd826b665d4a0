"""`deformable-gan VERB …`, the same as `python -m deformable_gan.VERB …`."""

import importlib
import sys

from deformable_gan.cli import run_verb

VERBS = {
    "train": "train a model; without arguments, on synthetic dancers",
    "prepare": "make a dataset folder from videos or photographs",
    "dancers": "make a dataset folder or clips of synthetic dancers",
    "repose": "put a person from a photograph into other poses",
    "export": "write a trained generator as a SavedModel",
    "convert": "turn the original implementation's weights into a run",
}


def main() -> int:
    """Run the verb named by the first argument."""
    if len(sys.argv) < 2 or sys.argv[1] not in VERBS:
        width = max(map(len, VERBS))
        print("usage: deformable-gan VERB [OPTION …]\n\nverbs (each has --help):")
        for verb, purpose in VERBS.items():
            print(f"  {verb:{width}}  {purpose}")
        return 0 if sys.argv[1:] in ([], ["--help"], ["-h"]) else 2
    module = importlib.import_module(f"deformable_gan.{sys.argv[1]}")
    sys.argv[0] = f"deformable-gan {sys.argv[1]}"
    return run_verb(module.main, sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
