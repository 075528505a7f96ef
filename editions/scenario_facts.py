"""The facts of a scenario: from the shorthand of officials to tables.

What belongs here: rows and frames. What a case may say, and running it, stands in `scenarios`.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias, cast

import polars as pl

from editions.facts import build_facts
from editions.knowledge import KnownDelivery, known_feed_tables
from rules.errors import ScenarioError
from schemas.contract import get_feed
from schemas.tables import FACTS, Table

__all__ = ["Row", "delivered_row", "delivery_of", "facts_of", "frame_of", "with_feeds"]

Row: TypeAlias = dict[str, Any]

_STREET, _COMMUNITY = "330108001", "330108001001"
_OUTSIDER = "outsider"
_FEEDS_OF_KIND = {
    "wages": "tax_wages",
    "business": "tax_other_income",
    "property": "tax_other_income",
    "pension_employee": "pensions",
    "pension_resident": "pensions",
    "unemployment_benefit": "unemployment_benefits",
}
_FEN_PER_YUAN = 100
_DELIVERY = ("feed", "month", "sender", "revision", "rows")


def frame_of(table: Table, rows: Iterable[Mapping[str, Any]]) -> pl.LazyFrame:
    """`rows` as the declared `table`; columns that a row does not give are null. Raises `ScenarioError`."""
    listed = [dict(row) for row in rows]
    unknown = sorted({name for row in listed for name in row} - set(table.columns))
    if unknown:
        raise ScenarioError(f"{table.name} has no column {unknown[0]!r}; known: {', '.join(table.columns)}")
    return pl.DataFrame([{name: row.get(name) for name in table.columns} for row in listed], schema=table.schema).lazy()


def with_feeds(
    tables: Mapping[str, pl.LazyFrame], feeds: Mapping[str, list[Row]], deliveries: Iterable[Row], as_of: date
) -> dict[str, pl.LazyFrame]:
    """`tables` with the facts that delivered rows make.

    `feeds` are rows that hold, by feed; `deliveries` are whole deliveries, of which those hold that are known at
    `as_of` (domain line 13).
    """
    delivered = {name: pl.DataFrame(rows, schema=get_feed(name).keyed_schema).lazy() for name, rows in feeds.items()}
    for name, rows in _known(deliveries, as_of).items():
        delivered[name] = pl.concat([delivered[name], rows]) if name in delivered else rows
    made = build_facts(delivered, tables["identities"], as_of)
    return {
        name: table if name == "identities" else pl.concat([table, made[name].select(table.collect_schema().names())])
        for name, table in tables.items()
    }


def _known(deliveries: Iterable[Row], as_of: date) -> dict[str, pl.LazyFrame]:
    """The rows that hold at `as_of`, by feed."""
    frames, known = {}, []
    for place, each in enumerate(deliveries):
        path = Path(str(place))
        frames[path] = pl.LazyFrame(each["rows"], schema=get_feed(each["feed"]).keyed_schema)
        told = {name: each[name] for name in ("feed", "month", "sender", "revision")}
        known.append(KnownDelivery(**told, delivery_id=str(place), path=path, identities_path=path))
    if not known:
        return {}
    held = known_feed_tables(known, as_of, read=lambda paths: pl.concat([frames[path] for path in paths]))
    return {name: held[name] for name in {each.feed for each in known}}


def delivery_of(name: str, given: Mapping[str, Any]) -> Row:
    """One delivery of a case, its rows with the columns of the contract. Raises `ScenarioError`."""
    unknown = sorted(set(given) - set(_DELIVERY))
    missing = sorted(set(_DELIVERY) - {"revision"} - set(given))
    if unknown or missing:
        wrong = f"unknown key {unknown[0]!r}" if unknown else f"{missing[0]} is missing"
        raise ScenarioError(f"{name}: {wrong} of a delivery; known: {', '.join(_DELIVERY)}")
    feed = given["feed"]
    rows = [delivered_row(feed, {"source_row": at, **row}) for at, row in enumerate(given["rows"], start=1)]
    return {"revision": 1, **given, "month": str(given["month"]), "rows": rows}


def facts_of(entry: Mapping[str, Any]) -> dict[str, list[Row]]:
    """Rows by fact table of what the entry of a case gives. Raises `ScenarioError`."""
    facts: dict[str, list[Row]] = {name: [_row(name, row) for row in rows] for name, rows in
                                   (entry.get("facts") or {}).items()}  # fmt: skip
    unknown = sorted(set(facts) - set(FACTS))
    if unknown:
        raise ScenarioError(f"no fact table {unknown[0]!r}; known: {', '.join(FACTS)}")
    for person, told in (entry.get("people") or {}).items():
        facts.setdefault("identities", []).append({"person_key": person, "birth_on": told["born"], "sex": None})
        if "household" in told:
            facts.setdefault("registrations", []).append(_registration(person, told))
    incomes = facts.setdefault("incomes", [])
    for row in entry.get("income") or []:
        incomes.extend(_income(row))
    for feed, months in (entry.get("delivered") or {}).items():
        kind = next(kind for kind, name in _FEEDS_OF_KIND.items() if name == feed)
        incomes.extend(_income({"person_key": _OUTSIDER, "income_kind": kind, "months": months, "amount_yuan": 1}))
    for rows in facts.values():
        for place, row in enumerate(rows, start=1):
            row.setdefault("source_row", place) if "birth_on" not in row else None
    return facts


def _row(table: str, given: Mapping[str, Any]) -> Row:
    row = {(_fen(name) if name.endswith("_yuan") else name): value for name, value in given.items()}
    for name, value in given.items():
        if name.endswith("_yuan"):
            row[_fen(name)] = int(Decimal(str(value).replace(",", "")) * _FEN_PER_YUAN)
    if table != "identities":
        row.setdefault("source_feed", table)
        row.setdefault("source_delivery", "case")
        row.setdefault("source_sheet", "")
    return row


def delivered_row(feed: str, given: Mapping[str, Any]) -> Row:
    """A row of `feed` as delivered, with the columns of its contract. Raises `ScenarioError`."""
    columns = get_feed(feed).keyed_schema
    unknown = sorted(set(given) - set(columns))
    if unknown:
        raise ScenarioError(f"feed {feed} has no column {unknown[0]!r}; known: {', '.join(columns)}")
    source = {"source_feed": feed, "source_delivery": "case", "source_sheet": ""}
    return {**dict.fromkeys(columns), **source, **given}


def _fen(name: str) -> str:
    return name.removesuffix("_yuan") + "_fen"


def _registration(person: str, told: Mapping[str, Any]) -> Row:
    names = {"household": "household_no", "father": "father_key", "mother": "mother_key", "type": "household_type"}
    given = {names.get(name, name): value for name, value in told.items() if name != "born"}
    defaults: Row = {
        "person_key": person,
        "household_type": "ordinary",
        "street_code": _STREET,
        "community_code": _COMMUNITY,
        "started_on": told["born"],
        "registration_status": "normal",
    }
    return _row("registrations", {**defaults, **given})


def _income(given: Mapping[str, Any]) -> list[Row]:
    kind, declared = given["income_kind"], given.get("declared", False)
    base: Row = {
        "source_feed": "declared_incomes" if declared else _FEEDS_OF_KIND[kind],
        "declared": declared,
        **{name: value for name, value in given.items() if name != "months"},
    }
    if "months" not in given:
        return [_row("incomes", {"period": str(given["period"]), **base})]
    return [_row("incomes", {**base, "month": month, "period": f"{month:%Y-%m}"}) for month in _months(given["months"])]


def _months(span: str) -> list[date]:
    first, _, last = str(span).partition("..")
    start, end = (date.fromisoformat(f"{each}-01") for each in (first, last or first))
    return cast("list[date]", pl.date_range(start, end, "1mo", eager=True).to_list())
