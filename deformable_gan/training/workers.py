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

# What waiting for another process raises when that has died or left.
_LOST = (
    *(tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.DeadlineExceededError),
    *(tf.errors.InternalError, tf.errors.CancelledError, tf.errors.FailedPreconditionError),
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Workers:
    """Who trains: one device, the devices of this process, or those of several processes.

    Attributes:
        strategy: how devices keep their copies of the networks equal; None for one device.
        index: of this process.
        count: of processes. Number 0, the chief, writes all files; the others only compute.
    """

    strategy: tf.distribute.Strategy | None = None
    index: int = 0
    count: int = 1

    @classmethod
    def open(cls, strategy: str, devices: int | None = None) -> "Workers":
        """Return those that `--strategy` and `--devices` ask for.

        Must be called before TensorFlow has computed anything.

        Args:
            strategy: `single`, `mirrored`, `multiworker`, or `auto`: `multiworker` where
                `TF_CONFIG` names several processes, otherwise `mirrored` where there are several
                GPUs, otherwise `single`.
            devices: of `mirrored`, how many.

        Raises:
            DeformableGANError: as `mirrored` and `multiworker`.
        """
        if strategy == "auto":
            several = len(tf.config.list_physical_devices("GPU")) > 1
            strategy = "mirrored" if several or devices else "single"
            if VARIABLE in os.environ and len(ClusterTask.from_environment().addresses) > 1:
                strategy = "multiworker"
        if devices is not None and strategy != "mirrored":
            raise ConfigurationError(
                f"--devices counts what --strategy mirrored uses, received --strategy {strategy}: "
                "leave it out; CUDA_VISIBLE_DEVICES chooses GPUs"
            )
        if devices is not None and devices < 1:
            raise ConfigurationError(f"--devices must be 1 or more, received {devices}")
        if strategy == "mirrored":
            return cls.mirrored(devices)
        if strategy == "multiworker":
            return cls.multiworker()
        use_gpus(0, 1)  # TensorFlow would take memory of all the others, too
        return cls()

    @classmethod
    def mirrored(cls, devices: int | None = None) -> "Workers":
        """Return the GPUs of this machine; without any, parts of its CPU.

        Must be called before TensorFlow has computed anything.

        Args:
            devices: how many; None: all GPUs.

        Raises:
            ConfigurationError: there are not so many.
        """
        gpus = tf.config.list_physical_devices("GPU")
        if gpus and (devices or 1) > len(gpus):
            raise ConfigurationError(f"--devices {devices}: this machine has {len(gpus)} GPUs")
        if not gpus:
            if devices is None:
                raise ConfigurationError(
                    "--strategy mirrored finds no GPU here: leave it out, or say --devices N to "
                    "divide the CPU, which is slower and only shows that all works"
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
    def multiworker(cls) -> "Workers":
        """Return all devices of the processes in `TF_CONFIG`, once they have all come.

        Must be called before TensorFlow has computed anything.

        Raises:
            ConfigurationError: `TF_CONFIG` is missing or cannot be used, or this machine has fewer
                GPUs than workers.
            RunError: the others do not come.
        """
        task = ClusterTask.from_environment()
        _use_own_gpus(task)
        log.info("waiting for %d workers: %s", len(task.addresses), ", ".join(task.addresses))
        try:
            with _quiet(), _ended_by_ctrl_c():
                strategy = tf.distribute.MultiWorkerMirroredStrategy()
        except tf.errors.OpError as error:
            raise RunError(
                f"the workers {', '.join(task.addresses)} do not come together "
                f"({error}): start all of them, with equal addresses in TF_CONFIG"
            ) from error
        return cls(strategy, task.index, len(task.addresses))

    @property
    def is_chief(self) -> bool:
        """Whether this process writes the files."""
        return self.index == 0

    @property
    def replicas(self) -> int:
        """On how many devices a step is done, over all processes."""
        return self.strategy.num_replicas_in_sync if self.strategy else 1

    def scope(self) -> contextlib.AbstractContextManager:
        """In this context variables get a copy on every device."""
        return self.strategy.scope() if self.strategy else contextlib.nullcontext()

    @contextlib.contextmanager
    def noticing_losses(self) -> Iterator[None]:
        """In this context it is an error of the user's world that another process ends.

        Raises:
            RunError: one has; the message says how to go on.
        """
        try:
            yield
        except _LOST as error:
            if self.count == 1 or is_full_memory(error) or is_device_failure(error):
                raise
            raise RunError(
                f"another worker has ended or cannot be reached ({type(error).__name__}): start "
                f"all {self.count} again, with --resume if the run has begun"
            ) from error

    def require_usable(self, training: TrainingConfig) -> None:
        """Make sure that steps can be shared.

        Raises:
            ConfigurationError: they cannot; the message says what to change.
        """
        if self.strategy is None:
            return
        size, replicas = training.batch_size, self.replicas
        if size % replicas:
            multiple = -(-size // replicas) * replicas
            raise ConfigurationError(
                f"a batch of {size} pairs cannot be shared equally by {replicas} devices: expected "
                f"a multiple of {replicas} for --batch-size, such as {multiple}"
            )
        if training.accumulate > 1:
            raise ConfigurationError(
                "--accumulate cannot be had with --strategy: each device holds only its part of a "
                "batch, so --batch-size may be that many times as large"
            )
        if training.precision == "mixed_float16":
            # Keras scales the loss of each replica by what that replica alone has seen.
            raise ConfigurationError(
                "--precision mixed_float16 cannot be had with --strategy: expected mixed_bfloat16 "
                "or float32"
            )

    def require_agreement(self, facts: dict) -> None:
        """Make sure that all processes are about to do the same.

        Args:
            facts: JSON values that have to be equal everywhere, by name.

        Raises:
            RunError: something is not; the message names it.
        """
        if self.count == 1:
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
    """Give each worker of this machine GPUs of its own: NCCL refuses two processes on one.

    Raises:
        ConfigurationError: there are fewer GPUs than workers.
    """
    place, here = task.place_on_host
    gpus = tf.config.list_physical_devices("GPU")
    # Where the variable is set, whoever starts the workers has dealt the GPUs out.
    if here == 1 or not gpus or VISIBLE in os.environ:
        return
    share = len(gpus) // here
    if not share:
        raise ConfigurationError(
            f"{here} workers on this machine, but only {len(gpus)} GPU(s), and each worker needs "
            f"one of its own: start {len(gpus)} here, or set {VISIBLE}=-1 to train on the CPU"
        )
    use_gpus(place * share, share)


@contextlib.contextmanager
def _quiet():
    """Keep TensorFlow from remarking that CPUs have no NCCL."""
    logger = tf.get_logger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


@contextlib.contextmanager
def _ended_by_ctrl_c():
    """Let Ctrl-C end the process at once: Python's handler would wait for TensorFlow to return."""
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
