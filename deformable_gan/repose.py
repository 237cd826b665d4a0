"""`python -m deformable_gan.repose`: put people from photographs into other poses."""

import argparse
import functools
import math
import sys
import time
from pathlib import Path

from deformable_gan.cli import (
    add_former_option,
    add_model_options,
    chosen_model,
    import_tensorflow,
    parse_part,
    run_command,
    use_one_blas_thread,
)
from deformable_gan.devices.description import cpu_line, print_device
from deformable_gan.errors import ConfigurationError, MediaError
from deformable_gan.reposing.repose_options import (
    CHOOSE,
    CLIPS,
    EXAMPLE,
    IMAGES,
    MIX,
    MOST_PIXELS,
    MOST_PIXELS_OF_CLIPS,
    add_clips_and_finding,
    add_looks,
    check_files,
)


def main(argv: list[str] | None = None) -> int:
    """Run the command; return the exit status."""
    use_one_blas_thread()
    parser = build_parser()
    arguments = parser.parse_args(argv)
    check_files(parser, arguments)
    if arguments.example:
        return _write_example(arguments)
    _open_folders(arguments)
    _check(arguments)

    reposer = _load(arguments)
    from deformable_gan.reposing.results import Results
    from deformable_gan.reposing.stopwatch import Stopwatch

    if arguments.strip:
        from deformable_gan.reposing.strip import Strip

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
    if any(_is_clip(pose) for pose in arguments.pose):
        # Warm up first, so that the reported rate does not include the first image's time.
        reposer.warm_up(True, layout.size)
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


def _load(arguments: argparse.Namespace):
    """Return the model: as LiteRT networks if that saves time, otherwise with TensorFlow."""
    from deformable_gan.reposing.litert_start import LiteRTStart
    from deformable_gan.reposing.reposer import Reposer

    def report(line: str) -> None:
        print(line, file=sys.stderr)

    model = chosen_model(arguments)
    start = LiteRTStart(model, functools.partial(import_tensorflow, gpu=False), report)
    files = (*arguments.source, *arguments.pose)
    results = arguments.output or EXAMPLE
    clips = arguments.several or any(map(_is_clip, (*files, results)))
    clips = clips and not arguments.example and all(path.exists() for path in files)
    needs_tensorflow = arguments.strip or arguments.mask
    networks = start.networks(False if needs_tensorflow else arguments.litert, clips)
    if networks:
        if not arguments.example:
            print(f"{cpu_line()}, with LiteRT")
        return Reposer.of_litert(
            networks, model, arguments.movenet, arguments.most_prominent, start.movenet
        )
    one_photograph = not (clips or needs_tensorflow or arguments.example)
    if arguments.litert is None and one_photograph and start.is_advisable:
        report(
            "note: add --litert to one command to convert the model (half a minute); later "
            "commands then need about a second for a photograph"
        )
    import_tensorflow()
    if not arguments.example:
        print_device()
    return Reposer.load(model, arguments.movenet, arguments.most_prominent)


def _write_example(arguments: argparse.Namespace) -> int:
    """Re-pose synthetic people, whose joints are known."""
    folder = arguments.output or EXAMPLE
    if folder.suffix or folder.is_file():
        raise MediaError(f"--example writes several files: expected a folder, received {folder}")
    arguments.several = False
    reposer = _load(arguments)
    start = time.monotonic()
    from deformable_gan.reposing.example import write_example

    done = write_example(reposer, folder)
    print(done.report(time.monotonic() - start))
    return 0


def _layout(reposer, arguments: argparse.Namespace):
    """Return the layout of results; by default, a model that composes shows the whole photograph.

    The default applies if no option sets another layout.
    """
    from deformable_gan.reposing.frame_layout import FrameLayout
    from deformable_gan.reposing.repose_options import PHOTOGRAPH

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
    """Return the person whom all sources show; without sources, the person of a personal model."""
    reposer.many_sources = arguments.one_person or MIX
    if not arguments.source:
        person = reposer.own_person()
        print(f"source: the {1 + len(person.more)} images that {arguments.run} contains")
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
            f"note: {source} has {before} pixels and is shrunk to {after}; --megapixels changes "
            "the limit",
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
    from deformable_gan.data.part import Part
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
    part = Part(*arguments.part) if arguments.part else None
    bulk.run(part, arguments.skip_existing, _say)
    if not (part or bulk.written + bulk.kept):
        reasons = list(bulk.failed.values())
        more = f"; and {len(reasons) - 5} more" if len(reasons) > 5 else ""
        raise MediaError(f"nothing could be made: {'; '.join(reasons[:5])}{more}")
    for reason in bulk.failed.values():
        print(f"warning: {reason}", file=sys.stderr)
    if bulk.frames > bulk.written:
        print(stopwatch.report(bulk.frames, None))
        if line := results.steadiness.report():
            print(line)
    if bulk.failed or bulk.kept or part:
        print(
            f"{arguments.output}: {bulk.written} written, {bulk.kept} existed already, "
            f"{len(bulk.failed)} inputs or results failed"
        )
    if part:
        print(
            f"part {part}: done; when all parts are done, run the command once with "
            "--skip-existing and without --part"
        )
    return 0


def _save(poses, reposer, arguments: argparse.Namespace) -> None:
    poses.save(arguments.save_pose, reposer.image_size)
    print(f"{arguments.save_pose}: {len(poses.keypoints)} pose(s) of {arguments.pose[0]}")


def _say(output: Path, source: Path, poses, pose: Path) -> None:
    print(f"{output}: {source} in {len(poses.keypoints)} pose(s) of {pose}")


def _check(arguments: argparse.Namespace) -> None:
    """Check the options before any work is done."""
    suffix = arguments.output.suffix.lower()
    if arguments.several:
        _check_several(arguments)
    elif arguments.part or arguments.skip_existing:
        raise ConfigurationError(
            "--part and --skip-existing need several people or poses: leave them out, or give "
            "more sources or poses"
        )
    elif suffix not in (*IMAGES, *CLIPS):
        raise MediaError(
            f"cannot write {arguments.output}: expected a name that ends in "
            f"{', '.join(IMAGES)} for one pose, or {', '.join(CLIPS)} for many"
        )
    if (arguments.one_person or not arguments.source) and (arguments.strip or arguments.mask):
        option = "--strip" if arguments.strip else "--person-mask"
        what = "leave out --one-person" if arguments.one_person else "give one with --source"
        raise ConfigurationError(f"{option} works with a single photograph only: {what}")
    if arguments.litert and (arguments.strip or arguments.mask):
        option = "--strip" if arguments.strip else "--person-mask"
        raise ConfigurationError(f"--litert does not work with {option}: leave out one of them")
    single = (
        ("--person-mask", arguments.mask, arguments.source, "--source"),
        ("--save-pose", arguments.save_pose, arguments.pose, "--pose"),
    )
    for option, value, several, of in single:
        if value and len(several) > 1:
            raise ConfigurationError(
                f"{option} works with one {of} file only, received {len(several)}: give one, or "
                f"leave out {option}"
            )
    for option in ("scale", "rate", "megapixels"):
        value = getattr(arguments, option)
        if value is not None and not 0 < value < math.inf:
            raise ConfigurationError(f"--{option} must be positive, received {value}")
    if not 0 <= arguments.smooth < math.inf:
        raise ConfigurationError(f"--smooth must not be negative, received {arguments.smooth}")


def _check_several(arguments: argparse.Namespace) -> None:
    suffix = arguments.output.suffix.lower()
    if suffix not in ("", *IMAGES) or (not suffix and arguments.output.is_file()):
        raise MediaError(
            f"cannot write several people or poses to {arguments.output}: expected the name of a "
            f"folder, without a suffix, or of one image ({', '.join(IMAGES)}) that shows them all"
        )
    if suffix and (arguments.part or arguments.skip_existing):
        raise ConfigurationError(
            "--part and --skip-existing need a folder with a file for each result: give --output "
            f"without a suffix, received {arguments.output}"
        )


def _open_folders(arguments: argparse.Namespace) -> None:
    """Replace folders by the files in them, and set `arguments.several`.

    `several` is whether there are several people or poses.
    """
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
        description="Put the people in photographs into the poses of other photographs or of "
        "clips. Images of a dataset folder are used with their joints; in other images and clips "
        "MoveNet finds the joints.",
    )
    add_model_options(parser, required=False)
    parser.add_argument(
        "--example",
        action="store_true",
        help="re-pose synthetic people: write an image, a clip and its poses into the folder of "
        f"--output (default: {EXAMPLE}); needs no files and no network connection",
    )
    parser.add_argument(
        "--source",
        type=Path,
        nargs="+",
        default=[],
        metavar="PHOTO",
        help="the person: one or several photographs, or folders of photographs (default: the "
        "person of a personal model in --run)",
    )
    parser.add_argument(
        "--one-person",
        nargs="?",
        const=MIX,
        choices=(MIX, CHOOSE),
        help="all PHOTOs (which may also be clips) and the images of a personal model show the "
        f"same person: mix the most suitable ones for each pose ({MIX}, the default), or use one "
        f"at a time, which is much faster ({CHOOSE})",
    )
    parser.add_argument(
        "--person-mask",
        type=Path,
        dest="mask",
        metavar="FILE",
        help="the person mask of PHOTO: a grey image of its size, 255 on the person and 0 "
        "elsewhere; for models trained with --person-mask (images of a dataset folder have one)",
    )
    add_former_option(parser, "--mask", dest="mask", type=Path)
    parser.add_argument(
        "--pose",
        type=Path,
        nargs="+",
        default=[],
        metavar="FILE",
        help="the pose: a photograph, a clip, a dataset's annotations-*.csv, or a pose file "
        "(.json); one or several, or folders of such files",
    )
    parser.add_argument(
        "--retarget",
        action=argparse.BooleanOptionalAction,
        help="adapt poses to the proportions, the size and the place of the person in PHOTO "
        "(default: for poses of clips and photographs, not for those of datasets and pose files)",
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="PATH",
        help="an image (.png, .jpg) for one pose, a clip (.mp4, .webm, .gif) for many; for several "
        "people or poses a folder, or one image of all",
    )
    several = parser.add_argument_group(
        "several people or poses",
        "if --output is a folder, unusable inputs are reported and the others are processed",
    )
    several.add_argument(
        "--skip-existing",
        action="store_true",
        help="keep existing results: continue an interrupted command",
    )
    several.add_argument(
        "--part",
        type=parse_part,
        metavar="I/N",
        help="do part I of N, for several machines; afterwards run once with --skip-existing and "
        "without --part",
    )
    add_former_option(several, "--shard", dest="part", type=parse_part)
    parser.add_argument(
        "--litert",
        action=argparse.BooleanOptionalAction,
        help="run the model with LiteRT, which starts several times faster than TensorFlow and is "
        "faster on CPUs; the first time, the model is converted, which takes half a minute "
        "(default: on if LiteRT is installed, there is no NVIDIA GPU, and either the model has "
        "been converted before or the result is a clip or several results)",
    )
    add_looks(parser)
    add_clips_and_finding(parser)
    return parser


if __name__ == "__main__":
    sys.exit(run_command(main))
