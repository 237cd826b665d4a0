"""A folder of a person's images with joints."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from deformable_gan.data.atomic_file import atomic_file
from deformable_gan.data.media import read_photo, write_image
from deformable_gan.errors import ConfigurationError, MediaError, RunError
from deformable_gan.pose.skeleton import get_skeleton
from deformable_gan.reposing.posed_image import PosedImage
from deformable_gan.reposing.views.views_folder import LIST, VIEWS, has_views
from deformable_gan.text_files import read_text

_FORMAT = "deformable_gan views"


def write_views(folder: Path, views: Sequence[PosedImage]) -> None:
    """Write images of a person, each at its own size.

    The list is written last and makes the folder complete. An older list is deleted first, so that
    a process killed in between leaves no list, and the next call writes everything again.

    Args:
        folder: the folder to write, which is created.
        views: as from `gather_sources`: the first one, then its `more`.

    Raises:
        MediaError: a file cannot be written.
    """
    (folder / LIST).unlink(missing_ok=True)
    entries = []
    for number, view in enumerate(views):
        name = f"{number:03d}.jpg"
        image, keypoints = view.image, view.keypoints
        if view.crop is not None and view.photograph is not None:
            image = view.photograph
            seen = view.keypoints[:, 2:] > 0
            keypoints = np.where(seen, view.crop.from_crop(view.keypoints), np.float32(0))
        write_image(folder / name, image)
        entries.append(
            {
                "file": name,
                "skeleton": view.skeleton.name,
                "keypoints": np.round(keypoints.astype(float), 2).tolist(),
            }
        )
    with atomic_file(folder / LIST) as temporary:
        content = {"format": _FORMAT, "views": entries}
        temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def read_views(run: str | Path) -> list[PosedImage]:
    """Return the images of the person in a personal model's run; an empty list for other models.

    Raises:
        RunError: the images are damaged.
    """
    if not has_views(run):
        return []
    folder = Path(run) / VIEWS
    try:
        content = json.loads(read_text(folder / LIST))
        if content["format"] != _FORMAT:
            raise ValueError(f"format {content['format']!r}, expected {_FORMAT!r}")
        return [_read_view(folder, entry) for entry in content["views"]]
    except (
        *(OSError, ValueError, TypeError, LookupError, RecursionError),
        *(ConfigurationError, MediaError),
    ) as error:
        raise RunError(
            f"the person's images in {folder} cannot be read ({error}): repeat the command that "
            "made the model, or delete the folder"
        ) from error


def _read_view(folder: Path, entry: dict) -> PosedImage:
    skeleton = get_skeleton(entry["skeleton"])
    keypoints = np.array(entry["keypoints"], np.float32)
    if keypoints.shape != (len(skeleton), 3) or not np.isfinite(keypoints).all():
        raise ValueError(f"the key points of {entry['file']} do not fit the layout {skeleton.name}")
    return PosedImage(read_photo(folder / Path(entry["file"]).name), keypoints, skeleton)
