import numpy as np
import pytest


@pytest.fixture(scope="session")
def reference(shared) -> dict[str, np.ndarray]:
    """The original's losses on random inputs."""
    with np.load(shared / "reference" / "losses.npz") as numbers:
        return dict(numbers)
