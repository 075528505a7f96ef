"""What a column is: one declaration that every file, table, page and export derives from.

What belongs here: the vocabulary (`Kind`, `Sensitivity`, `Column`). The columns themselves are
declared once in `schemas.fields`; which of them a feed or table has stands with that feed or table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

import polars as pl

from schemas.codes import CodeList
from schemas.errors import ContractError

__all__ = ["Column", "Kind", "Sensitivity"]


class Sensitivity(StrEnum):
    """How carefully a value is kept (个人信息保护法 art. 28 for `SENSITIVE`)."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"
    IDENTIFIER = "identifier"


class Kind(StrEnum):
    """How the text of a cell is read; each kind has one normaliser and one dtype."""

    ID_NUMBER = "id_number"  # GB 11643 citizen identity number; replaced by a person key
    NAME = "name"  # goes to the vault
    PHONE = "phone"  # goes to the vault
    ADDRESS = "address"  # goes to the vault
    NUMBER = "number"  # a business number, kept as text
    TEXT = "text"
    CODE = "code"  # one of a code list
    DATE = "date"
    MONTH = "month"  # a calendar month, stored as its first day
    PERIOD = "period"  # a tax period: "2024-05" or the year "2024"
    MONEY = "money"  # delivered in yuan (or 万元), stored as Int64 fen
    INTEGER = "integer"
    BOOLEAN = "boolean"


_DTYPES: Mapping[Kind, pl.DataType] = {
    Kind.DATE: pl.Date(),
    Kind.MONTH: pl.Date(),
    Kind.MONEY: pl.Int64(),
    Kind.INTEGER: pl.Int64(),
    Kind.BOOLEAN: pl.Boolean(),
}

_VAULTED = frozenset({Kind.NAME, Kind.PHONE, Kind.ADDRESS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column.

    `name` is English with the unit as suffix (`_on` a date, `_fen` money in fen); `title` is the
    Chinese heading; `synonyms` are the other headings that departments use for it. An `ID_NUMBER`
    column becomes the column `keyed_as` once identifiers have been replaced by keys.
    """

    name: str
    title: str
    kind: Kind
    description: str
    sensitivity: Sensitivity = Sensitivity.INTERNAL
    synonyms: tuple[str, ...] = ()
    required: bool = True
    codes: CodeList | None = None
    minimum: int | None = None
    maximum: int | None = None
    keyed_as: str | None = None
    future: bool = False  # a date that may lie ahead, as the end of a permit does
    examples: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if (self.kind is Kind.CODE) != (self.codes is not None):
            raise ContractError(f"column {self.name}: a code column and only it has a code list")
        if (self.kind is Kind.ID_NUMBER) != (self.keyed_as is not None):
            raise ContractError(f"column {self.name}: an identifier and only it has keyed_as")

    @property
    def dtype(self) -> pl.DataType:
        """The Polars type of the normalised value."""
        return _DTYPES.get(self.kind, pl.String())

    @property
    def vaulted(self) -> bool:
        """Whether the value leaves the table for the identity vault and is not kept below it."""
        return self.kind in _VAULTED

    @property
    def headings(self) -> tuple[str, ...]:
        """Every heading under which the column is recognised, the official title first."""
        return (self.title, *self.synonyms)

    def but(self, **changes: object) -> "Column":
        """The same column with some attributes changed for one feed."""
        return replace(self, **changes)  # type: ignore[arg-type]
