"""The shards of a verb as a Beam pipeline."""

import logging
import subprocess
import sys
from collections.abc import Sequence

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.options.pipeline_options import PipelineOptions

from deformable_gan.data.shard import Shard
from deformable_gan.on_beam.counters import NAMESPACE, run_and_count

_FAILED = "shards that failed"
_LAST_LINES = 20


class RunShard(beam.DoFn):
    """Runs a verb with `--shard I/N`, in a process of its own.

    Args:
        verb: its name.
        arguments: the verb's, without `--shard`.
    """

    def __init__(self, verb: str, arguments: Sequence[str]):
        self._verb = verb
        self._arguments = list(arguments)
        self._failed = Metrics.counter(NAMESPACE, _FAILED)

    def process(self, shard: Shard) -> None:
        """See the class."""
        module = f"deformable_gan.{self._verb}"
        command = [sys.executable, "-m", module, *self._arguments, "--shard", str(shard)]
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        if done.returncode:
            self._failed.inc()
            last = "\n".join(done.stdout.strip().splitlines()[-_LAST_LINES:])
            logging.warning(
                "shard %s of %s ended with status %s: %s", shard, self._verb, done.returncode, last
            )


def run_shards(verb: str, arguments: Sequence[str], count: int, options: PipelineOptions) -> int:
    """Run all shards of a verb, wherever there is room, and wait for them.

    Args:
        verb: one that takes `--shard I/N`.
        arguments: its arguments, without `--shard`; the paths in them lie in folders that all
            machines share.
        count: how many shards.
        options: Beam's.

    Returns:
        How many of them failed; their last lines are in the workers' logs.
    """
    pipeline = beam.Pipeline(options=options)
    _ = (
        pipeline
        | "shards" >> beam.Create([Shard(index, count) for index in range(1, count + 1)])
        | "spread shards" >> beam.Reshuffle()
        | verb >> beam.ParDo(RunShard(verb, arguments))
    )
    return run_and_count(pipeline).get(_FAILED, 0)
