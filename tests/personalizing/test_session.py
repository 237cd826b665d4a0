import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from deformable_gan.errors import ConfigurationError
from deformable_gan.personalizing import session as session_module
from deformable_gan.personalizing import step_plan
from deformable_gan.personalizing.personal_scores import PersonalScores
from deformable_gan.personalizing.session import PersonalSession
from deformable_gan.personalizing.step_timing import StepTiming
from deformable_gan.personalizing.verdict import Verdict
from deformable_gan.trained_model import TrainedModel
from deformable_gan.training.loss_watch import LossWatch


def arrays(path):
    with np.load(path) as file:
        return {name: file[name].tobytes() for name in file.files}


def test_the_folder_explains_itself(finished, dancers):
    assert finished.run.read_config().training.epochs == 2
    plan = json.loads(finished.plan_file.read_text())
    assert (plan["steps"], plan["epochs"], plan["steps_per_epoch"]) == (6, 2, 3)
    scores = json.loads(finished.scores_file.read_text())
    assert scores["pairs"] == len(dancers.test.pairs)
    # The training's own scores are those of the fine-tuned weights.
    trained = json.loads(finished.run.scores_file.read_text())["all"]
    assert scores["fine_tuned"]["ssim"] == trained["ssim"]
    assert scores["copy"]["ssim"] == trained["copy_ssim"]
    assert finished.comparison_file.is_file()
    assert {path.name for path in finished.run.grids.iterdir()} == {
        *("epoch-0001.png", "epoch-0002.png", "final.png")
    }
    # The dancers are mixed in, and are not tested on.
    details = finished.run.read_details()
    assert [one["weight"] for one in details["datasets"]] == pytest.approx([2 / 3, 1 / 3])
    assert details["datasets"][0]["path"] == str(finished.dataset.resolve())


def test_the_start_has_the_weights_it_is_a_copy_of(finished, tiny_run):
    assert TrainedModel.load(finished.start.path).digest == TrainedModel.load(tiny_run.path).digest


def test_a_killed_training_comes_to_the_same_end(finished, make_session, monkeypatch, tmp_path):
    monkeypatch.setattr(step_plan, "EPOCH_STEPS", 3)
    counted, original = [], LossWatch.on_train_batch_end

    class Killed(BaseException):
        """Stands for the end of the process."""

    def die(callback, batch, logs=None):
        counted.append(batch)
        if len(counted) == 5:
            raise Killed
        original(callback, batch, logs)

    monkeypatch.setattr(LossWatch, "on_train_batch_end", die)
    with pytest.raises(Killed):
        make_session(tmp_path / "me", steps=6).run()
    monkeypatch.setattr(LossWatch, "on_train_batch_end", original)
    # Other options do not change the original plan.
    again = make_session(tmp_path / "me", steps=40)
    again.run()
    # Both trainings keep weights of the same kind, starting or fine-tuned, with the same values.
    for ours, theirs in (
        (again.folder.run.checkpoints, finished.run.checkpoints),
        (again.folder.fine_tuned, finished.fine_tuned),
    ):
        assert [path.name for path in ours.paths()] == [path.name for path in theirs.paths()]
        for one, other in zip(ours.paths(), theirs.paths(), strict=True):
            one, other = arrays(one), arrays(other)
            assert one.keys() == other.keys()
            for name in one:  # Dataset folders lie elsewhere; metrics may differ by rounding.
                if not name.startswith(("metrics/", "about")):
                    assert one[name] == other[name], name
    assert again.folder.scores_file.read_bytes() == finished.scores_file.read_bytes()


@pytest.fixture
def judged(finished, make_session, tmp_path):
    """A function that runs a copy of the finished folder again, with other fine-tuned scores."""

    def judge(after, **options):
        path = tmp_path / "me"
        if not path.exists():
            shutil.copytree(finished.path, path)
        session = make_session(path, **options)
        verdict = Verdict(
            *(24, PersonalScores(0.5, 40.0, 0.1), PersonalScores(0.7, 20.0, 0.8)),
            PersonalScores(*after),
        )
        session.folder.write_json(session.folder.scores_file, verdict.to_json())
        session.run()
        return session.folder

    return judge


BETTER, WORSE = (0.8, 15.0, 0.9), (0.6, 25.0, 0.7)


def test_the_better_weights_are_kept(judged, finished, caplog):
    caplog.set_level("INFO", logger="deformable_gan")
    start = TrainedModel.load(finished.start.path).digest
    folder = judged(WORSE)
    kept = TrainedModel.load(folder.path)
    assert (kept.digest, kept.details["step"]) == (start, 0)
    assert "fine-tuning has not helped" in caplog.text
    assert "holds the starting weights" in caplog.text
    # The other weights are kept and can be restored, whatever the scores.
    folder = judged(WORSE, keep="fine-tuned")
    fine_tuned = TrainedModel.load(folder.path)
    assert fine_tuned.details["step"] == 6
    assert fine_tuned.digest != start
    assert not folder.fine_tuned.paths()
    judged(WORSE)
    caplog.clear()
    folder = judged(BETTER)
    assert TrainedModel.load(folder.path).digest == fine_tuned.digest
    assert "fine-tuning has helped" in caplog.text
    folder = judged(BETTER, keep="start")
    assert TrainedModel.load(folder.path).digest == start


def test_a_move_of_weights_that_was_cut_short_is_finished(judged, finished):
    folder = judged(BETTER)
    newest = folder.run.checkpoints.paths()[0]
    folder.fine_tuned.folder.mkdir(exist_ok=True)
    newest.replace(folder.fine_tuned.folder / newest.name)  # and then the power failed
    start = TrainedModel.load(finished.start.path).digest
    folder = judged(WORSE)
    assert TrainedModel.load(folder.path).digest == start
    assert folder.fine_tuned.paths()[0].name == newest.name


def test_the_plan_comes_from_the_time_of_the_first_steps(make_session, monkeypatch, tmp_path):
    monkeypatch.setattr(session_module, "time_steps", lambda gan, batches: StepTiming(0.5, 10.0))
    session = make_session(tmp_path / "me", minutes=2.0, dancers=0)
    monkeypatch.setattr(PersonalSession, "_start_scores", lambda self: {"seconds": 4.0})
    # 120 s, less 1 s spent, 10 s to begin, 4 s for scores and 15 s for everything else, are 90 s.
    assert session._plan(session._mixture(_dataset(session))).steps == 162 == int(90 * 0.9 / 0.5)
    session = make_session(tmp_path / "me", minutes=0.5, dancers=0)
    with pytest.raises(ConfigurationError, match=r"0 seconds are left.*prepared data is kept"):
        session._plan(session._mixture(_dataset(session)))


def test_steps_are_timed(make_session, tmp_path):
    session = make_session(tmp_path / "me", dancers=0)
    session._config = session._config.replace(training__steps_per_epoch=11)
    timing = session._time_steps(session._mixture(_dataset(session)))
    assert 0 < timing.seconds_per_step < timing.start_seconds


def test_without_held_out_frames_the_fine_tuned_weights_are_taken(
    make_session, monkeypatch, tmp_path
):
    session = make_session(tmp_path / "me", dancers=0, steps=1)
    pipelines = session_module.build_pipelines
    without = lambda *arguments: (pipelines(*arguments)[0], None)  # noqa: E731
    monkeypatch.setattr(session_module, "build_pipelines", without)
    monkeypatch.setattr("deformable_gan.training.session.build_pipelines", without)
    assert session.run() is None
    assert TrainedModel.load(session.folder.path).details["step"] == 1
    assert not session.folder.scores_file.exists()


def test_options_are_values():
    options = session_module.PersonalOptions()
    assert (options.minutes, options.steps, options.keep) == (15.0, None, "better")
    assert replace(options, minutes=1.0).minutes == 1.0


def _dataset(session):
    from deformable_gan.data.dataset_folder import DatasetFolder

    return DatasetFolder(session.folder.dataset)
