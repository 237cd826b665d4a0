"""Running operations in turn is a setting of the whole process: each case has its own process."""

import subprocess
import sys

import pytest

CODE = """
import os, sys
from deformable_gan.devices import settings
settings._processors = lambda: int(sys.argv[2])
import tensorflow as tf
tf.config.set_visible_devices([], "GPU")
if sys.argv[3] == "late":
    tf.constant(1.0) + 1.0
done = settings.run_operations_in_turn(int(sys.argv[1]))
tf.constant(1.0) + 1.0
print(done, tf.config.threading.get_inter_op_parallelism_threads() == 1)
"""


@pytest.mark.parametrize(
    ("filters", "processors", "when", "expected"),
    [
        (64, 2, "early", "True True"),
        (16, 2, "early", "False False"),
        (64, 16, "early", "False False"),
        (64, 2, "late", "False False"),
    ],
)
def test_large_networks_on_few_processors(filters, processors, when, expected):
    command = [sys.executable, "-c", CODE, str(filters), str(processors), when]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    assert result.stdout.splitlines()[-1] == expected
