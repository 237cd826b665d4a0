import numpy as np

from deformable_gan.evaluation.image_pairs import ImagePairs
from deformable_gan.evaluation.report import choose_examples


def examples(rows, dancers, each=3):
    pairs = ImagePairs.of_dataset(dancers)
    read = {name: lambda columns=columns: iter(columns) for name, columns in rows.items()}
    name, chosen = choose_examples(lambda key: read[key](), list(rows), pairs, each)
    groups = {}
    for example in chosen:
        groups.setdefault(example.group, []).append((example.index, example.value))
    return name, groups, pairs


def test_best_and_worst_show_different_targets(dancers):
    values = np.arange(24.0)
    rows = {"pixels": [{"masked_ssim": values[:10]}, {"masked_ssim": values[10:]}]}
    name, groups, pairs = examples(rows, dancers)
    assert name == "masked_ssim"
    assert groups["best"][0] == (23, 23.0)
    assert groups["worst"][0] == (0, 0.0)
    for group in ("best", "worst"):
        targets = pairs.split.pairs[[index for index, _ in groups[group]], 1]
        assert len(set(targets)) == 3
        # The best (or the worst) of a target's three pairs is shown.
        for (index, _), target in zip(groups[group], targets, strict=True):
            rivals = np.flatnonzero(pairs.split.pairs[:, 1] == target)
            assert index == (rivals.max() if group == "best" else rivals.min())
    assert len({index for index, _ in groups["random"]}) == 3


def test_lower_lpips_is_better_and_goes_before_ssim(dancers):
    rows = {"pixels": [{"ssim": np.zeros(24)}], "lpips": [{"lpips": np.arange(24.0)}]}
    name, groups, _ = examples(rows, dancers)
    assert name == "lpips"
    assert groups["best"][0] == (0, 0.0)
    assert groups["worst"][0] == (23, 23.0)


def test_without_joints_ssim_and_with_few_targets_all_pairs(dancers):
    rows = {"pixels": [{"ssim": np.arange(24.0)}]}
    name, groups, _ = examples(rows, dancers, each=20)
    assert name == "ssim"
    assert len({index for index, _ in groups["best"]}) == 20
