"""The model hubs, by the names that handles have for them."""

from types import ModuleType

from deformable_gan.sharing import hugging_face, kaggle
from deformable_gan.sharing.handle import HUGGING_FACE, KAGGLE, Handle

_HUBS = {HUGGING_FACE: hugging_face, KAGGLE: kaggle}


def hub_of(handle: Handle) -> ModuleType:
    """Return what downloads from a handle's hub and uploads to it: `hugging_face` or `kaggle`."""
    return _HUBS[handle.hub]
