"""Which passes there are: those whose networks can be had."""

from collections.abc import Callable
from pathlib import Path

from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.errors import DatasetError, DeformableGANError
from deformable_gan.evaluation.detection_pass import DetectionPass
from deformable_gan.evaluation.evaluation_options import NETWORKS, EvaluationOptions
from deformable_gan.evaluation.generated_images import GeneratedImages
from deformable_gan.evaluation.image_pairs import ImagePairs
from deformable_gan.evaluation.inception_pass import InceptionPass
from deformable_gan.evaluation.perceptual_pass import PerceptualPass
from deformable_gan.evaluation.pixel_pass import PixelPass
from deformable_gan.evaluation.pose_pass import PosePass
from deformable_gan.evaluation.scoring import PassOverImages
from deformable_gan.metrics.inception_network import InceptionNetwork
from deformable_gan.metrics.learned_perceptual_similarity import LearnedPerceptualSimilarity
from deformable_gan.metrics.person_detector import PersonDetector
from deformable_gan.metrics.structural_similarity import WINDOW
from deformable_gan.pose.movenet import MoveNet
from deformable_gan.pose.movenet_source import find_movenet


def build_passes(
    options: EvaluationOptions,
    pairs: ImagePairs,
    images: GeneratedImages,
    dataset: DatasetFolder | None,
) -> tuple[list[PassOverImages], dict[str, str]]:
    """Return what to do, and which scores cannot be had and why.

    Args:
        options: what is wanted.
        pairs: what is scored.
        images: the pairs' generated pictures.
        dataset: where the pairs come from, if from a dataset.

    Raises:
        DeformableGANError: the images are too small for SSIM, or a network's file was named and
            cannot be used. One that was not named and cannot be downloaded is a reason, not an
            error.
    """
    if min(pairs.image_size) < WINDOW:
        height, width = pairs.image_size
        raise DatasetError(
            f"the target images have {height}x{width} pixels: SSIM looks at windows of "
            f"{WINDOW}x{WINDOW}, so that no side may be shorter"
        )
    passes = [PassOverImages(PixelPass(), pairs, images)]
    skipped: dict[str, str] = {}

    def optional(name: str, load: Callable[[Path | None], list[PassOverImages]], lack: str = ""):
        reason = "left out by --skip" if name in options.skip else lack
        if not reason:
            path = options.weights.get(name)
            try:
                passes.extend(load(path))
            except DeformableGANError as error:
                if path is not None:
                    raise
                reason = str(error)
        if reason:
            skipped.update(dict.fromkeys(NETWORKS[name], reason))

    def pose(path: Path | None) -> list[PassOverImages]:
        found = find_movenet(path)
        return [PassOverImages(PosePass(MoveNet.load(found), found), pairs, images)]

    def lpips(path: Path | None) -> list[PassOverImages]:
        similarity = LearnedPerceptualSimilarity.load(path)
        return [PassOverImages(PerceptualPass(similarity), pairs, images)]

    def detection(path: Path | None) -> list[PassOverImages]:
        return [PassOverImages(DetectionPass(PersonDetector.load(path)), pairs, images)]

    def inception(path: Path | None) -> list[PassOverImages]:
        network = InceptionNetwork.load(path)
        kind = options.fid_against
        real = pairs.all_of(dataset.train) if kind == "train" else pairs.distinct_targets()  # type: ignore[union-attr]  # not None here
        return [
            PassOverImages(InceptionPass(network, kind), real),
            PassOverImages(InceptionPass(network, "generated", kind), pairs, images),
        ]

    least = LearnedPerceptualSimilarity.least_size
    small = min(pairs.image_size) < least
    optional("pose", pose, "" if pairs.skeleton else "no joints are known of the target images")
    optional("lpips", lpips, f"images of fewer than {least} pixels" if small else "")
    optional("detection", detection)
    optional("inception", inception)
    if pairs.skeleton is None and "inception" not in options.skip:
        skipped.setdefault("masked_inception_score", "no joints are known of the target images")
    return passes, skipped
