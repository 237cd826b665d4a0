"""Reading, without PyTorch, weights that PyTorch saved.

`torch.save` pickles a dictionary whose tensors refer to raw storages. Since 2020, the pickle and
the storages are members of a zip archive; before, they followed each other in one stream. Only the
classes that a dictionary of tensors needs are accepted. Any other class in the pickle is refused,
so no code from the file is run.
"""

import collections
import io
import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np

from deformable_gan.errors import WeightsError

_MAGIC = 0x1950A86A20F9469CFC6C
_TYPES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
}
# Reading a damaged pickle can raise any of these.
_DAMAGE = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    OverflowError,
    MemoryError,
    pickle.UnpicklingError,
    zipfile.BadZipFile,
    struct.error,
)


def read_torch_file(path: str | Path) -> dict[str, np.ndarray]:
    """Read the tensors of a state dictionary.

    Args:
        path: a `.pth` or `.pt` file.

    Returns:
        The tensors by name, without other entries; the order of their axes is PyTorch's.

    Raises:
        WeightsError: the file is damaged or holds something else.
    """
    path = Path(path)
    try:
        tensors = _read_zip(path) if zipfile.is_zipfile(path) else _read_stream(path)
        if not isinstance(tensors, dict):
            raise pickle.UnpicklingError(
                f"expected a dictionary, received {type(tensors).__name__}"
            )
        return {
            str(name): tensor.array()
            for name, tensor in tensors.items()
            if isinstance(tensor, _Tensor)
        }
    except _DAMAGE as error:
        raise WeightsError(
            f"{path} is not a readable file of PyTorch weights: {error}; use the published file"
        ) from error


class _Storage:
    """A one-dimensional array, filled after the pickle is read."""

    def __init__(self, dtype: str, count: int):
        self.dtype, self.count = np.dtype(dtype), count
        self.values = np.empty(0, self.dtype)

    def fill(self, data: bytes) -> None:
        if len(data) < self.count * self.dtype.itemsize:
            raise EOFError("the file ends within a tensor")
        self.values = np.frombuffer(data, self.dtype, self.count)


class _Tensor:
    """A view of a storage."""

    def __init__(self, storage: _Storage, offset: int, shape: tuple, strides: tuple, *_):
        self.storage, self.offset, self.shape, self.strides = storage, offset, shape, strides

    def array(self) -> np.ndarray:
        count = int(np.prod(self.shape))
        flat = self.storage.values[self.offset : self.offset + count]
        contiguous = np.cumprod((1, *self.shape[:0:-1]))[::-1]
        if len(flat) < count or (count > 1 and tuple(contiguous) != tuple(self.strides)):
            raise ValueError(
                f"a tensor of shape {self.shape} and strides {self.strides} is incomplete or not "
                "contiguous"
            )
        return flat.reshape(self.shape).copy()


class _Unpickler(pickle.Unpickler):
    def __init__(self, file):
        super().__init__(file, encoding="latin1")
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) in (
            ("torch._utils", "_rebuild_tensor"),
            ("torch._utils", "_rebuild_tensor_v2"),
        ):
            return _Tensor
        if (module, name) == ("torch._utils", "_rebuild_parameter"):
            return lambda tensor, *_: tensor
        if module == "torch" and name in _TYPES:
            return name
        raise pickle.UnpicklingError(f"{module}.{name} is not expected in a file of weights")

    def persistent_load(self, reference: tuple) -> _Storage:
        kind, storage_type, key, _, count = reference[:5]
        if kind != "storage" or storage_type not in _TYPES:
            raise pickle.UnpicklingError(f"{reference[:2]} is not expected in a file of weights")
        return self.storages.setdefault(key, _Storage(_TYPES[storage_type], count))


def _read_zip(path: Path) -> object:
    with zipfile.ZipFile(path) as archive:
        pickled = [name for name in archive.namelist() if name.endswith("data.pkl")]
        if len(pickled) != 1:
            raise zipfile.BadZipFile("the archive must contain exactly one data.pkl")
        unpickler = _Unpickler(io.BytesIO(archive.read(pickled[0])))
        tensors = unpickler.load()
        folder = pickled[0].removesuffix("data.pkl")
        for key, storage in unpickler.storages.items():
            storage.fill(archive.read(f"{folder}data/{key}"))
    return tensors


def _read_stream(path: Path) -> object:
    with path.open("rb") as file:
        if _Unpickler(file).load() != _MAGIC:
            raise pickle.UnpicklingError("its first bytes are not those of a PyTorch file")
        for _ in ("protocol version", "system information"):
            _Unpickler(file).load()
        unpickler = _Unpickler(file)
        tensors = unpickler.load()
        for key in _Unpickler(file).load():
            storage = unpickler.storages[key]
            (count,) = struct.unpack("<q", file.read(8))
            if count != storage.count:
                raise ValueError(f"expected a storage of {storage.count} numbers, received {count}")
            storage.fill(file.read(count * storage.dtype.itemsize))
    return tensors
