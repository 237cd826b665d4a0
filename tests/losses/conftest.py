import numpy as np
import pytest


@pytest.fixture(scope="session")
def reference(reference_folder) -> dict[str, np.ndarray]:
    """The original's losses on random inputs."""
    with np.load(reference_folder / "losses.npz") as numbers:
        return dict(numbers)
