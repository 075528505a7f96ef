"""Citizen identity numbers (GB 11643-1999): tidying, upgrading, checking, and what they say.

What belongs here: the arithmetic of the number, as scalars and as Polars expressions that agree with
them; for many numbers it stands in `schemas.id_bytes`. What a wrong number means for a row stands in
`schemas.values`; keys stand in `linkage`.
"""

import re
from collections.abc import Callable
from datetime import date
from functools import reduce

import polars as pl

from schemas.characters import SPACES, UNSEEN, half_width

__all__ = [
    "EARLIEST_BIRTH",
    "ID_STEPS",
    "WEIGHTS",
    "birth_on_expr",
    "birth_on_of",
    "check_digit",
    "id_problem_expr",
    "is_valid",
    "sex_expr",
    "shaped_id_problem_expr",
    "tidy_id_expr",
    "upgrade",
    "upgraded_id_expr",
    "valid_id_expr",
]

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
"""What each of the first seventeen digits counts in the sum that the check digit completes."""

EARLIEST_BIRTH = date(1800, 1, 1)
"""Nobody was born earlier of those who have a number: they were given from 1984 on, to the living."""

_LENGTH = 18
_STEM = 17
_TEN = 10  # the value of an X
_CHECK_DIGITS = "10X98765432"
_SHAPE = r"^[0-9]{17}[0-9X]$"
_OLD_SHAPE = r"^[0-9]{15}$"
_OLD_LENGTH = 15
_CENTURY = "19"
_CENTENARIAN = "18"
_CENTENARIANS = ("996", "997", "998", "999")  # serial numbers that 15 digits kept for people of a hundred years
_TENS = r"[xХхΧχ×Ⅹⅹ✕✖]"  # what stands for the check digit ten beside a capital X
_OTHER_DOCUMENTS = (
    r"^[A-Z]{1,3}[0-9]{6,14}(\([0-9A-Z]\)|[A-Z])?$"  # passports, travel permits, foreigners' cards until 2023
    r"|^[1-9AN][1239][0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$"  # unified credit codes of organisations
    r"|军|警|兵|护照|通行证|台胞|回乡|永居|字第"
)

ID_STEPS: tuple[tuple[str, Callable[[pl.Expr], pl.Expr]], ...] = (
    ("id_width", half_width),
    ("id_spaces", lambda text: text.str.replace_all(f"[{SPACES}{UNSEEN}'‘’`´\\-‐‑‒–—−]", "")),
    ("id_letter_x", lambda text: text.str.replace(f"^([0-9]{{17}}){_TENS}$", "${1}X")),
)  # in the order in which they are done, each under the code by which it is counted


def check_digit(stem: str) -> str:
    """The check digit of a 17-digit `stem` (ISO 7064 MOD 11-2); raises `ValueError` for another shape."""
    if not re.fullmatch(r"[0-9]{17}", stem):
        raise ValueError("the stem of an identity number has seventeen digits")
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, stem, strict=True))
    return _CHECK_DIGITS[total % 11]


def upgrade(old: str) -> str:
    """The 18-digit number of a 15-digit one; raises `ValueError` for another shape.

    The century is the nineteenth for the serial numbers that were kept for people of a hundred years.
    """
    century = _CENTENARIAN if old[12:] in _CENTENARIANS else _CENTURY
    stem = old[:6] + century + old[6:]
    return stem + check_digit(stem)


def birth_on_of(number: str) -> date | None:
    """The birth date that an 18-digit number states, or None when there is no such day."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def is_valid(number: str, *, today: date | None = None) -> bool:
    """Whether `number` is a tidy 18-digit number with a real birth date (not after `today`) and check digit."""
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return False
    birth = birth_on_of(number)
    if birth is None or birth < EARLIEST_BIRTH or (today is not None and birth > today):
        return False
    return check_digit(number[:_STEM]) == number[-1]


def tidy_id_expr(number: pl.Expr) -> pl.Expr:
    """Without spaces, hyphens, invisible characters and apostrophes; digits half-width; one X for the check digit."""
    return reduce(lambda text, step: step[1](text), ID_STEPS, number)


def _weighted_sum(stem: pl.Expr) -> pl.Expr:
    """Weighted sum of the digits of a 17-digit integer, modulo 11."""
    digits = ((stem // 10 ** (_STEM - 1 - place)) % 10 for place in range(_STEM))
    return pl.sum_horizontal(*(digit * weight for digit, weight in zip(digits, WEIGHTS, strict=True))) % 11


def upgraded_id_expr(number: pl.Expr) -> pl.Expr:
    """A tidy number with 15-digit ones brought to 18 digits; every other text unchanged."""
    old = number.str.contains(_OLD_SHAPE)
    aged = number.str.slice(_OLD_LENGTH - 3).is_in(_CENTENARIANS)
    century = pl.when(aged).then(pl.lit(_CENTENARIAN)).otherwise(pl.lit(_CENTURY))
    stem = pl.when(old).then(number.str.slice(0, 6) + century + number.str.slice(6))
    return pl.when(old).then(stem + _check_digit_expr(stem)).otherwise(number)


def _check_digit_expr(stem: pl.Expr) -> pl.Expr:
    """The check digit of 17 digits; null for another text."""
    return _weighted_sum(stem.cast(pl.Int64, strict=False)).replace_strict(
        list(range(11)), list(_CHECK_DIGITS), default=None, return_dtype=pl.String
    )


def birth_on_expr(number: pl.Expr) -> pl.Expr:
    """Birth date stated by an 18-digit number; null when there is no such day."""
    return number.str.slice(6, 8).str.to_date("%Y%m%d", strict=False)


def sex_expr(number: pl.Expr) -> pl.Expr:
    """The code `male` or `female` stated by an 18-digit number."""
    odd = number.str.slice(16, 1).cast(pl.Int64, strict=False) % 2 == 1
    return pl.when(odd).then(pl.lit("male")).when(~odd).then(pl.lit("female"))


def id_problem_expr(number: pl.Expr, *, today: date) -> pl.Expr:
    """Reason code why an upgraded number is not valid, null when it is (or is null).

    `id_masked` digits hidden by the sender; `id_other_document` the number of something else than an
    18-digit card; `id_shape` not 18 digits; `id_birth_date` no such day or one after `today`; `id_checksum`
    the check digit does not match. An unknown region is no reason (`schemas.regions`).
    """
    return (
        pl.when(number.is_null())
        .then(None)
        .when(number.str.contains(r"[*※●○□]|[xX]{2}|[0-9][xX]+[0-9]"))
        .then(pl.lit("id_masked"))
        .when(number.str.contains(_SHAPE))
        .then(shaped_id_problem_expr(number, today=today))
        .when(number.str.contains(_OTHER_DOCUMENTS))
        .then(pl.lit("id_other_document"))
        .otherwise(pl.lit("id_shape"))
    )


def shaped_id_problem_expr(number: pl.Expr, *, today: date) -> pl.Expr:
    """As `id_problem_expr`, for numbers of 17 digits and a digit or X."""
    birth = birth_on_expr(number)
    return (
        pl.when(birth.is_null() | ~birth.is_between(EARLIEST_BIRTH, today))
        .then(pl.lit("id_birth_date"))
        .when(_check_digit_expr(number.str.slice(0, _STEM)) != number.str.slice(_STEM))
        .then(pl.lit("id_checksum"))
    )


def valid_id_expr(number: pl.Expr, *, today: date) -> pl.Expr:
    """Whether an upgraded number is valid; false for null."""
    return number.is_not_null() & id_problem_expr(number, today=today).is_null()
