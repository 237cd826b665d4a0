"""`python -m deformable_gan.repose`: people from photographs in other poses."""

import argparse
import math
import sys
import time
from pathlib import Path

from deformable_gan.cli import (
    add_model_options,
    chosen_model,
    import_tensorflow,
    parse_shard,
    run_verb,
)
from deformable_gan.devices.description import print_device
from deformable_gan.errors import ConfigurationError, MediaError
from deformable_gan.reposing.options import (
    CHOOSE,
    CLIPS,
    MIX,
    MOST_PIXELS,
    MOST_PIXELS_OF_CLIPS,
    PICTURES,
    add_clips_and_finding,
    add_looks,
    check_files,
)


def main(argv: list[str] | None = None) -> int:
    """Run the verb; return the exit status."""
    parser = build_parser()
    arguments = parser.parse_args(argv)
    check_files(parser, arguments)
    if arguments.example:
        return _write_example(arguments)
    _open_folders(arguments)
    _check(arguments)

    import_tensorflow()
    print_device()
    from deformable_gan.reposing.reposer import Reposer
    from deformable_gan.reposing.results import Results
    from deformable_gan.reposing.stopwatch import Stopwatch
    from deformable_gan.reposing.strip import Strip

    reposer = Reposer.load(chosen_model(arguments), arguments.movenet, arguments.most_prominent)
    if arguments.strip:
        Strip.require(reposer.generator)
    layout = _layout(reposer, arguments)
    reposer.most_pixels = _most_pixels(arguments)
    stopwatch = Stopwatch()
    results = Results(reposer, layout, arguments.strip, stopwatch)
    if not arguments.output.suffix:
        return _write_folder(reposer, results, layout, arguments, stopwatch)
    if arguments.one_person or not arguments.source:
        people = [_find_one_person(reposer, arguments)]
    else:
        people = [_find_person(reposer, source, arguments) for source in arguments.source]
    # Not to be counted: what only the first picture takes.
    reposer.warm_up(any(_is_clip(pose) for pose in arguments.pose), layout.size)
    sequences = [_find_poses(reposer, pose, arguments, stopwatch) for pose in arguments.pose]
    if arguments.save_pose:
        _save(sequences[0], reposer, arguments)
    _write(results, people, sequences, arguments)
    frames = sum(len(poses.keypoints) for poses in sequences)
    if frames > len(sequences):
        rates = [poses.rate for poses in sequences if poses.rate]
        print(stopwatch.report(len(people) * frames, rates[0] if len(set(rates)) == 1 else None))
        if line := results.steadiness.report():
            print(line)
    return 0


def _write_example(arguments: argparse.Namespace) -> int:
    """Repose drawn people, whose joints are known."""
    folder = arguments.output or Path("example")
    if folder.suffix or folder.is_file():
        raise MediaError(f"--example writes several files: expected a folder, received {folder}")
    import_tensorflow()
    start = time.monotonic()
    from deformable_gan.reposing.example import write_example
    from deformable_gan.reposing.reposer import Reposer

    done = write_example(Reposer.load(chosen_model(arguments)), folder)
    print(done.report(time.monotonic() - start))
    return 0


def _layout(reposer, arguments: argparse.Namespace):
    """Return how results are shown: models that compose show whole photographs by themselves."""
    from deformable_gan.reposing.frame_layout import FrameLayout
    from deformable_gan.reposing.options import PHOTOGRAPH

    asked = arguments.network_size or arguments.scale or arguments.original_size or arguments.strip
    return FrameLayout(
        arguments.side_by_side,
        arguments.scale or 1,
        arguments.original_size,
        arguments.in_photograph or (not asked and reposer.size == PHOTOGRAPH),
    )


def _most_pixels(arguments: argparse.Namespace) -> float:
    if arguments.megapixels is not None:
        return 1e6 * arguments.megapixels
    clips = arguments.output.suffix.lower() in CLIPS or any(map(_is_clip, arguments.pose))
    return MOST_PIXELS_OF_CLIPS if clips else MOST_PIXELS


def _find_one_person(reposer, arguments: argparse.Namespace):
    """Return the person whom all sources show, or whose own model it is."""
    reposer.many_sources = arguments.one_person or MIX
    if not arguments.source:
        person = reposer.own_person()
        print(f"source: the {1 + len(person.more)} pictures that {arguments.run} brings along")
        return person
    return reposer.one_person(
        arguments.source, report=lambda reason: print(f"note: {reason}", file=sys.stderr)
    )


def _find_person(reposer, source: Path, arguments: argparse.Namespace):
    person = reposer.person(source, arguments.mask)
    if person.shrunk_from:
        before, after = (
            f"{height}x{width}"
            for height, width in (person.shrunk_from, person.photograph.shape[:2])
        )
        print(
            f"note: {source} has {before} pixels and is shrunk to {after}; --megapixels sets the "
            "limit",
            file=sys.stderr,
        )
    return person


def _find_poses(reposer, pose: Path, arguments: argparse.Namespace, stopwatch):
    from tqdm import tqdm

    from deformable_gan.data.video import clip_information

    total = None
    if _is_clip(pose) and arguments.rate is None:
        total = clip_information(pose).frame_count
    bar = tqdm(total=total, unit="frame", desc=f"poses of {pose.name}", disable=None, leave=False)
    with stopwatch.measure("finding poses"), bar:
        return reposer.poses(
            pose, arguments.rate, arguments.smooth, bar.update, retarget=arguments.retarget
        )


def _is_clip(pose: Path) -> bool:
    from deformable_gan.data.video import VIDEO_SUFFIXES

    return pose.suffix.lower() in VIDEO_SUFFIXES


def _write(results, people: list, sequences: list, arguments: argparse.Namespace) -> None:
    output = arguments.output
    if len(people) == len(sequences) == 1:
        results.write(output, people[0], sequences[0])
        source = arguments.source[0] if arguments.source else arguments.run
        _say(output, source, sequences[0], arguments.pose[0])
    else:
        results.write_grid(output, people, sequences)
        print(f"{output}: {len(people)} people in {len(sequences)} poses")


def _write_folder(reposer, results, layout, arguments: argparse.Namespace, stopwatch) -> int:
    from deformable_gan.data.shard import Shard
    from deformable_gan.reposing.bulk import BulkReposing

    reposer.warm_up(any(_is_clip(pose) for pose in arguments.pose), layout.size)

    def find_poses(pose: Path):
        poses = _find_poses(reposer, pose, arguments, stopwatch)
        if arguments.save_pose:
            _save(poses, reposer, arguments)
        return poses

    one = arguments.one_person or not arguments.source
    person = _find_one_person(reposer, arguments) if one else None
    bulk = BulkReposing(
        results,
        (arguments.source or [arguments.run])[:1] if person else arguments.source,
        arguments.pose,
        arguments.output,
        f".{arguments.clips_as}",
        lambda source: person or _find_person(reposer, source, arguments),
        find_poses,
    )
    shard = Shard(*arguments.shard) if arguments.shard else None
    bulk.run(shard, arguments.skip_existing, _say)
    if not (shard or bulk.written + bulk.kept):
        reasons = list(bulk.failed.values())
        more = f"; and {len(reasons) - 5} more" if len(reasons) > 5 else ""
        raise MediaError(f"nothing could be made: {'; '.join(reasons[:5])}{more}")
    for reason in bulk.failed.values():
        print(f"warning: {reason}", file=sys.stderr)
    if bulk.frames > bulk.written:
        print(stopwatch.report(bulk.frames, None))
        if line := results.steadiness.report():
            print(line)
    if bulk.failed or bulk.kept or shard:
        print(
            f"{arguments.output}: {bulk.written} written, {bulk.kept} were there, "
            f"{len(bulk.failed)} inputs could not be used"
        )
    if shard:
        print(f"shard {shard}: done; after all shards run once with --skip-existing, without it")
    return 0


def _save(poses, reposer, arguments: argparse.Namespace) -> None:
    poses.save(arguments.save_pose, reposer.image_size)
    print(f"{arguments.save_pose}: {len(poses.keypoints)} pose(s) of {arguments.pose[0]}")


def _say(output: Path, source: Path, poses, pose: Path) -> None:
    print(f"{output}: {source} in {len(poses.keypoints)} pose(s) of {pose}")


def _check(arguments: argparse.Namespace) -> None:
    """Find out before the work whether its result could be written."""
    suffix = arguments.output.suffix.lower()
    if arguments.several:
        _check_several(arguments)
    elif arguments.shard or arguments.skip_existing:
        raise ConfigurationError("--shard and --skip-existing go with several people or poses")
    elif suffix not in (*PICTURES, *CLIPS):
        raise MediaError(
            f"cannot write {arguments.output}: expected a name that ends in "
            f"{', '.join(PICTURES)} for one pose, or {', '.join(CLIPS)} for many"
        )
    if (arguments.one_person or not arguments.source) and (arguments.strip or arguments.mask):
        option = "--strip" if arguments.strip else "--mask"
        what = "leave out --one-person" if arguments.one_person else "give one with --source"
        raise ConfigurationError(f"{option} goes with one photograph: {what}")
    for option, several in (("mask", arguments.source), ("save-pose", arguments.pose)):
        if getattr(arguments, option.replace("-", "_")) and len(several) > 1:
            raise ConfigurationError(f"--{option} goes with one file, received {len(several)}")
    for option in ("scale", "rate", "megapixels"):
        value = getattr(arguments, option)
        if value is not None and not 0 < value < math.inf:
            raise ConfigurationError(f"--{option} must be positive, received {value}")
    if not 0 <= arguments.smooth < math.inf:
        raise ConfigurationError(f"--smooth must not be negative, received {arguments.smooth}")


def _check_several(arguments: argparse.Namespace) -> None:
    suffix = arguments.output.suffix.lower()
    if suffix not in ("", *PICTURES) or (not suffix and arguments.output.is_file()):
        raise MediaError(
            f"cannot write several people or poses to {arguments.output}: expected a folder's "
            f"name, without an ending, or a picture's ({', '.join(PICTURES)}) for all in one"
        )
    if suffix and (arguments.shard or arguments.skip_existing):
        raise ConfigurationError(
            "--shard and --skip-existing go with a folder, a file for each result: name an "
            f"--output without an ending, received {arguments.output}"
        )


def _open_folders(arguments: argparse.Namespace) -> None:
    """Put the files in folders in the folders' place."""
    from deformable_gan.data.file_names import check_name, describe_no_text, is_text

    if not is_text(arguments.output):
        raise MediaError(describe_no_text(arguments.output))
    check_name(arguments.output)
    given = (*arguments.source, *arguments.pose)
    of_people, of_poses = (
        any(path.is_dir() for path in paths) for paths in (arguments.source, arguments.pose)
    )
    if of_people or of_poses or not all(map(is_text, given)):
        from deformable_gan.reposing.find_files import find_files

        without = [] if arguments.output.suffix else [arguments.output]

        def report(reason: str) -> None:
            print(f"warning: {reason}", file=sys.stderr)

        if arguments.source:
            arguments.source = find_files(arguments.source, without=without, report=report)
        arguments.pose = find_files(arguments.pose, poses=True, without=without, report=report)
    many_people = not arguments.one_person and (of_people or len(arguments.source) > 1)
    arguments.several = many_people or of_poses or len(arguments.pose) > 1


def build_parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(
        prog="python -m deformable_gan.repose",
        description="Put the people in photographs into the poses of others, or of clips. Images "
        "of a dataset folder come with their joints; in any other picture or clip MoveNet finds "
        "them.",
    )
    add_model_options(parser, required=False)
    parser.add_argument(
        "--example",
        action="store_true",
        help="repose drawn people: writes a picture, a clip and its poses into the folder of "
        "--output (default: example), and needs no files and no network",
    )
    parser.add_argument(
        "--source",
        type=Path,
        nargs="+",
        default=[],
        metavar="PHOTO",
        help="who is to be seen: one photograph or several, or folders of them (default: the "
        "person whose own model RUN is)",
    )
    parser.add_argument(
        "--one-person",
        nargs="?",
        const=MIX,
        choices=(MIX, CHOOSE),
        help="all PHOTOs, which may be clips, too, and the pictures that a person's own model "
        "brings along show one person: those that serve best for each "
        f"pose are mixed ({MIX}, the default), or, in a fraction of the time, one is taken after "
        f"the other ({CHOOSE})",
    )
    parser.add_argument(
        "--mask",
        type=Path,
        metavar="FILE",
        help="where the person is in PHOTO: a grey picture of its size, 255 on the person and 0 "
        "elsewhere; for models trained with --mask (images of a dataset folder bring theirs)",
    )
    parser.add_argument(
        "--pose",
        type=Path,
        nargs="+",
        default=[],
        metavar="FILE",
        help="the pose to take: a photograph, a clip, a dataset's annotations-*.csv, or a pose "
        "file (.json); one or several, or folders of them",
    )
    parser.add_argument(
        "--retarget",
        action=argparse.BooleanOptionalAction,
        help="bring poses to the proportions, the size and the place of the person in PHOTO "
        "(default: those of clips and photographs, not those of datasets and pose files)",
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="PATH",
        help="a picture (.png, .jpg) for one pose, a clip (.mp4, .webm, .gif) for many; for "
        "several people or poses a folder, or a picture of all",
    )
    several = parser.add_argument_group(
        "several people or poses", "inputs that cannot be used are listed, the others go on"
    )
    several.add_argument(
        "--skip-existing",
        action="store_true",
        help="leave results alone that are there: go on where the same command was ended",
    )
    several.add_argument(
        "--shard",
        type=parse_shard,
        metavar="I/N",
        help="do a part of the work, for several machines; afterwards run once without and with "
        "--skip-existing",
    )
    add_looks(parser)
    add_clips_and_finding(parser)
    return parser


if __name__ == "__main__":
    sys.exit(run_verb(main))
