"""For any contents, a reader returns values or raises an error that names the file.

For CSV files in UTF-8, the error also names the line. At least half of the inputs are made from
good files by small changes, which reach more code than noise.
"""

import json
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deformable_gan.config import ExperimentConfig
from deformable_gan.data.annotations import read_annotations, read_pairs
from deformable_gan.data.dataset_folder import FORMAT, DatasetFolder
from deformable_gan.errors import ConfigurationError, DatasetError, RunError
from deformable_gan.presets import PRESETS
from deformable_gan.training.run_directory import RunDirectory

SHORT, LONG = 60, 2000
ANNOTATIONS = (
    "name:keypoints_y:keypoints_x:keypoints_confidence\n"
    "anna_1.jpg: [1, 2.5]: [3, -1]: [0.9, 0]\n"
    "anna_2.jpg: [1, 2]: [3, 4]: [0.9, 1]\n"
)
PAIRS = "from,to\nanna_1.jpg,anna_2.jpg\nanna_2.jpg,anna_1.jpg\n"
MANIFEST = json.dumps(
    {"format": FORMAT, "format_version": 1, "skeleton": "coco17", "image_size": [64, 36]}
)
CONFIG = PRESETS["dance"].config.to_json()
HOSTILE = [
    *("", "\0", "\r", "\n", '"', ":", ",", "[", "]", "{", "}", "../", "/etc/passwd", "nan", "NaN"),
    *(
        "Infinity",
        "-Infinity",
        "1e999",
        "-1",
        "1" * 400,
        "null",
        "true",
        "\ufeff",
        "\x85",
        "\u2028",
    ),
    *("é", "\\", "[" * 3000, '{"a":' * 3000, "-0", "0.5", '"x"', "[]", "{}", "anna_9.jpg"),
]

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)


@st.composite
def mangled(draw, good):
    """A good file in which up to three pieces are replaced."""
    text = good
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 12)))
        text = text[:start] + draw(st.sampled_from(HOSTILE) | st.text(max_size=6)) + text[end:]
    return text.encode("utf-8", "surrogatepass")


@st.composite
def with_another_value(draw, good):
    """A good JSON object with one value replaced at any depth."""
    whole = json.loads(good)
    place = whole
    while True:
        key = draw(st.sampled_from(sorted(place)))
        if isinstance(place[key], dict) and place[key] and draw(st.booleans()):
            place = place[key]
            continue
        place[key] = draw(values)
        return json.dumps(whole).encode("utf-8", "surrogatepass")


def csv_like(good):
    return st.one_of(mangled(good), mangled(good), st.binary(max_size=200))


def json_like(good):
    return st.one_of(
        with_another_value(good),
        mangled(good),
        st.binary(max_size=100),
        values.map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass")),
    )


def check_annotations(path):
    names, keypoints = read_annotations(path, 2)
    assert keypoints.shape == (len(names), 2, 3)
    assert np.isfinite(keypoints).all()
    for name in names:
        assert_inside(path, name)


def check_pairs(path):
    for pair in read_pairs(path):
        for name in pair:
            assert_inside(path, name)


def assert_inside(path, name):
    assert (path.parent / name).resolve().is_relative_to(path.parent.resolve())


def check_manifest(path):
    height, width = DatasetFolder(path.parent).image_size
    assert height > 0
    assert width > 0


def check_split(path):
    """Read any pairs together with good annotations."""
    (path.parent / "manifest.json").write_text(MANIFEST)
    joints = json.dumps([1] * 17)
    lines = [f"anna_{n}.jpg:{joints}:{joints}:{joints}\n" for n in (1, 2)]
    (path.parent / "annotations-train.csv").write_text(
        ANNOTATIONS.split("\n")[0] + "\n" + "".join(lines)
    )
    assert DatasetFolder(path.parent).train.pairs.shape[1:] == (2,)


def check_config(path):
    config = RunDirectory(path.parent).read_config()
    assert ExperimentConfig.from_json(config.to_json()) == config


def check_details(path):
    assert isinstance(RunDirectory(path.parent).read_details(), dict)


LINE = re.compile(r", line \d+: ")
READERS = {
    "annotations": ("annotations-train.csv", csv_like(ANNOTATIONS), check_annotations),
    "pairs": ("pairs-train.csv", csv_like(PAIRS), check_pairs),
    "pairs of a split": ("pairs-train.csv", csv_like(PAIRS), check_split),
    "manifest": ("manifest.json", json_like(MANIFEST), check_manifest),
    "configuration": ("config.json", json_like(CONFIG), check_config),
    "run": ("run.json", json_like('{"dataset": "d", "vgg19": "v"}'), check_details),
}


def fuzz(folder, reader, examples):
    """Return how many inputs were refused, and how many were tried."""
    name, strategy, check = READERS[reader]
    path = folder / name
    counts = [0, 0]

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def one(data):
        counts[1] += 1
        path.write_bytes(data)
        try:
            check(path)
        except (DatasetError, ConfigurationError, RunError) as error:
            counts[0] += 1
            message = str(error)
            assert name in message, message
            readable = "cannot be read as UTF-8" not in message
            if name.endswith(".csv") and readable:
                assert LINE.search(message), message

    one()
    return counts


@pytest.mark.parametrize("reader", READERS)
def test_any_content(tmp_path, reader):
    refused, tried = fuzz(tmp_path, reader, SHORT)
    assert 0 < refused < tried


@pytest.mark.long
@pytest.mark.parametrize("reader", READERS)
def test_any_content_at_length(tmp_path, reader):
    refused, tried = fuzz(tmp_path, reader, LONG)
    print(f"\n{reader}: {refused} of {tried} inputs refused")
    assert tried >= 0.8 * LONG
