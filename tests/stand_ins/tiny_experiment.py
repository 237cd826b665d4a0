"""An experiment with networks so small that most of the time is spent on tracing."""


def tiny_experiment(**changes):
    """Return an experiment on images of 64x36 pixels with one warped level and two steps."""
    from deformable_gan.config import (
        DiscriminatorConfig,
        ExperimentConfig,
        GeneratorConfig,
        TrainingConfig,
    )

    return ExperimentConfig(
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
    ).replace(**changes)
