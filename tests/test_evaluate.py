"""The evaluating command, from a run, an export or a folder to scores and a report."""

import csv
import html.parser
import json
import re
import shutil

import numpy as np
import pytest
from PIL import Image
from skimage.metrics import structural_similarity as skimage_ssim

from deformable_gan import evaluate as command
from deformable_gan.data.media import read_photo
from deformable_gan.evaluation import image_pairs
from deformable_gan.evaluation.score_table import TITLES
from deformable_gan.metrics.learned_perceptual_similarity import ALEXNET, CHANNELS
from deformable_gan.pretrained.hub_model import HubModel
from deformable_gan.pretrained.weights_file import WeightsFile
from deformable_gan.trained_model import TrainedModel

NO_NETWORKS = ("--skip", "pose", "lpips", "inception", "detection")


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(image_pairs, "BLOCK", 7)


@pytest.fixture(scope="module")
def loaded_models():
    return {}


@pytest.fixture(autouse=True)
def kept_models(loaded_models, monkeypatch):
    """Load and trace every model only once for all tests, since this takes longest."""
    load = TrainedModel.load

    def load_once(path):
        if path not in loaded_models:
            loaded_models[path] = load(path)
        return loaded_models[path]

    monkeypatch.setattr(TrainedModel, "load", load_once)


@pytest.fixture(autouse=True)
def no_downloads(monkeypatch, tmp_path):
    """Make all pretrained networks unavailable except those that a test names."""

    def refuse(self, *_):
        raise OSError("no network")

    monkeypatch.setattr(WeightsFile, "_download", refuse)
    monkeypatch.setattr(HubModel, "_download", lambda self: (None, "no network"))
    monkeypatch.setenv("DEFORMABLE_GAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "cache"))
    for name in ("DEFORMABLE_GAN_MOVENET", "DEFORMABLE_GAN_DETECTOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def evaluate(call_command, dancers, tmp_path):
    def run(*arguments, output="out"):
        folder = tmp_path / output
        result = call_command(
            command.main, *arguments, "--dataset", dancers.path, "--output", folder
        )
        scores = json.loads((folder / "scores.json").read_text()) if result.status == 0 else None
        return result, folder, scores

    return run


@pytest.fixture(scope="module")
def lpips_folder(write_torch_file, tmp_path_factory):
    folder, rng = tmp_path_factory.mktemp("lpips"), np.random.default_rng(0)
    shapes = {
        0: (64, 3, 11),
        3: (192, 64, 5),
        6: (384, 192, 3),
        8: (256, 384, 3),
        10: (256, 256, 3),
    }
    alexnet = {
        f"features.{number}.{part}": rng.normal(0, 0.05, shape).astype(np.float32)
        for number, (filters, depth, side) in shapes.items()
        for part, shape in (("weight", (filters, depth, side, side)), ("bias", (filters,)))
    }
    channels = {
        f"lin{level}.model.1.weight": rng.random((1, shape[0], 1, 1)).astype(np.float32)
        for level, shape in enumerate(shapes.values())
    }
    write_torch_file(folder / ALEXNET.name, alexnet)
    write_torch_file(folder / CHANNELS.name, channels, old=True)
    return folder


@pytest.fixture
def inception_file(inception_graph, tmp_path):
    path = tmp_path / "classify_image_graph_def.pb"
    path.write_bytes(inception_graph)
    return path


@pytest.fixture(scope="module")
def expected_ssim(tiny_run, dancers):
    """Mean SSIM of all test pairs, computed with scikit-image without the evaluation's code."""
    model = TrainedModel.load(tiny_run.path)
    split, scores = dancers.test, []
    for source, target in split.pairs:
        image = read_photo(split.image_path(source))[None]
        made = model.generate(image, split.keypoints[[source]], split.keypoints[[target]])[0]
        scores.append(
            skimage_ssim(
                *(read_photo(split.image_path(target)), made),
                channel_axis=-1,
                gaussian_weights=True,
                sigma=1.5,
                use_sample_covariance=False,
                data_range=255,
            )
        )
    return np.mean(scores)


def test_every_score_of_a_run(
    evaluate, tiny_run, dancers, expected_ssim, lpips_folder, inception_file, detector_model
):
    result, folder, scores = evaluate(
        *("--run", tiny_run.path, "--lpips-weights", lpips_folder),
        *("--inception-weights", inception_file, "--detector", detector_model, "--skip", "pose"),
    )
    assert result.status == 0
    assert scores["pairs"] == {"scored": 24, "limit": None, "missing": []}
    assert scores["evaluated"] == {"run": str(tiny_run.path), "preset": "tiny", "step": 2}
    computed = {name for name, score in scores["scores"].items() if "value" in score}
    # 36 columns are too few for a window of 51.
    assert computed == set(TITLES) - {"pckh", "pose_taken", "joint_error", "ssim_window51"}
    # A generated grey level may be rounded differently in a batch of another size.
    np.testing.assert_allclose(scores["scores"]["ssim"]["value"], expected_ssim, atol=1e-4)
    for name in computed:
        assert scores["scores"][name]["protocol"]
        assert TITLES[name][0] in result.out
    assert scores["scores"]["fid"]["real_images"] == 8
    for number in (r"24 pairs", r"generating [\d,]+ pairs/s", r"peak memory [\d,]+ MB"):
        assert re.search(number, result.out)
    with (folder / "pairs.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(list((folder / "generated").glob("*.png"))) == 24
    np.testing.assert_allclose(
        np.mean([float(row["lpips"]) for row in rows]), scores["scores"]["lpips"]["value"], 1e-4
    )
    names = {(dancers.test.names[s], dancers.test.names[t]) for s, t in dancers.test.pairs}
    assert {(row["source"], row["target"]) for row in rows} == names


def test_single_pairs_have_every_score_in_its_own_unit(evaluate, tiny_run, marker_movenet_folder):
    """Scores of joints are shares and means, not sums.

    Their mean over the pairs, weighted by the number of joints, is the total score.
    """
    arguments = ("--movenet", marker_movenet_folder, "--skip", "lpips", "inception", "detection")
    _, folder, scores = evaluate("--run", tiny_run.path, *arguments)
    with (folder / "pairs.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    joints = np.array([float(row["joints"]) for row in rows])
    for name, score in scores["scores"].items():
        if "value" in score:
            values = np.array([float(row[name]) for row in rows])
            weights = joints if name in ("pckh", "joint_error") else None
            np.testing.assert_allclose(
                np.average(values, weights=weights), score["value"], rtol=1e-5, err_msg=name
            )
    # The table has a column for each score that was not skipped and is computed pair by pair.
    assert {*rows[0]} == {"source", "target", "joints", *scores["scores"]} - {
        *("lpips", "detection_score", "inception_score", "masked_inception_score", "fid")
    }


def test_the_report_needs_no_other_file(evaluate, tiny_run):
    _, folder, scores = evaluate("--run", tiny_run.path, *NO_NETWORKS)

    class Links(html.parser.HTMLParser):
        sources = ()

        def handle_starttag(self, tag, attributes):
            attributes = dict(attributes)
            self.sources += tuple(filter(None, (attributes.get("src"), attributes.get("href"))))

    links = Links()
    links.feed((folder / "report.html").read_text())
    assert len(links.sources) == 18  # the six best, six worst and six random pairs
    assert all(source.startswith("data:image/png;base64,") for source in links.sources)
    text = (folder / "report.html").read_text()
    assert f"{scores['scores']['masked_ssim']['value']:.3f}" in text
    assert "LPIPS, detection score" in text
    assert "skipped: left out by --skip" in text
    grid = np.asarray(Image.open(folder / "pictures.png"))
    assert grid.shape[0] > 6 * 64
    assert grid.shape[1] > 3 * 4 * 36


def test_without_networks_the_reasons_and_everything_else(evaluate, tiny_run):
    result, _, scores = evaluate("--run", tiny_run.path, "--limit", 8)
    assert result.status == 0
    reasons = {n: s["skipped"] for n, s in scores["scores"].items() if "skipped" in s}
    assert set(reasons) == {
        *("pckh", "pose_taken", "joint_error", "lpips", "detection_score"),
        *("inception_score", "masked_inception_score", "fid"),
    }
    for name, option in (
        ("pckh", "--movenet"),
        ("lpips", "--lpips-weights"),
        ("fid", "--inception-weights"),
        ("detection_score", "--detector"),
    ):
        assert option in reasons[name]
        assert "no network" in reasons[name]
        assert reasons[name] in result.err
    assert scores["scores"]["masked_ssim"]["pairs"] == 8


def test_cut_while_generating_and_while_scoring(evaluate, tiny_run, monkeypatch):
    from deformable_gan.evaluation import generating
    from deformable_gan.evaluation.block_store import BlockStore

    whole = evaluate("--run", tiny_run.path, *NO_NETWORKS, output="whole")[2]["scores"]
    written = []

    def cut_after(count, function):
        def cut(*arguments):
            if len(written) == count:
                raise KeyboardInterrupt
            written.append(arguments)
            return function(*arguments)

        return cut

    with monkeypatch.context() as patch:
        patch.setattr(generating, "write_image", cut_after(10, generating.write_image))
        assert evaluate("--run", tiny_run.path, *NO_NETWORKS)[0].status == 130
    written.clear()
    with monkeypatch.context() as patch:
        patch.setattr(BlockStore, "write", cut_after(2, BlockStore.write))
        result, folder, _ = evaluate("--run", tiny_run.path, *NO_NETWORKS)
    assert result.status == 130
    assert len(list((folder / "generated").glob("*.png"))) == 24
    assert evaluate("--run", tiny_run.path, *NO_NETWORKS)[2]["scores"] == whole


def test_parts_then_once_without(evaluate, call_command, tiny_run, dancers, tmp_path):
    whole = evaluate("--run", tiny_run.path, *NO_NETWORKS, output="whole")[2]["scores"]
    arguments = ("--run", tiny_run.path, "--dataset", dancers.path, "--output", tmp_path / "out")
    for part, left in (("2/2", 2), ("1/2", 0)):
        result = call_command(command.main, *arguments, "--part", part, *NO_NETWORKS)
        assert result.status == 0
        assert f"part {part}: done; {left} blocks of up to 7 images are left" in result.out
        assert not (tmp_path / "out/scores.json").exists()
    assert evaluate("--run", tiny_run.path, *NO_NETWORKS)[2]["scores"] == whole


def test_an_export_scores_as_its_run(evaluate, tiny_run, tiny_export):
    run = evaluate("--run", tiny_run.path, *NO_NETWORKS, output="run")[2]["scores"]
    export = evaluate("--model", tiny_export[0], *NO_NETWORKS, output="export")[2]["scores"]
    for name in ("ssim", "masked_ssim_original", "l1"):
        np.testing.assert_allclose(export[name]["value"], run[name]["value"], rtol=1e-4)


def test_foreign_pictures_by_name_score_as_our_own(
    evaluate, tiny_run, call_command, dancers, tmp_path
):
    _, folder, own = evaluate("--run", tiny_run.path, *NO_NETWORKS, output="own")
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    for source, target in dancers.test.pairs[2:]:
        names = [dancers.test.names[index] for index in (source, target)]
        stems = "_2_".join(name.removesuffix(".png") for name in names)
        shutil.copy(folder / "generated" / f"{'___'.join(names)}.png", foreign / f"{stems}_vis.png")
    result, folder, scores = evaluate("--generated", foreign, *NO_NETWORKS, output="all")
    missing = [" -> ".join(dancers.test.names[i] for i in pair) for pair in dancers.test.pairs[:2]]
    assert scores["pairs"]["missing"] == missing
    counts = "2 pairs have no image and are not scored (22 pairs are scored)"
    assert f"{counts}: {missing[0]}" in result.err
    with (tmp_path / "own/pairs.csv").open() as file:
        expected = np.mean([float(row["masked_ssim"]) for row in csv.DictReader(file)][2:])
    np.testing.assert_allclose(scores["scores"]["masked_ssim"]["value"], expected, rtol=1e-5)
    assert scores["scores"]["ssim"]["copy"] is not None
    # With target images alone there is no dataset and there are no joints.
    arguments = ("--generated", foreign, "--targets", dancers.path / "test", "--output")
    result = call_command(command.main, *arguments, tmp_path / "plain", *NO_NETWORKS[:2], "lpips")
    assert result.status == 0
    plain = json.loads((tmp_path / "plain/scores.json").read_text())
    assert plain["pairs"]["scored"] == 22
    np.testing.assert_allclose(
        plain["scores"]["ssim"]["value"], scores["scores"]["ssim"]["value"], rtol=1e-12
    )
    assert "masked_ssim" not in plain["scores"]
    assert "copy" not in plain["scores"]["ssim"]
    assert plain["scores"]["pckh"]["skipped"] == "left out by --skip"
    assert own["evaluated"] != scores["evaluated"]


def test_other_weights_are_generated_anew(evaluate, tiny_run, tmp_path):
    evaluate("--run", tiny_run.path, *NO_NETWORKS, "--limit", 3)
    other = tmp_path / "run"
    shutil.copytree(tiny_run.path, other)
    for path in sorted((other / "checkpoints").glob("*.npz"))[1:]:
        path.unlink()  # back to the state before training
    result, folder, _ = evaluate("--run", other, *NO_NETWORKS, "--limit", 3)
    result.assert_one_error("images of another model", folder / "generated", "--output")


def test_pictures_of_other_images_with_the_same_names_are_not_taken(
    evaluate, call_command, tiny_run, tmp_path
):
    from deformable_gan.dancers import make_dancers

    settings = {"image_size": (64, 36), "train_people": 1, "test_people": 1}
    settings["variety"] = "plain"
    datasets = [
        make_dancers(
            tmp_path / f"data{seed}", images_per_person=2, seed=seed, progress=False, **settings
        )
        for seed in (1, 2)
    ]
    assert datasets[0].test.names == datasets[1].test.names
    arguments = ("--run", tiny_run.path, "--output", tmp_path / "out", *NO_NETWORKS, "--dataset")
    assert call_command(command.main, *arguments, datasets[0].path).status == 0
    result = call_command(command.main, *arguments, datasets[1].path)
    result.assert_one_error("images of another dataset", tmp_path / "out/generated", "--output")

    origin = tmp_path / "out/generated/origin.json"
    known = json.loads(origin.read_text())
    del known["checksums_sha256"]
    origin.write_text(json.dumps(known))
    result = call_command(command.main, *arguments, datasets[0].path)
    result.assert_one_error("earlier release", "checksums_sha256", "delete", origin.parent)


def test_images_smaller_than_the_window_are_refused(call_command, tmp_path):
    for folder in ("targets", "theirs"):
        (tmp_path / folder).mkdir()
        Image.fromarray(np.zeros((16, 10, 3), np.uint8)).save(tmp_path / folder / "a.png")
    folders = ("--generated", tmp_path / "theirs", "--targets", tmp_path / "targets")
    result = call_command(command.main, *folders, "--output", tmp_path / "out", *NO_NETWORKS)
    result.assert_one_error("16x10 pixels", "11x11")


def test_how_pictures_were_brought_to_size_is_said(call_command, tmp_path):
    rng = np.random.default_rng(0)
    for folder, size in (("targets", (32, 16)), ("theirs", (64, 64))):
        (tmp_path / folder).mkdir()
        image = Image.fromarray(rng.integers(0, 256, (*size, 3), np.uint8))
        image.save(tmp_path / folder / "a.png")
    folders = ("--generated", tmp_path / "theirs", "--targets", tmp_path / "targets")
    options = ("--resize", "--last-panel", "--output", tmp_path / "out", *NO_NETWORKS)
    assert call_command(command.main, *folders, *options).status == 0
    about = json.loads((tmp_path / "out/scores.json").read_text())["evaluated"]
    assert about == {"generated": str(folders[1]), "resize": True, "last_panel": True}
    assert "resize: <b>True" in (tmp_path / "out/report.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("--run", "absent"), ("absent is not a run directory",)),
        (("--generated", "absent"), ("absent does not exist",)),
        (("--generated", "."), ("holds no images",)),
        (("--run", "absent", "--resize"), ("--generated",)),
    ],
)
def test_errors_are_one_line(evaluate, arguments, parts, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    evaluate(*arguments, *NO_NETWORKS)[0].assert_one_error(*parts)


def test_a_named_network_that_is_not_there_is_an_error(evaluate, tiny_run):
    for option in ("--movenet", "--lpips-weights", "--inception-weights", "--detector"):
        result, *_ = evaluate("--run", tiny_run.path, "--limit", 2, option, "absent")
        assert result.status == 1
        assert re.search(r"^error: .*absent does not exist", result.err, re.MULTILINE)


def test_datasets_of_another_size(call_command, tiny_run, tmp_path):
    from deformable_gan.dancers import make_dancers

    data = make_dancers(
        tmp_path / "data",
        image_size=(40, 32),
        train_people=1,
        test_people=1,
        images_per_person=2,
        variety="plain",
        progress=False,
    )
    arguments = ("--run", tiny_run.path, "--dataset", data.path, "--output", tmp_path / "out")
    call_command(command.main, *arguments, *NO_NETWORKS).assert_one_error("64x36", "40x32")


def test_models_need_a_dataset(call_command, tiny_run, tmp_path):
    arguments = ("--run", tiny_run.path, "--targets", tmp_path, "--output", tmp_path / "out")
    call_command(command.main, *arguments).assert_one_error("--targets", "--dataset")
