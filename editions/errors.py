"""The errors of `editions/`.

DoudiError
└── EditionError
    └── UnhashableColumnError   a column of a type that has no canonical text
"""

from schemas.errors import DoudiError

__all__ = ["EditionError", "UnhashableColumnError"]


class EditionError(DoudiError):
    """Base of the errors of `editions/`."""


class UnhashableColumnError(EditionError):
    """A column has a type whose text is not the same on every machine."""

    def __init__(self, column: str, dtype: str) -> None:
        super().__init__(f"column {column!r} of type {dtype} cannot be hashed; use integers, texts, booleans or dates")
        self.column = column
