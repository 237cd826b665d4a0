"""Train networks that are as small as they can be: `python .ci/tiny_run.py DATASET RUN`.

What `.ci/sets` resumes and exports with other versions. Most of the time is tracing.
"""

import sys
from pathlib import Path

from deformable_gan.cli import import_tensorflow


def main(dataset: str, run: str) -> None:
    """Train two steps of a dataset of 64x36 pixels, for one epoch."""
    import_tensorflow()
    from deformable_gan.config import (
        DiscriminatorConfig,
        ExperimentConfig,
        GeneratorConfig,
        TrainingConfig,
    )
    from deformable_gan.data.dataset_folder import DatasetFolder
    from deformable_gan.training.run_directory import RunDirectory
    from deformable_gan.training.session import train

    config = ExperimentConfig(
        preset="tiny",
        image_size=(64, 36),
        skeleton="coco17",
        generator=GeneratorConfig(
            encoder_filters=(4, 6, 8), decoder_filters=(6, 4), warped_levels=1
        ),
        discriminator=DiscriminatorConfig(filters=(4, 6)),
        training=TrainingConfig(
            batch_size=2, epochs=1, steps_per_epoch=2, separate_batches=False, seed=5
        ),
    )
    folder = DatasetFolder(Path(dataset))
    train(config, folder, RunDirectory(Path(run)), vgg19="random", jit_compile=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
