"""The errors of `pipelines/`.

DoudiError
├── UsageError                what was asked for makes no sense
├── InstanceConfigError       Dagster's configuration is not where it should be
└── LandingUnavailableError   the landing directory is not there or cannot be listed
"""

from schemas.errors import DoudiError

__all__ = ["InstanceConfigError", "LandingUnavailableError", "UsageError"]


class UsageError(DoudiError):
    """What was asked for makes no sense; the message says what would."""


class InstanceConfigError(DoudiError):
    """Dagster's configuration is not where it should be."""


class LandingUnavailableError(DoudiError):
    """The landing directory is not there or cannot be listed."""
