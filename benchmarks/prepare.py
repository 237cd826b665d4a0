"""Compare the speed of `prepare` with that of decoding and MoveNet's network alone.

    python benchmarks/prepare.py CLIP… --movenet PATH

One worker is used. For comparison the same frames are decoded again, and the network is called as
often as by `prepare`, on images of its input size; the two times are added. `prepare` does more (it
crops and scales squares, finds blurred and duplicate frames, encodes JPEG), but it decodes the next
frames in parallel. The time for starting TensorFlow and loading MoveNet is not part of either time
and is printed separately. The ratio of the processor times, which depends less on the machine's
load, and the peak resident memory are printed, too.
"""

import argparse
import functools
import json
import os
import resource
import tempfile
import time
from pathlib import Path

import numpy as np


def now():
    """Return the wall-clock time and the processor time in seconds."""
    return np.array([time.perf_counter(), time.process_time()])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("clips", nargs="+")
    parser.add_argument("--movenet")
    parser.add_argument("--rate", type=float, default=6.0)
    parser.add_argument("--height", type=int, default=240)
    parser.add_argument(
        "--repeats", type=int, default=3, help="repetitions; the shortest of each time counts"
    )
    arguments = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

    start = time.perf_counter()
    import tensorflow as tf

    from deformable_gan.data import posed_frames
    from deformable_gan.data.preparing.one_recording import prepare_recording
    from deformable_gan.data.preparing.prepare_options import PrepareOptions
    from deformable_gan.data.preparing.recordings import find_recordings
    from deformable_gan.data.video import read_frames
    from deformable_gan.pose.movenet import MoveNet
    from deformable_gan.pose.tracking import PersonTracker

    # The workers of `prepare` use one thread each, too.
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    movenet = MoveNet.load(arguments.movenet)
    starting = time.perf_counter() - start

    trackers = []

    class CountedTracker(PersonTracker):
        def __init__(self, estimator, looks=1):
            super().__init__(estimator, looks)
            trackers.append(self)

    posed_frames.PersonTracker = CountedTracker
    options = PrepareOptions(rate=arguments.rate, height=arguments.height)
    failures = []
    recordings = find_recordings(arguments.clips, lambda *failure: failures.append(failure))
    videos = [recording for recording in recordings if recording.kind == "video"]
    n = movenet.network.input_size
    network = tf.function(movenet.network, input_signature=[tf.TensorSpec((1, n, n, 3), tf.int32)])
    image = tf.constant(128, tf.int32, (1, n, n, 3))
    network(image)  # trace the function
    with tempfile.TemporaryDirectory() as folder:
        prepare_recording(videos[0], Path(folder) / "warm.zip", movenet, options)
        best = {}
        for _ in range(arguments.repeats):
            trackers.clear()
            frames: list[int] = []
            count_frame = functools.partial(frames.append, 1)
            start = now()
            for index, video in enumerate(videos):
                prepare_recording(
                    video, Path(folder) / f"{index}.zip", movenet, options, count_frame
                )
            preparing = now() - start

            start = now()
            decoded = sum(
                1 for video in videos for _ in read_frames(video.path, options.rate, options.height)
            )
            decoding = now() - start
            looks = sum(tracker.looks for tracker in trackers)
            start = now()
            for _ in range(looks):
                network(image).numpy()
            looking = now() - start
            if len(frames) != decoded:
                raise SystemExit(f"{len(frames)} frames were prepared, {decoded} decoded")
            for name, seconds in (
                ("prepare", preparing),
                ("decode", decoding),
                ("network", looking),
            ):
                best[name] = np.minimum(seconds, best.get(name, seconds))
    bare, bare_processor = best["decode"] + best["network"]
    preparing, preparing_processor = best["prepare"]
    print(
        json.dumps(
            {
                "frames": decoded,
                "looks_per_frame": round(looks / decoded, 3),
                "prepare_frames_per_second": round(decoded / preparing, 1),
                "decode_and_network_frames_per_second": round(decoded / bare, 1),
                "ratio": round(bare / preparing, 3),
                "processor_time_ratio": round(bare_processor / preparing_processor, 3),
                "decode_ms_per_frame": round(1000 * best["decode"][0] / decoded, 2),
                "network_ms_per_look": round(1000 * best["network"][0] / looks, 2),
                "start_seconds": round(starting, 1),
                "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
