"""Fixtures shared by all tests."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

_SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference numbers, clips and models beside a developer's checkout."""
    if not _SHARED.is_dir():
        pytest.skip(f"needs the reference material in {_SHARED}, which this checkout lacks")
    return _SHARED
