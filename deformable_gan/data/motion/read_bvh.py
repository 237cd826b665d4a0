"""Reading BVH files.

The format has two parts. `HIERARCHY` is a tree of joints in braces, each with an `OFFSET` from its
parent and a list of its `CHANNELS`. `MOTION` gives the number of frames, the time between frames,
and the values of all channels for every frame.
"""

import re
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TextIO

import numpy as np

from deformable_gan.data.motion.bvh_recording import BvhNode, BvhRecording
from deformable_gan.errors import MediaError

#: The largest size of a file, in bytes.
MAX_BYTES = 128 * 2**20
#: The largest number of joints and end sites.
MAX_NODES = 1000
#: The largest number of values in a motion: frames times channels.
MAX_VALUES = 10_000_000
# The largest offset, position or angle that is accepted; no recording needs more in any unit.
_MAX_NUMBER = 1e7
_CHANNELS = {
    f"{axis}{kind}".lower(): f"{axis}{kind}" for kind in ("position", "rotation") for axis in "XYZ"
}
_TOKEN = re.compile(r"[{}]|[^\s{}]+")


def read_bvh(path: str | Path) -> BvhRecording:
    """Read a BVH file.

    The reader accepts line ends of any kind, tabs, a byte order mark, keywords in any case, braces
    on any line, blank lines and frames that span several lines. Joints have any subset of the six
    channels, in any order.

    Args:
        path: the file.

    Returns:
        The skeleton and its motion.

    Raises:
        MediaError: the file cannot be read, is malformed or truncated, or is larger than
            `MAX_BYTES`, `MAX_NODES` or `MAX_VALUES`. The message names the file and, for an error
            in its text, the line.
    """
    path = Path(path)
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise MediaError(f"{path} is not a file: name the BVH files one by one")
        if size > MAX_BYTES:
            raise MediaError(
                f"{path} has {size:,} bytes, but at most {MAX_BYTES:,} are allowed: cut the "
                "recording into shorter ones"
            )
        # Names may be in any old encoding: bytes that are not UTF-8 are replaced, because no usual
        # name of a joint contains them.
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            return _Reader(path, file).read()
    except OSError as error:
        raise MediaError(f"{path} cannot be read: {error.strerror or error}") from error


@dataclass
class _OpenNode:
    """A node whose closing brace has not been read yet."""

    name: str | None
    parent: int
    line: int
    offset: tuple[float, float, float] | None = None
    channels: tuple[str, ...] | None = None


class _Reader:
    def __init__(self, path: Path, file: TextIO):
        self._path = path
        self._lines = iter(file)
        self._line = 0
        self._tokens: deque[str] = deque()

    def read(self) -> BvhRecording:
        nodes = self._read_hierarchy()
        width = sum(len(node.channels) for node in nodes)
        if width == 0:
            self._fail("no joint has channels, so there is no motion")
        frames, frame_time = self._read_motion_header(width)
        return BvhRecording(nodes, self._read_values(frames, width), frame_time)

    def _read_hierarchy(self) -> tuple[BvhNode, ...]:
        token = self._next_token("'HIERARCHY'")
        if token.upper() != "HIERARCHY":
            self._fail(f"expected 'HIERARCHY' at the beginning, received {_short(token)}")
        nodes: list[_OpenNode] = []
        open_nodes: list[int] = []
        while True:
            expected = "'}', OFFSET, CHANNELS, JOINT or End Site" if open_nodes else "MOTION"
            token = self._next_token(expected if nodes else "ROOT")
            keyword = token.upper()
            if keyword == "MOTION" and nodes and not open_nodes:
                break
            if keyword == "ROOT" and nodes:
                self._fail(
                    "a second ROOT, but a file may hold only one person: export each person alone; "
                    "a joint inside another one is a JOINT"
                )
            if not open_nodes and keyword != "ROOT":
                self._fail(f"expected {expected if nodes else 'ROOT'}, received {_short(token)}")
            if keyword in ("ROOT", "JOINT", "END"):
                self._open_node(keyword, nodes, open_nodes)
            elif keyword == "OFFSET":
                self._read_offset(nodes[open_nodes[-1]])
            elif keyword == "CHANNELS":
                self._read_channels(nodes[open_nodes[-1]])
            elif token == "}":
                node = nodes[open_nodes.pop()]
                if node.offset is None:
                    self._fail(f"{_title(node)}, which begins on line {node.line}, has no OFFSET")
            else:
                self._fail(f"expected {expected}, received {_short(token)}")
        return tuple(
            # Every node has an offset at this point.
            BvhNode(node.name, node.parent, node.offset, node.channels or ())  # type: ignore[arg-type]
            for node in nodes
        )

    def _open_node(self, keyword: str, nodes: list[_OpenNode], open_nodes: list[int]) -> None:
        line = self._line
        parent = open_nodes[-1] if open_nodes else -1
        if open_nodes and keyword == "ROOT":
            self._fail("ROOT inside a joint: expected JOINT")
        if open_nodes and nodes[parent].name is None:
            self._fail("a joint inside an End Site, which must hold only an OFFSET")
        words = []
        # A name may contain spaces; it ends with the line or before the brace.
        while self._tokens and self._tokens[0] != "{":
            words.append(self._tokens.popleft())
        token = self._next_token("'{'")
        if token != "{":
            self._fail(f"expected '{{' after {keyword} of line {line}, received {_short(token)}")
        if keyword != "END" and not words:
            self._fail(f"{keyword} without a name", line)
        if len(nodes) == MAX_NODES:
            self._fail(f"more than {MAX_NODES:,} joints and end sites are not supported")
        open_nodes.append(len(nodes))
        nodes.append(_OpenNode(None if keyword == "END" else " ".join(words), parent, line))

    def _read_offset(self, node: _OpenNode) -> None:
        if node.offset is not None:
            self._fail(f"a second OFFSET for {_title(node)}")
        x, y, z = (self._number(self._next_token("a number")) for _ in range(3))
        node.offset = (x, y, z)

    def _read_channels(self, node: _OpenNode) -> None:
        if node.name is None:
            self._fail("CHANNELS inside an End Site, which must have none")
        if node.channels is not None:
            self._fail(f"a second CHANNELS line for {_title(node)}")
        count = self._next_token("the number of channels")
        if not (count.isascii() and count.isdecimal() and int(count) <= len(_CHANNELS)):
            self._fail(f"expected the number of channels, 0 to 6, received {_short(count)}")
        names = []
        for _ in range(int(count)):
            token = self._next_token("a channel")
            name = _CHANNELS.get(token.lower())
            if name is None:
                self._fail(
                    f"expected {count} channels such as Xposition or Zrotation, received "
                    f"{_short(token)}"
                )
            if name in names:
                self._fail(f"the channel {name} is given twice")
            names.append(name)
        node.channels = tuple(names)

    def _read_motion_header(self, width: int) -> tuple[int, float]:
        text = self._header_value("Frames")
        if not (text.isascii() and text.isdecimal() and 0 < len(text) < 12 and int(text)):
            self._fail(f"expected the number of frames, at least 1, received {_short(text)}")
        frames = int(text)
        if frames * width > MAX_VALUES:
            self._fail(
                f"{frames:,} frames of {width} channels are {frames * width:,} numbers, but at "
                f"most {MAX_VALUES:,} are allowed: cut the recording into shorter ones"
            )
        frame_time = self._number(self._header_value("Frame Time"))
        if not 1e-4 <= frame_time <= 1:
            self._fail(
                "expected a frame time of 0.0001 to 1 seconds (0.033 is 30 frames per second), "
                f"received {frame_time:g}"
            )
        return frames, frame_time

    def _header_value(self, name: str) -> str:
        expected = f"'{name}: …'"
        line = " ".join(self._tokens) or self._next_line(expected)
        self._tokens.clear()
        pattern = name.replace(" ", r"\s*") + r"\s*:?\s*(\S+)\s*"
        match = re.fullmatch(pattern, line.strip(), re.IGNORECASE)
        if match is None:
            self._fail(f"expected {expected}, received {_short(line.strip())}")
        return match[1]

    def _read_values(self, frames: int, width: int) -> np.ndarray:
        values = np.empty(frames * width)
        filled, first_line = 0, self._line
        while filled < len(values):
            frame, begun = divmod(filled, width)
            announced = f"the file announces {frames} frames of {width} values each"
            words = self._next_line(
                f"frame {frame + 1}; {announced}"
                if not begun
                else f"{width - begun} more values of frame {frame + 1}, which begins on line "
                f"{first_line}; {announced}"
            ).split()
            if not begun:
                first_line = self._line
            if begun + len(words) > width:
                self._fail(
                    f"frame {frame + 1}, which begins on line {first_line}, has "
                    f"{begun + len(words)} values; the joints have {width} channels"
                )
            values[filled : filled + len(words)] = self._numbers(words)
            filled += len(words)
        for line in self._lines:
            self._line += 1
            if line.strip():
                self._fail(f"text after the {frames} frames announced: {_short(line.strip())}")
        return values.reshape(frames, width)

    def _numbers(self, words: list[str]) -> np.ndarray:
        """Return the numbers, parsed together; on failure, parse each to find the wrong one."""
        try:
            numbers = np.array([float(word) for word in words])
        except ValueError:
            numbers = np.array([np.nan])
        # NaN fails this comparison as well.
        if np.abs(numbers).max() <= _MAX_NUMBER and "_" not in "".join(words):
            return numbers
        return np.array([self._number(word) for word in words])

    def _number(self, text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = None
        # Python accepts 1_0 as ten.
        if number is None or "_" in text:
            self._fail(f"expected a number, received {_short(text)}")
        if not abs(number) <= _MAX_NUMBER:  # NaN fails this comparison as well
            self._fail(f"expected a number from -1e7 to 1e7, received {_short(text)}")
        return number

    def _next_token(self, expected: str) -> str:
        while not self._tokens:
            self._tokens.extend(_TOKEN.findall(self._next_line(expected)))
        return self._tokens.popleft()

    def _next_line(self, expected: str) -> str:
        """Return the next line that is not blank; `expected` is for the error at the file's end."""
        while (line := next(self._lines, None)) is not None:
            self._line += 1
            if line.strip():
                return line
        return self._fail(f"the file ends here; expected {expected}")

    def _fail(self, problem: str, line: int | None = None) -> NoReturn:
        raise MediaError(f"{self._path}, line {line or max(self._line, 1)}: {problem}")


def _title(node: _OpenNode) -> str:
    return "the End Site" if node.name is None else f"joint {_short(node.name)}"


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:60] + "…")
