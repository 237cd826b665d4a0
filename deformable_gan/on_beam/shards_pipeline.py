"""The shards of a command as a Beam pipeline."""

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
    """A step that runs a command with `--shard I/N` in a separate process.

    Args:
        name: the command's name.
        arguments: the command's arguments, without `--shard`.
    """

    def __init__(self, name: str, arguments: Sequence[str]):
        self._name = name
        self._arguments = list(arguments)
        self._failed = Metrics.counter(NAMESPACE, _FAILED)

    def process(self, shard: Shard) -> None:
        """Run one shard; see the class."""
        module = f"deformable_gan.{self._name}"
        command = [sys.executable, "-m", module, *self._arguments, "--shard", str(shard)]
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        if done.returncode:
            self._failed.inc()
            last = "\n".join(done.stdout.strip().splitlines()[-_LAST_LINES:])
            logging.warning(
                "shard %s of %s ended with status %s: %s", shard, self._name, done.returncode, last
            )


def run_shards(name: str, arguments: Sequence[str], count: int, options: PipelineOptions) -> int:
    """Run all shards of a command on Beam's workers and wait for them.

    Args:
        name: the name of a command that takes `--shard I/N`.
        arguments: its arguments, without `--shard`. Their paths lie in folders that all machines
            share.
        count: the number of shards.
        options: the pipeline's options.

    Returns:
        How many shards failed; the workers' logs hold their last lines.
    """
    pipeline = beam.Pipeline(options=options)
    _ = (
        pipeline
        | "shards" >> beam.Create([Shard(index, count) for index in range(1, count + 1)])
        | "spread shards" >> beam.Reshuffle()
        | name >> beam.ParDo(RunShard(name, arguments))
    )
    return run_and_count(pipeline).get(_FAILED, 0)
