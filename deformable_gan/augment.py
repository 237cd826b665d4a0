"""`python -m deformable_gan.augment`: enlarge a training set for re-identification."""

import argparse
import sys
from pathlib import Path

from deformable_gan.augmenting.augmentation_options import AugmentationOptions
from deformable_gan.cli import (
    add_model_options,
    chosen_model,
    import_tensorflow,
    parse_positive,
    run_command,
)
from deformable_gan.devices.description import print_device

_DEFAULTS = AugmentationOptions(Path())


def main(argv: list[str] | None = None) -> int:
    """Run the command; return the exit status."""
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
        total=len(augmented), unit="image", desc="generating", disable=None, leave=False
    ) as bar:
        generated = augmented.write(bar.update)
    originals = len(dataset.train.names) if options.originals else 0
    print(
        f"{options.output}: {originals + len(augmented):,} images: {originals:,} of the dataset "
        f"and {len(augmented):,} new ones, of which {generated:,} were generated in this call"
    )
    if augmented.unusable:
        print(
            f"{augmented.unusable:,} images have no usable pose (both shoulders and both hips): "
            "they get no new poses"
        )
    print(
        f"{options.output / INDEX}, {OVERVIEW}: look at the overview before you train on these "
        "images"
    )
    return 0


def build_parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(
        prog="python -m deformable_gan.augment",
        description="Enlarge a dataset's training split for person re-identification. Every image "
        "with a usable pose is generated again in poses drawn from other people, under names that "
        "keep identity and camera. After an interruption the same command continues.",
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
        help="new images for each image (default: %(default)s)",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=_DEFAULTS.seed,
        metavar="N",
        help="seed with which the poses are drawn (default: %(default)s)",
    )
    parser.add_argument(
        "--same-camera",
        action="store_true",
        help="draw only poses seen by the image's camera (needs image names as in Market-1501)",
    )
    parser.add_argument(
        "--without-originals",
        action="store_true",
        help="do not put the dataset's images into the folder",
    )
    parser.add_argument(
        "--images-folder",
        default=_DEFAULTS.images,
        metavar="NAME",
        help="folder of the images in the output (default: %(default)s; programs that read "
        "Market-1501 expect bounding_box_train)",
    )
    parser.add_argument(
        "--batch-size",
        type=parse_positive,
        default=_DEFAULTS.batch_size,
        metavar="N",
        help="images per batch (default: %(default)s)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(run_command(main))
