"""The content hash of an edition: equal rows give an equal hash, in any order and on any machine.

What belongs here: the canonical text of a frame. Only integers, texts, booleans and dates are hashed;
a float has no canonical text and is refused.
"""

from collections.abc import Mapping
from hashlib import blake2b

import polars as pl

from editions.errors import UnhashableColumnError

__all__ = ["content_hash", "table_hash"]

_DIGEST_BYTES = 16
_FIELD, _ROW, _NULL = "\x1f", "\x1e", "\x00"
_CHUNK = 200_000


def content_hash(tables: Mapping[str, pl.DataFrame | pl.LazyFrame]) -> str:
    """One hash over all `tables`: their names, columns, types and rows, without regard to row order."""
    digest = blake2b(digest_size=_DIGEST_BYTES)
    for name in sorted(tables):
        digest.update(f"{name}{_FIELD}{table_hash(tables[name])}{_ROW}".encode())
    return digest.hexdigest()


def table_hash(table: pl.DataFrame | pl.LazyFrame) -> str:
    """The hash of one table; raises `UnhashableColumnError` for a column of another type."""
    frame = table.lazy().collect()
    digest = blake2b(digest_size=_DIGEST_BYTES)
    header = _FIELD.join(f"{name}:{dtype}" for name, dtype in sorted(frame.schema.items()))
    digest.update(f"{header}{_ROW}".encode())
    if frame.is_empty():
        return digest.hexdigest()
    texts = [_text(name, dtype) for name, dtype in sorted(frame.schema.items())]
    rows = frame.lazy().select(pl.concat_str(texts, separator=_FIELD).alias("row")).sort("row").collect()["row"]
    for start in range(0, len(rows), _CHUNK):
        digest.update((_ROW.join(rows.slice(start, _CHUNK).to_list()) + _ROW).encode())
    return digest.hexdigest()


def _text(name: str, dtype: pl.DataType) -> pl.Expr:
    """The canonical text of a column; a null has a text of its own."""
    column = pl.col(name)
    if dtype == pl.Date:
        text = column.dt.strftime("%Y-%m-%d")
    elif dtype.is_integer() or dtype in (pl.Boolean, pl.String):
        text = column.cast(pl.String)
    else:
        raise UnhashableColumnError(name, str(dtype))
    return text.fill_null(_NULL)
