"""The comparison grid and the learning curves."""

from pathlib import Path

import numpy as np

from ablation_parts.study import Study
from ablation_parts.variants import DISCRIMINATOR, PAPER, SKIP

_ROWS = 6
# Okabe and Ito's colours, which colour-blind people can distinguish; dsc is black everywhere.
_DSC = "#000000"
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")


def draw_comparison(study: Study, path: Path) -> None:
    """Draw held-out pairs and the results of every scored training with seed 0, if there is one."""
    import tensorflow as tf

    from deformable_gan.data.dataset_mixture import DatasetMixture
    from deformable_gan.data.media import write_image
    from deformable_gan.inference import generate_batch
    from deformable_gan.trained_model import TrainedModel
    from deformable_gan.training.pipelines import build_pipelines
    from deformable_gan.visualize import image_grid

    first = [training for training in study.trainings() if training.seed == 0 and training.scores()]
    if not first:
        return
    # TensorFlow mistakes the generators for one function and warns of retracing.
    tf.get_logger().setLevel("ERROR")
    configs = [training.config for training in first]
    # The batch needs a background if any generator has that input; the others ignore it.
    config = next((one for one in configs if one.generator.background), configs[0])
    _, pipeline = build_pipelines(config, DatasetMixture([study.make_dataset()]))
    # Every second of the evenly spread pairs, without the first and the last pair of the list.
    batch = next(iter(pipeline.in_order(2 * _ROWS + 1, 2 * _ROWS + 1)))
    batch = {name: values[1::2] for name, values in batch.items()}
    columns = [batch["source_image"].numpy(), batch["target_image"].numpy()]
    columns += [generate_batch(TrainedModel.load(one.folder).generate, batch) for one in first]
    titles = ["source", "target", *(one.variant.name.replace("-", " ") for one in first)]
    write_image(path, image_grid(list(zip(*columns, strict=True)), column_titles=titles))


def draw_curves(study: Study, path: Path) -> bool:
    """Draw held-out SSIM against steps: mean and deviation over seeds, one panel per group.

    Returns:
        Whether the curves were drawn, which needs matplotlib.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return False
    groups = {
        group: [one for one in study.variants if one.group == group or one.name == "dsc"]
        for group in (PAPER, SKIP, DISCRIMINATOR)
        if any(one.group == group for one in study.variants)
    }
    figure = Figure(figsize=(4.2 * len(groups), 3.6), layout="constrained")
    panels = figure.subplots(1, len(groups), sharey=True, squeeze=False)[0]
    for panel, (group, variants) in zip(panels, groups.items(), strict=True):
        colours = iter(_COLOURS)
        for variant in variants:
            colour = _DSC if variant.name == "dsc" else next(colours)
            _draw_curve(panel, study, variant, colour)
        panel.set_title(group, fontsize=10)
        panel.set_xlabel("steps")
        panel.grid(alpha=0.25)
        panel.spines[["top", "right"]].set_visible(False)
        panel.legend(fontsize=8, frameon=False, loc="lower right")
    panels[0].set_ylabel("SSIM on held-out people")
    figure.savefig(path, dpi=110)
    return True


def _draw_curve(panel, study: Study, variant, colour: str) -> None:
    curves = [one.curve() for one in study.trainings(variant) if one.scores()]
    if not curves:
        return
    steps = [step for step, _ in curves[0]]
    values = np.array([[value for _, value in curve] for curve in curves])
    mean = values.mean(axis=0)
    panel.plot(steps, mean, color=colour, label=variant.name, linewidth=1.6, marker=".")
    if len(values) > 1:
        deviation = values.std(axis=0, ddof=1)
        panel.fill_between(
            steps, mean - deviation, mean + deviation, color=colour, alpha=0.15, linewidth=0
        )
