"""Train the model `people`, which ships with the package, from random weights.

    python recipes/train_people.py CLIP… --work runs/people

draws 1,700 synthetic dancers, prepares the clips, trains on both, and scores the result on held-out
data: the last fifth of every clip, and twelve synthetic people who are in no training set. After an
interruption the same command continues. `benchmarks/box_model.py` then writes the package's files.

It takes about an hour and a half of one core, whatever the number of clips.
"""

import argparse
import subprocess
import sys
from pathlib import Path

# For each dataset: its share of the training pairs, and the options of `dancers`.
DANCERS = {
    "dancers-wide": (0.5, ("--variety", "wide", "--train-people", "1400", "--seed", "5")),
    "dancers-plain": (0.15, ("--variety", "plain", "--train-people", "300", "--seed", "9")),
}
IMAGES_PER_PERSON = {"dancers-wide": 10, "dancers-plain": 12}
CLIPS_SHARE = 0.35
TRAINING = (
    *("--preset", "demo", "--epochs", "16", "--steps-per-epoch", "500"),
    *("--learning-rate", "6e-4", "--set", "training.warm_up=200"),
    *("--set", "training.balance_people=true"),
)
# A second, short training with a lower learning rate, from the weights of the first training.
FINISHING = (
    *("--epochs", "2", "--steps-per-epoch", "400"),
    *("--learning-rate", "2e-4", "--set", "training.warm_up=50"),
)
# A third training. This recipe trains a solid body from the start. The shipped weights were trained
# in more steps. Their first two trainings used clips from an earlier version of `prepare`, and the
# third used clips from the present version, whose joints, camera compensation and backgrounds are
# better. All three trained a flat body. Three more trainings like the third, of 1,600, 2,000 and
# 1,600 steps, trained a solid body, and the mean of the weights after the last two was kept. Then
# the solid body was changed: hair covers the back of its head. Two trainings of 1,000 steps with a
# learning rate of 2e-4 and different seeds started from that mean. Two more such trainings started
# from the mean of the weights after these two. The shipped weights are the mean after the last two.
LAST = (
    *("--epochs", "4", "--steps-per-epoch", "400"),
    *("--learning-rate", "4e-4", "--set", "training.warm_up=50"),
)
UNUSED_SCORES = ("lpips", "inception", "detection")
# Test people, drawn with another seed than the training people. The default dataset of
# `deformable_gan.train` contains the same test people.
TEST_PEOPLE = ("--train-people", "1", "--test-people", "12")


def main() -> None:
    """Run the commands that make the model; keep existing dancers and resume existing runs."""
    arguments = _parse()
    work = arguments.work
    work.mkdir(parents=True, exist_ok=True)
    for name, (_, options) in DANCERS.items():
        count = str(IMAGES_PER_PERSON[name])
        _dancers(work / name, *options, "--test-people", "1", "--images-per-person", count)
    _dancers(work / "dancers-test", *TEST_PEOPLE)
    clips = work / "clips"
    movenet = ("--movenet", arguments.movenet) if arguments.movenet else ()
    _run("prepare", *arguments.clips, "--output", clips, *movenet)
    shares = {work / name: share for name, (share, _) in DANCERS.items()} | {clips: CLIPS_SHARE}
    mixture = [
        argument
        for folder, share in shares.items()
        for argument in ("--dataset", folder, "--dataset-weight", str(share))
    ]
    first, second, run = work / "run-first", work / "run-second", work / "run"
    _train(first, *TRAINING, *mixture)
    _train(second, "--init-from", first, *FINISHING, *mixture)
    _train(run, "--init-from", second, *LAST, *mixture)
    for folder in (clips, work / "dancers-test"):
        scores = ("--output", work / f"scores-{folder.name}", "--skip", *UNUSED_SCORES)
        _run("evaluate", "--run", run, "--dataset", folder, *movenet, *scores)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("clips", nargs="+", metavar="CLIP", help="clips of one or several people")
    parser.add_argument("--work", type=Path, default=Path("runs/people"), metavar="DIR")
    parser.add_argument("--movenet", metavar="PATH", help="MoveNet, as for `prepare`")
    return parser.parse_args()


def _dancers(folder: Path, *options: str) -> None:
    if not (folder / "manifest.json").exists():
        _run("dancers", "--output", folder, "--backgrounds", *options)


def _train(run: Path, *options) -> None:
    if (run / "config.json").exists():
        _run("train", "--resume", run)
    else:
        _run("train", "--run", run, *options)


def _run(command: str, *arguments) -> None:
    line = [sys.executable, "-m", f"deformable_gan.{command}", *map(str, arguments)]
    print("$", *line[1:], flush=True)
    if status := subprocess.run(line, check=False).returncode:
        sys.exit(status)


if __name__ == "__main__":
    main()
