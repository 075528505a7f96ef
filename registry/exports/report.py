"""The report to the superior office: families and people by group, tier and place, and how many came and went.

What belongs here: counting it out of what an edition keeps of itself. It names nobody. The page of the forms shows the
same rows.
"""

from collections.abc import Mapping

import polars as pl
from sqlalchemy import Engine, select

from editions.grounds import VERIFIED
from registry.bulk import read_frame
from registry.changed import changed_families
from registry.exports.forms import Form
from registry.filters import LAYERS, LIST_GROUPS, TIERS, ListFilter, counted_within
from registry.models import EditionAggregate
from registry.scope import Area, Scope
from rules import rules_of
from schemas.codes import CODE_LISTS

__all__ = ["REMARKS", "report_forms", "report_tables"]

_COUNTED = {
    "measure": pl.String(),
    "topic": pl.String(),
    "part": pl.String(),
    "street_code": pl.String(),
    "community_code": pl.String(),
    "tier": pl.String(),
    "amount": pl.Int64(),
}
_FAMILIES, _PEOPLE = "户数", "人数"
_ITEM, _PLACE, _NUMBER = "项目", "地区", "栏次"
_LEAVING = "本月新拟退出"
_FLOWS = ("上月末户数", "进入", "退出", _LEAVING)
_UNPLACED = "街道不明"
_NARROW = 10.0
_BY_GROUP, _BY_PLACE = "分群体统计表", "分地区统计表"
REMARKS: Mapping[str, tuple[str, ...]] = {
    _BY_GROUP: (
        "在册救助对象和拓展监测对象相加等于合计；同一家庭可同时属于多类群体，在册家庭也可属于各类，各类之和可能大于合计。",
        "红、橙、黄为分层分类监测的困难等级。",
        "在册指低保、特困、低边、刚性支出困难家庭；拓展指不在册、因六类群体或属实纳入而列入的家庭。",
        "属实纳入为经核实、由人决定列入的家庭，不属于六类群体的也计入合计。",
    ),
    _BY_PLACE: (
        "上月末户数＋进入－退出＝户数。地区之间的迁移计入各地区的进入、退出，不计入合计。",
        "“本月新拟退出”为本月新提出全户退出的户数，在人工确认前仍在名单内。",
    ),
}
"""What is to be known of each table, by its title."""


def report_forms(
    engine: Engine, edition_id: str, wanted: ListFilter, *, title: str, lines: Mapping[str, str]
) -> list[Form]:
    """Two forms over the families of a scope, or of one street of it: by group, and by place."""
    tables = report_tables(engine, edition_id, wanted).items()
    return [_form(name, title, lines, rows) for name, rows in tables]


def report_tables(engine: Engine, edition_id: str, wanted: ListFilter) -> dict[str, pl.DataFrame]:
    """The tables of the report by their title: families and people by group, and by place."""
    area = Area(wanted.street) if wanted.street else wanted.scope.area
    scope = Scope(area, wanted.scope.kinds)
    columns = [EditionAggregate.__table__.c[name] for name in _COUNTED]
    query = select(*columns).where(EditionAggregate.edition_id == edition_id, counted_within(scope))
    with engine.connect() as connection:
        counted = read_frame(connection, query, _COUNTED)
    return {
        _BY_GROUP: _by_group(counted, area),
        _BY_PLACE: _by_place(engine, edition_id, scope, counted),
    }


def _form(sheet: str, title: str, lines: Mapping[str, str], rows: pl.DataFrame) -> Form:
    numbered = rows.insert_column(0, pl.Series(_NUMBER, range(1, rows.height + 1), dtype=pl.Int64))
    remarks = [f"{number}.{each}" for number, each in enumerate(REMARKS[sheet], start=1)]
    widths = dict.fromkeys(numbered.columns, _NARROW) | {_NUMBER: 6.0, _ITEM: 38.0, _PLACE: 20.0}
    return Form(
        sheet=sheet,
        title=title,
        left=lines["left"],
        middle=lines["middle"],
        right=lines["right"],
        rows=numbered,
        widths=widths,
        remarks=("说明：", *remarks),
        strong=frozenset({0}),
    )


def _by_group(counted: pl.DataFrame, area: Area) -> pl.DataFrame:
    """The list, its two layers, the six groups and what people put on it: by tier, and for the district by street."""
    every = counted.filter(pl.col("topic") == "")
    streets = CODE_LISTS["street"].codes if area.is_district else ()
    rules = sorted(rules_of("group"), key=lambda rule: (rule.lines, rule.id))
    parts = [
        ("监测名单合计", every),
        *((f"其中：{LAYERS.title_of(each)}", every.filter(pl.col("part") == each)) for each in LAYERS.codes),
        *((each.title, counted.filter(pl.col("topic") == each.id)) for each in rules),
        (LIST_GROUPS.title_of(VERIFIED), counted.filter(pl.col("topic") == VERIFIED)),
    ]
    return pl.DataFrame(
        [
            {_ITEM: title}
            | _amounts(rows)
            | {
                CODE_LISTS["street"].title_of(each): _sum(rows, _FAMILIES, pl.col("street_code") == each)
                for each in streets
            }
            | ({_UNPLACED: _sum(rows, _FAMILIES, pl.col("street_code") == "")} if area.is_district else {})
            for title, rows in parts
        ]
    )


def _by_place(engine: Engine, edition_id: str, scope: Scope, counted: pl.DataFrame) -> pl.DataFrame:
    """All together, then each street of the district or each community of a street."""
    every = counted.filter(pl.col("topic") == "")
    column = "street_code" if scope.area.is_district else "community_code"
    places = scope.area.streets if scope.area.is_district else scope.area.communities
    codes = CODE_LISTS["street" if scope.area.is_district else "community"]
    rows: list[dict[str, object]] = [_named("合计") | _place(engine, edition_id, scope, every)]
    for each in places:
        here = Scope(Area(each), scope.kinds)
        rows.append(
            _named(codes.title_of(each)) | _place(engine, edition_id, here, every.filter(pl.col(column) == each))
        )
    elsewhere = every.filter(~pl.col(column).is_in(list(places)))
    if not elsewhere.is_empty():
        rows.append(_named("不详") | _standing(elsewhere) | _unknown_flows())
    return pl.DataFrame(rows, infer_schema_length=None)


def _named(place: str) -> dict[str, object]:
    return {_PLACE: place}


def _place(engine: Engine, edition_id: str, scope: Scope, rows: pl.DataFrame) -> dict[str, object]:
    found = changed_families(engine, edition_id, scope)
    told = _standing(rows)
    if found is None:
        return told | _unknown_flows()
    entered, left = len(found["entered"]), len(found["left"])
    return told | {
        "上月末户数": _sum(rows, _FAMILIES) - entered + left,
        "进入": entered,
        "退出": left,
        _LEAVING: len(found["proposed"]),
    }


def _unknown_flows() -> dict[str, object]:
    return dict.fromkeys(_FLOWS)


def _standing(rows: pl.DataFrame) -> dict[str, object]:
    """As `_amounts`, and families by layer."""
    return _amounts(rows) | {
        LAYERS.labels[each][-1]: _sum(rows, _FAMILIES, pl.col("part") == each) for each in LAYERS.codes
    }


def _amounts(rows: pl.DataFrame) -> dict[str, object]:
    """Families, people, and families by tier."""
    found: dict[str, object] = {_FAMILIES: _sum(rows, _FAMILIES), _PEOPLE: _sum(rows, _PEOPLE)}
    found |= {TIERS.title_of(each): _sum(rows, _FAMILIES, pl.col("tier") == each) for each in TIERS.codes}
    return found


def _sum(rows: pl.DataFrame, what: str, *conditions: pl.Expr) -> int:
    measure = "families" if what == _FAMILIES else "members"
    return int(rows.filter(pl.col("measure") == measure, *conditions)["amount"].sum())
