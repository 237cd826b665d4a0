"""The rows of a batch for each replica.

Whole trainings are in tests/faults/test_several_workers.py.
"""

import numpy as np
import pytest
import tensorflow as tf

from deformable_gan.data.pipeline import PairPipeline
from deformable_gan.pose.skeleton import COCO17
from deformable_gan.training.distributed_trainer import replica_rows


def contexts(workers, replicas):
    return [tf.distribute.InputContext(workers, index, replicas) for index in range(workers)]


def test_rows_by_hand():
    """Six pairs for the discriminator, then six for the generator, on three devices."""
    (context,) = contexts(1, 3)
    expected = [[0, 1, 6, 7], [2, 3, 8, 9], [4, 5, 10, 11]]
    np.testing.assert_array_equal(replica_rows(context, 6, parts=2), expected)
    np.testing.assert_array_equal(replica_rows(context, 3), [[0], [1], [2]])


@pytest.mark.parametrize(("workers", "replicas"), [(1, 1), (1, 4), (2, 2), (2, 4), (4, 4)])
@pytest.mark.parametrize("parts", [1, 2])
def test_every_row_once(workers, replicas, parts):
    rows = [replica_rows(context, 8, parts) for context in contexts(workers, replicas)]
    assert all(one.shape == (replicas // workers, parts * 8 // replicas) for one in rows)
    assert sorted(np.concatenate(rows).ravel()) == list(range(parts * 8))


@pytest.mark.parametrize("first_step", [0, 4])
def test_workers_share_the_batches_of_one(dancers, first_step):
    """Two workers together get the batches of a single worker, across epochs.

    They also do if the training begins in the middle of an epoch.
    """
    pipeline = PairPipeline(dancers.train, COCO17, dancers.image_size)
    options = {"flip": True, "balance_people": True, "first_step": first_step}
    whole = [batch["pair"].numpy() for batch in pipeline.training(4, 3, 7, **options).take(5)]
    parts = []
    for context in contexts(2, 4):
        rows = replica_rows(context, 4)
        batches = pipeline.training(4, 3, 7, rows=rows, **options).take(10)
        # A worker has two replicas, whose parts follow one another.
        pairs = [batch["pair"].numpy() for batch in batches]
        parts.append([np.concatenate(pairs[at : at + 2]) for at in range(0, 10, 2)])
    for batch, first, second in zip(whole, *parts, strict=True):
        np.testing.assert_array_equal(np.concatenate([first, second]), batch)


def test_parts_hold_the_images_of_their_rows(dancers):
    pipeline = PairPipeline(dancers.train, COCO17, dancers.image_size)
    (whole,) = pipeline.training(4, 3, 7, flip=True).take(1)
    rows = replica_rows(contexts(2, 2)[1], 2, parts=2)
    (part,) = pipeline.training(4, 3, 7, flip=True, rows=rows).take(1)
    assert part.keys() == whole.keys()
    for name, values in part.items():
        np.testing.assert_array_equal(values, whole[name].numpy()[rows[0]], err_msg=name)
