"""Means and standard deviations over seeds, and comparisons of variants."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ablation_parts.study import Study
from ablation_parts.variants import Variant

#: A difference of more than this many standard deviations is significant.
DEVIATIONS = 2.0

SSIM, L1 = "ssim", "foreground_l1"
#: Whether a larger value is better.
_MORE_IS_BETTER = {SSIM: True, L1: False}
_DIGITS = {SSIM: 3, L1: 1}


@dataclass(frozen=True)
class Comparison:
    """A comparison of two variants in one metric.

    Attributes:
        difference: the first variant's mean minus the second variant's mean.
        deviation: the pooled standard deviation over seeds; None if a variant has one seed only.
        better: whether the first variant's mean is better.
    """

    difference: float
    deviation: float | None
    better: bool

    @property
    def verdict(self) -> str:
        """The result in one or two words."""
        if self.deviation is None:
            return "one seed"
        if abs(self.difference) <= DEVIATIONS * self.deviation:
            return "not significant"
        return "better" if self.better else "worse"


class Results:
    """The scores of all finished trainings.

    Args:
        scores: for each variant by name, the scores of its finished seeds; see `Training.scores`.
    """

    def __init__(self, scores: Mapping[str, Sequence[Mapping[str, float]]]):
        self.scores = {name: list(seeds) for name, seeds in scores.items() if seeds}

    @classmethod
    def of(cls, study: Study) -> "Results":
        """Return the results of a study's finished trainings."""
        finished = {
            variant.name: [training.scores() for training in study.trainings(variant)]
            for variant in study.variants
        }
        return cls(
            {name: [one for one in scores if one is not None] for name, scores in finished.items()}
        )

    def values(self, name: str, metric: str) -> list[float]:
        """Return a variant's values of a metric, one per seed."""
        return [score[metric] for score in self.scores[name]]

    def compare(self, name: str, other: str, metric: str) -> Comparison:
        """Return the comparison of a variant with another one."""
        values = [self.values(which, metric) for which in (name, other)]
        difference = statistics.mean(values[0]) - statistics.mean(values[1])
        deviation = None
        if min(map(len, values)) > 1:
            deviation = statistics.mean(statistics.variance(each) for each in values) ** 0.5
        return Comparison(difference, deviation, (difference > 0) == _MORE_IS_BETTER[metric])

    def comparisons(self, variants: Sequence[Variant]) -> list[tuple[Variant, str]]:
        """Return the pairs to compare, (variant, name of the other), in which both have scores."""
        return [
            (variant, other)
            for variant in variants
            for other in variant.against
            if {variant.name, other} <= set(self.scores)
        ]


def format_results(study: Study, results: Results) -> str:
    """Return the tables in Markdown."""
    return "\n".join(
        [
            *_scores_table(study, results),
            "",
            *_comparisons_table(study, results),
            "",
            f"{study.steps} steps, {study.width:g} of the paper's filters, "
            "{}x{} pixels, ".format(*study.image_size)
            + f"{study.people[0]} training people and {study.people[1]} test people; mean ± "
            f"standard deviation over {study.seeds} seed(s). A difference is significant if the "
            f"means differ by more than {DEVIATIONS:g} pooled standard deviations.",
            "",
        ]
    )


def _scores_table(study: Study, results: Results) -> list[str]:
    lines = [
        "| variant | what it is | SSIM (more is better) | L1 on the person, grey levels (less) |",
        "| --- | --- | --- | --- |",
    ]
    for variant in study.variants:
        if variant.name in results.scores:
            cells = [
                _mean_and_deviation(results.values(variant.name, metric), metric)
                for metric in (SSIM, L1)
            ]
            # With random features the loss is not the paper's.
            random = " (**random VGG19 weights**)" if _random_features(study, variant) else ""
            lines.append(f"| {variant.name} | {variant.what}{random} | {' | '.join(cells)} |")
    if results.scores:
        copy = next(iter(results.scores.values()))[0]
        lines.append(
            f"| copy | the source image itself | {copy['copy_ssim']:.3f} | "
            f"{copy['copy_foreground_l1']:.1f} |"
        )
    return lines


def _comparisons_table(study: Study, results: Results) -> list[str]:
    lines = ["| comparison | SSIM | | L1 on the person | |", "| --- | --- | --- | --- | --- |"]
    for variant, other in results.comparisons(study.variants):
        cells = []
        for metric in (SSIM, L1):
            comparison = results.compare(variant.name, other, metric)
            number = f"{comparison.difference:+.{_DIGITS[metric]}f}"
            if comparison.deviation:
                count = abs(comparison.difference) / comparison.deviation
                number += f" ({count:.1f} deviations)"
            cells += [number, comparison.verdict]
        lines.append(f"| {variant.name} against {other} | {' | '.join(cells)} |")
    return lines


def _random_features(study: Study, variant: Variant) -> bool:
    return variant.features is not None and study.vgg19 == "random"


def _mean_and_deviation(values: Sequence[float], metric: str) -> str:
    digits = _DIGITS[metric]
    text = f"{statistics.mean(values):.{digits}f}"
    if len(values) > 1:
        text += f" ± {statistics.stdev(values):.{digits}f}"
    return text
