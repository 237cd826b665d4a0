"""An enlarged training set on disk, made from a dataset and a model."""

import csv
import json
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import tensorflow as tf

from deformable_gan.augmenting.augmentation_options import AugmentationOptions
from deformable_gan.augmenting.drawn_poses import DrawnPoses, camera_of
from deformable_gan.augmenting.overview import draw_overview
from deformable_gan.data.annotations import person_of
from deformable_gan.data.atomic_file import atomic_file
from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.data.file_names import LONGEST_NAME, shortened
from deformable_gan.data.filled_images import FilledImages
from deformable_gan.data.image_store import ImageStore
from deformable_gan.data.media import read_photo, write_image
from deformable_gan.data.output_lock import output_lock
from deformable_gan.errors import ConfigurationError, DatasetError
from deformable_gan.inference import generate_batch
from deformable_gan.pose.skeleton import convert_keypoints
from deformable_gan.text_files import read_text
from deformable_gan.trained_model import TrainedModel

FORMAT = "deformable_gan augmented set"
#: For every image: file, identity, camera, and the images it was made from.
INDEX = "index.csv"
#: The origin of the set, in JSON.
ABOUT = "about.json"
OVERVIEW = "overview.png"
_COLUMNS = ("file", "identity", "camera", "source", "pose")


class AugmentedSet:
    """A training set in which images are generated again in the poses of other people.

    ::

        output/
          train/     NAME.jpg from the dataset (optional); NAME_g1.jpg, NAME_g2.jpg … are generated
          index.csv  for every image: file, identity, camera, source image, image of the pose
          overview.png, about.json

    Args:
        model: the model that generates images.
        dataset: the dataset whose training split is enlarged.
        options: the options.

    Attributes:
        drawn: the images that get new poses, and these poses.

    Raises:
        ConfigurationError: the images do not have the model's size, there are fewer poses of other
            people than requested, or `same_camera` is set and a name has no camera.
        DatasetError: the dataset cannot be read, has no usable pose, contains the name of an image
            to generate, or lacks backgrounds or person masks that the model needs.
    """

    def __init__(self, model: TrainedModel, dataset: DatasetFolder, options: AugmentationOptions):
        if dataset.image_size != model.image_size:
            raise ConfigurationError(
                "the model makes images of {}x{}, but the images of {} have {}x{}: choose a "
                "dataset of the model's size".format(
                    *model.image_size, dataset.path, *dataset.image_size
                )
            )
        self._model, self._dataset, self._options = model, dataset, options
        self._split = dataset.train
        self.drawn = DrawnPoses.draw(
            self._split,
            dataset.skeleton,
            options.poses_per_image,
            options.seed,
            options.same_camera,
        )
        self._keypoints = convert_keypoints(self._split.keypoints, dataset.skeleton, model.skeleton)
        self._folder = options.output / options.images
        self._stores = self._open_stores()
        taken = set(self._split.names)
        for source in self.drawn.sources:
            for turn in range(options.poses_per_image):
                if (name := self._name(source, turn)) in taken:
                    raise DatasetError(
                        f"{name} in {dataset.path} has the name of a generated image: the dataset "
                        "may already be an augmented set; choose another dataset"
                    )

    def __len__(self) -> int:
        """Return the number of images to generate."""
        return self.drawn.poses.size

    @property
    def unusable(self) -> int:
        """The number of images that get no new poses, because their own pose is not usable."""
        return len(self._split.names) - len(self.drawn.sources)

    def write(self, progress: Callable[[int], object] = lambda _: None) -> int:
        """Write all images that do not exist yet, and the index and the overview.

        If an image of a batch is missing, the whole batch is generated again. Each image appears
        under its name only when it is complete, and the index is written last. After an
        interruption, call `write` again: it continues, with the same result as without the
        interruption.

        Args:
            progress: called with the number of images generated since it was last called; the first
                time, with the number that earlier calls of `write` generated.

        Returns:
            The number of generated images.

        Raises:
            ConfigurationError: the output holds a set of another model, dataset or options, a
                damaged `about.json`, or other files.
            DatasetError: an image cannot be read, or another process works on this output.
            MediaError: an image cannot be written.
        """
        output = self._options.output
        with output_lock(output / ".lock", f"augmented set {output}"):
            self._check_origin()
            for unfinished in self._folder.rglob(".*.writing-*"):
                shutil.rmtree(unfinished, ignore_errors=True)
            with ThreadPoolExecutor(os.cpu_count()) as threads:
                generated = self._generate(threads, progress)
                if self._options.originals:
                    list(threads.map(self._put_original, range(len(self._split.names))))
            self._write_overview()
            with (
                atomic_file(output / INDEX) as temporary,
                temporary.open("w", encoding="utf-8", newline="") as file,
            ):
                csv.writer(file, lineterminator="\n").writerows((_COLUMNS, *self._rows()))
        return generated

    def _name(self, source: int, turn: int) -> str:
        path = PurePosixPath(self._split.names[source])
        ending = f"_g{turn + 1}{path.suffix}"
        return str(path.with_name(f"{shortened(path.stem, LONGEST_NAME)}{ending}"))

    def _open_stores(self) -> dict[str, Any]:
        size = self._dataset.image_size
        images = ImageStore(self._split, size, memory_budget=0)
        stores: dict[str, Any] = {"source_image": images}
        if "background" in self._model.wants:
            # A generated image belongs to its source's camera, so it keeps the source's background.
            if self._model.composes and not self._split.has_backgrounds:
                stores["background"] = FilledImages(
                    images, self._keypoints, self._model.skeleton, size
                )
            else:
                stores["background"] = ImageStore(self._split.backgrounds, size, memory_budget=0)
        if "source_mask" in self._model.wants:
            stores["source_mask"] = ImageStore(
                self._split.person_masks, size, memory_budget=0, channels=1
            )
        return stores

    def _check_origin(self) -> None:
        """Check that the output belongs to this set; write `about.json` if the output is empty."""
        output, file = self._options.output, self._options.output / ABOUT
        about: dict[str, Any] = {
            "format": FORMAT,
            "model": {"weights_sha256": self._model.digest},
            "dataset": {"checksums_sha256": self._dataset.manifest.get("checksums_sha256")},
            "options": self._options.decisive(),
        }
        if not file.is_file():
            if [path.name for path in output.iterdir() if path.name != ".lock"]:
                raise ConfigurationError(
                    f"{output} is not empty and not an augmented set: choose another --output"
                )
            about["model"] |= self._model.details
            about["dataset"] |= {"path": str(self._dataset.path)}
            with atomic_file(file) as temporary:
                temporary.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
            return
        try:
            known = json.loads(read_text(file))
            same = {
                "model": known["model"]["weights_sha256"] == self._model.digest,
                "dataset": known["dataset"]["checksums_sha256"]
                == about["dataset"]["checksums_sha256"],
                "options": known["options"] == about["options"],
            }
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise ConfigurationError(
                f"{file} does not describe an augmented set, or is damaged ({error}): choose "
                f"another --output, or delete {output} if it holds nothing else"
            ) from error
        if other := [what for what, is_same in same.items() if not is_same]:
            raise ConfigurationError(
                f"{output} contains a set that differs in its {' and its '.join(other)}: choose "
                "another --output, or delete that folder"
            )

    def _generate(self, threads: ThreadPoolExecutor, progress: Callable[[int], object]) -> int:
        self._folder.mkdir(parents=True, exist_ok=True)
        there = {path.relative_to(self._folder).as_posix() for path in self._folder.rglob("*.*")}
        jobs = [
            (source, pose, self._name(source, turn))
            for source, row in zip(self.drawn.sources, self.drawn.poses, strict=True)
            for turn, pose in enumerate(row)
        ]
        # Batches are always divided in the same way and generated whole, because the rounding of an
        # image depends on the other images in its batch.
        step = self._options.batch_size
        batches = [jobs[start : start + step] for start in range(0, len(jobs), step)]
        absent = [batch for batch in batches if any(name not in there for *_, name in batch)]
        progress(len(jobs) - sum(map(len, absent)))
        generated = 0
        for batch, inputs in zip(absent, self._inputs(absent), strict=True):
            images = generate_batch(self._model.generate, inputs)
            files = [self._folder / name for *_, name in batch]
            list(threads.map(write_image, files, images))
            generated += len(batch)
            progress(len(batch))
        return generated

    def _inputs(self, batches: list) -> Iterator[dict[str, tf.Tensor]]:
        """Yield the model's inputs for each batch, read while the previous batch is used."""
        sources = [np.array([source for source, *_ in batch], np.int32) for batch in batches]
        read = (
            tf.data.Dataset.from_generator(
                lambda: iter(sources), output_signature=tf.TensorSpec([None], tf.int32)
            )
            .map(
                lambda indices: {name: store.take(indices) for name, store in self._stores.items()}
            )
            .prefetch(2)
        )
        try:
            for batch, images in zip(batches, read, strict=True):
                yield {
                    **images,
                    "source_keypoints": self._keypoints[[source for source, *_ in batch]],
                    "target_keypoints": self._keypoints[[pose for _, pose, _ in batch]],
                }
        except tf.errors.OpError as error:
            for store in self._stores.values():
                store.check()
            raise DatasetError(f"images in {self._split.folder} cannot be read: {error}") from error

    def _put_original(self, index: int) -> None:
        target = self._folder / self._split.names[index]
        if target.is_file():
            return
        with atomic_file(target) as temporary:
            if not self._split.sharded:
                try:
                    os.link(self._split.image_path(index), temporary)
                    return
                except OSError:  # another file system, or one without hard links
                    pass
            temporary.write_bytes(self._stores["source_image"].file_contents(index))

    def _rows(self) -> Iterator[tuple[str, ...]]:
        names = self._split.names

        def row(name: str, source: str, pose: str) -> tuple[str, ...]:
            file = f"{self._options.images}/{name}"
            return file, person_of(source), camera_of(source), source, pose

        if self._options.originals:
            yield from (row(name, name, "") for name in names)
        for source, poses in zip(self.drawn.sources, self.drawn.poses, strict=True):
            for turn, pose in enumerate(poses):
                yield row(self._name(source, turn), names[source], names[pose])

    def _write_overview(self) -> None:
        def image(index: int) -> np.ndarray:
            return self._stores["source_image"].image(index)

        def generated(place: int, turn: int) -> np.ndarray:
            return read_photo(self._folder / self._name(self.drawn.sources[place], turn))

        split = replace(self._split, keypoints=self._keypoints)
        sheet = draw_overview(split, self._model.skeleton, self.drawn, image, generated)
        write_image(self._options.output / OVERVIEW, sheet)
