"""Shapes of answers that are rows of a canonical table: derived from its contract, never written anew.

What belongs here: turning columns of `schemas.tables` into fields with the contract's title, description and
sensitivity.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any

import polars as pl
from pydantic import BaseModel, BeforeValidator, Field, create_model

from portal.api.operation import Telling
from schemas.tables import get_table

__all__ = ["frame_shape", "row_shape"]

_TYPES: dict[type[pl.DataType], Any] = {pl.String: str, pl.Int64: int, pl.Boolean: bool, pl.Date: date}
_SEVERAL = frozenset({"groups", "classes", "proposed_groups", "tier_reasons", "rules"})  # in one text, between ";"


def _several(value: object) -> object:
    return [each for each in value.split(";") if each] if isinstance(value, str) else (value or [])


def row_shape(name: str, table: str, key: str, columns: Iterable[str], **more: Any) -> type[BaseModel]:
    """The model `name` of rows with some columns of a table; `more` are further fields as pydantic takes them.

    The `key` is always there. Every other column may be null or left out; texts that hold several codes become lists
    of them.
    """
    known = get_table(table)
    fields: dict[str, Any] = {key: (str, Field(title=known.columns[key].title)), **more}
    for each in columns:
        column = known.columns[each]
        of = Annotated[list[str], BeforeValidator(_several)] if each in _SEVERAL else _TYPES[type(column.dtype)] | None
        fields[each] = (
            of,
            Field(
                default_factory=list if each in _SEVERAL else lambda: None,
                title=column.title,
                description=column.description,
                json_schema_extra={"x-sensitivity": column.sensitivity.value},
            ),
        )
    return create_model(name, __base__=Telling, __doc__=f"{known.title}: {known.grain}", **fields)


def frame_shape(name: str, grain: str, schema: Mapping[str, pl.DataType], **more: Any) -> type[BaseModel]:
    """The model `name` of rows of a frame whose columns and types are declared; every column may be null."""
    fields: dict[str, Any] = {each: (_TYPES[type(dtype)] | None, None) for each, dtype in schema.items()}
    return create_model(name, __base__=Telling, __doc__=grain, **fields, **more)
