"""The model card: what an exported model was made from, what it can do and what it cannot."""

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
# Read by Hugging Face.
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
#: What stands in a card where nobody has written yet whether the people agreed.
CONSENT_OPEN = "**not stated**"
_LICENSE = re.compile(r"^license:.*\n", re.MULTILINE)


@dataclass(frozen=True)
class ModelCard:
    """What is known of how a model came to be.

    Attributes:
        config: the experiment.
        steps: of training.
        details: what `RunDirectory.read_details` returns; empty where nothing is known.
        scores: what `scores.json` of the run holds; empty where training has not ended.
        manifests: of the datasets trained on, by name; of those that can still be read.
    """

    config: ExperimentConfig
    steps: int
    details: dict = field(default_factory=dict)
    scores: dict = field(default_factory=dict)
    manifests: dict[str, dict] = field(default_factory=dict)

    def experiment(self) -> dict:
        """Return what an export's description says of the training, JSON values."""
        return {"experiment": json.loads(self.config.to_json()), "steps": self.steps}

    def text(self, exported: dict[str, tuple[int, Drift]], photographs: bool) -> str:
        """Return the card in Markdown.

        Args:
            exported: of each format, by name, the size in bytes and the drift.
            photographs: whether the SavedModel holds MoveNet.
        """
        height, width = self.config.image_size
        skip = self.config.generator.skip
        parts = [
            _HEADER,
            "# A model that reposes people\n",
            f"From a picture of one person ({height}x{width}, {self.config.skeleton} joints) and a "
            "pose, a new picture of that person in that pose: a generator of *Deformable GANs for "
            "Pose-based Human Image Generation* (Siarohin et al., CVPR 2018), "
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
            return [f"See the card of `{self.details['exported_from']}`, of which this was made."]
        if "converted_from" in self.details:
            names = ", ".join(Path(name).name for name in self.details["converted_from"])
            return [f"Converted from weights of the original implementation: {names}."]
        single = [{"path": self.details["dataset"]}] if "dataset" in self.details else []
        # Only the folders' names: where they lay is nobody else's business.
        folders = [Path(one["path"]).name for one in self.details.get("datasets", single)]
        lines = [self._dataset(name) for name in folders] or ["Nothing is known of it."]
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
            return f"- `{name}` (not there any more when this was written)"
        kind = manifest.get("source", {}).get("kind", "")
        train = manifest.get("splits", {}).get("train", {})
        counts = ", ".join(f"{train[what]:,} {what}" for what in train)
        return f"- `{name}`: {_KINDS.get(kind, kind or 'of unknown origin')}; {counts}"

    def _scores(self) -> list[str]:
        whole = self.scores.get("all")
        if not whole:
            return ["None: this run has not been scored on held-out pairs."]
        return [
            f"On {whole['pairs']:,} held-out pairs; beside it what showing the source picture "
            "again would score.\n",
            "| | this model | the source again |",
            "| --- | --- | --- |",
            f"| SSIM (higher is better) | {whole['ssim']:.3f} | {whole['copy_ssim']:.3f} |",
            "| difference on the person, grey levels of 255 (lower is better) | "
            f"{whole['foreground_l1']:.1f} | {whole['copy_foreground_l1']:.1f} |",
        ]

    def _consent(self) -> list[str]:
        kinds = {one.get("source", {}).get("kind") for one in self.manifests.values()}
        if kinds == {"synthetic-dancers"}:
            return [
                "It has seen drawn figures only. The person in the picture you give it is real: "
                "ask before you show somebody in a pose they never took, and say that the picture "
                "is made."
            ]
        return [
            "It was trained on pictures of real people. Whether they agreed, to the training and "
            f"to this model being passed on, is for its publisher to say here: {CONSENT_OPEN}.\n",
            "Ask the person in the picture you give it, too. A picture of somebody doing what they "
            "did not do should say so. Do not use it to deceive, to harass or to identify people.",
        ]


def with_license(card: str, name: str) -> str:
    """Return a model card whose header names a licence.

    Args:
        card: its text; one without a header gets one.
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
        "Compared with the model before they were written here, on drawn people (numbers of "
        "pictures in [-1, 1]).\n",
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
        "- One person, both shoulders and both hips in view; what the source does not show (the "
        "back, a hidden hand, a face from the side) is invented.",
        "- People, clothes, poses and cameras unlike those it was trained on come out worse, and "
        "not equally so for everybody: try it on the people you mean it for.",
        "- Text, faces and hands are smaller than it can draw.",
        "- The background is drawn again along with the person.",
    ]
    if photographs:
        lines.append(
            "- The signatures that take photographs hold MoveNet (Google, Apache-2.0). It finds "
            "the most prominent person; of several people it may choose another one than you. "
            "Where `source_usable` or `target_usable` is false, nobody was found and the picture "
            "means nothing."
        )
    return lines
