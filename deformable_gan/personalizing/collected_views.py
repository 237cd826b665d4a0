"""The images of the person that the finished model includes."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.data.preparing.recordings import PhotoRecording, find_recordings
from deformable_gan.personalizing.recipe import MOST_VIEWS
from deformable_gan.reposing.posed_image import PosedImage
from deformable_gan.reposing.reposer import Reposer
from deformable_gan.reposing.sources.gather_sources import gather_sources
from deformable_gan.reposing.sources.source_costs import source_costs


def collect_views(
    clips: Sequence[str | Path],
    dataset: DatasetFolder,
    reposer: Reposer,
    most: int = MOST_VIEWS,
) -> list[PosedImage]:
    """Return the images that best represent all poses of a person, at full size.

    The images come only from photographs in the dataset's training split and from the beginning of
    each clip, up to its last frame in the training split.

    Args:
        clips: the clips that the dataset was made from.
        dataset: a dataset made by `prepare`.
        reposer: finds the person.
        most: the largest number of images.

    Returns:
        The images. The first one suits all poses best and determines the place and the body
        proportions when the person is re-posed.

    Raises:
        DeformableGANError: no image is usable; see `gather_sources`.
    """
    rate = dataset.manifest["source"]["options"]["rate"]
    training: dict[str, set[int]] = {}
    for name in dataset.train.names:
        person, _, number = Path(name).stem.rpartition("_")
        training.setdefault(person, set()).add(int(number))
    paths, until = [], {}
    for recording in find_recordings(clips, lambda *_: None):
        # The people of a recording have its name, or its name followed by -a, -b, ….
        numbers = set().union(
            *(
                those
                for person, those in training.items()
                if person == recording.person or person.rpartition("-")[0] == recording.person
            )
        )
        if recording.kind == "video" and numbers:
            paths.append(recording.path)
            until[recording.path] = max(numbers) / rate
        elif isinstance(recording, PhotoRecording):
            paths += [path for number, path in enumerate(recording.photos) if number in numbers]
    found = gather_sources(paths, reposer, most, until=until)
    return _best_first([found, *found.more])


def _best_first(views: list[PosedImage]) -> list[PosedImage]:
    poses = np.stack([view.in_layout(views[0].skeleton).keypoints for view in views])
    costs = source_costs(poses, poses, views[0].skeleton)
    best = int(costs.mean(axis=0).argmin())
    return [views[best], *views[:best], *views[best + 1 :]]
