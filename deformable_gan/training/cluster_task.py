"""The place of this process in a cluster, from TensorFlow's `TF_CONFIG`."""

import json
import os
from dataclasses import dataclass

from deformable_gan.errors import ConfigurationError

VARIABLE = "TF_CONFIG"
_EXAMPLE = (
    'TF_CONFIG=\'{"cluster": {"worker": ["10.0.0.1:2222", "10.0.0.2:2222"]}, "task": {"type": '
    '"worker", "index": 0}}\' on the first machine, with "index": 1 on the second'
)
# In the order in which `MultiWorkerMirroredStrategy` numbers the processes.
_JOBS = ("chief", "worker")


@dataclass(frozen=True)
class ClusterTask:
    """One of the processes that train together.

    Attributes:
        addresses: host:port of all processes, the chief's first.
        index: the index of this process.
    """

    addresses: tuple[str, ...]
    index: int

    @property
    def place_on_host(self) -> tuple[int, int]:
        """The index of this process among those on its host, and how many run on that host."""
        hosts = [address.rpartition(":")[0] for address in self.addresses]
        return hosts[: self.index].count(hosts[self.index]), hosts.count(hosts[self.index])

    @classmethod
    def from_environment(cls) -> "ClusterTask":
        """Return the task described by `TF_CONFIG`.

        Raises:
            ConfigurationError: the variable is missing or does not have the format that TensorFlow
                expects; the message contains an example.
        """
        text = os.environ.get(VARIABLE)
        if not text:
            raise ConfigurationError(
                "--strategy multiworker needs the environment variable TF_CONFIG, which lists all "
                f"processes: set {_EXAMPLE}"
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
            raise ValueError(f"tasks of type {min(unknown)!r} are not supported")
        addresses = {job: list(cluster.get(job, ())) for job in _JOBS}
        every = [address for job in _JOBS for address in addresses[job]]
        if len(addresses["chief"]) > 1 or not all(_is_address(one) for one in every):
            raise ValueError(
                "a cluster has at most one chief and any number of workers, each given as HOST:PORT"
            )
        kind, index = task["type"], task["index"]
        if kind not in _JOBS or type(index) is not int or not 0 <= index < len(addresses[kind]):
            raise ValueError(f"task {kind!r} {index!r} is not in the cluster")
        return cls(tuple(every), index + (len(addresses["chief"]) if kind == "worker" else 0))


def _is_address(value: object) -> bool:
    host, _, port = str(value).rpartition(":")
    return isinstance(value, str) and bool(host) and port.isdecimal()
