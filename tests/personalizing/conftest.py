"""Personal models with the smallest networks, from the small dataset of dancers."""

import shutil

import pytest


@pytest.fixture(scope="session")
def make_session(dancers, tiny_config, tiny_run, marker_movenet):
    """A function that returns a `PersonalSession` in a folder, with the dataset in place."""
    from deformable_gan.personalizing.personal_folder import PersonalFolder
    from deformable_gan.personalizing.session import PersonalOptions, PersonalSession

    def make(path, **options):
        folder = PersonalFolder(path)
        if not folder.is_prepared:
            shutil.copytree(dancers.path, folder.dataset)
            folder.remember(["clip.mp4"], tiny_run.path)
        chosen = PersonalOptions(**{"dancers": 2, **options})
        config = tiny_config.replace(training__schedule="cosine", training__start_share=0.4)
        return PersonalSession(folder, config, tiny_run, marker_movenet, chosen, lambda: 1.0)

    return make


@pytest.fixture(scope="session")
def finished(make_session, tmp_path_factory):
    """The folder of a finished personal model, two epochs of three steps; copy it to change it."""
    from deformable_gan.personalizing import step_plan

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(step_plan, "EPOCH_STEPS", 3)
        session = make_session(tmp_path_factory.mktemp("personal") / "me", steps=6)
        session.run()
    return session.folder
