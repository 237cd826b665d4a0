"""`python -m deformable_gan.augment`: a training set for re-identification, enlarged."""

import argparse
import sys
from pathlib import Path

from deformable_gan.augmenting.options import AugmentationOptions
from deformable_gan.cli import (
    add_model_options,
    chosen_model,
    import_tensorflow,
    parse_positive,
    run_verb,
)
from deformable_gan.devices.description import print_device

_DEFAULTS = AugmentationOptions(Path())


def main(argv: list[str] | None = None) -> int:
    """Run the verb; return the exit status."""
    arguments = build_parser().parse_args(argv)
    options = AugmentationOptions(
        output=arguments.output,
        poses_per_image=arguments.poses_per_image,
        seed=arguments.seed,
        originals=not arguments.without_originals,
        same_camera=arguments.same_camera,
        images=arguments.images_folder,
        batch_size=arguments.batch_size,
    )

    import_tensorflow()
    print_device()
    from tqdm import tqdm

    from deformable_gan.augmenting.augmented_set import INDEX, OVERVIEW, AugmentedSet
    from deformable_gan.data.dataset_folder import DatasetFolder
    from deformable_gan.trained_model import TrainedModel

    dataset = DatasetFolder(arguments.dataset)
    model = TrainedModel.load(chosen_model(arguments))
    augmented = AugmentedSet(model, dataset, options)
    with tqdm(
        total=len(augmented), unit="picture", desc="generating", disable=None, leave=False
    ) as bar:
        generated = augmented.write(bar.update)
    originals = len(dataset.train.names) if options.originals else 0
    print(
        f"{options.output}: {originals + len(augmented):,} pictures: {originals:,} of the dataset "
        f"and {len(augmented):,} new ones, of which {generated:,} were generated now"
    )
    if augmented.unusable:
        print(
            f"{augmented.unusable:,} images have no usable pose (both shoulders and both hips) and "
            "were given no other"
        )
    print(f"{options.output / INDEX}, {OVERVIEW}: look at it before you train on these pictures")
    return 0


def build_parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(
        prog="python -m deformable_gan.augment",
        description="Enlarge a dataset's training split for person re-identification: every image "
        "again in poses drawn from other people, under names that keep identity and camera. Cut at "
        "any time, the same command goes on where it was.",
    )
    add_model_options(parser, required=False)
    parser.add_argument(
        "--dataset", type=Path, required=True, metavar="DIR", help="a dataset folder"
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="the folder to make"
    )
    parser.add_argument(
        "--poses-per-image",
        type=parse_positive,
        default=_DEFAULTS.poses_per_image,
        metavar="N",
        help="new pictures of each image (default: %(default)s)",
    )
    parser.add_argument(
        "--seed", type=int, default=_DEFAULTS.seed, metavar="N", help="decides which poses"
    )
    parser.add_argument(
        "--same-camera",
        action="store_true",
        help="draw only poses seen by the image's own camera (names as in Market-1501)",
    )
    parser.add_argument(
        "--without-originals",
        action="store_true",
        help="leave the dataset's own images out of the folder",
    )
    parser.add_argument(
        "--images-folder",
        default=_DEFAULTS.images,
        metavar="NAME",
        help="where in the output the pictures lie (default: %(default)s; readers of Market-1501 "
        "look for bounding_box_train)",
    )
    parser.add_argument(
        "--batch-size",
        type=parse_positive,
        default=_DEFAULTS.batch_size,
        metavar="N",
        help="pictures at once (default: %(default)s)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(run_verb(main))
