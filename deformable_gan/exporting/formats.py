"""The formats a generator is exported to."""

import importlib.util
from dataclasses import dataclass

from deformable_gan.errors import ConfigurationError
from deformable_gan.exporting.drift import Tolerance
from deformable_gan.sharing.model_folder import KERAS, WEIGHTS

# Of what is exported in 16 or 8 bits single numbers may be anything; pictures as a whole must not.
_FLOAT32 = Tolerance(largest=1e-3)


@dataclass(frozen=True)
class ExportFormat:
    """One of them.

    Attributes:
        name: on the command line.
        title: for people.
        file: its name in the export's folder; of a SavedModel, the file that makes it one.
        tolerance: what it may differ by from the model.
        nearest: the same for models that sample the nearest pixel.
        extra: of this package, which brings the libraries it needs; None for none.
        packages: the modules these are.
    """

    name: str
    title: str
    file: str
    tolerance: Tolerance
    nearest: Tolerance
    extra: str | None = None
    packages: tuple[str, ...] = ()

    def require_packages(self) -> None:
        """Make sure that what this format is made and checked with is installed.

        Raises:
            ConfigurationError: it is not.
        """
        absent = [name for name in self.packages if importlib.util.find_spec(name) is None]
        if absent:
            raise ConfigurationError(
                f"--format {self.name} needs {', '.join(absent)}, which is not installed: pip "
                f"install 'deformable-gan[{self.extra}]'"
            )


def _litert(name: str, title: str, file: str, tolerance: Tolerance) -> ExportFormat:
    # LiteRT has no float64, in which the nearest pixel is found.
    nearest = Tolerance(mean=tolerance.mean or 1e-4)
    return ExportFormat(name, title, file, tolerance, nearest, "litert", ("ai_edge_litert",))


def _onnx(name: str, title: str, file: str) -> ExportFormat:
    packages = ("onnx", "tf2onnx", "onnxruntime")
    return ExportFormat(name, title, file, _FLOAT32, _FLOAT32, "onnx", packages)


#: By their names on the command line.
FORMATS = {
    one.name: one
    for one in (
        ExportFormat(
            "savedmodel",
            "SavedModel",
            "saved_model.pb",
            Tolerance(largest=1e-5),
            Tolerance(largest=1e-5),
        ),
        ExportFormat(
            KERAS,
            "Keras, the network itself",
            WEIGHTS,
            Tolerance(largest=1e-5),
            Tolerance(largest=1e-5),
        ),
        _litert("litert", "LiteRT, float32", "model.tflite", _FLOAT32),
        _litert("litert-float16", "LiteRT, float16", "model_float16.tflite", Tolerance(mean=2e-3)),
        _litert("litert-int8", "LiteRT, int8", "model_int8.tflite", Tolerance(mean=3e-2)),
        _onnx("onnx", "ONNX", "model.onnx"),
        _litert("web", "a web page, with LiteRT inside", "network.tflite", _FLOAT32),
    )
}
