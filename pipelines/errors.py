"""The errors of `pipelines/`.

DoudiError
├── UsageError                what was asked for makes no sense
├── InstanceConfigError       Dagster's configuration is not where it should be
├── LandingUnavailableError   the landing directory is not there or cannot be listed
└── RunEndedError             the process was told to end before the run was done
"""

from schemas.errors import DoudiError

__all__ = ["InstanceConfigError", "LandingUnavailableError", "RunEndedError", "UsageError"]


class UsageError(DoudiError):
    """What was asked for makes no sense; the message says what would."""


class InstanceConfigError(DoudiError):
    """Dagster's configuration is not where it should be."""


class LandingUnavailableError(DoudiError):
    """The landing directory is not there or cannot be listed."""


class RunEndedError(DoudiError):
    """The process was told to end before the run was done."""

    def __init__(self) -> None:
        super().__init__(
            "the run was ended before it was done; what was taken in and published until then stands, and "
            "`doudi run` goes on from there"
        )
