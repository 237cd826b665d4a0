"""Take a small part of the original's numbers: `python tests/reference/take_part.py WHOLE_SET`.

It writes `geometry.npz`, `losses.npz` and `warp_nearest.npz` to its own folder. See README.md.
"""

import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
# The number of poses that are kept. The fifth pose at 256x256 is the first in which a region is
# not seen.
POSES = {"128x64": 4, "256x256": 5}
# The step between the rows and columns of heat maps that are kept; heat maps hardly compress.
STEPS = {"128x64": 8, "256x256": 32}
# The number of channels that are kept of the first pose's warped features, which are noise and
# hardly compress.
CHANNELS = {"128x64": 1, "64x32": 1, "32x16": 4, "16x8": 4}


def take_geometry(whole):
    part = {}
    with np.load(whole / "geometry.npz") as numbers:
        for name in numbers.files:
            size, _, quantity = name.partition("_")
            part[name] = numbers[name][: POSES[size]]
            if quantity == "heatmaps":
                part[name] = part[name][:, :: STEPS[size], :: STEPS[size]]
    return part


def take_losses(whole):
    with np.load(whole / "losses.npz") as numbers:
        return dict(numbers)


def take_warps(whole):
    part = {}
    with np.load(whole / "warp_nearest.npz") as numbers:
        for name in numbers.files:
            channels = CHANNELS.get(name.partition("_")[0])
            part[name] = numbers[name][:1, ..., :channels]
    return part


if __name__ == "__main__":
    whole = Path(sys.argv[1])
    np.savez_compressed(HERE / "geometry.npz", **take_geometry(whole))
    np.savez_compressed(HERE / "losses.npz", **take_losses(whole))
    np.savez_compressed(HERE / "warp_nearest.npz", **take_warps(whole))
