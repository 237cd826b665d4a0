"""Signatures for photographs: MoveNet, the crop and the generator in one graph."""

import tensorflow as tf

from deformable_gan.data.usable_pose import REQUIRED_JOINTS, SEEN
from deformable_gan.exporting.full_size_graph import compose_in_photograph
from deformable_gan.exporting.serving import Serve
from deformable_gan.models.generator import Generator
from deformable_gan.pose.crop_tensors import Rectangle, person_rectangle
from deformable_gan.pose.movenet import MoveNet
from deformable_gan.pose.skeleton import Skeleton


class PhotoSignatures:
    """Functions that process photographs as `Reposer` does, with TensorFlow operations.

    Each function returns

    - photograph, of a composite generator only: uint8 [B, any, any, 3], the source photograph with
      the person in the target pose, composed at the photograph's size;
    - image: uint8 [B, H, W, 3], and image_float: float32 [B, H, W, 3] in [-1, 1];
    - source_crop: uint8 [B, H, W, 3], the generator's input image, cut out around the person;
    - source_keypoints, target_keypoints: float32 [B, J, 3] of (y, x, confidence) in pixels of the
      crop, confidence 0 for a joint that is not seen;
    - source_usable (and target_usable, for a target photograph): bool [B], whether both shoulders
      and both hips were found. If they were not, the image is meaningless.

    If the generator needs a background, each function also takes `background`: uint8
    [B, any, any, 3], the source photographs without the person.

    Args:
        serve: the generator's function; see `make_serve`, and for a composite generator
            `make_serve_all`.
        generator: the generator.
        skeleton: the layout of its joints.
        movenet: the estimator that finds the people; it must be loaded from a SavedModel.
    """

    def __init__(self, serve: Serve, generator: Generator, skeleton: Skeleton, movenet: MoveNet):
        self.skeleton = skeleton
        self.image_size = generator.image_size
        self._composes = bool(generator.composite)
        self._background = generator.background
        self._serve = serve
        self._movenet = movenet

    def functions(self) -> dict[str, Serve]:
        """Return both functions as `tf.function`s for all sizes, by their signatures' names."""
        # Batches and sizes are arbitrary; all photographs of a batch have the same size.
        source, target, background = (
            tf.TensorSpec((None, None, None, 3), tf.uint8, name=name)
            for name in ("source_image", "target_image", "background")
        )
        joints = tf.TensorSpec((None, len(self.skeleton), 3), tf.float32, name="target_keypoints")
        taken = {
            self.from_photo_and_keypoints: [source, joints],
            self.from_two_photos: [source, target],
        }
        more = [background] if self._background else []
        return {
            function.__name__: tf.function(
                function, input_signature=[*signature, *more], autograph=False
            )
            for function, signature in taken.items()
        }

    def from_photo_and_keypoints(
        self, source_image, target_keypoints, background=None
    ) -> dict[str, tf.Tensor]:
        """Repose the people in photographs.

        Args:
            source_image: uint8 [B, any, any, 3]. Images of the generator's own size are used
                unchanged; from others the person is cut out.
            target_keypoints: float32 [B, J, 3] in pixels of the generator's images.
            background: see the class.

        Returns:
            See the class.
        """
        return self._reposed(source_image, background, target_keypoints)

    def from_two_photos(self, source_image, target_image, background=None) -> dict[str, tf.Tensor]:
        """Repose the people in photographs to the poses in other photographs.

        Args:
            source_image: uint8 [B, any, any, 3], the photographs of the people.
            target_image: uint8 [B, any, any, 3], the photographs of the poses; they may have
                another size.
            background: see the class.

        Returns:
            See the class.
        """
        target = self._find(target_image, target_image)
        reposed = self._reposed(source_image, background, target["keypoints"])
        return {**reposed, "target_usable": target["usable"]}

    def _reposed(self, photographs, backgrounds, target_keypoints) -> dict[str, tf.Tensor]:
        source = self._find(photographs, photographs if backgrounds is None else backgrounds)
        given = [source["background"]] if self._background else []
        made = dict(self._serve(source["crop"], source["keypoints"], target_keypoints, *given))
        shown = {name: source[name] for name in ("crop", "keypoints", "usable")}
        made |= {f"source_{name}": value for name, value in shown.items()}
        made["target_keypoints"] = tf.identity(target_keypoints)
        if self._composes:
            parts = {name: made.pop(name) for name in ("weights", "drawn", "transforms")}
            made["photograph"] = self._compose(parts, photographs, backgrounds, source)
        return made

    def _compose(self, parts, photographs, backgrounds, source) -> tf.Tensor:
        # One by one, to save memory.
        def compose(one):
            return compose_in_photograph(
                one["parts"],
                one["photograph"],
                Rectangle(one["corner"], one["size"]),
                one["background"] if self._background else None,
            )

        return tf.map_fn(
            compose,
            {
                "parts": parts,
                "photograph": photographs,
                "background": photographs if backgrounds is None else backgrounds,
                "corner": source["corner"],
                "size": source["size"],
            },
            parallel_iterations=1,
            fn_output_signature=tf.TensorSpec((None, None, 3), tf.uint8),
        )

    def _find(self, photographs: tf.Tensor, backgrounds: tf.Tensor) -> dict[str, tf.Tensor]:
        """Find the people; see `_find_one`."""
        # One by one, since MoveNet takes one image at a time.
        crop = tf.TensorSpec((*self.image_size, 3), tf.uint8)
        place = tf.TensorSpec((2,), tf.float64)
        return tf.map_fn(
            lambda both: self._find_one(*both),
            (photographs, backgrounds),
            parallel_iterations=1,
            fn_output_signature={
                "crop": crop,
                "background": crop,
                "keypoints": tf.TensorSpec((len(self.skeleton), 3), tf.float32),
                "usable": tf.TensorSpec((), tf.bool),
                "corner": place,
                "size": place,
            },
        )

    def _find_one(self, photograph: tf.Tensor, background: tf.Tensor) -> dict[str, tf.Tensor]:
        """Find a person, and cut the crop out of both images."""
        size = tf.shape(photograph)[:2]
        joints = self._movenet.skeleton
        found = _keep_seen(self._movenet.estimate_tensor(photograph), size, SEEN)
        usable = tf.reduce_all(tf.gather(found[:, 2], joints.indices(*REQUIRED_JOINTS)) > 0)

        def as_it_is():
            whole = Rectangle(
                tf.fill([2], tf.constant(-0.5, tf.float64)),
                tf.constant(self.image_size, tf.float64),
            )
            return photograph, background, found, *whole

        def cut_out():
            rectangle = person_rectangle(found, joints, size, self.image_size)
            placed = rectangle.to_crop(found, self.image_size)
            placed = _keep_seen(placed, tf.constant(self.image_size), 0.0)
            crop = rectangle.cut_out(photograph, self.image_size)
            behind = crop
            if self._background:
                behind = rectangle.cut_out(background, self.image_size)
            return crop, behind, placed, *rectangle

        crop, behind, keypoints, corner, extent = tf.cond(
            tf.reduce_all(size == self.image_size), as_it_is, cut_out
        )
        return {
            "crop": tf.ensure_shape(crop, (*self.image_size, 3)),
            "background": tf.ensure_shape(behind, (*self.image_size, 3)),
            "keypoints": _in_layout(keypoints, joints, self.skeleton),
            "usable": usable,
            "corner": tf.ensure_shape(corner, (2,)),
            "size": tf.ensure_shape(extent, (2,)),
        }


def _keep_seen(keypoints: tf.Tensor, size: tf.Tensor, threshold: float) -> tf.Tensor:
    """Return what `keep_seen_joints` returns, with TensorFlow operations."""
    places, end = keypoints[:, :2], tf.cast(size, tf.float32) - 0.5
    inside = tf.reduce_all((places >= -0.5) & (places < end), axis=1)
    seen = inside & (keypoints[:, 2] > threshold)
    return tf.where(seen[:, None], keypoints, 0.0)


def _in_layout(keypoints: tf.Tensor, source: Skeleton, target: Skeleton) -> tf.Tensor:
    """Return what `convert_keypoints` returns, with TensorFlow operations."""
    named = {joint: keypoints[index] for index, joint in enumerate(source.joints)}
    for joint, parents in target.derived:
        if joint not in named and all(parent in named for parent in parents):
            points = tf.stack([named[parent] for parent in parents])
            place, confidence = tf.reduce_mean(points, 0)[:2], tf.reduce_min(points, 0)[2:]
            named[joint] = tf.concat([place, confidence], axis=0)
    return tf.stack([named.get(joint, tf.zeros(3)) for joint in target.joints])
