"""Compare one source image with several source images of the same person.

    python benchmarks/several_sources.py DATASET RUN [--clips NAME…] [--sheet FILE.png]

DATASET is a folder made from clips by `prepare`; RUN is a run directory or an exported model. The
sources are evenly spread frames from the training part of each clip; the targets are its held-out
frames. The output is a table in Markdown. Each cell has SSIM, the mean difference on the person in
grey levels, and the largest change from one result to the next (the mean over all pixels, in grey
levels). The columns are

- *one*: the first source alone; *random*: the mean over all sources, each used alone;
- *choose*, *mix*: the sources combined by `repose --one-person`;
- *oracle*: for every frame the source with the smallest difference on the person.
"""

import argparse
import os
from dataclasses import replace
from pathlib import Path

import numpy as np

_KINDS = ("one", "random", "choose", "mix", "oracle")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("run")
    parser.add_argument("--clips", nargs="+", metavar="NAME")
    parser.add_argument("--sources", type=int, default=5)
    parser.add_argument("--sheet", type=Path)
    arguments = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

    from deformable_gan.data.dataset_folder import DatasetFolder
    from deformable_gan.reposing.reposer import Reposer

    dataset, reposer = DatasetFolder(arguments.dataset), Reposer.load(arguments.run)
    trained, held_out = (_by_clip(split.names) for split in (dataset.train, dataset.test))
    print("| clip | frames |", " | ".join(_KINDS), "|")
    print("| --- |", " | ".join(["---"] * (len(_KINDS) + 1)), "|")
    rows, strips = [], []
    for clip in arguments.clips or sorted(held_out):
        numbers = trained[clip]
        spread = np.linspace(0, len(numbers) - 1, min(arguments.sources, len(numbers)))
        sources = [dataset.train.image_path(numbers[index]) for index in spread.round().astype(int)]
        scores, strip = _scores(reposer, dataset.test, sources, held_out[clip])
        cells = [_cell(scores[kind]) for kind in _KINDS]
        print(f"| {clip} | {len(held_out[clip])} |", " | ".join(cells), "|", flush=True)
        rows.append([scores[kind] for kind in _KINDS])
        strips += strip
    cells = [_cell(mean) for mean in np.mean(rows, axis=0)]
    print("| mean | |", " | ".join(cells), "|")
    if arguments.sheet:
        from deformable_gan.data.media import write_image
        from deformable_gan.visualize import image_grid

        titles = ["real", "one source", "choose", "mix"]
        write_image(arguments.sheet, image_grid(strips, column_titles=titles))


def _by_clip(names) -> dict[str, list[int]]:
    clips: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        clips.setdefault(name.rsplit("_", 1)[0], []).append(index)
    return clips


def _scores(reposer, split, sources: list[Path], numbers: list[int]):
    from deformable_gan.data.media import read_photo
    from deformable_gan.reposing.pose_sequence import PoseSequence
    from deformable_gan.reposing.repose_options import CHOOSE, MIX
    from deformable_gan.reposing.sources.source_mixer import SourceMixer

    first, *others = (reposer.person(path) for path in sources)
    person = replace(first, more=tuple(others))
    keypoints = split.keypoints[numbers]
    poses = PoseSequence(keypoints, reposer.skeleton, 6.0)
    real = np.stack([read_photo(split.image_path(number)) for number in numbers])
    results = {"one": np.stack(list(reposer.images(first, poses, size="network")))}
    alone = None
    for kind in (CHOOSE, MIX):
        mixer = SourceMixer(person, poses, kind)
        if alone is None:
            alone = [np.stack(list(reposer.images(p, poses, size="network"))) for p in mixer.people]
        made = _made_before(mixer, alone)
        results[kind] = np.stack(list(mixer.images(made)))
    score = {kind: _score(real, images, keypoints) for kind, images in results.items()}
    each = [_score(real, images, keypoints) for images in alone]
    best = np.argmin([one[1] for one in each], axis=0)
    score["oracle"] = _score(real, np.stack(alone)[best, np.arange(len(best))], keypoints)
    means = {kind: [ssim.mean(), l1.mean(), jump] for kind, (ssim, l1, jump) in score.items()}
    means["random"] = np.mean([[ssim.mean(), l1.mean(), jump] for ssim, l1, jump in each], axis=0)
    shown = [0, len(real) // 2]
    return means, [[real[i], *(results[kind][i] for kind in ("one", CHOOSE, MIX))] for i in shown]


def _made_before(mixer, alone):
    """Return a function that gives the mixer images of `alone` instead of generating them."""
    places = {id(one): index for index, one in enumerate(mixer.people)}

    def generate(one, _):
        index = places[id(one)]
        return iter(alone[index][mixer.shares[:, index] > 0])

    return generate


def _score(real, images, keypoints):
    from deformable_gan.metrics.foreground_l1 import foreground_l1
    from deformable_gan.metrics.structural_similarity import structural_similarity
    from deformable_gan.pose.skeleton import COCO17

    l1 = foreground_l1(real.astype(np.float32), images.astype(np.float32), keypoints, COCO17)
    jumps = np.abs(np.diff(images.astype(np.float32), axis=0)).mean(axis=(1, 2, 3))
    return structural_similarity(real, images), np.asarray(l1), jumps.max(initial=0)


def _cell(scores) -> str:
    ssim, l1, jump = scores
    return f"{ssim:.3f} / {l1:.1f} / {jump:.1f}"


if __name__ == "__main__":
    main()
