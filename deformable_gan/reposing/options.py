"""What the command line and the reposing itself have to agree on."""

import argparse

#: Endings (lower case) of the pictures and clips that can be written.
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
CLIPS = (".mp4", ".mov", ".webm", ".gif")
#: Seconds. It had the least error on drawn dancers with an estimator's trembling, at 10, 24 and
#: 30 frames a second taken together; see `docs/reposing.md`.
SMOOTHING = 0.07
#: Pixels of the largest photograph that pictures are composed at; larger ones are shrunk.
MOST_PIXELS = 12_000_000
#: The same for clips: 1920x1080.
MOST_PIXELS_OF_CLIPS = 2_073_600
#: How large results are: the network's images; the crop that the network sees, or the whole
#: photograph with the person put back, at the photograph's resolution.
NETWORK, CROP, PHOTOGRAPH = "network", "crop", "photograph"


def check_files(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    """End with the parser's error if files are missing, or given together with `--example`.

    Args:
        parser: the parser of `repose`.
        arguments: with `example`, `source`, `pose` and `output`.
    """
    files = {"--source": arguments.source, "--pose": arguments.pose, "--output": arguments.output}
    missing = [option for option, value in files.items() if not value]
    if not arguments.example:
        if missing:
            parser.error(
                f"the following arguments are required: {', '.join(missing)} (or --example alone)"
            )
    elif given := [option for option in ("--source", "--pose") if option not in missing]:
        parser.error(f"--example has its own people and poses: leave out {', '.join(given)}")
