import json
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from deformable_gan.data.pipeline import PairPipeline
from deformable_gan.errors import InterruptionError
from deformable_gan.pose.skeleton import COCO17
from deformable_gan.training.callbacks import Checkpoints, HeldOutCurve, ImageGrids, MetricsLines
from deformable_gan.training.curves import draw_curves
from deformable_gan.training.held_out import score_held_out
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
    assert run.read_metrics() == lines
    drawn = np.asarray(Image.open(run.curves_file))
    np.testing.assert_array_equal(drawn, draw_curves(lines))


def test_held_out_scores_join_the_epochs_metrics(dancers, run):
    pipeline = PairPipeline(dancers.test, COCO17, dancers.image_size)
    # A model that returns the source has the scores of copying.
    curve = HeldOutCurve(lambda image, *_: image.numpy(), pipeline, COCO17, pairs=5)
    logs = {"content": 0.5}
    curve.on_epoch_end(0, logs)
    MetricsLines(run).on_epoch_end(0, logs)
    scores = score_held_out(lambda image, *_: image.numpy(), pipeline, COCO17, limit=5)["all"]
    assert scores.pairs == 5
    assert json.loads(run.metrics_file.read_text()) == {
        **{"epoch": 1, "content": 0.5, "held_out_ssim": scores.copy_ssim},
        "held_out_foreground_l1": scores.copy_foreground_l1,
    }


def checkpoints(run, steps_per_epoch, **options):
    """Return the callback, and the list of the steps that it saves."""
    saved = []
    run.checkpoints = SimpleNamespace(save=lambda gan, step, about: saved.append(step))
    return Checkpoints(run, steps_per_epoch, **options), saved


def test_checkpoints_are_named_by_step(run):
    callback, saved = checkpoints(run, 250)
    callback.on_epoch_end(0, {"content": 0.5})
    callback.on_epoch_end(3, {"content": 0.5})
    assert saved == [250, 1000]


def test_checkpoints_within_an_epoch(run):
    """Epochs have 10 steps; checkpoints are saved after every 4 steps and at the end of an epoch.

    Epoch 2 is resumed after 4 of its steps.
    """
    callback, saved = checkpoints(run, 10, every=4, skipped=4)
    for epoch, steps in ((2, 6), (3, 10)):
        callback.on_epoch_begin(epoch)
        for batch in range(steps):
            callback.on_train_batch_end(batch)
        callback.on_epoch_end(epoch)
    assert saved == [28, 30, 32, 36, 40]


@pytest.mark.parametrize(("steps_before", "expected"), [(3, 24), (10, 30)])
def test_a_wish_to_stop_is_granted_after_the_step(run, steps_before, expected):
    stop = SimpleNamespace(signal=None)
    callback, saved = checkpoints(run, 10, stop=stop)
    callback.on_epoch_begin(2)
    for batch in range(steps_before):
        callback.on_train_batch_end(batch)
    stop.signal = 15
    with pytest.raises(InterruptionError, match=rf"step {expected} is saved.*--resume") as error:
        callback.on_train_batch_end(3) if steps_before < 10 else callback.on_epoch_end(2)
    assert error.value.signal_number == 15
    assert saved == [expected]


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
        # The second column: the target's skeleton on black, a mark (anti-aliased) at every joint.
        y, x = top + row * step_y, left + step_x
        pose = picture[y : y + 2 * height : 2, x : x + 2 * width : 2]
        joints = batch["target_keypoints"][row]
        for joint_y, joint_x, _ in joints[joints[:, 2] > 0].round().astype(int):
            assert pose[joint_y, joint_x].max() > 100
        assert (pose == 0).all(axis=-1).mean() > 0.5
    events = EventAccumulator(str(run.tensorboard / "images"), {"tensors": 0})
    events.Reload()
    (event,) = events.Tensors("held-out pairs")
    assert event.step == 5
