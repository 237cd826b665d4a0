"""Loading a trained generator for an export, with the facts for its model card."""

import json
from pathlib import Path

from deformable_gan.config import ExperimentConfig
from deformable_gan.data.dataset_mixture import DatasetMixture
from deformable_gan.errors import DatasetError
from deformable_gan.exporting.model_card import ModelCard
from deformable_gan.models.generator import Generator
from deformable_gan.models.load_generator import load_generator
from deformable_gan.saving.saved_generator import (
    SavedGenerator,
    SavedInExport,
    SavedInPackage,
    SavedInRun,
)


def load_trained(place: str | Path) -> tuple[Generator, ModelCard]:
    """Return a trained generator and the facts for its model card.

    Args:
        place: see `SavedGenerator.find`.

    Raises:
        DeformableGANError: the generator cannot be read, or `place` is an export that does not hold
            the network in Keras's format.
    """
    saved = SavedGenerator.find(place)
    generator, step = load_generator(saved)
    generator.warp_method = "sparse"
    return generator, _card(saved, step)


def _card(saved: SavedGenerator, step: int | None) -> ModelCard:
    steps = step if isinstance(step, int) else 0
    if isinstance(saved, SavedInRun):
        run = saved.run
        details = run.read_details() if run.details_file.is_file() else {}
        return ModelCard(run.read_config(), steps, details, run.read_scores(), _manifests(details))
    if isinstance(saved, SavedInPackage):
        origin = f"deformable_gan/boxed/{saved.model.name}"
        return ModelCard(saved.read_config(), steps, {"exported_from": origin})
    if not isinstance(saved, SavedInExport):
        raise TypeError(f"no model card for a {type(saved).__name__}")
    preset = saved.preset
    config = ExperimentConfig.from_json(
        json.dumps(preset.description.get("experiment")), str(preset.folder)
    )
    # The folder's path stays private.
    origin = preset.origin if "://" in preset.origin else Path(preset.origin).name
    return ModelCard(config, steps, {"exported_from": origin})


def _manifests(details: dict) -> dict[str, dict]:
    """Return the manifests of a run's datasets; none if a dataset is missing or has changed."""
    single = [{"path": details["dataset"], "weight": 1.0}] if "dataset" in details else []
    datasets = details.get("datasets", single)
    if not datasets:
        return {}
    try:
        mixture = DatasetMixture.open(
            [one["path"] for one in datasets], [one["weight"] for one in datasets]
        )
    except DatasetError:
        return {}
    if mixture.checksum != details["dataset_checksum"]:
        return {}
    return {one.path.name: one.manifest for one in mixture.datasets.values()}
