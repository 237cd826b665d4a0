import pytest

from deformable_gan.errors import RunError
from deformable_gan.personalizing.personal_folder import PersonalFolder


def test_a_new_folder_and_the_same_clips_again(tmp_path, monkeypatch):
    folder = PersonalFolder(tmp_path / "me")
    folder.require_for([tmp_path / "a.mp4"], "people")
    folder.remember([tmp_path / "a.mp4"], "people")
    assert folder.is_prepared
    monkeypatch.chdir(tmp_path)  # another way of writing the same path
    PersonalFolder("me").require_for(["a.mp4"], "people")
    # The folder of the run is still free for a new run.
    folder.run.require_free()


@pytest.mark.parametrize(
    ("clips", "init_from"),
    [(["b.mp4"], "people"), (["a.mp4", "b.mp4"], "people"), (["a.mp4"], "others")],
)
def test_another_clip_or_start_is_an_error(tmp_path, clips, init_from):
    folder = PersonalFolder(tmp_path / "me")
    folder.remember([tmp_path / "a.mp4"], "people")
    with pytest.raises(RunError, match=r"was made from .*choose another --output") as caught:
        folder.require_for([tmp_path / clip for clip in clips], init_from)
    assert (init_from if init_from != "people" else "b.mp4") in str(caught.value)


def test_somebody_elses_folder_is_an_error(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.json").write_text("{}")
    with pytest.raises(RunError, match="not empty and holds no model made by personalize"):
        PersonalFolder(tmp_path / "run").require_for(["a.mp4"], "people")
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="is a file: choose another --output"):
        PersonalFolder(tmp_path / "file").require_for(["a.mp4"], "people")


def test_damage_is_said(tmp_path):
    folder = PersonalFolder(tmp_path / "me")
    folder.remember(["a.mp4"], "people")
    folder.made_from_file.write_text("{")
    with pytest.raises(RunError, match=r"made_from.json cannot be read"):
        folder.require_for(["a.mp4"], "people")
