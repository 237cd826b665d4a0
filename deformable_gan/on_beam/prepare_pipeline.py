"""`prepare` as a Beam pipeline."""

from collections.abc import Sequence

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.pvalue import AsList

from deformable_gan.data.preparing.recordings import Recording
from deformable_gan.on_beam.counters import run_and_count
from deformable_gan.on_beam.finish_dataset import finish_dataset
from deformable_gan.on_beam.prepare_job import PrepareJob
from deformable_gan.on_beam.prepare_recordings import PrepareRecordings
from deformable_gan.on_beam.write_images import WriteImages, plan_images


def run_prepare_pipeline(
    job: PrepareJob, recordings: Sequence[Recording], options: PipelineOptions
) -> dict[str, int]:
    """Prepare the recordings into `job.building` and wait for the pipeline.

    The workers first prepare one recording at a time. Then they write the images, one recording's
    files or one shard at a time. Finally, one worker writes the rest of the dataset. The caller
    must look in the work folder for the file named `prepare_job.ERROR`, which holds an error's
    message.

    Args:
        job: the job.
        recordings: the videos and photographs.
        options: the pipeline's options.

    Returns:
        The package's counters, by name.
    """
    pipeline = beam.Pipeline(options=options)
    outcomes = (
        pipeline
        | "recordings" >> beam.Create(list(enumerate(recordings)))
        | "spread recordings" >> beam.Reshuffle()
        | "clips to frames, poses and crops" >> beam.ParDo(PrepareRecordings(job))
    )
    shards = (
        pipeline
        | "when all are done" >> beam.Create([job])
        | "plan images" >> beam.FlatMap(plan_images, AsList(outcomes))
        | "spread images" >> beam.Reshuffle()
        | "write images" >> beam.ParDo(WriteImages(job))
    )
    _ = (
        pipeline
        | "when all are written" >> beam.Create([job])
        | "write the rest" >> beam.Map(finish_dataset, AsList(outcomes), AsList(shards))
    )
    return run_and_count(pipeline)
