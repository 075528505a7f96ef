"""What goes wrong in real files, by a dial from 0 to 1.

What belongs here: the faults. Some are harmless once a reader normalises (spaces, full-width digits,
15-digit numbers, a lower-case x), some cost a row (a typo in the number, an unknown code). A fault that
costs a row of a key register is mended by a corrected delivery of the same month.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from samples.world.base import Flags
from schemas.columns import Kind
from schemas.contract import Feed

__all__ = ["MENDED", "Dirt", "soil"]

MENDED = frozenset({"household_registration", "assistance_register", "applications"})
_INCOME = frozenset(
    {"tax_wages", "tax_other_income", "contributions", "housing_fund", "pensions", "unemployment_benefits"}
)
_TYPO, _CODE, _TWICE = 0.04, 0.02, 0.03  # of the dial, per row
_FORM = 0.5  # of the dial, per row: harmless appearances
_LENGTH = 18
_FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


@dataclass(frozen=True)
class Dirt:
    """The dial and its own source of chance."""

    dial: float
    rng: np.random.Generator

    def hit(self, count: int, rate: float) -> Flags:
        """Which of `count` rows are struck at a rate that grows with the dial."""
        struck: Flags = self.rng.random(count) < min(1.0, self.dial * rate)
        return struck


def soil(frame: pl.DataFrame, feed: Feed, dirt: Dirt) -> tuple[pl.DataFrame, bool]:
    """The table with faults, and whether any of them costs a row."""
    if dirt.dial <= 0 or not frame.height:
        return frame, False
    main = next(each.name for each in feed.columns if each.kind is Kind.ID_NUMBER)
    for column in [each for each in feed.columns if each.name in frame.columns]:
        if column.kind is Kind.ID_NUMBER:
            frame = _disguise(frame, column.name, dirt)
        elif column.kind is Kind.NAME:
            frame = _edit(frame, column.name, dirt.hit(frame.height, _FORM * 0.2), _spaced)
    frame, mistyped = _mistype(frame, main, dirt)
    frame, miscoded = _miscode(frame, feed, dirt)
    if feed.name not in _INCOME:
        frame = _repeat(frame, dirt)
    return frame, mistyped or miscoded


def _edit(frame: pl.DataFrame, name: str, where: Flags, change: Callable[[str], str]) -> pl.DataFrame:
    """Replace the text of the struck rows."""
    rows = np.flatnonzero(where)
    if not len(rows):
        return frame
    column = frame[name]
    new = pl.Series([change(each) if each else each for each in column.gather(rows).to_list()], dtype=pl.String)
    return frame.with_columns(column.scatter(rows, new).alias(name))


def _disguise(frame: pl.DataFrame, name: str, dirt: Dirt) -> pl.DataFrame:
    for rate, change in ((1.0, _lower), (0.3, _fifteen), (0.2, _wide), (0.3, _spaced)):
        frame = _edit(frame, name, dirt.hit(frame.height, _FORM * rate), change)
    return frame


def _lower(number: str) -> str:
    return number.lower()


def _fifteen(number: str) -> str:
    """The number as it was written before 1999, for those born in the twentieth century."""
    plain = number.strip()
    return plain[:6] + plain[8:17] if len(plain) == _LENGTH and plain[6:8] == "19" and plain.isascii() else number


def _wide(number: str) -> str:
    return number.translate(_FULL_WIDTH)


def _spaced(text: str) -> str:
    return f" {text} "


def _mistype(frame: pl.DataFrame, name: str, dirt: Dirt) -> tuple[pl.DataFrame, bool]:
    """One digit of the number is wrong: its checksum no longer fits."""
    struck = dirt.hit(frame.height, _TYPO)
    return _edit(frame, name, struck, _typo), bool(struck.any())


def _typo(number: str) -> str:
    plain = number.strip().upper().translate({v: k for k, v in _FULL_WIDTH.items()})
    if len(plain) != _LENGTH:  # a 15-digit number has no checksum to break: one digit is lost instead
        return plain[:-1]
    return plain[:15] + str((int(plain[15]) + 3) % 10) + plain[16:]


def _miscode(frame: pl.DataFrame, feed: Feed, dirt: Dirt) -> tuple[pl.DataFrame, bool]:
    """A label that is in no list."""
    coded = [each.name for each in feed.columns if each.kind is Kind.CODE and each.required and each.name in frame]
    if not coded:
        return frame, False
    struck = dirt.hit(frame.height, _CODE)
    return _edit(frame, coded[-1], struck, _unknown), bool(struck.any())


def _unknown(label: str) -> str:
    return f"{label}（新）"


def _repeat(frame: pl.DataFrame, dirt: Dirt) -> pl.DataFrame:
    """Some rows stand in the file twice."""
    rows = np.flatnonzero(dirt.hit(frame.height, _TWICE))
    return pl.concat([frame, frame[rows]]) if len(rows) else frame
