"""Progress of preparing many recordings, and the time left."""

import sys
import time
from collections.abc import Sequence
from typing import TextIO

from tqdm import tqdm

from deformable_gan.data.preparing.recordings import Recording

_LINE_SECONDS = 60.0


class PrepareProgress:
    """A progress display with frames per second and time left: a bar, or a line every minute.

    It shows a bar on a terminal and lines elsewhere. The number of a clip's frames is known when
    the clip is opened; before that it is estimated from the file's size.

    Args:
        recordings: the recordings to prepare.
        stream: where to show the progress; None for standard error.
    """

    def __init__(self, recordings: Sequence[Recording], stream: TextIO | None = None):
        self._stream = stream or sys.stderr
        self._bytes = [
            sum(file.stat().st_size for file in one.files if file.exists()) for one in recordings
        ]
        self._expected: dict[int, int] = {}
        self._seen = [0] * len(recordings)
        self._closed = 0
        self._start = self._last_line = time.monotonic()
        self._bar = None
        if self._stream.isatty():
            self._bar = tqdm(total=0, unit="frame", leave=False, file=self._stream)

    def __enter__(self) -> "PrepareProgress":
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            self._bar.close()

    @property
    def frames(self) -> int:
        """The number of frames done."""
        return sum(self._seen)

    @property
    def expected(self) -> int:
        """The number of frames in total, estimated from the recordings opened so far."""
        known = sum(self._expected.values())
        known_bytes = sum(self._bytes[task] for task in self._expected)
        if not known_bytes:
            return known
        return round(known * sum(self._bytes) / known_bytes)

    def opened(self, task: int, expected: int) -> None:
        """Record that a recording is being read and has about `expected` frames."""
        self._expected[task] = expected
        self._show()

    def advanced(self, task: int, frames: int) -> None:
        """Record that `frames` more frames of a recording are done."""
        self._seen[task] += frames
        self._show()

    def closed(self, task: int) -> None:
        """Record that a recording is done, whatever number of frames was expected."""
        self._expected[task] = self._seen[task]
        self._closed += 1
        self._show()

    def _show(self) -> None:
        if self._bar is not None:
            self._bar.total = self.expected
            self._bar.set_postfix_str(f"{self._closed}/{len(self._seen)} inputs", refresh=False)
            self._bar.update(self.frames - self._bar.n)
            return
        now = time.monotonic()
        if now - self._last_line < _LINE_SECONDS:
            return
        self._last_line = now
        line = f"{self._closed} of {len(self._seen)} inputs, {self.frames} frames"
        if self.frames:
            rate = self.frames / (now - self._start)
            left = max(0, self.expected - self.frames) / rate
            line += f", {rate:.1f} frames/s, about {tqdm.format_interval(left)} left"
        print(line, file=self._stream, flush=True)
