"""Errors caused by bad input or the environment, as opposed to bugs of this package.

The command line prints these errors as one message and exits with status 1 (`InterruptionError`:
128 plus the signal's number). Any other exception is a bug and is shown with its traceback.
"""


class DeformableGANError(Exception):
    """Base class of errors that a user can cause and fix.

    The message says what is wrong, what was received, what was expected and what to do.
    """


class ConfigurationError(DeformableGANError, ValueError):
    """Error for a preset, option or configuration file that cannot be used.

    It is also a `ValueError`, since it is also raised for arguments of layers and functions.
    """


class DatasetError(DeformableGANError):
    """Error for a dataset that is missing, damaged or unsuitable, or must not be replaced."""


class DatasetInUseError(DatasetError):
    """Error for a dataset, run directory or other output that another process is writing."""


class MediaError(DeformableGANError):
    """Error for a photograph, video or other file that cannot be read or written."""


class PoseError(DeformableGANError):
    """Error for a missing person or pose, or a missing pose estimator."""


class RunError(DeformableGANError):
    """Error for a run directory, checkpoint or exported model that cannot be used."""


class WeightsError(DeformableGANError):
    """Error for a third-party network whose weights are not available or do not fit."""


class HubError(DeformableGANError):
    """Error for an invalid handle, or a hub that does not provide or accept a model."""


class InterruptionError(DeformableGANError):
    """Error for work that was stopped by a signal after its state was saved.

    Args:
        message: how to continue.
        signal_number: the number of the signal.
    """

    def __init__(self, message: str, signal_number: int):
        super().__init__(message)
        self.signal_number = signal_number
