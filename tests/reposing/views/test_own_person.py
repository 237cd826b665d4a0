"""A person from the images that a model includes."""

import numpy as np
import pytest

from deformable_gan.errors import ConfigurationError
from deformable_gan.pose.skeleton import COCO17
from deformable_gan.reposing.posed_image import PosedImage
from deformable_gan.reposing.views.own_person import LEAD


@pytest.fixture
def views(red_mark, marker_movenet):
    pictures = [red_mark((240, 180), 130 + 5 * i, 90) for i in range(3)]
    return [PosedImage(image, marker_movenet.estimate(image), COCO17) for image in pictures]


def test_the_first_view_gives_the_place(copying_reposer, views):
    copying_reposer.views = views
    person = copying_reposer.own_person()
    np.testing.assert_array_equal(person.photograph, views[0].image)
    assert [id(one.photograph) for one in person.more] == [id(one.image) for one in views[1:]]
    assert person.lead == 0


def test_a_model_without_views(copying_reposer):
    with pytest.raises(ConfigurationError, match=r"includes no images.*--source"):
        copying_reposer.own_person()


def test_photographs_come_before_views(copying_reposer, views, red_mark, tmp_path):
    from PIL import Image

    photo = red_mark((240, 180), 120, 80)
    Image.fromarray(photo).save(tmp_path / "me.png")
    copying_reposer.views = views
    person = copying_reposer.one_person([tmp_path / "me.png"])
    np.testing.assert_array_equal(person.photograph, photo)
    assert len(person.more) == 3
    assert person.lead == LEAD
    # `Reposer.person` adds no views, since the photograph may show somebody else.
    assert copying_reposer.person(tmp_path / "me.png").more == ()
