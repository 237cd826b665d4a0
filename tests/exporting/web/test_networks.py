import numpy as np
import pytest

from deformable_gan.exporting.samples import sample_pairs
from deformable_gan.exporting.serving import images_of_generator
from deformable_gan.exporting.web.networks import run_networks, write_networks
from deformable_gan.models.from_config import build_generator
from deformable_gan.on_litert.names import POSE, SOURCE
from deformable_gan.pose.skeleton import COCO17

pytest.importorskip("ai_edge_litert", reason="needs the extra litert")


@pytest.mark.parametrize(
    ("options", "files"),
    [
        ({"generator__composite": True, "generator__background": True}, [SOURCE, POSE]),
        ({"generator__skip": "none"}, [POSE]),
    ],
)
def test_two_parts_make_the_generator_s_pictures(tiny_config, tmp_path, options, files):
    generator = build_generator(tiny_config.replace(**options))
    generator.warp_method = "sparse"
    assert write_networks(generator, tmp_path) == files
    inputs = sample_pairs(2, generator.image_size, COCO17, background=generator.background)
    made = run_networks(tmp_path, generator, inputs)
    np.testing.assert_allclose(made, images_of_generator(generator, inputs), atol=1e-3)
