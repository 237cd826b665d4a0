import pytest

from deformable_gan.errors import RunError
from deformable_gan.personalizing.personal_options import FINE_TUNED, START
from deformable_gan.personalizing.personal_scores import PersonalScores
from deformable_gan.personalizing.verdict import Verdict

COPY = PersonalScores(0.5, 40.0, 0.3)
BEFORE = PersonalScores(0.70, 20.0, 0.80)


@pytest.mark.parametrize(
    ("after", "better"),
    [
        ((0.75, 18.0, 0.85), FINE_TUNED),
        ((0.65, 22.0, 0.75), START),
        ((0.75, 18.0, 0.70), FINE_TUNED),  # two of three
        ((0.69, 21.0, 0.95), START),
        ((0.70, 20.0, 0.80), START),  # nothing has changed
        ((0.70, 20.0, 0.81), FINE_TUNED),
        # One better, one worse, one equal: 1 - SSIM falls by 10 % and L1 rises by 5 %; then
        # 1 - SSIM falls by 5 % and L1 rises by 10 %.
        ((0.73, 21.0, 0.80), FINE_TUNED),
        ((0.715, 22.0, 0.80), START),
        ((0.73, 21.0, None), FINE_TUNED),
        ((0.715, 22.0, None), START),
    ],
)
def test_the_better_weights(after, better):
    verdict = Verdict(20, COPY, BEFORE, PersonalScores(*after))
    assert verdict.better == better
    assert ("has helped" in verdict.sentence()) == (better == FINE_TUNED)
    assert ("has not helped" in verdict.sentence()) == (better == START)


def test_table():
    lines = Verdict(20, COPY, BEFORE, PersonalScores(0.75, 18.26, None)).table().splitlines()
    assert lines[0].split() == ["20", "held-out", "pairs", "SSIM", "fg", "L1", "joints"]
    assert lines[1].split()[-3:] == ["0.500", "40.0", "30.0%"]
    assert lines[2].split()[-3:] == ["0.700", "20.0", "80.0%"]
    assert lines[3].split()[-3:] == ["0.750", "18.3", "-"]


def test_travels_as_json():
    verdict = Verdict(20, COPY, BEFORE, PersonalScores(0.75, 18.0, None))
    assert Verdict.from_json({**verdict.to_json(), "better": FINE_TUNED}, "file") == verdict
    for values in (None, [], {}, {"pairs": 3, "copy": {"ssim": 1}}):
        with pytest.raises(RunError, match="file does not hold scores"):
            Verdict.from_json(values, "file")
