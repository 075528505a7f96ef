"""The identity vault: from person keys back to people, for those who may.

What belongs here: finding the number, name, phone and address of keys, and masking them. Who may ask stands in
`registry.roles`; what is found goes into exports and explanations only, never into a log or a table below.
"""

import re
from collections.abc import Iterable

import polars as pl

from linkage.identity import VAULT_SCHEMA
from schemas.settings import Settings

__all__ = ["PEOPLE_SCHEMA", "Vault", "mask_id", "mask_id_expr", "mask_name", "mask_name_expr"]

PEOPLE_SCHEMA: dict[str, pl.DataType] = {
    name: dtype for name, dtype in VAULT_SCHEMA.items() if not name.startswith("source_")
}

_TRUSTED = ("household_registration", "assistance_register", "declared_members")  # whose spelling is preferred
_MASKS = "*＊×○?？"
_MONTH_FOLDER = r"([0-9]{4}-[0-9]{2})[/\\][^/\\]+$"
_ID_KEPT = (6, 4)


class Vault:
    """What departments delivered of people, by person key. Reading it is a matter for the audit chain."""

    def __init__(self, settings: Settings) -> None:
        self._root = settings.vault_dir

    def people(self, person_keys: Iterable[str]) -> pl.DataFrame:
        """One row a known key with `PEOPLE_SCHEMA`.

        Of several spellings of a name or address: an unmasked one, then that of the police or of the register of
        assistance, then the latest month. The latest phone counts.
        """
        wanted = pl.Series("person_key", list(person_keys), dtype=pl.String).drop_nulls().unique().to_frame().lazy()
        files = sorted(self._root.rglob("*.parquet"))
        if not files:
            return pl.DataFrame(schema=PEOPLE_SCHEMA)
        rows = pl.scan_parquet(files, include_file_paths="month").select(*PEOPLE_SCHEMA, "source_feed", "month")
        found = rows.join(wanted, on="person_key", how="semi").collect(engine="streaming").lazy()
        found = found.with_columns(pl.col("month").str.extract(_MONTH_FOLDER))
        numbers = found.group_by("person_key").agg(pl.col("id_number").min())
        for name in ("person_name", "phone", "address"):
            numbers = numbers.join(_best(found, name), on="person_key", how="left")
        return numbers.select(list(PEOPLE_SCHEMA)).sort("person_key").collect()


def _best(rows: pl.LazyFrame, name: str) -> pl.LazyFrame:
    value = pl.col(name)
    masked = value.str.contains(f"[{re.escape(_MASKS)}]") if name == "person_name" else pl.lit(value=False)
    trust = pl.col("source_feed").replace_strict(
        {feed: place for place, feed in enumerate(_TRUSTED)}, default=len(_TRUSTED), return_dtype=pl.Int64
    )
    order = [pl.lit(0), pl.lit(0)] if name == "phone" else [masked, trust]
    return (
        rows.filter(value.is_not_null(), value != "")
        .with_columns(masked=order[0], trust=order[1])
        .sort("masked", "trust", "month", name, descending=[False, False, True, False])
        .unique("person_key", keep="first", maintain_order=True)
        .select("person_key", name)
    )


def mask_id(number: str | None) -> str:
    """An identity number with its birth date hidden: 330108********1234; "" for none."""
    if not number:
        return ""
    head, tail = _ID_KEPT
    hidden = len(number) - head - tail
    return number[:head] + "*" * hidden + number[-tail:] if hidden > 0 else "*"


def mask_name(name: str | None) -> str:
    """A name of which only the family name shows: 张**; "" for none."""
    return name[0] + "*" * (len(name) - 1) if name else ""


def mask_id_expr(column: str) -> pl.Expr:
    """As `mask_id`, over a column."""
    head, tail = _ID_KEPT
    value = pl.col(column)
    hidden = value.str.len_chars().cast(pl.Int64) - head - tail
    stars = pl.lit("*").repeat_by(hidden.clip(0)).list.join("")
    masked = pl.concat_str(value.str.head(head), stars, value.str.tail(tail))
    return pl.when(hidden > 0).then(masked).when(value != "").then(pl.lit("*")).otherwise(pl.lit(""))


def mask_name_expr(column: str) -> pl.Expr:
    """As `mask_name`, over a column."""
    value = pl.col(column).fill_null("")
    stars = pl.lit("*").repeat_by((value.str.len_chars().cast(pl.Int64) - 1).clip(0)).list.join("")
    return pl.concat_str(value.str.head(1), stars)
