"""The identity vault: from person keys back to people, for those who may.

What belongs here: finding the number, name, phone and address of keys, and masking them. Who may ask stands in
`registry.roles`; what is found goes into exports and explanations only, never into a log or a table below.
"""

from collections.abc import Iterable

import polars as pl

from linkage.identity import VAULT_SCHEMA
from registry.people_index import PeopleIndex
from schemas.settings import Settings

__all__ = ["PEOPLE_SCHEMA", "Vault", "mask_id", "mask_id_expr", "mask_name", "mask_name_expr"]

PEOPLE_SCHEMA: dict[str, pl.DataType] = {
    name: VAULT_SCHEMA[name] for name in ("person_key", "id_number", "person_name", "phone", "address")
}

_ID_KEPT = (6, 4)


class Vault:
    """What departments delivered of people, by person key. Reading it is a matter for the audit chain."""

    def __init__(self, settings: Settings) -> None:
        self._index = PeopleIndex(settings.vault_dir)

    def people(self, person_keys: Iterable[str | None]) -> pl.DataFrame:
        """One row a known key with `PEOPLE_SCHEMA`, in the order of the keys; which spelling counts: `PeopleIndex`."""
        return pl.DataFrame(self._rows(person_keys), schema=PEOPLE_SCHEMA, orient="row")

    def persons(self, person_keys: Iterable[str | None]) -> dict[str | None, dict[str, str | None]]:
        """As `people`, by key."""
        return {row[0]: dict(zip(PEOPLE_SCHEMA, row, strict=True)) for row in self._rows(person_keys)}

    def names(self, person_keys: Iterable[str | None]) -> dict[str, str | None]:
        """The names alone of those who are known, by key; nobody's name is protected."""
        return self._index.names(person_keys)

    def communities(self, person_keys: Iterable[str | None]) -> dict[str, str | None]:
        """The codes of the communities in which the addresses lie that `people` tells, by key; None where unknown."""
        return self._index.communities(person_keys)

    def _rows(self, person_keys: Iterable[str | None]) -> list[tuple[str | None, ...]]:
        """What `people` and `persons` tell; whoever may see less leaves it out here."""
        return self._index.people(person_keys)

    def find(self, word: str) -> list[str]:
        """Keys of those whose number or telephone is `word`, or whose name begins with it."""
        return self._index.find(word)

    def find_all(self, word: str) -> list[str]:
        """As `find`, however many: for whoever narrows them to an area, which must not depend on people elsewhere."""
        return self._index.find(word, most=None)

    def refresh(self) -> None:
        """Forget at once what the vault's files no longer hold, and take in what is new."""
        self._index.refresh()


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
