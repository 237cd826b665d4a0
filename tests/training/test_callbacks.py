import json
import math
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from deformable_gan.data.pipeline import PairPipeline
from deformable_gan.errors import RunError
from deformable_gan.pose.skeleton import COCO17
from deformable_gan.training.callbacks import Checkpoints, ImageGrids, MetricsLines
from deformable_gan.training.run_directory import RunDirectory


@pytest.fixture
def run(tmp_path):
    (tmp_path / "run").mkdir()
    return RunDirectory(tmp_path / "run")


def test_a_line_an_epoch(run):
    callback = MetricsLines(run)
    callback.on_epoch_end(0, {"content": np.float32(0.5), "adversarial": 1.25})
    callback.on_epoch_end(1, {"content": 0.25, "adversarial": 1.0})
    lines = [json.loads(line) for line in run.metrics_file.read_text().splitlines()]
    assert lines == [
        {"epoch": 1, "content": 0.5, "adversarial": 1.25},
        {"epoch": 2, "content": 0.25, "adversarial": 1.0},
    ]


def test_checkpoints_are_named_by_step(run):
    saved = []
    run.checkpoints = SimpleNamespace(save=lambda gan, step: saved.append((gan, step)))
    callback = Checkpoints(run, steps_per_epoch=250)
    callback.set_model("the model")
    callback.on_epoch_end(0, {"content": 0.5})
    callback.on_epoch_end(3, {"content": 0.5})
    assert saved == [("the model", 250), ("the model", 1000)]


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_diverged_state_is_not_saved(run, value):
    callback = Checkpoints(run, steps_per_epoch=250)
    with pytest.raises(RunError, match="has diverged: in epoch 3 content is not finite") as error:
        callback.on_epoch_end(2, {"adversarial": 1.0, "content": value})
    assert "--learning-rate" in str(error.value)
    assert run.checkpoints.paths() == []


def test_grids(run, dancers):
    height, width = dancers.image_size
    pipeline = PairPipeline(dancers.test, COCO17, dancers.image_size)

    def generate(source_image, source_keypoints, target_keypoints):
        return np.full_like(source_image, 77)

    callback = ImageGrids(run, generate, pipeline, COCO17)
    callback.on_epoch_end(4)
    picture = np.asarray(Image.open(run.grids / "epoch-0005.png").convert("RGB"))
    # Six pairs spread over the split; twice as large, to make room for the titles.
    (batch,) = pipeline.in_order(6, 6).as_numpy_iterator()
    step_y, step_x = 2 * height + 2, 2 * width + 2
    top, left = picture.shape[0] - 6 * step_y, 2
    for row in range(6):
        for column, expected in (
            (0, batch["source_image"][row]),
            (2, np.full((height, width, 3), 77)),
            (3, batch["target_image"][row]),
        ):
            y, x = top + row * step_y, left + column * step_x
            shown = picture[y : y + 2 * height : 2, x : x + 2 * width : 2]
            np.testing.assert_array_equal(shown, expected)
    events = EventAccumulator(str(run.tensorboard / "images"), {"tensors": 0})
    events.Reload()
    (event,) = events.Tensors("held-out pairs")
    assert event.step == 5
