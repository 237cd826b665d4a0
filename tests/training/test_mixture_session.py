"""Training on several datasets at once, of different joint layouts, with small networks."""

import json

import numpy as np
import pytest

from deformable_gan.config import (
    DiscriminatorConfig,
    ExperimentConfig,
    GeneratorConfig,
    TrainingConfig,
)
from deformable_gan.dancers import make_dancers
from deformable_gan.data.dataset_mixture import DatasetMixture
from deformable_gan.data.pipeline import PairPipeline
from deformable_gan.errors import ConfigurationError, RunError
from deformable_gan.pose.skeleton import COCO17, OPENPOSE18, convert_keypoints
from deformable_gan.train import main
from deformable_gan.training.held_out import format_scores, score_held_out
from deformable_gan.training.pipelines import build_pipelines
from deformable_gan.training.run_directory import RunDirectory
from deformable_gan.training.session import train

SIZE = (40, 36)
CONFIG = ExperimentConfig(
    preset="demo",
    image_size=SIZE,
    skeleton="coco17",
    generator=GeneratorConfig(encoder_filters=(4, 4, 4), decoder_filters=(4, 4), warped_levels=2),
    discriminator=DiscriminatorConfig(filters=(4, 4)),
    training=TrainingConfig(batch_size=4, epochs=1, steps_per_epoch=3, separate_batches=False),
)


@pytest.fixture(scope="module")
def datasets(tmp_path_factory):
    root = tmp_path_factory.mktemp("datasets")
    options = {"image_size": SIZE, "train_people": 2, "test_people": 1}
    options |= {"variety": "plain", "progress": False}
    return (
        make_dancers(root / "clips", images_per_person=3, skeleton=COCO17, **options),
        make_dancers(root / "market", images_per_person=4, skeleton=OPENPOSE18, seed=1, **options),
    )


def test_joints_come_in_the_configurations_layout(datasets):
    pipeline, _ = build_pipelines(CONFIG, DatasetMixture(datasets))
    assert pipeline.split.keypoints.shape[1:] == (17, 3)
    expected = convert_keypoints(datasets[1].train.keypoints, OPENPOSE18, COCO17)
    np.testing.assert_array_equal(pipeline.split.keypoints[6:], expected)
    # A joint is found by its name, at its own index in each layout.
    nose, knee = COCO17.index("nose"), COCO17.index("left_knee")
    original = datasets[1].train.keypoints
    np.testing.assert_array_equal(
        pipeline.split.keypoints[6:, nose], original[:, OPENPOSE18.index("nose")]
    )
    np.testing.assert_array_equal(
        pipeline.split.keypoints[6:, knee], original[:, OPENPOSE18.index("left_knee")]
    )


def test_one_dataset_is_no_mixture(datasets):
    pipelines = build_pipelines(CONFIG, DatasetMixture(datasets[:1]))
    assert [type(pipeline) for pipeline in pipelines] == [PairPipeline, PairPipeline]


def test_another_size_than_the_configurations(datasets):
    config = CONFIG.replace(image_size=(64, 36))
    with pytest.raises(ConfigurationError, match=r"clips has images of \(40, 36\)"):
        build_pipelines(config, DatasetMixture(datasets))


def test_scores_of_each_dataset(datasets):
    _, pipeline = build_pipelines(CONFIG, DatasetMixture(datasets))

    def copy(source_image, *_):
        return np.asarray(source_image)

    scores = score_held_out(copy, pipeline, COCO17)
    assert list(scores) == [
        *("all", "clips", "clips:dancer0002", "market", "market:dancer0002"),
    ]
    # The test person has 3 images and 3·2 pairs in `clips`, 4 images and 4·3 pairs in `market`.
    assert [score.pairs for score in scores.values()] == [18, 6, 6, 12, 12]
    for dataset, name in zip(datasets, ("clips", "market"), strict=True):
        _, alone = build_pipelines(CONFIG, DatasetMixture([dataset]))
        assert scores[name] == score_held_out(copy, alone, COCO17)["all"]
    pooled = (6 * scores["clips"].ssim + 12 * scores["market"].ssim) / 18
    assert scores["all"].ssim == pytest.approx(pooled)
    table = format_scores(scores, most=1).splitlines()
    assert [line.split()[0] for line in table[1:4]] == ["all", "clips", "market"]
    assert "dancer" not in "".join(table)


@pytest.mark.slow
def test_train_on_two_and_resume(datasets, tmp_path, capsys):
    run = RunDirectory(tmp_path / "run")
    mixture = DatasetMixture(datasets, (1, 3))
    scores = train(CONFIG, mixture, run, "random")
    assert set(scores) >= {"all", "clips", "market"}
    assert set(json.loads(run.scores_file.read_text())) == set(scores)
    details = run.read_details()
    assert [one["weight"] for one in details["datasets"]] == [0.25, 0.75]
    assert details["datasets"][0]["path"] == str(datasets[0].path.resolve())
    assert "clips (25% of the pairs)" in run.log_file.read_text()

    assert main(["--resume", str(run.path), "--epochs", "2"]) == 0
    assert len(run.metrics_file.read_text().splitlines()) == 2
    paths = [str(dataset.path) for dataset in datasets]
    other = ["--dataset", paths[0], "--dataset", paths[1], "--dataset-weight", "1"]
    with pytest.raises(RunError, match=r"other weights \(0\.25 x .*clips \+ 0\.75 x .*market\)"):
        main(["--resume", str(run.path), "--epochs", "3", *other, "--dataset-weight", "1"])


@pytest.mark.slow
def test_command_line(datasets, tmp_path):
    paths = [str(dataset.path) for dataset in datasets]
    arguments = ["--run", str(tmp_path / "run"), "--width", "0.1", "--epochs", "1"]
    arguments += ["--steps-per-epoch", "1", "--dataset", paths[0], "--dataset", paths[1]]
    with pytest.raises(ConfigurationError, match="a positive, finite weight for each dataset"):
        main([*arguments, "--dataset-weight", "3"])
    assert main(arguments) == 0
    details = RunDirectory(tmp_path / "run").read_details()
    assert [one["weight"] for one in details["datasets"]] == [0.5, 0.5]
