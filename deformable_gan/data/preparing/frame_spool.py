"""A list of frames of which only a bounded part is held in memory."""

import tempfile

import numpy as np

_MEMORY_BYTES = 256 * 2**20


class FrameSpool:
    """A list of images that moves to a temporary file when it grows large.

    The crop of a clip is known only after its last frame, and a long clip's frames do not fit into
    memory. Use the spool as a context manager; the file is deleted at the end.
    """

    def __init__(self):
        self._file = tempfile.SpooledTemporaryFile(max_size=_MEMORY_BYTES)  # noqa: SIM115
        self._entries: list[tuple[int, tuple[int, ...]]] = []
        self._end = 0

    def __enter__(self) -> "FrameSpool":
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._entries)

    def append(self, image: np.ndarray) -> None:
        """Append a uint8 image."""
        self._file.seek(self._end)
        self._file.write(np.ascontiguousarray(image, np.uint8).tobytes())
        self._entries.append((self._end, image.shape))
        self._end += image.size

    def __getitem__(self, index: int) -> np.ndarray:
        """Return the image at a position."""
        start, shape = self._entries[index]
        self._file.seek(start)
        data = self._file.read(int(np.prod(shape)))
        return np.frombuffer(data, np.uint8).reshape(shape)
