import json

import pytest

from deformable_gan.errors import ConfigurationError
from deformable_gan.training.cluster_task import ClusterTask

WORKERS = ["10.0.0.1:2222", "10.0.0.2:2222"]


def config(cluster, kind, index):
    return json.dumps({"cluster": cluster, "task": {"type": kind, "index": index}})


@pytest.mark.parametrize(
    ("text", "addresses", "index"),
    [
        (config({"worker": WORKERS}, "worker", 0), WORKERS, 0),
        (config({"worker": WORKERS}, "worker", 1), WORKERS, 1),
        (config({"worker": WORKERS, "chief": ["a:1"]}, "worker", 1), ["a:1", *WORKERS], 2),
        (config({"worker": WORKERS, "chief": ["a:1"]}, "chief", 0), ["a:1", *WORKERS], 0),
    ],
)
def test_who_is_who(monkeypatch, text, addresses, index):
    monkeypatch.setenv("TF_CONFIG", text)
    assert ClusterTask.from_environment() == ClusterTask(tuple(addresses), index)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "Expecting property name"),
        ("[]", "list indices must be"),
        ('{"cluster": {}}', "task is missing"),
        (config({"worker": WORKERS}, "worker", 2), "task 'worker' 2 is not in the cluster"),
        (config({"worker": WORKERS}, "worker", "0"), "task 'worker' '0' is not in the cluster"),
        (config({"worker": WORKERS}, "chief", 0), "task 'chief' 0 is not in the cluster"),
        (
            config({"worker": WORKERS, "ps": ["a:1"]}, "worker", 0),
            "tasks of type 'ps' are not supported",
        ),
        (config({"worker": ["10.0.0.1"]}, "worker", 0), "each given as HOST:PORT"),
        (config({"chief": WORKERS}, "chief", 0), "at most one chief"),
    ],
)
def test_what_is_no_cluster(monkeypatch, text, reason):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(ConfigurationError, match=reason) as error:
        ClusterTask.from_environment()
    assert 'expected TF_CONFIG=\'{"cluster": {"worker": ["10.0.0.1:2222"' in str(error.value)


def test_the_example_is_one(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with pytest.raises(ConfigurationError, match="needs the environment variable") as error:
        ClusterTask.from_environment()
    monkeypatch.setenv("TF_CONFIG", str(error.value).split("'")[1])
    assert ClusterTask.from_environment() == ClusterTask(tuple(WORKERS), 0)
