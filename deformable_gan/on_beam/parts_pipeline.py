"""Running the parts of a command on Beam's workers."""

import logging
import subprocess
import sys
from collections.abc import Sequence

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.options.pipeline_options import PipelineOptions

from deformable_gan.data.part import Part
from deformable_gan.on_beam.counters import NAMESPACE, run_and_count

_FAILED = "parts that failed"
_LAST_LINES = 20


class RunShard(beam.DoFn):
    """A step that runs a command with `--part I/N` in a separate process.

    Args:
        name: the command's name.
        arguments: the command's arguments, without `--part`.
    """

    def __init__(self, name: str, arguments: Sequence[str]):
        self._name = name
        self._arguments = list(arguments)
        self._failed = Metrics.counter(NAMESPACE, _FAILED)

    def process(self, part: Part) -> None:
        """Run one part; see the class."""
        module = f"deformable_gan.{self._name}"
        command = [sys.executable, "-m", module, *self._arguments, "--part", str(part)]
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        if done.returncode:
            self._failed.inc()
            last = "\n".join(done.stdout.strip().splitlines()[-_LAST_LINES:])
            logging.warning(
                "part %s of %s ended with status %s: %s", part, self._name, done.returncode, last
            )


def run_parts(name: str, arguments: Sequence[str], count: int, options: PipelineOptions) -> int:
    """Run all parts of a command on Beam's workers and wait for them.

    Args:
        name: the name of a command that takes `--part I/N`.
        arguments: the command's arguments, without `--part`. All paths in them must be in folders
            that all machines share.
        count: the number of parts.
        options: the pipeline's options.

    Returns:
        How many parts failed. The workers' logs contain the last output lines of each failed part.
    """
    pipeline = beam.Pipeline(options=options)
    _ = (
        pipeline
        | "parts" >> beam.Create([Part(index, count) for index in range(1, count + 1)])
        | "spread parts" >> beam.Reshuffle()
        | name >> beam.ParDo(RunShard(name, arguments))
    )
    return run_and_count(pipeline).get(_FAILED, 0)
