"""Converting a foreign dataset into a dataset folder."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from deformable_gan.data.dataset_folder import SPLITS
from deformable_gan.data.dataset_writer import DatasetWriter
from deformable_gan.data.importing.annotation_files import (
    AnnotationFiles,
    Rename,
    read_annotation_files,
)
from deformable_gan.data.importing.deepfashion import fashion_name, find_deepfashion
from deformable_gan.data.importing.fitted_image import FittedImage, read_fitted
from deformable_gan.data.importing.import_options import ImportOptions
from deformable_gan.data.importing.import_report import ImportReport
from deformable_gan.data.importing.market1501 import find_market1501
from deformable_gan.data.importing.photo_folder import find_photos
from deformable_gan.data.importing.source_image import SourceImage, dataset_name
from deformable_gan.data.original_pairs import original_pairs
from deformable_gan.data.usable_pose import keep_seen_joints, why_unusable
from deformable_gan.errors import DatasetError, MediaError
from deformable_gan.pose.movenet import MoveNet
from deformable_gan.pose.skeleton import Skeleton, get_skeleton

REPORT = "report.json"

#: Images at the dataset's size with their joints, float [J, 3], or None if unknown.
_Posed = Iterator[tuple[SourceImage, FittedImage, np.ndarray | None]]


def import_dataset(
    source: str | Path,
    output: str | Path,
    options: ImportOptions,
    movenet: MoveNet | None = None,
    overwrite: bool = False,
    on_image: Callable[[], None] = lambda: None,
) -> ImportReport:
    """Make a dataset folder from a foreign dataset; equal inputs and options give equal bytes.

    Damaged images are left out, and so are images without both shoulders and both hips (the
    original's rule). The pairs come from the pairs file, or are drawn as in the original.

    Args:
        source: the foreign dataset's folder.
        output: the dataset folder to write; `report.json` in it lists what was left out.
        options: how the dataset is imported.
        movenet: finds the joints; not needed with annotations.
        overwrite: whether an existing dataset folder may be replaced.
        on_image: called once for each image, for a progress bar.

    Raises:
        DatasetError: the source does not have the format, nothing in it can be used for training,
            there are neither annotations nor a MoveNet, or the output exists and must not be
            replaced.
    """
    report = ImportReport({**options.to_json(), "joints": options.joints})
    rename: Rename = fashion_name if options.format.startswith("deepfashion") else dataset_name
    joints = get_skeleton(options.joints)
    files = {split: AnnotationFiles() for split in SPLITS}
    if options.annotations:
        files = read_annotation_files(options.annotations, len(joints), report, rename)
    if all(files[split].keypoints is None for split in SPLITS):
        if movenet is None:
            raise DatasetError(
                f"no joints are known for {source}: give a folder of annotation files, or MoveNet "
                "to find the joints"
            )
        joints = movenet.skeleton
        report.source["joints"] = "movenet"
    images = _find(Path(source), options, report, files)
    with DatasetWriter(output, joints, options.size, report.source, overwrite) as writer:
        for split in SPLITS:
            chosen = _in_order([image for image in images if image.split == split], files[split])
            readable = _read(chosen, options.size, report, on_image)
            if files[split].keypoints is not None:
                posed = _annotated(readable, files[split].keypoints, options.whole_image)  # type: ignore[arg-type]  # not None here
                _report_absent(chosen, files[split].keypoints, report, split)  # type: ignore[arg-type]  # not None here
            elif movenet is not None:
                posed = _estimated(readable, movenet, options)
            else:
                posed = ((image, fitted, None) for image, fitted in readable)
            names = _add_usable(posed, joints, writer, report)
            pairs = _pairs(split, names, files[split], options, report)
            if split == "train" and not pairs:
                raise DatasetError(_nothing_usable(Path(source), report))
            writer.set_pairs(split, pairs)
            report.kept[split], report.pairs[split] = len(names), len(pairs)
        writer.write_file(REPORT, report.to_json().encode())
    return report


def _find(
    source: Path, options: ImportOptions, report: ImportReport, files: dict[str, AnnotationFiles]
) -> list[SourceImage]:
    if not source.is_dir():
        raise DatasetError(f"{source} is not a folder: give the folder of the dataset to import")
    if options.format == "market1501":
        return find_market1501(source, report)
    if options.format == "folder":
        return find_photos(source, report)
    split_names = {split: files[split].names for split in SPLITS}
    return find_deepfashion(source, report, split_names, options.test_outfits, options.seed)  # type: ignore[arg-type]  # read only


def _in_order(images: Sequence[SourceImage], files: AnnotationFiles) -> list[SourceImage]:
    """Return images in the annotation file's order, which the original's pairs follow."""
    place = {name: number for number, name in enumerate(files.names)}
    return sorted(images, key=lambda image: (place.get(image.name, len(place)), image.name))


def _read(
    images: Sequence[SourceImage],
    image_size: tuple[int, int],
    report: ImportReport,
    on_image: Callable[[], None],
) -> Iterator[tuple[SourceImage, FittedImage]]:
    taken: set[str] = set()
    for image in images:
        on_image()
        if image.name in taken:
            report.leave_out(image.split, "another image has the same name", str(image.path))
            continue
        try:
            fitted = read_fitted(image.path, image_size)
        except MediaError as error:
            report.leave_out(image.split, "unreadable", str(error))
            continue
        taken.add(image.name)
        yield image, fitted


def _annotated(
    images: Iterator[tuple[SourceImage, FittedImage]],
    keypoints: dict[str, np.ndarray],
    whole_image: bool,
) -> _Posed:
    for image, fitted in images:
        joints = keypoints.get(image.name)
        if joints is not None and whole_image:
            joints = np.where(joints[:, 2:] > 0, fitted.crop.to_crop(joints), 0)
        yield image, fitted, joints


def _estimated(
    images: Iterator[tuple[SourceImage, FittedImage]], movenet: MoveNet, options: ImportOptions
) -> _Posed:
    """Find the joints in each image, while the next images are read."""
    waiting: list[tuple[SourceImage, FittedImage]] = []

    def pixels() -> Iterator[np.ndarray]:
        for image, fitted in images:
            waiting.append((image, fitted))
            yield fitted.pixels

    spec = tf.TensorSpec((*options.size, 3), tf.uint8)
    dataset = tf.data.Dataset.from_generator(pixels, output_signature=spec).map(
        movenet.estimate_tensor, num_parallel_calls=2, deterministic=True
    )
    for joints in dataset.prefetch(4).as_numpy_iterator():
        image, fitted = waiting.pop(0)
        yield image, fitted, keep_seen_joints(joints, options.size, options.threshold)


def _add_usable(
    posed: _Posed, skeleton: Skeleton, writer: DatasetWriter, report: ImportReport
) -> list[str]:
    names = []
    for image, fitted, joints in posed:
        if joints is None:
            report.leave_out(image.split, "not annotated", image.name)
            continue
        joints = keep_seen_joints(joints, writer.image_size, 0.0)
        if reason := why_unusable(joints, skeleton):
            report.leave_out(image.split, reason, image.name)
            continue
        if fitted.data is None:
            writer.add(image.split, image.name, fitted.pixels, joints)
        else:
            writer.add_encoded(image.split, image.name, fitted.data, joints)
            report.unchanged += 1
        names.append(image.name)
    return names


def _report_absent(
    images: Sequence[SourceImage],
    keypoints: dict[str, np.ndarray],
    report: ImportReport,
    split: str,
) -> None:
    present = {image.name for image in images}
    for name in keypoints:
        if name not in present:
            report.leave_out(split, "annotated, but the image does not exist", name)


def _pairs(
    split: str,
    names: Sequence[str],
    files: AnnotationFiles,
    options: ImportOptions,
    report: ImportReport,
) -> list[tuple[str, str]]:
    if files.pairs is None:
        limit = options.train_pairs if split == "train" else options.test_pairs
        return original_pairs(names, limit, options.seed)
    usable = set(names)
    pairs = []
    for source, target in files.pairs:
        if source in usable and target in usable:
            pairs.append((source, target))
        else:
            report.leave_out(split, "pair with an image that was left out", f"{source}, {target}")
    return pairs


def _nothing_usable(source: Path, report: ImportReport) -> str:
    reasons = [
        f"{count} × {reason} (such as {report.examples('train', reason)[0]})"
        for reason, count in report.left_out("train").items()
    ]
    return (
        f"{source}: no training pair is possible, so no dataset was made"
        + (f": {'; '.join(reasons)}" if reasons else "")
        + "; a pair needs two usable images of one person"
    )
