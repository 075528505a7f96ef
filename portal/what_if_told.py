"""What a what-if has come to, in words and tables: titles in the place of codes, yuan in the place of fen.

What belongs here: telling a result. It was computed by `registry.whatif`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from editions.costs import EVERYWHERE
from editions.grounds import GROUNDS, VERIFIED
from editions.whatif_balance import DIMENSIONS, FLOWS
from portal.charts import Chart, Row, bars
from portal.language import gettext
from portal.words import rule_name, street_name
from registry.exports.whatif import WHATIF_CHANGES
from registry.filters import LAYERS, TIERS, WARNING_KINDS
from registry.roles import Actor
from registry.whatif_jobs import Job
from registry.whatif_result import WhatIf
from registry.wording import told_value
from rules import rules_of
from rules.parameters import Parameters
from schemas.codes import CODE_LISTS

__all__ = ["Balance", "Cost", "Part", "Told", "told_result", "told_values"]

_FEN = 100


@dataclass(frozen=True, slots=True)
class Balance:
    """One line of a balance in families and in people, each of `FLOWS`: before + came - went = after.

    Then those proposed to leave, who are among those after, and those who are so no longer.
    """

    title: str
    families: tuple[int, ...]
    people: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cost:
    """An allowance in a street: the entitled, and the money in yuan a month and a year."""

    allowance: str
    street: str
    people: tuple[int, int, int, int]
    monthly: float
    yearly: float


@dataclass(frozen=True, slots=True)
class Part:
    """The balance by one way of counting; `stands` where the lines are lists, and not what facts alone meet."""

    title: str
    lines: list[Balance]
    stands: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the page of a result shows.

    `kinds` are title, number and explanation of how families differ. `drifted` names what could not be had as it was
    when the edition was published, `newer` what has come since and does not count.
    """

    whole: Balance
    kinds: list[tuple[str, int, str]]
    parts: list[Part]
    chart: Chart
    moves: list[tuple[str, str, int]]
    warnings: list[tuple[str, str, int, int, int, int]]
    costs: list[Cost]
    families: int
    turns: int
    rescored: int
    reclassed: int
    start: str
    drifted: str
    newer: str
    reproduced: bool


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
    parts = {code: _part(code, found.balance) for code in DIMENSIONS.codes}
    whole = parts.pop("all").lines
    return Told(
        whole=whole[0] if whole else _balance(None),
        kinds=_kinds(found.counts),
        parts=list(parts.values()),
        chart=_chart(parts["group"].lines),
        moves=[(_tier(old), _tier(new), number) for old, new, number in found.tier_moves.iter_rows()],
        warnings=_warnings(found.warnings, reader),
        costs=_costs(result),
        families=found.families.height,
        turns=result.costs.turns.height,
        rescored=found.rescored,
        reclassed=found.reclassed,
        start=result.start,
        drifted=gettext("、").join(gettext(_INPUTS[each]) for each in result.drifted),
        newer=gettext("、").join(gettext(_INPUTS[each]) for each in result.newer),
        reproduced=result.reproduced,
    )


_GROUPS = [rule.id for rule in sorted(rules_of("group"), key=lambda rule: (rule.lines, rule.id))]
_ORDERS: Mapping[str, Sequence[str]] = {
    "layer": LAYERS.codes,
    "group": _GROUPS,
    "met": _GROUPS,
    "tier": TIERS.codes,
}
_INPUTS = {"code": "程序", "parameters": "参数", "deliveries": "数据交付", "decisions": "人工决定"}
_ALWAYS = ("entered", "left", "proposed", "not_entered")  # these are told even where there are none
_EXPLAINED = {
    "entered": "按新参数列入名单",
    "not_left": "本期已退出，按新参数不退出",
    "left": "期限届满、死亡等，不需要人工确认",
    "not_entered": "现在名单上，按新参数不列入",
    "proposed": "仍在列，计入测算后，直到有人确认",
    "unproposed": "现为拟退出，按新参数不再是",
}


def _kinds(counts: Mapping[str, int]) -> list[tuple[str, int, str]]:
    told = [each for each in counts if counts[each] or each in _ALWAYS]
    return [(gettext(WHATIF_CHANGES[each]), counts[each], gettext(_EXPLAINED.get(each, ""))) for each in told]


def _part(code: str, balance: pl.DataFrame) -> Part:
    order = {value: place for place, value in enumerate(_ORDERS.get(code, ()))}
    rows = balance.filter(pl.col("dimension") == code).to_dicts()
    lines = [_balance(each) for each in sorted(rows, key=lambda each: order.get(each["value"], len(order)))]
    return Part(gettext(DIMENSIONS.title_of(code)), lines, code != "met")


def _balance(row: Mapping[str, Any] | None) -> Balance:
    if row is None:
        nothing = (0,) * len(FLOWS)
        return Balance(gettext("全部"), nothing, nothing)
    families, people = (tuple(row[f"{what}_{flow}"] for flow in FLOWS) for what in ("families", "people"))
    return Balance(_title(row["dimension"], row["value"]), families, people)


def _title(dimension: str, value: str | None) -> str:
    match dimension:
        case "street":
            return street_name(value)
        case "group" | "met":
            return gettext(GROUNDS.title_of(VERIFIED)) if value == VERIFIED else rule_name(value or "")
        case "tier":
            return _tier(value)
        case "layer":
            return gettext(LAYERS.labels[value][0]) if value and value in LAYERS.labels else gettext("不明")
    return gettext("全部")


def _tier(code: str | None) -> str:
    return gettext(TIERS.labels[code][0]) if code and code in TIERS.labels else gettext("未列入")


def _chart(groups: Sequence[Balance]) -> Chart:
    kept, leaving, came = gettext("现有并保留"), gettext("拟退出（确认前仍在列）"), gettext("进入")
    rows: list[Row] = []
    for each in groups:
        before, entered, left, _, proposed, _ = each.families
        staying = max(before - left - proposed, 0)
        rows += [(each.title, kept, staying), (each.title, leaving, proposed), (each.title, came, entered)]
    place = gettext("群体")
    return bars(gettext("测算后各群体（户）"), rows or [(gettext("全部"), kept, 0)], place=place, across=True)


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
