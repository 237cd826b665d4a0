"""The ablation: its variants, its tables, and a short run of all of it."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from deformable_gan.errors import ConfigurationError, RunError

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(autouse=True)
def _parts_can_be_imported(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)


def differences(one, other):
    """Return the fields, `part.field`, in which two configurations differ, without `preset`."""
    found = set()
    for part, value in dataclasses.asdict(one).items():
        theirs = dataclasses.asdict(other)[part]
        if isinstance(value, dict):
            found |= {f"{part}.{name}" for name in value if value[name] != theirs[name]}
        elif value != theirs and part != "preset":
            found.add(part)
    return found


def test_each_variant_differs_in_one_thing():
    from ablation_parts.variants import VARIANTS

    configs = {variant.name: variant.config(width=0.125) for variant in VARIANTS}
    expected = {
        "baseline": {"generator.skip"},
        "avg": {"generator.aggregation"},
        "nearest": {"generator.interpolation"},
        "one-warp": {"generator.skip"},
        "stn": {"generator.skip"},
        "siamese": {"discriminator.kind"},
        "warp": {"discriminator.kind"},
        "soft": {"generator.aggregation"},
        "composite-plain": {"generator.composite"},
        "composite": {"generator.composite", "generator.background"},
    }
    for name, fields in expected.items():
        assert differences(configs[name], configs["dsc"]) == fields
    levers = {
        "composite-soft": {"generator.aggregation"},
        "solid": {"generator.body"},
        "structure": {"loss.structure_weight"},
        "person": {"loss.person_weight", "loss.head_weight"},
        "drawn": {"loss.drawn_weight"},
        "cosine": {"training.warm_up", "training.schedule"},
        "average": {"training.average"},
        "tied": {"generator.tied_upsampling"},
        "augment": {"training.augment"},
        "judged": {"training.augment_judged"},
    }
    for name, fields in levers.items():
        assert differences(configs[name], configs["composite"]) == fields
    for name, features in (("feature-matching", "block2_conv1"), ("full", "block1_conv2")):
        fields = differences(configs[name], configs["dsc"])
        assert {field.partition(".")[0] for field in fields} == {"loss"}
        assert configs[name].loss.content_features == features
    assert [configs[name].loss.content_window for name in ("dsc", "full")] == [None, 3]
    assert configs["one-warp"].generator.skip == "full"
    assert configs["dsc"].generator.encoder_filters == (8, 16, 32, 64, 64, 64)


def test_some_variants():
    from ablation_parts.variants import choose_variants

    assert [variant.name for variant in choose_variants("full,baseline")] == ["baseline", "full"]
    assert [variant.name for variant in choose_variants("sim")] == ["siamese"]  # former name
    assert len(choose_variants(None)) == 10
    composing = [variant.name for variant in choose_variants(None, composing=True)]
    assert composing[:4] == ["dsc", "soft", "composite-plain", "composite"]
    assert len(composing) == 14
    with pytest.raises(ConfigurationError, match="unknown variant 'dcs': expected some of basel"):
        choose_variants("baseline,dcs")


def scores(ssim, l1):
    return {"ssim": ssim, "foreground_l1": l1, "copy_ssim": 0.3, "copy_foreground_l1": 40.0}


def make_results(**values):
    from ablation_parts.results import Results

    return Results({name: [scores(*one) for one in seeds] for name, seeds in values.items()})


def test_deviations_by_hand():
    # Variances 0.0001 and 0.0003 (means 0.51 and 0.57); the pooled variance is their mean.
    results = make_results(
        baseline=[(0.50, 30), (0.51, 31), (0.52, 32)],
        dsc=[(0.55, 29), (0.58, 30), (0.58, 32)],
    )
    comparison = results.compare("dsc", "baseline", "ssim")
    assert comparison.difference == pytest.approx(0.06)
    assert comparison.deviation == pytest.approx(0.0002**0.5)
    assert comparison.verdict == "better"
    assert results.compare("baseline", "dsc", "ssim").verdict == "worse"
    # Lower is better; the variances are 1 and 7/3, the difference is -2/3.
    comparison = results.compare("dsc", "baseline", "foreground_l1")
    assert comparison.deviation == pytest.approx((5 / 3) ** 0.5)
    assert comparison.better
    assert comparison.verdict == "not significant"


@pytest.fixture
def study(tmp_path):
    from ablation_parts.study import Study
    from ablation_parts.variants import choose_variants

    return Study(
        output=tmp_path,
        variants=choose_variants("baseline,dsc,full"),
        seeds=2,
        vgg19="random",
        width=0.125,
        image_size=(64, 36),
        epochs=2,
        steps_per_epoch=3,
        people=(3, 2),
        images=4,
        epoch_pairs=4,
    )


def test_tables(study):
    from ablation_parts.results import format_results

    results = make_results(
        baseline=[(0.5, 30), (0.52, 30)], dsc=[(0.6, 25.04)], full=[(0.55, 20), (0.57, 22)]
    )
    lines = format_results(study, results).splitlines()
    assert (
        "| baseline | no warp: a single encoder for all inputs; L1 | 0.510 ± 0.014 | 30.0 ± 0.0 |"
        in lines
    )
    assert "| dsc | deformable skips: ten regions, maximum, bilinear; L1 | 0.600 | 25.0 |" in lines
    (full,) = (line for line in lines if line.startswith("| full | "))
    assert "(**random VGG19 weights**) | 0.560 ± 0.014 | 21.0 ± 1.4 |" in full
    assert "| copy | the source image itself | 0.300 | 40.0 |" in lines
    assert "| dsc against baseline | +0.090 | one seed | -5.0 | one seed |" in lines
    assert not any("feature-matching" in line for line in lines)  # it has no results
    assert any(
        line.startswith("6 steps, 0.125 of the paper's filters, 64x36 pix") for line in lines
    )


def test_what_is_finished_and_what_is_something_else(study, tmp_path):
    trainings = study.trainings()
    assert [(one.variant.name, one.seed) for one in trainings][:4] == [
        *(("baseline", 0), ("dsc", 0), ("full", 0), ("baseline", 1))
    ]
    training = trainings[4]
    assert (training.folder, training.config.training.seed) == (tmp_path / "runs/dsc-1", 1)
    assert not training.begun()
    training.folder.mkdir(parents=True)
    (training.folder / "config.json").write_text(training.config.to_json())
    assert training.begun()
    assert training.scores() is None
    (training.folder / "scores.json").write_text(json.dumps({"all": scores(0.5, 30)}))
    assert training.scores()["ssim"] == 0.5
    lines = [{"epoch": epoch, "held_out_ssim": epoch / 10} for epoch in (1, 2)]
    (training.folder / "metrics.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
    assert training.curve() == [(3, 0.1), (6, 0.2)]
    other = dataclasses.replace(study, width=0.25).trainings()[4]
    with pytest.raises(RunError, match="dsc-1 was trained with other options: choose another"):
        other.scores()


@pytest.mark.slow
def test_in_short(tmp_path):
    command = [
        *(sys.executable, str(BENCHMARKS / "ablation.py"), "--short", "--output", str(tmp_path)),
        *("--variants", "full", "--seeds", "1", "--vgg19", "random"),
    ]
    environment = {
        name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"
    }
    for done in (0, 1):
        result = subprocess.run(command, capture_output=True, text=True, env=environment)
        assert result.returncode == 0, result.stderr
        assert f"1 trainings of 6 steps in {tmp_path}, {done} of them done" in result.stdout
        assert ("[1/1]" in result.stdout) == (done == 0)
    table = (tmp_path / "table.md").read_text()
    assert table in result.stdout
    assert "| full | as dsc, nearest-neighbour loss on VGG19 features, n = 3 (**random" in table
    # Six rows of source, target and result, with images at least 36 pixels wide and 64 high.
    picture = Image.open(tmp_path / "comparison.png")
    assert picture.width >= 3 * 36
    assert picture.height >= 6 * 64
    curve = tmp_path / "curves.png"
    assert curve.is_file() == ("learning curves: " in result.stdout)
    # A missing file of VGG19's weights is reported before any training.
    result = subprocess.run(
        [*command[:-1], str(tmp_path / "vgg.npz")], capture_output=True, text=True, env=environment
    )
    assert result.returncode == 1
    assert result.stderr.startswith(f"error: VGG19 weights {tmp_path / 'vgg.npz'} do not exist")


def test_options_out_of_range():
    result = subprocess.run(
        [sys.executable, str(BENCHMARKS / "ablation.py"), "--steps", "1201"],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert result.stderr.startswith("error: --steps must be a multiple of 8, the number of")
