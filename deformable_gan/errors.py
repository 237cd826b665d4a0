"""What can go wrong through bad input, as opposed to a defect of this package.

The command line prints these as one message and exits with status 1 (`InterruptionError`: 128 and
the signal's number); anything else is a defect and keeps its traceback.
"""


class DeformableGANError(Exception):
    """Base of every error that a user can cause and mend.

    The message says what was wrong, what was received, what was expected and what to do.
    """


class ConfigurationError(DeformableGANError, ValueError):
    """A preset, option or configuration file that cannot be used as it is.

    It is a `ValueError`, too, since it is also raised for arguments of layers and functions.
    """


class DatasetError(DeformableGANError):
    """A dataset folder, annotation or pairs file that is missing, damaged or inconsistent."""


class MediaError(DeformableGANError):
    """A photograph, video or other file that cannot be read or written."""


class PoseError(DeformableGANError):
    """No usable person or pose where one is needed, or no pose estimator to find one."""


class RunError(DeformableGANError):
    """A run directory, checkpoint or exported model that cannot be used."""


class WeightsError(DeformableGANError):
    """Somebody else's trained network that cannot be had, or whose file does not fit."""


class HubError(DeformableGANError):
    """A model hub that cannot be reached, or does not have or take what is asked of it."""


class InterruptionError(DeformableGANError):
    """Work was stopped by a signal, and can go on later: nothing is lost.

    Args:
        message: how to go on.
        signal_number: which signal.
    """

    def __init__(self, message: str, signal_number: int):
        super().__init__(message)
        self.signal_number = signal_number
