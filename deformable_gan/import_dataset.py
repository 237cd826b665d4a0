"""`python -m deformable_gan.import_dataset FOLDER --format NAME --output DIR`: import a dataset."""

import argparse
import sys
from pathlib import Path

from deformable_gan.cli import import_tensorflow, parse_image_size, run_command
from deformable_gan.data.importing.import_options import FORMATS, ImportOptions
from deformable_gan.data.verify import VerifyAction


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m deformable_gan.import_dataset",
        description="Make a dataset folder from Market-1501, DeepFashion or any dataset in the "
        "layout of the original implementation. Joints come from annotation files or from MoveNet. "
        "Images that cannot be used are left out and counted in report.json; the command fails if "
        "no training pair remains. data/README.md says where the datasets come from.",
    )
    parser.add_argument("source", type=Path, metavar="FOLDER", help="the dataset's folder")
    parser.add_argument(
        "--format",
        required=True,
        choices=tuple(FORMATS),
        help="market1501: the official folders, 128x64; deepfashion: In-shop images as "
        "distributed or flat in train/ and test/, 256x256; deepfashion-176: the same, cropped to "
        "256x176; folder: train/ and test/ with PERSON_anything.jpg, 128x64",
    )
    parser.add_argument("--output", required=True, metavar="DIR", help="the dataset folder to make")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing dataset")
    parser.add_argument(
        "--verify", action=VerifyAction, metavar="DIR", help="check a dataset folder and exit"
    )
    parser.add_argument(
        "--image-size",
        type=parse_image_size,
        metavar="HxW",
        help="size of the dataset's images (default: the size named at --format)",
    )
    joints = parser.add_argument_group("joints")
    joints.add_argument(
        "--annotations",
        type=Path,
        metavar="DIR",
        help="folder of files found by their names: joints in *annotation*train*.csv and "
        "*annotation*test*.csv (if there are none, MoveNet finds the joints), pairs in "
        "*pairs*train*.csv and *pairs*test*.csv, image names in train.lst and test.lst; joints or "
        "image names are required",
    )
    joints.add_argument(
        "--joints",
        choices=("openpose18", "coco17"),
        default=ImportOptions.joints,
        help="joint layout of the annotation files (default: %(default)s, as in the original)",
    )
    joints.add_argument(
        "--whole-image",
        action="store_true",
        help="the annotation files are in pixels of the source images before cropping and scaling "
        "(default: in pixels of the dataset's images)",
    )
    joints.add_argument(
        "--movenet",
        metavar="PATH",
        help="MoveNet's SavedModel folder or .tflite file; unused with annotation files",
    )
    joints.add_argument("--model", choices=("lightning", "thunder"), help="variant of MoveNet")
    joints.add_argument(
        "--threshold",
        type=float,
        default=ImportOptions.threshold,
        help="joints whose confidence from MoveNet is not above this are missing (%(default)s)",
    )
    pairs = parser.add_argument_group("split and pairs, if no file defines them")
    pairs.add_argument(
        "--train-pairs",
        type=int,
        metavar="N",
        help="largest number of training pairs (default: all)",
    )
    pairs.add_argument(
        "--test-pairs",
        type=int,
        default=ImportOptions.test_pairs,
        metavar="N",
        help="largest number of test pairs (%(default)s)",
    )
    pairs.add_argument(
        "--test-outfits",
        type=int,
        default=ImportOptions.test_outfits,
        metavar="N",
        help="DeepFashion as distributed: number of test outfits (%(default)s)",
    )
    pairs.add_argument(
        "--seed",
        type=int,
        default=ImportOptions.seed,
        help="seed of the random selections (%(default)s)",
    )
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run the command; return the exit status."""
    arguments = build_parser().parse_args(argv)

    import_tensorflow(gpu=False)
    from tqdm import tqdm

    from deformable_gan.data.importing.annotation_files import has_annotations
    from deformable_gan.data.importing.import_dataset import import_dataset
    from deformable_gan.data.importing.import_options import ImportOptions
    from deformable_gan.pose.movenet import MoveNet

    options = ImportOptions(
        format=arguments.format,
        image_size=arguments.image_size,
        annotations=arguments.annotations,
        joints=arguments.joints,
        whole_image=arguments.whole_image,
        threshold=arguments.threshold,
        train_pairs=arguments.train_pairs,
        test_pairs=arguments.test_pairs,
        test_outfits=arguments.test_outfits,
        seed=arguments.seed,
    )
    movenet = None
    if options.annotations is None or not has_annotations(options.annotations):
        movenet = MoveNet.load(arguments.movenet, arguments.model)
    with tqdm(unit="image", disable=None, leave=False) as progress:
        report = import_dataset(
            arguments.source,
            arguments.output,
            options,
            movenet,
            arguments.overwrite,
            progress.update,
        )
    for split, images in report.kept.items():
        print(f"{split}: {images} images, {report.pairs[split]} pairs")
    for split in (*report.kept, ""):
        for reason, count in report.left_out(split).items():
            print(f"left out {f'of {split}' if split else 'of both splits'}: {count} {reason}")
    print(f"{report.unchanged} of {report.kept.total()} images are unchanged copies")
    print(f"dataset: {arguments.output}")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
