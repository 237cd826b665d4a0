"""The devices and processes that share a training."""

import contextlib
import json
import logging
import os
import signal
import threading
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from deformable_gan.config import TrainingConfig
from deformable_gan.devices.settings import VISIBLE, use_gpus
from deformable_gan.errors import ConfigurationError, RunError
from deformable_gan.machine_limits import is_device_failure, is_full_memory
from deformable_gan.training.cluster_task import VARIABLE, ClusterTask

# Errors that may be raised while waiting for a process that has died or ended.
_LOST = (
    *(tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.DeadlineExceededError),
    *(tf.errors.InternalError, tf.errors.CancelledError, tf.errors.FailedPreconditionError),
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Replicas:
    """The devices that train: one or more of this process, or all devices of several processes.

    Attributes:
        strategy: the strategy that synchronises the replicas; None for one device.
        process_index: the index of this process. Process 0, the chief, writes all files.
        process_count: the number of processes.
    """

    strategy: tf.distribute.Strategy | None = None
    process_index: int = 0
    process_count: int = 1

    @classmethod
    def open(cls, strategy: str, devices: int | None = None) -> "Replicas":
        """Return the replicas for `--strategy` and `--devices`.

        It must be called before TensorFlow computes anything.

        Args:
            strategy: `single`, `mirrored`, `multiworker`, or `auto`: `multiworker` if `TF_CONFIG`
                names several processes, otherwise `mirrored` if there are several GPUs or `devices`
                is given, otherwise `single`.
            devices: the number of devices for `mirrored`.

        Raises:
            ConfigurationError: `devices` is below 1, or is given for another strategy than
                `mirrored`.
            DeformableGANError: see `mirrored` and `multiworker`.
        """
        if devices is not None and devices < 1:
            raise ConfigurationError(f"--devices must be 1 or more, received {devices}")
        if strategy == "auto":
            several = len(tf.config.list_physical_devices("GPU")) > 1
            strategy = "mirrored" if several or devices else "single"
            if VARIABLE in os.environ and len(ClusterTask.from_environment().addresses) > 1:
                strategy = "multiworker"
        if devices is not None and strategy != "mirrored":
            raise ConfigurationError(
                f"--devices works with --strategy mirrored only, received the strategy {strategy}: "
                "leave out --devices; to choose GPUs, set CUDA_VISIBLE_DEVICES"
            )
        if strategy == "mirrored":
            return cls.mirrored(devices)
        if strategy == "multiworker":
            return cls.multiworker()
        use_gpus(0, 1)  # otherwise TensorFlow takes memory on every GPU
        return cls()

    @classmethod
    def mirrored(cls, devices: int | None = None) -> "Replicas":
        """Return replicas on the GPUs of this machine, or on parts of its CPU if it has no GPU.

        It must be called before TensorFlow computes anything.

        Args:
            devices: the number of devices; None: all GPUs.

        Raises:
            ConfigurationError: there are fewer GPUs than `devices`, or no GPU and `devices` is
                None.
        """
        gpus = tf.config.list_physical_devices("GPU")
        if gpus and (devices or 1) > len(gpus):
            raise ConfigurationError(
                f"--devices {devices} is more than the number of GPUs of this machine: expected "
                f"{len(gpus)} at most"
            )
        if not gpus:
            if devices is None:
                raise ConfigurationError(
                    "--strategy mirrored found no GPU: leave out --strategy, or add --devices N to "
                    "divide the CPU, which is slower and only tests the set-up"
                )
            (cpu,) = tf.config.list_physical_devices("CPU")
            parts = [tf.config.LogicalDeviceConfiguration()] * devices
            tf.config.set_logical_device_configuration(cpu, parts)
        else:
            use_gpus(0, devices or len(gpus))
        kind = "GPU" if gpus else "CPU"
        with _quiet():
            return cls(
                tf.distribute.MirroredStrategy(
                    [f"/device:{kind}:{number}" for number in range(devices or len(gpus))]
                )
            )

    @classmethod
    def multiworker(cls) -> "Replicas":
        """Wait for all processes in `TF_CONFIG`, and return replicas on all of their devices.

        It must be called before TensorFlow computes anything.

        Raises:
            ConfigurationError: `TF_CONFIG` is missing or cannot be used, or this machine has fewer
                GPUs than workers.
            RunError: the processes do not connect to each other.
        """
        task = ClusterTask.from_environment()
        _use_own_gpus(task)
        log.info("waiting for %d workers: %s", len(task.addresses), ", ".join(task.addresses))
        try:
            with _quiet(), _ended_by_ctrl_c():
                strategy = tf.distribute.MultiWorkerMirroredStrategy()
        except tf.errors.OpError as error:
            raise RunError(
                f"the workers {', '.join(task.addresses)} do not connect to each other "
                f"({error}): start all of them, with the same addresses in TF_CONFIG"
            ) from error
        return cls(strategy, task.index, len(task.addresses))

    @property
    def is_chief(self) -> bool:
        """Whether this process writes the files."""
        return self.process_index == 0

    @property
    def count(self) -> int:
        """The number of devices over all processes."""
        return self.strategy.num_replicas_in_sync if self.strategy else 1

    def scope(self) -> contextlib.AbstractContextManager:
        """Return a context in which variables get a copy on every device."""
        return self.strategy.scope() if self.strategy else contextlib.nullcontext()

    @contextlib.contextmanager
    def noticing_losses(self) -> Iterator[None]:
        """Turn the end of another process into a RunError in this context.

        Another process ending is an environment error, not a bug.

        Raises:
            RunError: a process has ended; the message says how to continue.
        """
        try:
            yield
        except _LOST as error:
            if self.process_count == 1 or is_full_memory(error) or is_device_failure(error):
                raise
            raise RunError(
                f"another worker has ended or cannot be reached ({type(error).__name__}): start "
                f"all {self.process_count} workers again, with --resume RUN if the run directory "
                "contains a checkpoint"
            ) from error

    def require_usable(self, training: TrainingConfig) -> None:
        """Check that a training's batch size, accumulation and precision work with the replicas.

        Raises:
            ConfigurationError: one of them does not; the message says what to change.
        """
        if self.strategy is None:
            return
        size, replicas = training.batch_size, self.count
        if size % replicas:
            multiple = -(-size // replicas) * replicas
            raise ConfigurationError(
                f"a batch of {size} pairs cannot be divided equally among {replicas} devices: "
                f"expected a multiple of {replicas} for --batch-size, such as {multiple}"
            )
        if training.accumulate > 1:
            raise ConfigurationError(
                "--accumulate does not work with --strategy, where each device already holds only "
                "a part of a batch: leave out --accumulate, and multiply --batch-size by its value"
            )
        if training.precision == "mixed_float16":
            # Keras scales the loss of each replica separately.
            raise ConfigurationError(
                "--precision mixed_float16 does not work with --strategy: expected mixed_bfloat16 "
                "or float32"
            )

    def require_agreement(self, facts: dict) -> None:
        """Check that all processes have the same settings.

        Args:
            facts: JSON values by name, which must be equal in all processes.

        Raises:
            RunError: a value differs; the message names it.
        """
        if self.process_count == 1:
            return
        own = [zlib.crc32(json.dumps(value, sort_keys=True).encode()) for value in facts.values()]

        @tf.function(autograph=False)
        def gather():
            values = self.strategy.run(lambda: tf.constant([own], tf.int64))  # type: ignore[union-attr]  # not None here
            return self.strategy.gather(values, axis=0)  # type: ignore[union-attr]  # not None here

        every = gather().numpy()
        differing = np.any(every != every[0], axis=0)
        names = [name for name, differs in zip(facts, differing, strict=True) if differs]
        if names:
            raise RunError(
                f"the workers do not agree on {', '.join(names)}: give all of them the same "
                "options, the same dataset and, to resume, the same run directory"
            )


def _use_own_gpus(task: ClusterTask) -> None:
    """Assign each worker of this machine its own GPUs, since NCCL refuses two processes on one GPU.

    Raises:
        ConfigurationError: there are fewer GPUs than workers.
    """
    place, here = task.place_on_host
    gpus = tf.config.list_physical_devices("GPU")
    # If CUDA_VISIBLE_DEVICES is set, the user has assigned the GPUs.
    if here == 1 or not gpus or VISIBLE in os.environ:
        return
    share = len(gpus) // here
    if not share:
        raise ConfigurationError(
            f"{here} workers on this machine, but only {len(gpus)} GPU(s), and each worker needs "
            f"its own: start {len(gpus)} here, or set {VISIBLE}=-1 to train on the CPU"
        )
    use_gpus(place * share, share)


@contextlib.contextmanager
def _quiet():
    """Suppress TensorFlow's warnings, such as the one that CPUs have no NCCL."""
    logger = tf.get_logger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


@contextlib.contextmanager
def _ended_by_ctrl_c():
    """Let Ctrl-C end the process at once, since Python's handler would wait for TensorFlow."""
    handler = signal.getsignal(signal.SIGINT)
    in_main_thread = threading.current_thread() is threading.main_thread()
    if handler is signal.SIG_IGN or not in_main_thread:
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
