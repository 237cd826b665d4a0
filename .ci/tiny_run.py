"""Train the smallest possible networks: `python .ci/tiny_run.py DATASET RUN`.

`.ci/sets` resumes and exports the run with other versions. Most of the time is spent on tracing.
"""

import sys
from pathlib import Path

from deformable_gan.cli import import_tensorflow


def main(dataset: str, run: str) -> None:
    """Train one epoch of two steps on a dataset of 64x36 pixels."""
    import_tensorflow()
    from deformable_gan.data.dataset_folder import DatasetFolder
    from deformable_gan.training.run_directory import RunDirectory
    from deformable_gan.training.session import train

    sys.path.append(str(Path(__file__).resolve().parents[1] / "tests" / "stand_ins"))
    from tiny_experiment import tiny_experiment

    folder = DatasetFolder(Path(dataset))
    train(tiny_experiment(), folder, RunDirectory(Path(run)), vgg19="random", jit_compile=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
