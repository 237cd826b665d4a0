"""The model card, which describes an exported model's origin, abilities and limits."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from deformable_gan.config import ExperimentConfig
from deformable_gan.exporting.drift import Drift
from deformable_gan.exporting.formats import get_format
from deformable_gan.sharing.model_folder import KERAS
from deformable_gan.version import __version__

_KINDS = {
    "synthetic-dancers": "synthetic dancers, drawn by a program",
    "recordings": "video clips or photographs",
    "import": "an imported dataset",
}
# Hugging Face reads this header.
_HEADER = """\
---
library_name: keras
pipeline_tag: image-to-image
tags:
- deformable-gan
- pose-transfer
- human-image-generation
---
"""
#: The words in a card until its publisher states whether the people agreed.
CONSENT_OPEN = "**not stated**"
_LICENSE = re.compile(r"^license:.*\n", re.MULTILINE)


@dataclass(frozen=True)
class ModelCard:
    """The known facts about a model's origin.

    Attributes:
        config: the experiment.
        steps: the number of training steps.
        details: the result of `RunDirectory.read_details`; empty if nothing is known.
        scores: the contents of the run's `scores.json`; empty if training has not ended.
        manifests: the manifests of the training datasets, by folder name; empty if a dataset is
            missing or has changed.
    """

    config: ExperimentConfig
    steps: int
    details: dict = field(default_factory=dict)
    scores: dict = field(default_factory=dict)
    manifests: dict[str, dict] = field(default_factory=dict)

    def experiment(self) -> dict:
        """Return the part of an export's description about the training, as JSON values."""
        return {"experiment": json.loads(self.config.to_json()), "steps": self.steps}

    def text(self, exported: dict[str, tuple[int, Drift]], photographs: bool) -> str:
        """Return the card in Markdown.

        Args:
            exported: the size in bytes and the drift of each format, by name.
            photographs: whether the SavedModel holds MoveNet.
        """
        height, width = self.config.image_size
        skip = self.config.generator.skip
        parts = [
            _HEADER,
            "# A model that reposes people\n",
            f"From an image of one person ({height}x{width}, {self.config.skeleton} joints) and a "
            "pose, it generates an image of that person in that pose. It is a generator of "
            "*Deformable GANs for Pose-based Human Image Generation* (Siarohin et al., CVPR 2018), "
            f"{'without warps' if skip == 'none' else f'skips of the kind `{skip}`'}, "
            f"preset `{self.config.preset}`. Exported by deformable_gan {__version__}.\n",
            "## Trained on\n",
            *self._datasets(),
            "\n## Scores\n",
            *self._scores(),
            "\n## Files\n",
            *_files(exported),
            *(_use() if KERAS in exported else ()),
            "\n## Limits\n",
            *_limits(photographs),
            "\n## People\n",
            *self._consent(),
        ]
        return "\n".join(parts) + "\n"

    def _datasets(self) -> list[str]:
        if "exported_from" in self.details:
            return [f"See the card of `{self.details['exported_from']}`, the origin of this model."]
        if "converted_from" in self.details:
            names = ", ".join(Path(name).name for name in self.details["converted_from"])
            return [f"Converted from weights of the original implementation: {names}."]
        single = [{"path": self.details["dataset"]}] if "dataset" in self.details else []
        # The card names the folders without their paths, which are private.
        folders = [Path(one["path"]).name for one in self.details.get("datasets", single)]
        lines = [self._dataset(name) for name in folders] or ["The training data are unknown."]
        training = self.config.training
        lines.append(
            f"\n{self.steps:,} steps of {training.batch_size} pairs, learning rate "
            f"{training.learning_rate:g}, content loss on `{self.config.loss.content_features}`."
        )
        if checksum := self.details.get("dataset_checksum"):
            lines.append(f"\nChecksum of the data: `{checksum}`.")
        return lines

    def _dataset(self, name: str) -> str:
        manifest = self.manifests.get(name)
        if not manifest:
            return f"- `{name}` (not described, since training data was missing or had changed)"
        kind = manifest.get("source", {}).get("kind", "")
        train = manifest.get("splits", {}).get("train", {})
        counts = ", ".join(f"{train[what]:,} {what}" for what in train)
        return f"- `{name}`: {_KINDS.get(kind, kind or 'of unknown origin')}; {counts}"

    def _scores(self) -> list[str]:
        whole = self.scores.get("all")
        if not whole:
            return ["None: this run has not been scored on held-out pairs."]
        return [
            f"On {whole['pairs']:,} held-out pairs, compared with the scores of the unchanged "
            "source image.\n",
            "| | this model | source image |",
            "| --- | --- | --- |",
            f"| SSIM (higher is better) | {whole['ssim']:.3f} | {whole['copy_ssim']:.3f} |",
            "| difference on the person, grey levels of 255 (lower is better) | "
            f"{whole['foreground_l1']:.1f} | {whole['copy_foreground_l1']:.1f} |",
        ]

    def _consent(self) -> list[str]:
        kinds = {one.get("source", {}).get("kind") for one in self.manifests.values()}
        if kinds == {"synthetic-dancers"}:
            return [
                "It was trained on drawn figures only. The person in your image is real: ask for "
                "permission before you show people in poses they never took, and say that the "
                "image is generated."
            ]
        return [
            "It was trained on images of real people. Its publisher states here whether they "
            f"agreed to the training and to the publication of this model: {CONSENT_OPEN}.\n",
            "Ask the person in your image for permission, too. An image of people doing something "
            "they did not do should say so. Do not use it to deceive, to harass or to identify "
            "people.",
        ]


def with_license(card: str, name: str) -> str:
    """Return a model card whose header names a licence.

    Args:
        card: the card's text; a header is added if it has none.
        name: the licence as Hugging Face calls it, such as `apache-2.0` or `cc-by-nc-4.0`.
    """
    if not card.startswith("---\n"):
        card = f"{_HEADER}{card}"
    header, end, rest = card[4:].partition("\n---\n")
    header = _LICENSE.sub("", f"{header}\n")
    return f"---\nlicense: {name}\n{header.rstrip()}{end}{rest}"


def _use() -> list[str]:
    return [
        "\n## Use\n",
        "`pip install deformable-gan`, and then, with this model's folder or handle:\n",
        "```python",
        "from deformable_gan import Reposer",
        "",
        'images = Reposer.from_preset("hf://USER/NAME").repose("anna.jpg", "ben.mp4")',
        "```",
    ]


def _files(exported: dict[str, tuple[int, Drift]]) -> list[str]:
    lines = [
        "The files were compared with the model on drawn people (differences of images in "
        "[-1, 1]).\n",
        "| file | format | size | largest difference | mean difference |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, (size, drift) in exported.items():
        one = get_format(name)
        lines.append(
            f"| `{one.file}` | {one.title} | {size / 1e6:.1f} MB | {drift.largest:.1e} | "
            f"{drift.mean:.1e} |"
        )
    return lines


def _limits(photographs: bool) -> list[str]:
    lines = [
        "- The source image must show one person with both shoulders and both hips in view. Parts "
        "that it does not show (the back, a hidden hand, a face from the side) are invented.",
        "- Results are worse for people, clothes, poses and cameras unlike the training data, and "
        "not equally so for everybody: test it on the people you intend it for.",
        "- Text, faces and hands are too small for it to draw well.",
        "- The background may change along with the person.",
    ]
    if photographs:
        lines.append(
            "- The signatures that take photographs hold MoveNet (Google, Apache-2.0). It finds "
            "the most prominent person; among several people it may choose another one than you "
            "expect. Where `source_usable` or `target_usable` is false, no person was found and "
            "the image is meaningless."
        )
    return lines
