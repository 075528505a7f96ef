"""Codes and keys in words, for every sheet.

What belongs here: expressions that turn a column into Chinese, and the people behind keys. A frame made with them holds
people's data and goes into an export only.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from editions.grounds import GROUNDS
from registry.vault import Vault, mask_id_expr
from rules import all_rules
from schemas.codes import CODE_LISTS

__all__ = [
    "MARK",
    "age_at",
    "code_titles",
    "family_number",
    "found_words",
    "in_yuan",
    "listed_titles",
    "people_of",
    "rule_titles",
    "titled",
    "titles_of",
    "yes_or_no",
]

MARK = "；"
"""What stands between several words of one cell."""
_FEN = 100


def people_of(vault: Vault, keys: pl.Series, *, unmask: bool) -> pl.DataFrame:
    """Names, numbers, phones and addresses by person key; numbers are masked unless `unmask`."""
    people = vault.people(keys.drop_nulls().unique().to_list())
    return people if unmask else people.with_columns(id_number=mask_id_expr("id_number"))


def titles_of(labels: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Code to its first label."""
    return {code: each[0] for code, each in labels.items()}


def code_titles(name: str) -> dict[str, str]:
    """Code to title of a code list."""
    return titles_of(CODE_LISTS[name].labels)


def rule_titles() -> dict[str, str]:
    """Rule to its title."""
    return {**titles_of(GROUNDS.labels), **{each.id: each.title for each in all_rules().values()}}


def in_yuan(column: str) -> pl.Expr:
    """An amount of fen as people write it: Polars divides by a reciprocal, which leaves digits after the second."""
    return (pl.col(column) / _FEN).round(2)


def titled(column: str, titles: Mapping[str, str]) -> pl.Expr:
    """Codes as titles; a code without one stays visible as itself."""
    return pl.col(column).replace_strict(dict(titles), default=pl.col(column), return_dtype=pl.String)


def listed_titles(column: str, titles: Mapping[str, str]) -> pl.Expr:
    """Codes separated by ';' as titles."""
    each = pl.element().replace_strict(dict(titles), default=pl.element(), return_dtype=pl.String)
    codes = pl.col(column).fill_null("").str.split(";")
    return codes.list.eval(each).list.join(MARK)


def found_words() -> pl.Expr:
    """What the rule found, in words."""
    bases = {f"{rule.id}\x1f{basis}": words for rule in all_rules().values() for basis, words in rule.bases.items()}
    key = pl.concat_str("rule_id", pl.lit("\x1f"), "basis")
    return key.replace_strict(bases, default=pl.col("basis"), return_dtype=pl.String)


def family_number() -> pl.Expr:
    """The number by which an office knows the family; families without household have none."""
    family = pl.col("family_id")
    return pl.when(family.str.contains("^[DH]:")).then(family.str.slice(2)).otherwise(pl.lit(""))


def yes_or_no(truth: str | pl.Expr) -> pl.Expr:
    """A truth as 是 or 否."""
    return pl.when(pl.col(truth) if isinstance(truth, str) else truth).then(pl.lit("是")).otherwise(pl.lit("否"))


def age_at(as_of: date) -> pl.Expr:
    """Whole years at `as_of`."""
    birth = pl.col("birth_on")
    day = birth.dt.month().cast(pl.Int64) * 100 + birth.dt.day()
    before_birthday = day > as_of.month * 100 + as_of.day
    return as_of.year - birth.dt.year().cast(pl.Int64) - before_birthday.cast(pl.Int64)
