"""The options of an evaluation."""

from dataclasses import dataclass, field
from pathlib import Path

from deformable_gan.errors import ConfigurationError

#: Scores that need a network, by the network's name in `skip` and `weights`.
NETWORKS = {
    "pose": ("pckh", "pose_taken", "joint_error"),
    "lpips": ("lpips",),
    "inception": ("inception_score", "masked_inception_score", "fid"),
    "detection": ("detection_score",),
}
#: The choices of real images that FID compares generated images with.
FID_AGAINST = ("targets", "train")


@dataclass(frozen=True)
class EvaluationOptions:
    """The options of an evaluation.

    Attributes:
        output: the folder for images, rows, scores and the report.
        model: a run directory or an exported model.
        generated: a folder of generated images, instead of a model.
        dataset: a dataset folder.
        targets: a plain folder of target images, instead of a dataset.
        limit: how many pairs to evaluate at most, spread evenly over all pairs; None for all.
        batch_size: how many images a model generates at once.
        names: a CSV file that assigns generated images to pairs.
        resize: whether generated images of other sizes are resized to the targets' size.
        last_panel: whether each file shows several images side by side, the generated one last.
        skip: the networks whose scores are skipped, names in `NETWORKS`.
        fid_against: one of `FID_AGAINST`.
        weights: paths of local copies of networks, by the names in `NETWORKS`.

    Raises:
        ConfigurationError: the options do not fit together.
    """

    output: Path
    model: Path | None = None
    generated: Path | None = None
    dataset: Path | None = None
    targets: Path | None = None
    limit: int | None = None
    batch_size: int = 16
    names: Path | None = None
    resize: bool = False
    last_panel: bool = False
    skip: frozenset[str] = frozenset()
    fid_against: str = "targets"
    weights: dict[str, Path] = field(default_factory=dict)

    def __post_init__(self):
        if (self.model is None) == (self.generated is None):
            raise ConfigurationError(
                "an evaluation needs either a model (--run or --model) or a folder of generated "
                "images (--generated): give exactly one"
            )
        if (self.dataset is None) == (self.targets is None):
            raise ConfigurationError(
                "an evaluation needs either a dataset folder (--dataset) or a folder of target "
                "images (--targets): give exactly one"
            )
        if self.model and self.targets:
            raise ConfigurationError(
                "a model needs source images and joints, which --targets does not provide: give "
                "--dataset, or the images to score with --generated"
            )
        if self.model and (self.names or self.resize or self.last_panel):
            raise ConfigurationError(
                "--names, --resize and --last-panel apply to the images of --generated: leave them "
                "out when a model generates the images"
            )
        if self.targets and self.fid_against == "train":
            raise ConfigurationError(
                "--fid-against train needs training images: give a dataset folder with --dataset"
            )
        if unknown := self.skip - set(NETWORKS):
            raise ConfigurationError(
                f"cannot skip {', '.join(sorted(unknown))}: choose from {', '.join(NETWORKS)}"
            )
