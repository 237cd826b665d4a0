"""A model and photographs for the page's tests."""

import numpy as np
import pytest


@pytest.fixture(scope="session")
def studio(tiny_run, marker_movenet_folder):
    """A `Studio` of `tiny_run`, whose MoveNet finds a red mark."""
    from deformable_gan.pose.movenet import MoveNet
    from deformable_gan.reposing.reposer import Reposer
    from deformable_gan.web.studio import Studio

    # Looks are not averaged: the stand-in finds a figure of the same size relative to every square,
    # so averaging more looks at closer squares would shrink the figure.
    return Studio(Reposer.load(tiny_run.path, MoveNet.load(marker_movenet_folder)))


@pytest.fixture(scope="session")
def photographs(tmp_path_factory):
    """Image files by the reason why they cannot be used; `anna` and `ben` can be used."""
    from PIL import Image

    folder = tmp_path_factory.mktemp("photographs")

    def draw(name, *marks, size=(192, 192)):
        rng = np.random.default_rng(len(name))
        image = rng.integers(60, 120, (*size, 3), dtype=np.uint8)
        for y, x in marks:
            image[y - 4 : y + 4, x - 4 : x + 4] = (255, 0, 0)
        Image.fromarray(image).save(folder / f"{name}.png")
        return folder / f"{name}.png"

    files = {
        "anna": draw("anna", (90, 90)),
        "ben": draw("ben", (80, 110), size=(240, 200)),
        "nobody": draw("nobody"),
        # With two marks the stand-in finds a person and, when that person is hidden, another one.
        "several": draw("several", (90, 20), (90, 172)),
        "tiny": draw("tiny", (20, 20), size=(48, 48)),
        "text": folder / "text.jpg",
    }
    files["text"].write_text("this is no picture")
    return files
