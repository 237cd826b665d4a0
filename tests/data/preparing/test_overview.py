import numpy as np
import pytest

from deformable_gan.data.preparing.overview import Overview
from deformable_gan.pose.skeleton import COCO17


def add(overview, person, count, size=(128, 72)):
    for index in range(count):
        image = np.full((*size, 3), index % 200, np.uint8)
        overview.add(person, "train", index / 6, "video", image, np.zeros((17, 3)))


def test_a_row_of_twelve_even_images_a_person():
    overview = Overview(COCO17)
    add(overview, "anna", 100)
    add(overview, "ben", 3)
    sheet = overview.draw()
    assert sheet.shape[1] == 2 + 12 * (144 + 2)
    assert sheet.shape[0] > 2 * 256
    # Along the middle of anna's row, the images' gray values rise evenly: from the first image, 0,
    # to one of the last ten.
    row = sheet[180, 74::146, 0].astype(int)
    assert len(row) == 12
    assert row[0] == 0
    assert row[-1] >= 90
    steps = np.diff(row)
    assert steps.min() > 0
    assert steps.max() <= 2 * steps.min()


def test_at_most_forty_people():
    overview = Overview(COCO17)
    for number in range(60):
        add(overview, f"p{number}", 1, size=(256, 176))
    sheet = overview.draw()
    assert 40 * 256 < sheet.shape[0] < 40 * 320


def test_nothing_to_show():
    with pytest.raises(ValueError, match="at least one image"):
        Overview(COCO17).draw()
