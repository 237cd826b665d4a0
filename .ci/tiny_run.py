"""Train networks that are as small as they can be: `python .ci/tiny_run.py DATASET RUN`.

What `.ci/sets` resumes and exports with other versions. Most of the time is tracing.
"""

import sys
from pathlib import Path

from deformable_gan.cli import import_tensorflow


def main(dataset: str, run: str) -> None:
    """Train two steps of a dataset of 64x36 pixels, for one epoch."""
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
