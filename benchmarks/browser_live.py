"""Measure how many frames per second an exported web page re-poses live in headless Chromium.

::

    python -m deformable_gan.export --format web --output site
    python benchmarks/browser_live.py site CLIP [--photograph FILE] [--seconds 20]

Chromium plays the clip as its camera. The extra `test` (playwright) and Chromium are required. For
each measurement the output has a line with frames per second, the median milliseconds of each part,
the longest time in which the page did not respond, the page's own line about its speed, and the
load of the computer before and after.
"""

import argparse
import importlib.util
import json
import os
import statistics
import tempfile
from pathlib import Path

import av
from playwright.sync_api import sync_playwright

_VISIT = Path(__file__).parents[1] / "tests" / "exporting" / "web" / "visit.py"
_RATE = 15
# A timer in the page, which measures the longest time in which the page does not respond.
_WATCH = """() => {
    let before = performance.now();
    window.slowest = 0;
    setInterval(() => {
        const now = performance.now();
        window.slowest = Math.max(window.slowest, now - before - 20);
        before = now;
    }, 20);
}"""


def camera_frames(path: Path, seconds: float) -> list:
    """Return a clip's first seconds as frames at `_RATE`, uint8 [480, W, 3] with an even width."""
    frames = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if frame.time >= seconds:
                break
            width = 2 * round(240 * frame.width / frame.height)
            image = frame.reformat(width=width, height=480, format="rgb24").to_ndarray()
            while len(frames) <= frame.time * _RATE:
                frames.append(image)
    return frames


def measure(visit, site: Path, camera: Path, args) -> dict:
    """Return the measurements of one visit."""
    with visit.served(site) as address, sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=visit.CHROMIUM,
            args=[*visit.OPTIONS, f"--use-file-for-fake-video-capture={camera}"],
        )
        tab = visit.Visit(browser, address)
        if args.photograph:
            tab.choose("who", args.photograph)
        tab.kind("live")
        tab.tab.click("#live-start")
        tab.wait(lambda: tab.tab.evaluate("lastResult.rate") > 0, "the camera")
        tab.tab.wait_for_timeout(4000)  # until compilation and the page's measurements are done
        tab.tab.evaluate(_WATCH)
        first, parts = tab.count, []
        start = tab.tab.evaluate("performance.now()")
        for _ in range(round(args.seconds * 2)):
            tab.tab.wait_for_timeout(500)
            parts.append(tab.tab.evaluate("lastResult.milliseconds"))
        seconds = (tab.tab.evaluate("performance.now()") - start) / 1000
        figures = {"frames_per_second": round((tab.count - first) / seconds, 2)}
        for name in parts[0]:
            figures[f"{name}_ms"] = round(statistics.median(part[name] for part in parts))
        figures["unresponsive_ms"] = round(tab.tab.evaluate("slowest"))
        figures["said"] = tab.tab.inner_text("#rate")
        if args.screenshot:
            tab.tab.screenshot(path=args.screenshot, full_page=True)
        browser.close()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("site", type=Path, help="folder written by `export --format web`")
    parser.add_argument("clip", type=Path, help="clip that the camera shows")
    parser.add_argument(
        "--photograph", type=Path, help="photograph of the person (default: the page's example)"
    )
    parser.add_argument(
        "--seconds", type=float, default=20.0, help="length of a measurement in seconds"
    )
    parser.add_argument("--rounds", type=int, default=3, help="number of measurements")
    parser.add_argument("--screenshot", type=Path, help="file for a screenshot of the page")
    args = parser.parse_args()
    spec = importlib.util.spec_from_file_location("visit", _VISIT)
    visit = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(visit)
    with tempfile.TemporaryDirectory() as folder:
        frames = camera_frames(args.clip, 10)
        camera = visit.camera_file(frames, Path(folder) / "camera.y4m", _RATE)
        for _ in range(args.rounds):
            before = os.getloadavg()[0]
            figures = measure(visit, args.site, camera, args)
            load = {"before": round(before, 2), "after": round(os.getloadavg()[0], 2)}
            print(json.dumps({**figures, "load": load}), flush=True)


if __name__ == "__main__":
    main()
