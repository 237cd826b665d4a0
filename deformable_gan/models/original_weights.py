"""Reading checkpoints of the original implementation (`.h5` of Keras 2.0.8 and keras-contrib)."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import keras
import numpy as np

from deformable_gan.errors import RunError
from deformable_gan.layers.doubling_convolution import DoublingConvolution
from deformable_gan.layers.halving_convolution import HalvingConvolution
from deformable_gan.layers.instance_normalization import InstanceNormalization


@dataclass(frozen=True)
class OriginalWeights:
    """The arrays of one network, by kind of layer and in order of creation.

    A generator's layers were created in the order of the paper's figure: appearance encoder, pose
    encoder, decoder. A discriminator's were created from its input to its output.

    Attributes:
        path: the file that the arrays come from.
        convolutions: [kernel [h, w, in, out]] or [kernel, bias [out]] of each layer.
        transposed_convolutions: [kernel [h, w, out, in]] of each layer.
        normalizations: [gamma [1], beta [1]] of each layer.
        dense: [kernel [in, out], bias [out]] of each layer.
    """

    path: Path
    convolutions: list[list[np.ndarray]] = field(default_factory=list)
    transposed_convolutions: list[list[np.ndarray]] = field(default_factory=list)
    normalizations: list[list[np.ndarray]] = field(default_factory=list)
    dense: list[list[np.ndarray]] = field(default_factory=list)

    @property
    def is_generator(self) -> bool:
        """Whether this is a generator: only generators have transposed convolutions."""
        return bool(self.transposed_convolutions)

    @classmethod
    def read(cls, path: str | Path) -> "OriginalWeights":
        """Read a checkpoint.

        Raises:
            RunError: the file is missing or not a checkpoint of the original implementation.
        """
        path = Path(path)
        if not path.is_file():
            raise RunError(
                f"checkpoint {path} is not a file: expected a .h5 file of the original "
                "implementation"
            )
        weights = cls(path)
        try:
            with h5py.File(path, "r") as file:
                layers = file.get("model_weights", file)
                for name in sorted(layers, key=_creation_order):
                    _read_layer(layers[name], weights)
        except (OSError, KeyError, TypeError, AttributeError) as error:
            raise RunError(
                f"{path} is not a Keras 2 .h5 checkpoint of the original implementation: {error}"
            ) from error
        if not weights.convolutions:
            raise RunError(
                f"{path} holds no convolutions, so it is not a checkpoint of the original "
                "implementation"
            )
        return weights

    def assign_to(self, network: keras.Model) -> None:
        """Copy the arrays into a network of this package.

        Raises:
            RunError: the number of layers of a kind or the shape of a layer's weights differs. The
                network may then be partly filled.
        """
        ours = _layers_of(network)
        for kind, types, theirs in (
            ("convolution", (keras.layers.Conv2D, HalvingConvolution), self.convolutions),
            ("transposed convolution", (DoublingConvolution,), self.transposed_convolutions),
            ("normalisation", (InstanceNormalization,), self.normalizations),
            ("dense", (keras.layers.Dense,), self.dense),
        ):
            layers = [layer for layer in ours if type(layer) in types]
            if len(layers) != len(theirs):
                raise RunError(
                    f"{self.path} has {len(theirs)} {kind} layers where the "
                    f"{network.name} has {len(layers)}"
                )
            for layer, arrays in zip(layers, theirs, strict=True):
                received = [array.shape for array in arrays]
                expected = [tuple(weight.shape) for weight in layer.weights]
                if received != expected:
                    raise RunError(
                        f"{self.path} does not fit {layer.path}: weights of shape {received} "
                        f"where {expected} are expected"
                    )
                layer.set_weights(arrays)


def _creation_order(name: str) -> tuple[str, int]:
    stem, _, number = name.rpartition("_")
    return (stem, int(number)) if number.isdigit() else (name, 0)


def _read_layer(group: h5py.Group, weights: OriginalWeights) -> None:
    """Add the arrays of a layer, or of all layers of a nested model (the siamese branch)."""
    holders = [group] if _arrays(group) else []
    group.visititems(
        lambda _, item: (
            holders.append(item) if isinstance(item, h5py.Group) and _arrays(item) else None
        )
    )
    own_name = group.name.rsplit("/", 1)[-1]

    def order(holder: h5py.Group) -> tuple[bool, str, int]:
        # The group of a nested model's first layer may have the same name as the model.
        name = holder.name.rsplit("/", 1)[-1]
        return (name != own_name, *_creation_order(name))

    for holder in sorted(holders, key=order):
        arrays = _arrays(holder)
        if "gamma" in arrays:
            weights.normalizations.append([arrays["gamma"], arrays["beta"]])
            continue
        layer = [arrays[part] for part in ("kernel", "bias") if part in arrays]
        if arrays["kernel"].ndim == 2:
            weights.dense.append(layer)
        elif "conv2d_transpose" in holder.name:
            weights.transposed_convolutions.append(layer)
        else:
            weights.convolutions.append(layer)


def _arrays(group: h5py.Group) -> dict[str, np.ndarray]:
    """Return the arrays directly in a group, with their names without Keras's suffix `:0`."""
    return {
        re.sub(r":\d+$", "", name): np.asarray(item)
        for name, item in group.items()
        if isinstance(item, h5py.Dataset)
    }


def _layers_of(layer: keras.layers.Layer) -> list[keras.layers.Layer]:
    """Return all layers below `layer`, in order of creation."""
    found = []
    for child in layer._layers:
        found.append(child)
        found.extend(_layers_of(child))
    return found
