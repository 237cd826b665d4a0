"""Scores and images from Beam equal those of a single call."""

import json
import shutil

import pytest

from deformable_gan import distribute, evaluate, repose
from deformable_gan.dancers import make_dancers

pytest.importorskip("apache_beam", reason="needs Apache Beam: the extra `beam`")


@pytest.fixture
def inception_file(inception_graph, tmp_path):
    path = tmp_path / "classify_image_graph_def.pb"
    path.write_bytes(inception_graph)
    return path


@pytest.fixture
def many_pairs(tmp_path):
    """A dataset of three blocks of pairs."""
    return make_dancers(
        tmp_path / "dancers",
        image_size=(64, 36),
        train_people=1,
        test_people=3,
        images_per_person=8,
        variety="plain",
        progress=False,
    )


@pytest.mark.slow
def test_scores_and_pictures_of_a_single_call(
    tiny_run, many_pairs, marker_movenet_folder, inception_file, two_workers, call_command, tmp_path
):
    dancers = many_pairs
    arguments = (
        *("--run", tiny_run.path, "--dataset", dancers.path, "--movenet", marker_movenet_folder),
        *("--inception-weights", inception_file, "--skip", "lpips", "detection", "--output"),
    )
    assert call_command(evaluate.main, *arguments, tmp_path / "single").status == 0
    command = (distribute.main, "--parts", 2, "evaluate", *arguments)
    result = call_command(*command, tmp_path / "beam", "--", *two_workers)
    assert result.status == 0, result.err
    assert "2 of 2 parts of evaluate are done" in result.out
    single, beam = (
        json.loads((tmp_path / name / "scores.json").read_text()) for name in ("single", "beam")
    )
    assert "generating" not in beam["seconds"] or not beam["seconds"]["generating"]["pairs"]
    for name in ("ssim", "l1", "psnr", "masked_ssim", "inception_score", "fid", "pckh"):
        assert beam["scores"][name]["value"] == pytest.approx(
            single["scores"][name]["value"], abs=1e-6
        )
    assert beam["scores"] == single["scores"]
    assert beam["pairs"]["scored"] == 168
    assert len(list((tmp_path / "beam/rows/pixels").rglob("*.npz"))) == 3

    people = (dancers.test.image_path(place) for place in (0, 1, 4))
    arguments = (
        *("--run", tiny_run.path, "--source", *people, "--pose", dancers.test.image_path(2)),
        # The workers are other processes, which would run the model with LiteRT.
        *(dancers.test.image_path(6), "--no-litert", "--skip-existing", "--output"),
    )
    assert call_command(repose.main, *arguments, tmp_path / "alone").status == 0
    command = (distribute.main, "--parts", 2, "repose", *arguments)
    result = call_command(*command, tmp_path / "together", "--", *two_workers)
    assert result.status == 0, result.err
    assert "0 written, 6 existed already" in result.out
    alone, together = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        for name in ("alone", "together")
    )
    assert len(alone) == 6
    assert together == alone


@pytest.mark.slow
def test_what_a_part_cannot_do_is_said_at_the_end(dancers, here, call_command, tmp_path):
    shutil.copytree(dancers.path, tmp_path / "run")  # no run directory
    arguments = ("--run", tmp_path / "run", "--dataset", dancers.path, "--output", tmp_path / "e")
    result = call_command(distribute.main, "--parts", 2, "evaluate", *arguments, "--", *here)
    assert result.status == 1
    assert "warning: 2 parts failed (see the workers' logs)" in result.err
    assert result.err.splitlines()[-1].startswith(f"error: {tmp_path / 'run'} is not a run")


def test_the_option_shard_is_set_by_distribute(call_command):
    result = call_command(distribute.main, "--parts", 2, "evaluate", "--part", "1/2")
    result.assert_one_error("--part is set by distribute")
