"""The command line of commands that run on Beam: Beam's own options follow `--`."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from deformable_gan.errors import ConfigurationError

if TYPE_CHECKING:
    from apache_beam.options.pipeline_options import PipelineOptions

#: The end of the commands' `--help`.
BEAM_HELP = (
    "Arguments after `--` are Apache Beam's pipeline options, such as `--runner=DirectRunner "
    "--direct_num_workers=2 --direct_running_mode=multi_processing`. For Flink, Spark and Dataflow "
    "see docs/several_machines.md."
)


def split_arguments(argv: Sequence[str] | None) -> tuple[list[str], list[str]]:
    """Return the arguments before and after `--`.

    Args:
        argv: all arguments; None for the arguments of the process.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if "--" not in arguments:
        return arguments, []
    place = arguments.index("--")
    return arguments[:place], arguments[place + 1 :]


def require_beam() -> None:
    """Check that Apache Beam is installed.

    Raises:
        ConfigurationError: Apache Beam is not installed.
    """
    if importlib.util.find_spec("apache_beam") is None:
        raise ConfigurationError(
            "Apache Beam is not installed: run pip install 'deformable-gan[beam]' (or apache-beam)"
        )


def pipeline_options(arguments: Sequence[str]) -> PipelineOptions:
    """Return Beam's options.

    Raises:
        ConfigurationError: Beam rejects an option, its value or the runner.
    """
    from apache_beam.options.pipeline_options import (
        PipelineOptions,
        StandardOptions,
        TypeOptions,
    )
    from apache_beam.runners.runner import create_runner

    try:
        options = PipelineOptions(
            # At a lower level, every worker logs its connections.
            ["--default_sdk_harness_log_level=WARNING", *arguments],
        )
        options.get_all_options()
        runner = options.view_as(StandardOptions).runner or StandardOptions.DEFAULT_RUNNER
        create_runner(runner)
    except SystemExit:  # argparse has printed what is wrong
        raise ConfigurationError(
            f"Beam rejected the options after --: {' '.join(arguments)}. Its message is above"
        ) from None
    except (ValueError, ImportError, AttributeError) as error:
        raise ConfigurationError(
            f"Beam rejected the options after --, {' '.join(arguments)}: {error}"
        ) from error
    if runner == StandardOptions.DEFAULT_RUNNER:
        # With this option, Beam does not download its runner written in Go. The option is harmless,
        # since the pipelines have no triggers.
        options.view_as(TypeOptions).allow_unsafe_triggers = True
    return options
