"""The page in a real browser: a visitor's actions, at the widths of a desktop and of a phone.

Screenshots are kept if `DEFORMABLE_GAN_SCREENSHOTS` names a folder.
"""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("gradio", reason="the page needs gradio: the extra `demo`")
playwright = pytest.importorskip(
    "playwright.sync_api", reason="the browser is driven with playwright: the extra `test`"
)

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
if CHROMIUM is None:
    pytest.skip("needs Chromium: apt-get install chromium", allow_module_level=True)
pytestmark = pytest.mark.slow
_OPTIONS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]
# A busy computer with two cores takes seconds for what otherwise takes a tenth of a second.
_PATIENCE = 60_000


@pytest.fixture(scope="module")
def address(studio, dancers, tmp_path_factory):
    from deformable_gan.web.examples import Examples
    from deformable_gan.web.page import Page

    folder = tmp_path_factory.mktemp("page")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(folder / "gradio"))
        patch.setenv("GRADIO_ANALYTICS_ENABLED", "False")
        page = Page(studio, Examples.of_dataset(dancers.path), "A model.", folder)
        page.launch(server_name="127.0.0.1")
        yield page.blocks.local_url
        page.blocks.close(verbose=False)


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=_OPTIONS)
        yield browser
        browser.close()


class Visit:
    """A browser window that shows the page, with methods for a visitor's actions."""

    def __init__(self, browser, address, width, height, touch=False):
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, has_touch=touch, is_mobile=touch
        )
        self.context.set_default_timeout(_PATIENCE)
        self.tab = self.context.new_page()
        self.width = width
        self.foreign, self.complaints = [], []
        self.tab.on("request", self._note_request)
        self.tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.tab.goto(address)
        self.tab.wait_for_selector("#result img")
        self.tab.wait_for_selector("#pose .handle")
        self.tab.wait_for_selector("#people img")

    def _note_request(self, request):
        if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            self.foreign.append(request.url)

    def source_of(self, selector):
        return self.tab.get_attribute(f"{selector} img", "src")

    def wait_for_change(self, selector, old):
        self.tab.wait_for_function(
            "([selector, old]) => { const image = document.querySelector(`${selector} img`);"
            " return image && image.src && !image.src.endsWith(old) && image.complete; }",
            arg=[selector, old.removeprefix(".")],
        )

    def changing(self, selector, action):
        """Call `action` and wait until the element shows another image."""
        old = self.source_of(selector)
        action()
        self.wait_for_change(selector, old)

    def upload(self, selector, file):
        self.tab.set_input_files(f"{selector} input[type=file]", str(file))

    def handle(self, joint):
        """Return the middle of a joint, in pixels of the window."""
        box = self.tab.locator(f'#pose [data-joint="{joint}"] .reach').bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def download(self, name, folder):
        with self.tab.expect_download() as download:
            self.tab.locator(f'#files a[download="{name}"]').click()
        download.value.save_as(folder / name)
        return folder / name

    def picture(self, name):
        folder = os.environ.get("DEFORMABLE_GAN_SCREENSHOTS")
        if folder:
            self.tab.wait_for_timeout(500)
            path = Path(folder) / f"{name}-{self.width}.png"
            self.tab.screenshot(path=path, full_page=True)

    def assert_fits(self):
        """Check that nothing is wider than the window."""
        assert self.tab.evaluate("document.documentElement.scrollWidth") <= self.width
        outside = self.tab.evaluate(
            "[...document.querySelectorAll('button, img, svg, video, label, h1, p')]"
            ".filter(node => node.offsetParent || node instanceof SVGElement)"
            ".filter(node => node.getBoundingClientRect().right > innerWidth + 1)"
            ".map(node => node.outerHTML.slice(0, 200))"
        )
        assert outside == []


@pytest.fixture
def desk(browser, address):
    visit = Visit(browser, address, 1280, 860)
    yield visit
    assert visit.complaints == []
    assert visit.foreign == []
    visit.context.close()


def joints_in(file):
    return json.loads(file.read_text())["joints"]


def test_the_beginning(desk):
    desk.assert_fits()
    tops = [
        desk.tab.locator(f"#{name}").bounding_box()["y"] for name in ("source", "pose", "result")
    ]
    assert max(tops) - min(tops) < 2
    # The result is in view without scrolling.
    box = desk.tab.locator("#result").bounding_box()
    assert box["y"] + box["height"] <= 860
    desk.picture("begin")


def test_who_by_example_and_by_photograph(desk, photographs):
    desk.changing("#result", lambda: desk.tab.locator("#people button").nth(1).click())
    desk.changing("#source", lambda: desk.upload("#photo", photographs["anna"]))
    desk.picture("photo")


@pytest.mark.parametrize(
    ("photo", "sentence"),
    [
        ("nobody", "Nobody.png: no person found"),
        ("several", "several people are in view"),
        ("text", "Text.jpg is not an image"),
    ],
)
def test_photographs_that_do_not_do(desk, photographs, photo, sentence):
    desk.changing("#source", lambda: desk.upload("#photo", photographs["anna"]))
    shown = desk.source_of("#source")
    desk.tab.locator("#photo button[aria-label='Remove Image' i]").click()
    desk.upload("#photo", photographs[photo])
    toast = desk.tab.locator(".toast-body", has_text=sentence)
    toast.wait_for()
    assert "Traceback" not in toast.inner_text()
    assert "/" not in toast.inner_text()
    desk.picture(f"error-{photo}")
    toast.locator(".toast-close").click()
    assert desk.source_of("#source") == shown


def test_pose_by_photograph(desk, photographs):
    desk.tab.get_by_role("tab", name="By photo").click()
    desk.changing("#result", lambda: desk.upload("#pose-photo", photographs["ben"]))
    desk.picture("by-photo")


def test_dragging_a_joint(desk, tmp_path):
    desk.tab.get_by_role("tab", name="By hand").click()
    desk.changing("#result", lambda: desk.tab.get_by_role("button", name="Standing").click())
    before = joints_in(desk.download("pose.json", tmp_path))
    x, y = desk.handle("left_elbow")
    editor = desk.tab.locator("#pose svg.joint-editor").bounding_box()
    pixel = editor["width"] / 36  # of the model's image

    def drag():
        desk.tab.mouse.move(x, y)
        desk.tab.mouse.down()
        desk.tab.mouse.move(x - pixel, y - 4 * pixel)
        desk.tab.mouse.move(x - 2 * pixel, y - 10 * pixel)
        desk.tab.mouse.up()

    desk.changing("#result", drag)
    after = joints_in(desk.download("pose.json", tmp_path))
    moved = {joint for joint in before if before[joint] != after[joint]}
    # The forearm moves along.
    assert moved == {"left_elbow", "left_wrist"}
    for joint in moved:
        shift = np.subtract(after[joint][:2], before[joint][:2])
        np.testing.assert_allclose(shift, (-10, -2), atol=0.1)
    desk.picture("dragged")


def test_the_keyboard_moves_a_joint(desk, tmp_path):
    before = joints_in(desk.download("pose.json", tmp_path))
    desk.tab.locator('#pose [data-joint="right_wrist"]').focus()
    desk.changing("#result", lambda: desk.tab.keyboard.press("Shift+ArrowUp"))
    after = joints_in(desk.download("pose.json", tmp_path))
    np.testing.assert_allclose(after["right_wrist"][0], before["right_wrist"][0] - 5, atol=0.02)


def test_what_is_downloaded_is_what_is_shown(desk, studio, tmp_path):
    from deformable_gan.data.media import read_photo

    result = read_photo(desk.download("result.png", tmp_path))
    assert result.shape == (512, 288, 3)
    with desk.tab.expect_download() as shown:
        desk.tab.locator("#result button[aria-label='Download']").click()
    shown.value.save_as(tmp_path / "shown.png")
    np.testing.assert_array_equal(read_photo(tmp_path / "shown.png"), result)
    # The downloaded pose is a pose file that can be read again.
    poses = studio.poses(desk.download("pose.json", tmp_path))
    assert poses.keypoints.shape == (1, 17, 3)


def test_pose_by_clip(desk, make_video, tmp_path):
    from deformable_gan.data.video import clip_information

    pictures = np.full((20, 192, 192, 3), 90, np.uint8)
    for number, picture in enumerate(pictures):
        picture[70 + number : 82 + number, 84:96] = (255, 0, 0)
    clip = make_video("clip.mp4", pictures)
    desk.tab.get_by_role("tab", name="By clip").click()
    desk.upload("#clip-file", clip)
    # The clip plays.
    desk.tab.wait_for_selector("#clip video")
    desk.tab.wait_for_function("document.querySelector('#clip video').currentTime > 0.2")
    size = "(v => [v.videoHeight, v.videoWidth])(document.querySelector('#clip video'))"
    assert desk.tab.evaluate(size) == [512, 864]
    assert not desk.tab.locator("#stage").is_visible()
    desk.assert_fits()
    desk.picture("clip")
    poses = json.loads(desk.download("poses.json", tmp_path).read_text())
    frames = clip_information(desk.download("result.mp4", tmp_path)).frame_count
    assert frames == len(poses["frames"]) > 5
    assert clip_information(desk.download("result.gif", tmp_path)).height == 256
    # After another pose, images are shown again.
    desk.tab.get_by_role("tab", name="By hand").click()
    desk.tab.get_by_role("button", name="Own pose").click()
    desk.tab.wait_for_selector("#result img")
    assert not desk.tab.locator("#clip video").is_visible()


def test_a_file_that_is_no_clip(desk, photographs):
    desk.tab.get_by_role("tab", name="By clip").click()
    desk.upload("#clip-file", photographs["text"])
    desk.tab.locator(".toast-body", has_text="Invalid file type").wait_for()
    desk.tab.locator(".toast-close").first.click()


def test_on_a_phone_with_a_finger(browser, address, tmp_path):
    phone = Visit(browser, address, 390, 844, touch=True)
    phone.assert_fits()
    phone.picture("begin")
    phone.tab.locator("#stage").scroll_into_view_if_needed()
    boxes = {name: phone.tab.locator(f"#{name}").bounding_box() for name in ("pose", "result")}
    # The result is beside the pose, so that it is in view while a finger drags a joint.
    assert abs(boxes["pose"]["y"] - boxes["result"]["y"]) < 2
    assert boxes["pose"]["width"] > 200
    phone.changing("#result", lambda: phone.tab.get_by_role("button", name="Standing").tap())
    before = joints_in(phone.download("pose.json", tmp_path))
    phone.tab.locator("#pose svg.joint-editor").scroll_into_view_if_needed()
    x, y = phone.handle("right_knee")
    touches = phone.context.new_cdp_session(phone.tab)

    def touch(kind, *points):
        touches.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]},
        )

    scrolled = phone.tab.evaluate("scrollY")

    def drag():
        touch("touchStart", (x, y))
        touch("touchMove", (x - 5, y - 10))
        touch("touchMove", (x - 10, y - 30))
        touch("touchEnd")

    phone.changing("#result", drag)
    assert phone.tab.evaluate("scrollY") == scrolled
    after = joints_in(phone.download("pose.json", tmp_path))
    assert {joint for joint in before if before[joint] != after[joint]} == {
        "right_knee",
        "right_ankle",
    }
    phone.picture("dragged")
    assert phone.complaints == []
    assert phone.foreign == []
    phone.context.close()
