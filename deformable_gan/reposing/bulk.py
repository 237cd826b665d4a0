"""Re-posing many people in many poses, with one file for each person and pose.

The work can be divided into parts and goes on after errors. After an interruption, it can skip the
files that exist already.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from deformable_gan.data.atomic_file import atomic_file
from deformable_gan.data.media import PHOTO_SUFFIXES
from deformable_gan.data.part import Part
from deformable_gan.data.video import VIDEO_SUFFIXES
from deformable_gan.errors import DeformableGANError
from deformable_gan.reposing.pose_sequence import PoseSequence
from deformable_gan.reposing.posed_image import PosedImage
from deformable_gan.reposing.results import Results, names_of_pairs


class BulkReposing:
    """A writer of one result for every person in every pose, or of a part of these results.

    Args:
        results: writes each result.
        sources: the people's photographs.
        poses: the files with the poses.
        folder: the folder of the results; their names do not depend on the part.
        clip_ending: suffix of the results for clips and pose sequences, such as `.mp4`.
        find_person: returns the person in a photograph.
        find_poses: returns the poses in a file.

    Attributes:
        failed: the reason for each failure, by the path of the input that cannot be used or of the
            result that cannot be written.
        written: number of files written.
        kept: number of files that existed already.
        frames: number of images generated.
    """

    def __init__(
        self,
        results: Results,
        sources: Sequence[Path],
        poses: Sequence[Path],
        folder: Path,
        clip_ending: str,
        find_person: Callable[[Path], PosedImage],
        find_poses: Callable[[Path], PoseSequence],
    ):
        self._results = results
        self._sources, self._poses, self._folder = sources, poses, folder
        self._clip_ending = clip_ending
        self._find_person, self._find_poses = find_person, find_poses
        self._person: tuple[Path, PosedImage] | None = None  # the last person found
        self._sequences: dict[Path, PoseSequence] = {}
        self.failed: dict[str, str] = {}
        self.written = self.kept = self.frames = 0

    def run(
        self,
        part: Part | None = None,
        skip_existing: bool = False,
        on_written: Callable[[Path, Path, PoseSequence, Path], None] = lambda *_: None,
    ) -> None:
        """Write the results.

        If anything fails, the folder's `failed.json` (for a part, `failed-INDEX-of-COUNT.json`)
        lists the unusable inputs and the results that cannot be written. A run without `part`
        removes the lists of the parts.

        Args:
            part: the part to do; None for everything. After all parts, call this without `part` and
                with `skip_existing` to write the missing results.
            skip_existing: whether to keep existing files.
            on_written: called with the result's file, the photograph, the poses and their file.
        """
        files = names_of_pairs(
            self._folder, self._sources, self._poses, [self._ending(pose) for pose in self._poses]
        )
        tasks = [
            (source, pose, file)
            for source, row in zip(self._sources, files, strict=True)
            for pose, file in zip(self._poses, row, strict=True)
        ]
        for source, pose, file in part.block_of(tasks) if part else tasks:
            if skip_existing and file.exists():
                self.kept += 1
                continue
            person, poses = self._get_person(source), self._get_poses(pose)
            if person is None or poses is None:
                continue
            try:
                self._results.write(file, person, poses)
            except DeformableGANError as error:
                self.failed[str(file)] = str(error)
                continue
            self.written += 1
            self.frames += len(poses.keypoints)
            on_written(file, source, poses, pose)
        self._report(part)

    def _ending(self, pose: Path) -> str:
        """Return the suffix of a pose file's results; read the file if its suffix does not tell."""
        suffix = pose.suffix.lower()
        if suffix in VIDEO_SUFFIXES:
            return self._clip_ending
        if suffix in PHOTO_SUFFIXES:
            return ".png"
        poses = self._get_poses(pose)
        return ".png" if poses is None or poses.rate is None else self._clip_ending

    def _get_person(self, source: Path) -> PosedImage | None:
        if str(source) in self.failed:
            return None
        if self._person is None or self._person[0] != source:
            try:
                self._person = source, self._find_person(source)
            except DeformableGANError as error:
                self.failed[str(source)] = str(error)
                return None
        return self._person[1]

    def _get_poses(self, pose: Path) -> PoseSequence | None:
        if pose not in self._sequences and str(pose) not in self.failed:
            try:
                self._sequences[pose] = self._find_poses(pose)
            except DeformableGANError as error:
                self.failed[str(pose)] = str(error)
        return self._sequences.get(pose)

    def _report(self, part: Part | None) -> None:
        ending = f"-{part.index}-of-{part.count}" if part else ""
        for path in self._folder.glob("failed-*.json" if not part else f"failed{ending}.json"):
            path.unlink()
        path = self._folder / f"failed{ending}.json"
        path.unlink(missing_ok=True)
        if self.failed:
            failed = [{"input": name, "reason": reason} for name, reason in self.failed.items()]
            with atomic_file(path) as temporary:
                text = json.dumps({"failed": failed}, indent=2, ensure_ascii=False)
                temporary.write_text(text + "\n", encoding="utf-8")
