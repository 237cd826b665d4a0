"""The network of the detection score, which says how confidently a detector finds a person."""

from pathlib import Path

import numpy as np
import tensorflow as tf

from deformable_gan.errors import WeightsError
from deformable_gan.pretrained.hub_model import HubModel

#: The detector: TensorFlow's Object Detection API, trained on COCO 2017, 320 x 320 pixels.
SSD_MOBILENET = HubModel(
    "SSD MobileNet v2",
    "https://tfhub.dev/tensorflow/ssd_mobilenet_v2/2",
    "tensorflow/ssd-mobilenet-v2/tensorFlow2/ssd-mobilenet-v2/1",
    "--detector",
    "DEFORMABLE_GAN_DETECTOR",
    WeightsError,
)
# The number of the class "person" in COCO's list, which begins with 1.
_PERSON = 1
# What TensorFlow raises for a damaged SavedModel depends on which file is damaged, and where.
_UNREADABLE = (OSError, ValueError, TypeError, LookupError, RuntimeError, tf.errors.OpError)


class PersonDetector:
    """A detector that returns the highest confidence of a person in an image.

    Args:
        path: a SavedModel with the interface of TensorFlow's detection models: the input is one
            uint8 image [1, H, W, 3], the outputs are detection_classes and detection_scores, float
            [1, N].

    Attributes:
        path: the model's path.

    Raises:
        WeightsError: the path holds no readable model with this interface.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        try:
            self._model = tf.saved_model.load(str(self.path))
            signature = self._model.signatures["serving_default"]
            (name,) = signature.structured_input_signature[1]
            outputs = signature.structured_outputs
        except _UNREADABLE as error:
            raise WeightsError(
                f"{path} is not a readable SavedModel of a detector: {error}; give the detector's "
                "folder with --detector"
            ) from error
        if not {"detection_classes", "detection_scores"} <= set(outputs):
            raise WeightsError(
                f"{path} is not a detector: expected the outputs detection_classes and "
                f"detection_scores, received {', '.join(sorted(outputs))}; give the folder of "
                f"{SSD_MOBILENET.title} with {SSD_MOBILENET.option}"
            )

        @tf.function(input_signature=[tf.TensorSpec((None, None, None, 3), tf.uint8)])
        def surest(images):
            def of_one(image):
                found = signature(**{name: image[tf.newaxis]})
                person = tf.equal(tf.cast(found["detection_classes"], tf.int32), _PERSON)
                return tf.reduce_max(tf.where(person, found["detection_scores"], 0.0))

            return tf.map_fn(of_one, images, tf.float32, parallel_iterations=1)

        self._surest = surest

    @classmethod
    def load(cls, path: str | Path | None = None) -> "PersonDetector":
        """Find and load the detector; see `HubModel.find`.

        Raises:
            WeightsError: the model cannot be found, downloaded or read.
        """
        return cls(SSD_MOBILENET.find(path))

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Return the highest confidence of a person in each image; 0 if there is none.

        Args:
            images: uint8 [B, H, W, 3].

        Returns:
            float32 [B] in [0, 1].
        """
        return self._surest(images).numpy()
