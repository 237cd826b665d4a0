import pickle

import numpy as np
import pytest

from deformable_gan.errors import WeightsError
from deformable_gan.pretrained.torch_file import read_torch_file

ARRAYS = {
    "features.0.weight": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    "features.0.bias": np.array([-1.5, 2.25], np.float32),
    "steps": np.array(7, np.int64),
}


@pytest.mark.parametrize("old", [False, True], ids=["zip", "stream"])
def test_both_formats(write_torch_file, tmp_path, old):
    read = read_torch_file(write_torch_file(tmp_path / "w.pth", ARRAYS, old))
    assert list(read) == list(ARRAYS)
    for name, expected in ARRAYS.items():
        assert read[name].dtype == expected.dtype
        np.testing.assert_array_equal(read[name], expected)


@pytest.mark.parametrize("old", [False, True], ids=["zip", "stream"])
def test_what_pytorch_itself_writes(tmp_path, old):
    torch = pytest.importorskip("torch", reason="compares with PyTorch, which is not installed")
    module = torch.nn.Sequential(torch.nn.Conv2d(3, 5, 3), torch.nn.BatchNorm2d(5))
    path = tmp_path / "w.pth"
    torch.save(module.state_dict(), path, _use_new_zipfile_serialization=not old)
    read = read_torch_file(path)
    for name, tensor in module.state_dict().items():
        np.testing.assert_array_equal(read[name], tensor.numpy())


def test_nothing_in_a_file_is_run(tmp_path):
    class Malice:
        def __reduce__(self):
            return (tmp_path / "ran").touch, ()

    path = tmp_path / "evil.pth"
    path.write_bytes(pickle.dumps({"weight": Malice()}, protocol=2))
    with pytest.raises(WeightsError, match=r"evil\.pth is not a readable file of PyTorch weights"):
        read_torch_file(path)
    path.write_bytes(pickle.dumps(0x1950A86A20F9469CFC6C, 2) * 3 + pickle.dumps([Malice()], 2))
    with pytest.raises(WeightsError, match="is not expected in a file of weights"):
        read_torch_file(path)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("old", [False, True], ids=["zip", "stream"])
def test_damaged_files(write_torch_file, tmp_path, old):
    whole = write_torch_file(tmp_path / "w.pth", ARRAYS, old).read_bytes()
    path = tmp_path / "damaged.pth"
    for length in range(0, len(whole), 37):
        path.write_bytes(whole[:length])
        with pytest.raises(WeightsError, match="is not a readable file of PyTorch"):
            read_torch_file(path)


def test_not_a_dictionary_and_not_there(tmp_path):
    path = tmp_path / "list.pth"
    path.write_bytes(
        b"".join(pickle.dumps(value, 2) for value in (0x1950A86A20F9469CFC6C, 1001, {}, [1], []))
    )
    with pytest.raises(WeightsError, match="expected a dictionary, received list"):
        read_torch_file(path)
    with pytest.raises(WeightsError, match="No such file"):
        read_torch_file(tmp_path / "absent.pth")
