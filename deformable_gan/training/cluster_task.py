"""Which of several processes this one is, as TensorFlow's `TF_CONFIG` says."""

import json
import os
from dataclasses import dataclass

from deformable_gan.errors import ConfigurationError

VARIABLE = "TF_CONFIG"
_EXAMPLE = (
    'TF_CONFIG=\'{"cluster": {"worker": ["10.0.0.1:2222", "10.0.0.2:2222"]}, "task": {"type": '
    '"worker", "index": 0}}\' on the first machine, with "index": 1 on the second'
)
# In the order in which `MultiWorkerMirroredStrategy` counts them.
_JOBS = ("chief", "worker")


@dataclass(frozen=True)
class ClusterTask:
    """A process among those that train together.

    Attributes:
        addresses: host:port of all of them, the chief's first.
        index: this one's place among them.
    """

    addresses: tuple[str, ...]
    index: int

    @property
    def place_on_host(self) -> tuple[int, int]:
        """This one's place among the processes of its own host, and how many those are."""
        hosts = [address.rpartition(":")[0] for address in self.addresses]
        return hosts[: self.index].count(hosts[self.index]), hosts.count(hosts[self.index])

    @classmethod
    def from_environment(cls) -> "ClusterTask":
        """Read `TF_CONFIG`.

        Raises:
            ConfigurationError: it is missing or not what TensorFlow expects; the message has an
                example.
        """
        text = os.environ.get(VARIABLE)
        if not text:
            raise ConfigurationError(
                "--strategy multiworker needs the environment variable TF_CONFIG, which says who "
                f"takes part: set {_EXAMPLE}"
            )
        try:
            return cls._from_json(text)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            reason = f"{error.args[0]} is missing" if isinstance(error, KeyError) else error
            raise ConfigurationError(
                f"TF_CONFIG cannot be used ({reason}): received {text:.200}; expected {_EXAMPLE}"
            ) from error

    @classmethod
    def _from_json(cls, text: str) -> "ClusterTask":
        values = json.loads(text)
        cluster, task = values["cluster"], values["task"]
        if unknown := set(cluster) - set(_JOBS):
            raise ValueError(f"{min(unknown)!r} tasks have no part here")
        addresses = {job: list(cluster.get(job, ())) for job in _JOBS}
        every = [address for job in _JOBS for address in addresses[job]]
        if len(addresses["chief"]) > 1 or not all(_is_address(one) for one in every):
            raise ValueError("a cluster is at most one chief and workers, each HOST:PORT")
        kind, index = task["type"], task["index"]
        if kind not in _JOBS or type(index) is not int or not 0 <= index < len(addresses[kind]):
            raise ValueError(f"task {kind!r} {index!r} is not one of the cluster's")
        return cls(tuple(every), index + (len(addresses["chief"]) if kind == "worker" else 0))


def _is_address(value: object) -> bool:
    host, _, port = str(value).rpartition(":")
    return isinstance(value, str) and bool(host) and port.isdecimal()
