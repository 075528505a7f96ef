"""The errors of `linkage/`.

DoudiError
└── LinkageError
    └── IdentityKeyError    the key of the person keys is unusable
"""

from schemas.errors import DoudiError

__all__ = ["IdentityKeyError", "LinkageError"]


class LinkageError(DoudiError):
    """Base of the errors of `linkage/`."""


class IdentityKeyError(LinkageError):
    """The key of the person keys is malformed, too short, or readable by others."""
