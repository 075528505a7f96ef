"""What a delivery says of its people beside their numbers, each thing told once.

What belongs here: remembering, by hashes alone, which names, phones and addresses of whom went to the vault already.
"""

import polars as pl

__all__ = ["Spellings"]

_SEED = 1
_PAIR = ("code", "spelling")


class Spellings:
    """The spellings seen so far: a hash of 64 bits a person, and more only for people spelled in several ways.

    A person's hash is compared with those of the same person alone, so that no two ever fall together.
    """

    def __init__(self) -> None:
        self._first = pl.Series(dtype=pl.UInt64)  # by code of the person; null for who has not been met
        self._others = pl.DataFrame(schema={"code": pl.UInt32, "spelling": pl.UInt64})

    def new(self, codes: pl.Series, said: pl.DataFrame) -> pl.Series:
        """The places of rows that tell something new; `codes` number the people, null for nobody."""
        rows = pl.DataFrame({"code": codes, "spelling": said.hash_rows(_SEED)}).with_row_index()
        self._grow(codes)
        known = self._first.gather(codes)
        unknown = rows.filter(codes.is_not_null() & known.ne_missing(rows["spelling"]))
        unknown = unknown.unique(_PAIR, keep="first", maintain_order=True)
        unknown = unknown.join(self._others, on=_PAIR, how="anti", maintain_order="left")
        begun = unknown["code"].is_first_distinct() & self._first.gather(unknown["code"]).is_null()
        self._first.scatter(unknown["code"].filter(begun), unknown["spelling"].filter(begun))
        self._others = pl.concat([self._others, unknown.filter(~begun).select(_PAIR)])
        return unknown["index"]

    def _grow(self, codes: pl.Series) -> None:
        """Make room for the people of `codes`."""
        last = codes.max()
        if isinstance(last, int) and last >= len(self._first):
            room = pl.repeat(None, last + 1 - len(self._first), dtype=pl.UInt64, eager=True)
            self._first = pl.concat([self._first, room], rechunk=True)
