"""A browser with the exported page in it, and what a visitor does there."""

import base64
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
OPTIONS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
    *("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"),
]
# In seconds. A busy computer with two cores takes minutes where others take seconds.
PATIENCE = 240


@contextlib.contextmanager
def served(folder: Path):
    """Serve a folder with Python's web server, and yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    server = subprocess.Popen(
        [*command, "--directory", str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(10 * PATIENCE):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.kill()
        server.wait()


def camera_file(frames: list[np.ndarray], path: Path, rate: int = 15) -> Path:
    """Write frames, uint8 [H, W, 3], in the format that Chromium's fake camera plays (Y4M)."""
    import av

    height, width = frames[0].shape[:2]
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F{rate}:1 Ip A1:1 C420jpeg\n".encode())
        for frame in frames:
            planes = av.VideoFrame.from_ndarray(frame, format="rgb24").reformat(format="yuv420p")
            file.write(b"FRAME\n" + planes.to_ndarray().tobytes())
    return path


class Visit:
    """A window with the page in it.

    Attributes:
        tab: playwright's page.
        foreign: requested addresses that are not the page's own.
        complaints: uncaught errors, and errors in the browser's console.
    """

    def __init__(self, browser, address, width=1280, height=860):
        self.context = browser.new_context(viewport={"width": width, "height": height})
        self.context.set_default_timeout(1000 * PATIENCE)
        self.width = width
        self.foreign, self.complaints = [], []
        self.context.on("request", self._note_request)
        self.tab = self.context.new_page()
        self.tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.tab.on("console", self._note_message)
        self.tab.goto(address)
        self.tab.wait_for_selector("body[data-ready], #problem:not([hidden])")
        assert not self.problem, self.problem

    def _note_request(self, request):
        if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            self.foreign.append(request.url)

    def _note_message(self, message):
        if message.type == "error":
            self.complaints.append(message.text)

    @property
    def problem(self) -> str:
        """The error message; empty if there is none."""
        node = self.tab.locator("#problem")
        return node.inner_text() if node.is_visible() else ""

    @property
    def count(self) -> int:
        """How many results the page has shown."""
        return self.tab.evaluate("lastResult.count")

    def wait(self, condition, what):
        """Wait until a condition holds or the page shows an error."""
        end = time.monotonic() + PATIENCE
        while not condition():
            assert not self.problem, self.problem
            assert time.monotonic() < end, f"waited for {what}"
            self.tab.wait_for_timeout(100)

    def choose(self, name: str, file: Path):
        """Give a file to one of the inputs, and wait for the next result to be shown."""
        before = self.count
        self.tab.set_input_files(f"#{name}-file", str(file))
        self.wait(lambda: self.count > before and not self.busy, f"the result of {file.name}")

    @property
    def busy(self) -> bool:
        """Whether the page is computing."""
        return self.tab.evaluate("document.body.hasAttribute('aria-busy')")

    def kind(self, name: str):
        """Choose where the pose comes from."""
        self.tab.check(f"input[name=kind][value={name}]")

    def tab_to(self, selector: str):
        """Press the Tab key until an element has the focus."""
        for _ in range(90):
            self.tab.keyboard.press("Tab")
            if self.tab.evaluate("which => document.activeElement.matches(which)", selector):
                return
        raise AssertionError(f"the Tab key does not reach {selector}")

    def choose_with_keyboard(self, name: str, file: Path):
        """Give a file to one of the inputs by keyboard, and wait for the next result."""
        self.wait(lambda: not self.busy, "the page to be idle")
        before = self.count
        self.tab_to(f"#{name}-file")
        self._chooser().set_files(str(file))
        self.wait(lambda: self.count > before and not self.busy, f"the result of {file.name}")

    def _chooser(self, attempts: int = 4):
        """Press the Space key until the browser lets a file be chosen.

        The browser does so only within seconds of the key press; a busy machine may miss that time.
        """
        from playwright.sync_api import TimeoutError as NotOpened

        for _ in range(attempts - 1):
            with contextlib.suppress(NotOpened):
                with self.tab.expect_file_chooser(timeout=20_000) as chooser:
                    self.tab.keyboard.press("Space")
                return chooser.value
        with self.tab.expect_file_chooser() as chooser:
            self.tab.keyboard.press("Space")
        return chooser.value

    def network_picture(self, place="network") -> np.ndarray:
        """The last result at the network's size, uint8 [H, W, 3]."""
        return self._pixels(f"lastResult.{place}")

    def shown_picture(self) -> np.ndarray:
        """The last result as it is shown, uint8 [H, W, 3]."""
        return self._pixels(
            "(c => c.getContext('2d').getImageData(0, 0, c.width, c.height))"
            "(document.getElementById('picture'))"
        )

    def _pixels(self, expression) -> np.ndarray:
        # Pass the pixels as text, because a list of a million numbers takes seconds.
        height, width, text = self.tab.evaluate(
            f"""(({{height, width, data}}) => {{
                let text = "";
                for (let i = 0; i < data.length; i += 4096) {{
                    text += String.fromCharCode(...data.subarray(i, i + 4096));
                }}
                return [height, width, btoa(text)];
            }})({expression})"""
        )
        pixels = np.frombuffer(base64.b64decode(text), np.uint8)
        return pixels.reshape(height, width, 4)[..., :3]

    def pose(self) -> np.ndarray:
        """The pose of the last result, float32 [17, 3] in pixels of the network's image."""
        return np.array(self.tab.evaluate("lastResult.pose"), np.float32)

    def picture(self, name):
        """Save a screenshot in the folder that `DEFORMABLE_GAN_SCREENSHOTS` names, if it is set."""
        folder = os.environ.get("DEFORMABLE_GAN_SCREENSHOTS")
        if folder:
            self.tab.screenshot(path=Path(folder) / f"site-{name}-{self.width}.png", full_page=True)

    def faults(self, axe: Path) -> list[str]:
        """Return the serious and critical violations that axe-core finds."""
        self.tab.evaluate(axe.read_text(encoding="utf-8"))
        found = self.tab.evaluate("axe.run().then(result => result.violations)")
        return [
            f"{one['id']}: {[node['html'][:120] for node in one['nodes']]}"
            for one in found
            if one["impact"] in ("serious", "critical")
        ]
