"""What a what-if has come to, in words and tables: titles in the place of codes, yuan in the place of fen.

What belongs here: telling a result. It was computed by `registry.whatif`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from editions.costs import EVERYWHERE
from editions.whatif import DIMENSIONS
from portal.charts import Chart, Row, bars
from portal.language import gettext
from portal.words import rule_name, street_name
from registry.filters import LAYERS, TIERS, WARNING_KINDS
from registry.roles import Actor
from registry.whatif import WhatIf
from registry.whatif_jobs import Job
from registry.wording import told_value
from rules import rules_of
from rules.parameters import Parameters
from schemas.codes import CODE_LISTS

__all__ = ["Balance", "Cost", "Told", "told_result", "told_values"]

_FEN = 100


@dataclass(frozen=True, slots=True)
class Balance:
    """One line of a balance: before + came - went = after, in families and in people."""

    title: str
    families: tuple[int, int, int, int]
    people: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Cost:
    """An allowance in a street: the entitled, and the money in yuan a month and a year."""

    allowance: str
    street: str
    people: tuple[int, int, int, int]
    monthly: float
    yearly: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the page of a result shows; `drifted` names what has changed since the edition was published."""

    whole: Balance
    parts: dict[str, list[Balance]]
    chart: Chart
    moves: list[tuple[str, str, int]]
    warnings: list[tuple[str, str, int, int, int, int]]
    costs: list[Cost]
    families: int
    turns: int
    rescored: int
    reclassed: int
    drifted: str
    reproduced: bool | None


def told_values(job: Job, parameters: Parameters) -> list[tuple[str, str, str, str]]:
    """Title, name, value in force at the edition and asked value of each parameter."""
    told = []
    for name, value in job.values.items():
        known = parameters.by_name.get(name)
        if known is None:  # not a parameter of this version: the job says so
            told.append((name, name, "—", str(value)))
        else:
            held = told_value(known.at(job.as_of).value, known.unit)
            told.append((known.title, name, held, told_value(value, known.unit)))
    return told


def told_result(result: WhatIf, reader: Actor) -> Told:
    """The tables of a result; warnings of the kinds that the reader's role may see."""
    found = result.comparison
    rows = found.balance.to_dicts()
    parts: dict[str, list[Balance]] = {}
    for code in DIMENSIONS.codes:
        order = {value: place for place, value in enumerate(_ORDERS.get(code, ()))}
        held = [each for each in rows if each["dimension"] == code]
        lines = [_balance(each) for each in sorted(held, key=lambda each: order.get(each["value"], len(order)))]
        parts[gettext(DIMENSIONS.title_of(code))] = lines
    (whole,) = parts.pop(gettext(DIMENSIONS.title_of("all"))) or [_balance(None)]
    return Told(
        whole=whole,
        parts=parts,
        chart=_chart(parts[gettext(DIMENSIONS.title_of("group"))]),
        moves=[(_tier(old), _tier(new), number) for old, new, number in found.tier_moves.iter_rows()],
        warnings=_warnings(found.warnings, reader),
        costs=_costs(result),
        families=found.families.height,
        turns=result.costs.turns.height,
        rescored=found.rescored,
        reclassed=found.reclassed,
        drifted="、".join(gettext(_DRIFTED[each]) for each in result.drifted),
        reproduced=result.reproduced,
    )


_ORDERS: Mapping[str, Sequence[str]] = {
    "layer": LAYERS.codes,
    "group": [rule.id for rule in sorted(rules_of("group"), key=lambda rule: (rule.lines, rule.id))],
    "tier": TIERS.codes,
}
_DRIFTED = {"code": "程序", "parameters": "参数", "deliveries": "数据交付"}


def _balance(row: Mapping[str, Any] | None) -> Balance:
    if row is None:
        return Balance(gettext("全部"), (0, 0, 0, 0), (0, 0, 0, 0))
    families, people = (
        (row[f"{what}_before"], row[f"{what}_in"], row[f"{what}_out"], row[f"{what}_after"])
        for what in ("families", "people")
    )
    return Balance(_title(row["dimension"], row["value"]), families, people)


def _title(dimension: str, value: str | None) -> str:
    match dimension:
        case "street":
            return street_name(value)
        case "group":
            return rule_name(value or "")
        case "tier":
            return _tier(value)
        case "layer":
            return gettext(LAYERS.labels[value][0]) if value and value in LAYERS.labels else gettext("不明")
    return gettext("全部")


def _tier(code: str | None) -> str:
    return gettext(TIERS.labels[code][0]) if code and code in TIERS.labels else gettext("未列入")


def _chart(groups: Sequence[Balance]) -> Chart:
    kept, came = gettext("现有并保留"), gettext("进入")
    rows: list[Row] = []
    for each in groups:
        before, entered, left, _ = each.families
        rows += [(each.title, kept, before - left), (each.title, came, entered)]
    place = gettext("群体")
    return bars(gettext("测算后各群体(户)"), rows or [(gettext("全部"), kept, 0)], place=place, across=True)


def _warnings(rows: pl.DataFrame, reader: Actor) -> list[tuple[str, str, int, int, int, int]]:
    shown = [kind for kind in WARNING_KINDS.codes if reader.could(f"warning.{kind}")]
    moved = rows.filter(pl.col("kind").is_in(shown), (pl.col("raised") > 0) | (pl.col("dropped") > 0))
    return [
        (gettext(WARNING_KINDS.title_of(kind)), rule_name(rule_id), *numbers)
        for kind, rule_id, *numbers in moved.select(
            "kind", "rule_id", "before", "raised", "dropped", "after"
        ).iter_rows()
    ]


def _costs(result: WhatIf) -> list[Cost]:
    rows = result.costs.balance.filter(pl.col("allowance_kind").is_in(result.costs.touched))
    titles = CODE_LISTS["allowance_kind"].labels
    return [
        Cost(
            gettext(titles[row["allowance_kind"]][0]),
            gettext("全区") if row["street_code"] == EVERYWHERE else street_name(row["street_code"]),
            (row["people_before"], row["people_in"], row["people_out"], row["people_after"]),
            row["monthly_fen_more"] / _FEN,
            row["yearly_fen_more"] / _FEN,
        )
        for row in rows.to_dicts()
    ]
