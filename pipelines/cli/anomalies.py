"""`doudi anomalies`: families and deliveries that are unlike the others, as a hint to look.

What belongs here: options and what is printed. What is unusual stands in `editions.anomalies`.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.common import AsOf, Json, Role, acting, day, emit, home, out

if TYPE_CHECKING:
    import polars as pl

    from assets.workspace import Workspace
    from registry.queries import EditionInfo
    from scoring.intervals import Interval

__all__ = ["register"]

_READ = {"families": "families", "members": "members"}


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(anomalies)


def anomalies(
    as_of: AsOf = "",
    role: Role = "district_staff",
    limit: Annotated[int, typer.Option(min=1, help="Rows to show of each.")] = 20,
    measure: Annotated[  # noqa: FBT002
        bool, typer.Option("--measure", help="Measure instead how many made unusual on purpose are found.")
    ] = False,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Families far on the side of need and deliveries unlike those before, with what stands out. Enters no list."""
    from assets.workspace import Workspace  # noqa: PLC0415
    from editions.anomalies import comparable_profiles, unusual_families, unusual_feeds  # noqa: PLC0415
    from registry.feed_health import delivery_profiles  # noqa: PLC0415
    from registry.queries import require_edition  # noqa: PLC0415
    from registry.roles import require, require_district  # noqa: PLC0415
    from registry.views import record_view  # noqa: PLC0415

    who = acting(role)
    require(who, "family.read")
    require_district(who)
    workspace = Workspace(home())
    try:
        edition = require_edition(workspace.engine, day(as_of, "--as-of"))
        at = workspace.parameters.as_of(edition.as_of)
        if measure:
            _tell_measured(workspace, edition, json=json)
            return
        families = unusual_families(_tables(workspace, edition), at)
        rows = min(limit, families.height)
        record_view(workspace.engine, who, "anomalies", edition_id=edition.edition_id, rows=rows, filters={})
        feeds = unusual_feeds(comparable_profiles(delivery_profiles(workspace.engine, edition.as_of)), at)
    finally:
        workspace.close()
    if json:
        emit({"edition": edition.edition_id, "as_of": edition.as_of, "families": families.head(limit).to_dicts(),
              "deliveries": feeds.head(limit).to_dicts()})  # fmt: skip
        return
    _print_families(families, limit)
    _print_feeds(feeds, limit)
    out.print(f"as of {edition.as_of}; hints to look, never findings", soft_wrap=True)


def _tell_measured(workspace: "Workspace", edition: "EditionInfo", *, json: bool) -> None:
    """Counts alone: no family is named, so that nobody has looked at one."""
    from dataclasses import asdict  # noqa: PLC0415

    from editions.anomalies import comparable_profiles  # noqa: PLC0415
    from editions.anomalies_measured import measured_families, measured_feeds  # noqa: PLC0415
    from registry.feed_health import delivery_profiles  # noqa: PLC0415

    at = workspace.parameters.as_of(edition.as_of)
    found = {
        "families": measured_families(_tables(workspace, edition), at),
        "deliveries": measured_feeds(comparable_profiles(delivery_profiles(workspace.engine, edition.as_of)), at),
    }
    if json:
        emit(
            {
                "edition": edition.edition_id,
                "as_of": edition.as_of,
                **{name: each and asdict(each) for name, each in found.items()},
            }
        )
        return
    for name, each in zip(("家庭", "交付"), found.values(), strict=True):
        if each is None:
            out.print(f"{name}：月份或数量不足，无从测量")
            continue
        out.print(
            f"{name}：人为放入 {each.injected} 个异常，找到 {_share(each.recall)}；"
            f"因此新提示的当中，人为放入的占 {_share(each.precision)}；"
            f"未放入时已提示 {each.told} 个，是否属实要看过才知道",
            soft_wrap=True,
        )


def _share(each: "Interval") -> str:
    from math import isnan  # noqa: PLC0415

    if isnan(each.value):
        return "—（没有新的提示）"
    return f"{each.value:.0%}（95%区间 {each.low:.0%}–{each.high:.0%}）"


def _tables(workspace: "Workspace", edition: "EditionInfo") -> "dict[str, pl.LazyFrame]":
    from registry.stage_files import StageFiles  # noqa: PLC0415

    files = StageFiles(workspace.settings, f"{edition.as_of:%Y-%m}", edition.input_hash)
    return {table: files.scan(stage, table) for table, stage in _READ.items()}


def _print_families(found: "pl.DataFrame", limit: int) -> None:
    from rich.table import Table  # noqa: PLC0415

    from editions.anomalies import PROFILE  # noqa: PLC0415

    titles = {each.name: each.title for each in PROFILE}
    table = Table(title=f"异常家庭（{found['family_id'].n_unique()}户）")
    for heading in ("家庭", "突出之处", "数值", "辖区一般", "偏离（倍）"):
        table.add_column(heading, overflow="fold")
    for family, feature, value, usual, deviation in (
        found.head(limit).select("family_id", "feature", "value", "usual", "deviation").iter_rows()
    ):
        table.add_row(family, titles[feature], f"{value:,}", f"{usual:,.0f}", f"{deviation:.1f}")
    out.print(table)


def _print_feeds(found: "pl.DataFrame", limit: int) -> None:
    from rich.table import Table  # noqa: PLC0415

    from schemas.contract import all_feeds  # noqa: PLC0415

    titles = {name: each.title for name, each in all_feeds().items()}
    table = Table(title=f"异常交付（{found.height}处）")
    for heading in ("来源", "月份", "列", "统计项", "占比或行数", "一般", "偏离（倍）"):
        table.add_column(heading, overflow="fold")
    for feed, month, column, measure, value, part, usual, deviation in found.head(limit).iter_rows():
        name = measure if not value else f"{measure} {value}"
        told = (f"{_size(each, measure)}" for each in (part, usual))
        table.add_row(titles.get(feed, feed), month, column, name, *told, f"{deviation:.1f}")
    out.print(table)


def _size(part: float, measure: str) -> str:
    """Rows were compared by their logarithm, all else by its share."""
    from math import expm1  # noqa: PLC0415

    return f"{expm1(part):,.0f}" if measure == "rows" else f"{part:.1%}"
