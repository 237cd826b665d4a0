import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from deformable_gan.data.part import Part
from deformable_gan.errors import RunError
from deformable_gan.evaluation import image_pairs
from deformable_gan.evaluation.block_store import BlockStore
from deformable_gan.evaluation.image_pairs import ImagePairs
from deformable_gan.evaluation.score_pass import mean_scores, means
from deformable_gan.evaluation.scoring import PassOverImages, Scoring

WHOLE = Part(1, 1)


class Brightness:
    """A pass that notes how bright targets are, and which blocks it has seen."""

    name, title, slow = "brightness", "brightness", True

    def __init__(self, version=1):
        self.version, self.seen = version, []

    def identity(self):
        return {"version": self.version}

    def rows(self, block):
        self.seen.append(block.indices.tolist())
        return {
            "mean": block.target.mean(axis=(1, 2, 3)),
            "copy/mean": block.source.mean(axis=(1, 2, 3)),
        }

    def scores(self, read):
        return mean_scores(means(read(self.name)), {"mean": "of the target"})


@pytest.fixture
def pairs(dancers, monkeypatch):
    monkeypatch.setattr(image_pairs, "BLOCK", 5)
    return ImagePairs.of_dataset(dancers)


def scoring(folder, pairs, score_pass, origin="model"):
    return Scoring(folder, [PassOverImages(score_pass, pairs)], origin)


@pytest.fixture
def expected(pairs, tmp_path):
    whole = scoring(tmp_path / "expected", pairs, Brightness())
    assert whole.run(WHOLE)["brightness"]["pairs"] == 24
    return whole.scores()


def test_how_long_it_will_take_is_said_once_the_speed_is_known(pairs, tmp_path, capsys):
    scoring(tmp_path, pairs, Brightness()).run(WHOLE)
    error = capsys.readouterr().err
    assert error.count("brightness: ") == 1
    assert "brightness: 14 pairs left, about 0 seconds" in error


def test_scores_are_those_of_all_pairs(expected, pairs):
    _, places, _ = next(pairs.read([0]))
    assert len(places) == 5
    brightness = [
        b["target_image"].numpy().mean(axis=(1, 2, 3)) for _, _, b in pairs.read(range(5))
    ]
    np.testing.assert_allclose(expected["mean"]["value"], np.concatenate(brightness).mean())
    assert expected["mean"]["pairs"] == 24


def test_what_was_cut_goes_on_with_the_same_scores(expected, pairs, tmp_path):
    class Killed(Brightness):
        def rows(self, block):
            if len(self.seen) == 3:
                raise KeyboardInterrupt
            return super().rows(block)

    with pytest.raises(KeyboardInterrupt):
        scoring(tmp_path / "cut", pairs, Killed()).run(WHOLE)
    continued = Brightness()
    again = scoring(tmp_path / "cut", pairs, continued)
    assert again.missing_blocks() == 2
    with pytest.raises(RunError, match="2 blocks of up to 64 images are not scored yet"):
        again.scores()
    again.run(WHOLE)
    assert continued.seen == [[15, 16, 17, 18, 19], [20, 21, 22, 23]]
    assert again.scores() == expected
    assert scoring(tmp_path / "cut", pairs, Brightness()).run(WHOLE) == {}


def test_parts_merge_to_the_same_scores(expected, pairs, tmp_path):
    seen = []
    for index in (2, 3, 1):
        part = Brightness()
        scoring(tmp_path / "parts", pairs, part).run(Part(index, 3))
        seen.append([block[0] // 5 for block in part.seen])
    assert seen == [[1, 4], [2], [0, 3]]
    merged = scoring(tmp_path / "parts", pairs, Brightness())
    assert merged.run(WHOLE) == {}
    assert merged.scores() == expected


@pytest.mark.parametrize("change", ["protocol", "origin", "pairs"])
def test_rows_of_something_else_are_not_taken(pairs, tmp_path, change):
    scoring(tmp_path, pairs, Brightness()).run(WHOLE)
    other = Brightness(version=2 if change == "protocol" else 1)
    origin = "another" if change == "origin" else "model"
    chosen = pairs.limited(12) if change == "pairs" else pairs
    each = PassOverImages(other, chosen, images=None)
    if change == "origin":  # the scores of real images do not depend on the model

        class Generated:
            def read(self, places):
                return np.zeros((len(places), 64, 36, 3), np.uint8)

        Scoring(tmp_path, [PassOverImages(Brightness(), pairs, Generated())], "model").run(WHOLE)
        each = PassOverImages(other, chosen, Generated())
    again = Scoring(tmp_path, [each], origin)
    assert again.missing_blocks() == chosen.block_count
    again.run(WHOLE)
    assert again.scores()["mean"]["pairs"] == len(chosen)


def test_damaged_rows_are_named(pairs, tmp_path):
    whole = scoring(tmp_path, pairs, Brightness())
    whole.run(WHOLE)
    (file,) = tmp_path.glob("brightness/*/000002.npz")
    file.write_bytes(file.read_bytes()[:200])
    with pytest.raises(
        RunError, match=r"000002\.npz is damaged or missing .* delete it if it exists"
    ):
        whole.scores()
    file.unlink()
    whole.run(WHOLE)
    assert whole.scores()["mean"]["pairs"] == 24


def test_store_keeps_names_and_types(tmp_path):
    store = BlockStore(tmp_path / "rows", {"a": 1})
    rows = {"copy/x": np.arange(3), "y": np.ones((3, 2), np.float32)}
    store.write(0, rows)
    (read,) = store.read(1)
    assert {name: (array.dtype, array.shape) for name, array in read.items()} == {
        name: (array.dtype, array.shape) for name, array in rows.items()
    }
    (identity,) = (tmp_path / "rows").rglob("identity.json")
    assert json.loads(identity.read_text()) == {"a": 1}
    assert BlockStore(tmp_path / "rows", {"a": 1}).has(0)
    assert not BlockStore(tmp_path / "rows", {"a": 2}).has(0)
    assert not BlockStore(tmp_path / "rows", {"a": 1}).has(0)


def test_parts_that_start_at_once_on_other_rows_keep_each_others(tmp_path):
    def start(part):
        store = BlockStore(tmp_path, {"model": model})
        store.write(part, {"x": np.full(3, model)})
        return store

    for model in range(20):
        for block in range(8):  # of the previous model
            BlockStore(tmp_path, {"model": model - 1}).write(block, {"x": np.zeros(3)})
        with ThreadPoolExecutor(4) as threads:
            store, *_ = threads.map(start, range(4))
        assert [rows["x"].tolist() for rows in store.read(4)] == [[model] * 3] * 4
        assert not store.has(4)
