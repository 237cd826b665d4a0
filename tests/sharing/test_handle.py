from pathlib import Path, PureWindowsPath

import pytest

from deformable_gan.errors import HubError
from deformable_gan.sharing.handle import Handle


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hf://anna/dance", Handle("hf", "anna/dance")),
        ("hf://anna/dance@v1.0", Handle("hf", "anna/dance", "v1.0")),
        ("hf://anna/dance@refs/pr/1", Handle("hf", "anna/dance", "refs/pr/1")),
        ("HF://a-b/c_d.e", Handle("hf", "a-b/c_d.e")),
        ("kaggle://anna/dance/keras/small", Handle("kaggle", "anna/dance/keras/small")),
        ("kaggle://anna/dance/keras/small/3", Handle("kaggle", "anna/dance/keras/small", "3")),
    ],
)
def test_handles(text, expected):
    assert Handle.find(text) == expected
    assert Handle.find(Path(text)) == expected  # argparse makes a Path with `type=Path`
    assert Handle.find(str(expected)) == expected


@pytest.mark.parametrize("text", ["runs/demo", "/abs/run", "C:/models/run", "hf", "a:b", "."])
def test_paths(text):
    assert Handle.find(text) is None
    assert Handle.find(Path(text)) is None


@pytest.mark.parametrize(
    "text",
    [
        "hf://dance",
        "hf://",
        "hf://anna/dance/more",
        "hf://anna/dance@",
        "hf://../dance",
        "hf://anna/..",
        "hf://anna/da nce",
        "hf://anna/\n",
        "kaggle://anna/dance",
        "kaggle://anna/dance/keras/small/newest",
        "kaggle://anna/dance/keras/../1",
    ],
)
def test_names_that_no_hub_could_know(text):
    with pytest.raises(HubError, match=r"is not a model's name: expected (hf|kaggle)://USER/"):
        Handle.find(text)


def test_an_unknown_hub():
    with pytest.raises(HubError, match=r"s3://bucket/dance names no known hub: .*hf://"):
        Handle.find("s3://bucket/dance")


def test_paths_of_windows():
    """Paths with backslashes or a drive letter are not handles."""
    for folder in (r"C:\models\mine", r"models\mine", r"\\server\share\mine"):
        assert Handle.find(PureWindowsPath(folder)) is None
    handle = "hf://anna/dance"
    assert Handle.find(PureWindowsPath(handle)) == Handle.find(handle)
