"""The counters of Beam's workers."""

import apache_beam as beam

#: The namespace of this package's counters, which distinguishes them from Beam's own.
NAMESPACE = "deformable_gan"


def run_and_count(pipeline: beam.Pipeline) -> dict[str, int]:
    """Run a pipeline, wait for it, and return this package's counters by name."""
    result = pipeline.run()
    result.wait_until_finish()
    counters = result.metrics().query()["counters"]
    return {
        counter.key.metric.name: counter.committed or 0
        for counter in counters
        if counter.key.metric.namespace == NAMESPACE
    }
