"""The exported page in a real browser: its results are those of the package."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("ai_edge_litert", reason="needs the extra litert")
playwright = pytest.importorskip(
    "playwright.sync_api", reason="needs playwright, from the extra `test`, to drive the browser"
)
_SPEC = importlib.util.spec_from_file_location("visit", Path(__file__).with_name("visit.py"))
visit = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(visit)

TOOLS = Path(__file__).parents[3] / "javascript" / "node_modules"
if visit.CHROMIUM is None:
    pytest.skip("needs Chromium: apt-get install chromium", allow_module_level=True)
if not (TOOLS / "@litertjs" / "core").is_dir():
    pytest.skip("needs npm ci in javascript/", allow_module_level=True)
pytestmark = pytest.mark.slow
# The largest mean difference in grey levels: the browser and this package decode files and resample
# images differently.
ALIKE = 2
RATE = 12


@pytest.fixture(scope="module")
def generator(tiny_config):
    import keras

    from deformable_gan.models.from_config import build_generator

    keras.utils.set_random_seed(3)
    config = tiny_config.replace(generator__composite=True, generator__background=True)
    generator = build_generator(config)
    generator.warp_method = "sparse"
    return generator


@pytest.fixture(scope="module")
def site(generator, sized_movenet_folder, tmp_path_factory):
    from deformable_gan.exporting.export_model import export_model
    from deformable_gan.pose.movenet import MoveNet
    from deformable_gan.pose.skeleton import COCO17

    folder = tmp_path_factory.mktemp("site") / "site"
    movenet = MoveNet.load(sized_movenet_folder)
    drifts = export_model(
        *(generator, COCO17, folder, ("web",), movenet), runtime=TOOLS / "@litertjs" / "core"
    )
    assert drifts["web"].largest < 1e-4
    return folder


@pytest.fixture(scope="module")
def reposer(generator, sized_movenet_folder):
    from deformable_gan.inference import make_compose, make_generate
    from deformable_gan.pose.skeleton import COCO17
    from deformable_gan.reposing.reposer import Reposer

    return Reposer(
        make_generate(generator),
        generator.image_size,
        COCO17,
        sized_movenet_folder,
        most_prominent=True,
        compose=make_compose(generator),
        wants_background=True,
    )


def marked(seed, y, x, size=(240, 200)):
    """Return an image with a red mark, at which the stand-in for MoveNet finds a person."""
    import cv2

    rng = np.random.default_rng(seed)
    coarse = rng.integers(60, 160, (size[0] // 20, size[1] // 20, 3), dtype=np.uint8)
    image = cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_CUBIC)
    image[y - 6 : y + 6, x - 6 : x + 6] = (255, 0, 0)
    return image


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    from PIL import Image

    folder = tmp_path_factory.mktemp("pictures")
    paths = {}
    for name, image in (
        ("anna", marked(1, 110, 90)),
        ("ben", marked(2, 130, 120)),
        ("nobody", marked(3, 110, 90)[:60, :60]),
    ):
        paths[name] = folder / f"{name}.png"
        Image.fromarray(image).save(paths[name])
    paths["text"] = folder / "text.png"
    paths["text"].write_text("this is no picture")
    return paths


@pytest.fixture(scope="module")
def dance():
    return [marked(4, 100 + number % 20, 80 + 2 * (number % 12)) for number in range(24)]


@pytest.fixture(scope="module")
def browser(dance, tmp_path_factory):
    camera = visit.camera_file(dance, tmp_path_factory.mktemp("camera") / "dance.y4m")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=visit.CHROMIUM,
            args=[*visit.OPTIONS, f"--use-file-for-fake-video-capture={camera}"],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address(site):
    with visit.served(site) as address:
        yield address


@pytest.fixture(scope="module")
def desk(browser, address):
    desk = visit.Visit(browser, address)
    yield desk
    desk.context.close()


@pytest.fixture(autouse=True)
def nothing_goes_wrong(request):
    yield
    if "desk" in request.fixturenames:
        desk = request.getfixturevalue("desk")
        assert desk.foreign == []
        assert desk.complaints == []


def assert_alike(made, expected):
    assert made.shape == expected.shape
    difference = np.abs(made.astype(int) - expected).mean()
    assert difference < ALIKE
    # Two empty images would agree as well.
    assert expected.std() > 5


def test_a_photograph_in_the_pose_of_another(desk, reposer, files):
    desk.choose("who", files["anna"])
    desk.kind("photo")
    desk.choose("pose", files["ben"])
    person, poses = reposer.person(files["anna"]), reposer.poses(files["ben"])
    (small,) = reposer.images(person, poses, size="network")
    assert_alike(desk.network_picture(), small)
    (whole,) = reposer.images(person, poses)
    assert_alike(desk.shown_picture(), whole)
    desk.picture("photo")


def test_joints_moved_with_the_keyboard_alone(desk, reposer, files):
    desk.choose("who", files["anna"])
    before, count = desk.pose(), desk.count
    # Focus the radio buttons, then use the keyboard alone.
    desk.tab.locator("input[name=kind]:checked").focus()
    for _ in range(3):
        desk.tab.keyboard.press("ArrowLeft")
        if desk.tab.is_checked("input[value=hand]"):
            break
    for _ in range(40):
        desk.tab.keyboard.press("Tab")
        if desk.tab.evaluate("document.activeElement.dataset.joint") == "right_wrist":
            break
    desk.tab.keyboard.press("Shift+ArrowUp")
    desk.wait(lambda: desk.count > count and not desk.busy, "the pose by hand")
    pose = desk.pose()
    shift = np.zeros((17, 2))
    shift[10, 0] = -5
    np.testing.assert_allclose((pose - before)[:, :2], shift, atol=0.02)
    (small,) = reposer.images(
        reposer.person(files["anna"]), reposer.poses(pose, retarget=False), size="network"
    )
    assert_alike(desk.network_picture(), small)
    with desk.tab.expect_download() as download:
        desk.tab.locator("#save").focus()
        desk.tab.keyboard.press("Enter")
    assert download.value.suggested_filename == "result.png"


def test_a_clip(desk, reposer, files, dance, make_video):
    # The marks' columns and sizes are even, so chroma subsampling does not blur their left and
    # right edges.
    clip = make_video("clip.mp4", dance[:12], rate=RATE)
    desk.choose("who", files["anna"])
    desk.kind("clip")
    desk.tab.set_input_files("#clip-file", str(clip))
    desk.wait(lambda: "images," in desk.tab.inner_text("#status"), "the clip")
    person, poses = reposer.person(files["anna"]), reposer.poses(clip, rate=RATE)
    expected = list(reposer.images(person, poses, size="network"))
    assert desk.tab.evaluate("lastResult.networks.length") == len(expected) == 12
    for number, image in enumerate(expected):
        assert_alike(desk.network_picture(f"networks[{number}]"), image)
    desk.picture("clip")


def test_live_and_recorded(desk, files):
    desk.choose("who", files["anna"])
    desk.kind("live")
    desk.tab.click("#live-start")
    desk.wait(lambda: desk.tab.evaluate("lastResult.rate") > 0, "the camera")
    desk.tab.click("#record")
    count = desk.count
    desk.wait(lambda: desk.count >= count + 5, "some frames")
    assert "frames per second" in desk.tab.inner_text("#rate")
    print(desk.tab.inner_text("#rate"))
    desk.picture("live")
    with desk.tab.expect_download() as download:
        desk.tab.click("#record")
    assert Path(download.value.path()).stat().st_size > 1000
    desk.tab.click("#live-stop")
    desk.wait(lambda: "camera is off" in desk.tab.inner_text("#status"), "the camera's end")
    desk.kind("hand")


def test_the_keyboard_alone_does_everything(desk, files):
    press = desk.tab.keyboard.press
    desk.kind("hand")
    desk.choose_with_keyboard("who", files["anna"])
    desk.tab_to("input[name=kind]")
    press("ArrowRight")
    desk.choose_with_keyboard("pose", files["ben"])
    desk.tab_to("#show-regions")
    press("Space")
    assert desk.tab.locator("#regions.shown").count() == 1
    desk.tab_to("input[name=kind]")
    press("ArrowRight")
    desk.tab_to("#clip-file")
    desk.tab_to("input[name=kind]")
    press("ArrowRight")
    desk.tab_to("#live-start")
    count = desk.count
    press("Enter")
    desk.wait(lambda: desk.count > count, "the camera")
    desk.tab_to("#record")
    press("Enter")
    with desk.tab.expect_download():
        press("Enter")
    desk.tab_to("#live-stop")
    press("Enter")
    desk.wait(lambda: "camera is off" in desk.tab.inner_text("#status"), "the camera's end")
    desk.kind("hand")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("nobody", "no person was found"), ("text", "This browser cannot read that file as an image")],
)
def test_errors_are_sentences(desk, files, name, sentence):
    desk.tab.set_input_files("#who-file", str(files[name]))
    desk.tab.locator("#problem", has_text=sentence).wait_for()
    assert desk.problem.endswith(".")


def test_axe_finds_no_serious_fault(desk):
    for kind in ("hand", "photo", "clip", "live"):
        desk.kind(kind)
        assert desk.faults(TOOLS / "axe-core" / "axe.min.js") == []


def test_threads_and_offline(browser, site):
    """The service worker adds headers that the host lacks, and keeps the page for offline use."""
    with visit.served(site) as address:
        again = visit.Visit(browser, address, 390, 844)
        assert again.tab.evaluate("crossOriginIsolated")
        again.picture("begin")
        assert again.tab.evaluate("document.documentElement.scrollWidth") <= 390
    # The server is gone.
    again.tab.reload()
    again.tab.wait_for_selector("body[data-ready]")
    assert again.foreign == []
    again.context.close()
