"""Relations to the applicant or head: what a spouse or child of a related person is.

What belongs here: deriving the relation of those who join a family later. Codes are those of the code
list `relation`.
"""

import polars as pl

__all__ = ["below", "beside"]

_SPOUSE_OF = {"self": "spouse", "child": "child_in_law", "parent": "parent", "grandparent": "grandparent"}
_CHILD_OF = {
    "self": "child",
    "spouse": "child",
    "child": "grandchild",
    "child_in_law": "grandchild",
    "parent": "sibling",
}
_OTHER = "other_relative"


def beside(relation: str) -> pl.Expr:
    """The relation of the spouse of somebody with the relation in column `relation`."""
    return pl.col(relation).replace_strict(_SPOUSE_OF, default=_OTHER, return_dtype=pl.String)


def below(relation: str) -> pl.Expr:
    """The relation of a child of somebody with the relation in column `relation`."""
    return pl.col(relation).replace_strict(_CHILD_OF, default=_OTHER, return_dtype=pl.String)
