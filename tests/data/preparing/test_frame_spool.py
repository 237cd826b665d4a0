import numpy as np

from deformable_gan.data.preparing import frame_spool
from deformable_gan.data.preparing.frame_spool import FrameSpool


def test_images_come_back_from_memory_and_from_disk(monkeypatch):
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 255, (8 + i, 5, 3), np.uint8) for i in range(30)]
    for limit in (10**6, 500):  # with the second limit, a file is used after a few images
        monkeypatch.setattr(frame_spool, "_MEMORY_BYTES", limit)
        with FrameSpool() as spool:
            for index, image in enumerate(images):
                spool.append(image)
                np.testing.assert_array_equal(spool[index // 2], images[index // 2])
            assert len(spool) == 30
            for index in (29, 0, 17, 3):
                np.testing.assert_array_equal(spool[index], images[index])
