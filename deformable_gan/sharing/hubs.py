"""The model hubs by their names in handles."""

from types import ModuleType

from deformable_gan.sharing import hugging_face, kaggle
from deformable_gan.sharing.handle import HUGGING_FACE, KAGGLE, Handle

_HUBS = {HUGGING_FACE: hugging_face, KAGGLE: kaggle}


def hub_of(handle: Handle) -> ModuleType:
    """Return the module that downloads from and uploads to a handle's hub."""
    return _HUBS[handle.hub]
