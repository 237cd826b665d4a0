"""The passes of an evaluation whose networks are available."""

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
    """Return the passes, and for each skipped score the reason.

    Args:
        options: what to evaluate.
        pairs: the pairs to score.
        images: the pairs' generated images.
        dataset: the dataset of the pairs; None for a plain folder.

    Raises:
        DeformableGANError: the images are too small for SSIM, or the options name a network's file
            that cannot be used. The scores of other networks that cannot be loaded are skipped.
    """
    if min(pairs.image_size) < WINDOW:
        height, width = pairs.image_size
        raise DatasetError(
            f"the target images have {height}x{width} pixels: SSIM needs at least "
            f"{WINDOW}x{WINDOW}; use larger images"
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
        if dataset and kind == "train":
            real = pairs.all_of(dataset.train)
        else:
            real = pairs.distinct_targets()
        return [
            PassOverImages(InceptionPass(network, kind), real),
            PassOverImages(InceptionPass(network, "generated", kind), pairs, images),
        ]

    least = LearnedPerceptualSimilarity.least_size
    small = min(pairs.image_size) < least
    optional("pose", pose, "" if pairs.skeleton else "the joints of the target images are unknown")
    optional("lpips", lpips, f"the images are smaller than {least} pixels" if small else "")
    optional("detection", detection)
    optional("inception", inception)
    if pairs.skeleton is None and "inception" not in options.skip:
        skipped.setdefault("masked_inception_score", "the joints of the target images are unknown")
    return passes, skipped
