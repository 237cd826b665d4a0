import subprocess
import sys

import numpy as np
import pytest

# Runs a SavedModel's signature where neither Keras nor this package can be imported.
RELOAD = """
import sys

HIDDEN = ("keras", "tf_keras", "deformable_gan")

class Without:
    def __init__(self, finders):
        self.finders = finders

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in HIDDEN:
            return None
        specs = (finder.find_spec(name, path, target) for finder in self.finders)
        return next((spec for spec in specs if spec is not None), None)

sys.meta_path[:] = [Without(list(sys.meta_path))]
import numpy as np
import tensorflow as tf

folder, signature, given, made = sys.argv[1:]
model = tf.saved_model.load(folder).signatures[signature]
with np.load(given) as file:
    inputs = {name: tf.constant(file[name]) for name in file.files}
outputs = model(**inputs)
np.savez(made, **{name: value.numpy() for name, value in outputs.items()})
assert not [name for name in sys.modules if name.split(".")[0] in HIDDEN]
"""


@pytest.fixture
def with_tensorflow_alone(tmp_path):
    """Return a function that runs an export's signature in a process with TensorFlow alone."""

    def run(folder, signature, **inputs):
        given, made = tmp_path / "inputs.npz", tmp_path / "outputs.npz"
        np.savez(given, **inputs)
        command = [sys.executable, "-c", RELOAD, folder, signature, given, made]
        subprocess.run([str(part) for part in command], check=True)
        with np.load(made) as outputs:
            return dict(outputs)

    return run
