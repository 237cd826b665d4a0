"""Drawn dancers with known masks, joints and backgrounds."""

import numpy as np
import pytest

from deformable_gan.dancers.camera import Camera
from deformable_gan.dancers.choreography import dance
from deformable_gan.dancers.dancer import Dancer
from deformable_gan.dancers.renderer import Renderer


@pytest.fixture
def dancers():
    """A function that yields (rendering, key points float [17, 3]) of dancers 110 pixels tall."""

    def draw(count):
        for number in range(count):
            rng = np.random.default_rng([11, number])
            renderer = Renderer(Dancer.random(rng), (160, 120), body_height=110)
            camera = Camera(110.0, (59.5, 140.0))
            rendering = renderer.draw(list(dance(rng, 3, 1.6))[-1], camera, background=True)
            yield rendering, np.concatenate([rendering.joints, np.ones((17, 1))], axis=1)

    return draw
