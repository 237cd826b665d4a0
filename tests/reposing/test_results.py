from pathlib import Path

import pytest

from deformable_gan.reposing.results import names_of_pairs


@pytest.mark.parametrize("letter", ["a", "é", "舞"])
def test_names_of_results_fit_whatever_the_inputs_are_called(tmp_path, letter):
    longest = 250 // len(letter.encode())
    sources = [Path(letter * (longest - 1) + end + ".jpg") for end in ("a", "b")]
    poses = [Path(letter * longest + ".mp4"), Path("short.json")]
    rows = names_of_pairs(tmp_path, sources, poses, [".mp4", ".png"])
    files = [file for row in rows for file in row]
    assert len(set(files)) == 4
    for file in files:
        assert len(file.name.encode()) <= 220
        file.touch()


def test_short_names_stay_as_they_are(tmp_path):
    ((file, again),) = names_of_pairs(
        tmp_path, [Path("anna.jpg")], [Path("ben.mp4"), Path("x/ben.mp4")], [".mp4", ".mp4"]
    )
    assert (file.name, again.name) == ("anna_as_ben.mp4", "anna_as_ben-2.mp4")
