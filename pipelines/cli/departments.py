"""`doudi template`, `check`, `receipt` and `quarantine`: what a department needs to deliver well.

What belongs here: options and what is printed. Reading stands in `schemas.delivery`, receipts in `registry`.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.common import FOUND_WRONG, Json, Role, acting, emit, home, out, today
from pipelines.errors import UsageError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from schemas.delivery import Delivery
    from schemas.receipts import Receipt, TrendPoint
    from schemas.settings import Settings

__all__ = ["register"]

_MORE_THAN_ONE = 2
_ID_DIGITS = 16
_STEM = re.compile(r"(?P<sender>.+?)(?:\.none)?(?:\.r(?P<revision>[1-9][0-9]{0,3}))?", re.IGNORECASE)

Month = Annotated[str, typer.Option(metavar="YYYY-MM", help="Folder month of the delivery.")]
FeedOption = Annotated[str, typer.Option(help="Name of the feed.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(template)
    app.command()(check)
    app.command()(receipt)
    app.command()(quarantine)


def template(
    feed: Annotated[str, typer.Argument(help="Name of the feed, for example temporary_assistance.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Default: <feed>.xlsx")] = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Write the XLSX that a department fills in: drop-downs, checks of each cell, and a filled example."""
    from schemas.contract import get_feed  # noqa: PLC0415
    from schemas.templates import write_template  # noqa: PLC0415

    path = output or Path(f"{feed}.xlsx")
    write_template(get_feed(feed), path)
    if json:
        emit({"feed": feed, "path": path})
    else:
        out.print(f"模板已写入{path}", soft_wrap=True)


def check(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The file as it would be delivered.")
    ],
    feed: Annotated[str, typer.Option(help="Feed that the file is meant for.")],
    month: Month = "",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Receipt as XLSX with the rows to mend; holds personal data.")
    ] = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Try a file as the bureau would take it, beside the sender's earlier deliveries; nothing is stored."""
    from registry.files import writing  # noqa: PLC0415
    from registry.trying import try_file  # noqa: PLC0415
    from schemas.reasons import caveat  # noqa: PLC0415
    from schemas.receipt_book import MOST_ROWS, write_receipt_xlsx  # noqa: PLC0415

    now = today()
    delivery = _delivery(file, feed, month or now.strftime("%Y-%m"))
    found, quarantined = try_file(file, delivery, today=now, shown=MOST_ROWS if output else 0)
    found, refusal, trend = _beside_registry(found, delivery)
    delivered = refusal is not None or caveat("delivered_before", 1) in found.caveats
    if output is not None:
        with writing(output) as temporary:
            write_receipt_xlsx(found, quarantined, temporary, trend=trend, delivered=delivered)
    if json:
        emit(found.model_dump(mode="json") | {"would_be_refused": refusal})
    else:
        _show(found, output, delivered=delivered)
        if refusal is not None:
            out.print(f"[red]送达时会被拒收[/red] {refusal}", soft_wrap=True)
        _show_trend(trend)
    if found.status != "accepted" or refusal is not None:
        raise typer.Exit(FOUND_WRONG)


def receipt(  # one delivery, or those of a month
    delivery: Annotated[str, typer.Argument(help="Id of the delivery; or give --feed and --month.")] = "",
    feed: FeedOption = "",
    month: Month = "",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="XLSX file; default: folder of receipts.")
    ] = None,
    role: Role = "district_staff",
    json: Json = False,  # noqa: FBT002
) -> None:
    """Write the receipt that goes back to the department: counts, rows to mend, trend, what to do next."""
    from registry.errors import NoDeliveryError  # noqa: PLC0415
    from registry.exports.receipt import export_receipt  # noqa: PLC0415
    from registry.receipts import deliveries  # noqa: PLC0415
    from schemas.contract import get_feed  # noqa: PLC0415

    if not delivery and not (feed and month):
        raise UsageError("name a delivery, or give --feed and --month")
    who = acting(role, "quality")
    with _registry() as (settings, engine):
        wanted = [delivery] if delivery else []
        if not delivery:
            held = deliveries(engine, settings, feed=get_feed(feed).name, month=month)
            wanted = [each.receipt.delivery_id for each in held]
            if not wanted:
                raise NoDeliveryError(f"feed {feed} has no delivery of {month}")
        if output is not None and len(wanted) >= _MORE_THAN_ONE:
            raise UsageError(f"{len(wanted)} deliveries fit: {', '.join(wanted)}; name one of them for -o")
        written = [export_receipt(engine, settings, actor=who, delivery_id=each, path=output) for each in wanted]
    if json:
        emit({"receipts": written})
    else:
        for path in written:
            out.print(f"{path} written; it holds what the sender sent and goes to nobody else", soft_wrap=True)


def quarantine(  # filters and outputs
    feed: FeedOption = "",
    month: Month = "",
    reason: Annotated[str, typer.Option(help="One reason, for example id_checksum.")] = "",
    export: Annotated[
        Path | None, typer.Option("--export", help="XLSX of the original rows; for roles that may, and recorded.")
    ] = None,
    role: Role = "district_staff",
    json: Json = False,  # noqa: FBT002
) -> None:
    """The rows that are set aside and not delivered anew yet: counts by feed, month and reason."""
    from registry.exports.receipt import export_quarantine  # noqa: PLC0415
    from registry.receipts import deliveries, open_rows  # noqa: PLC0415
    from schemas.contract import get_feed  # noqa: PLC0415
    from schemas.errors import UnknownNameError  # noqa: PLC0415
    from schemas.reasons import REASONS  # noqa: PLC0415

    if reason and reason not in REASONS:
        raise UnknownNameError("reason", reason, REASONS)
    with _registry() as (settings, engine):
        held = deliveries(engine, settings, feed=get_feed(feed).name if feed else None, month=month or None)
        found = [each for each in open_rows(held) if reason in {"", each.reason}]
        if export is not None:
            export_quarantine(engine, settings, actor=acting(role, "quality"), rows=found, path=export)
    if json:
        emit({"open": [{name: getattr(each, name) for name in each.__slots__} for each in found], "path": export})
        return
    _show_open(found)
    if export is not None:
        out.print(f"{export} written; it holds personal data", soft_wrap=True)


@contextmanager
def _registry() -> "Iterator[tuple[Settings, Engine]]":
    from assets.workspace import Workspace  # noqa: PLC0415

    workspace = Workspace(home())
    try:
        yield workspace.settings, workspace.engine
    finally:
        workspace.close()


def _delivery(file: Path, feed: str, month: str) -> "Delivery":
    from registry.archive import sha256_of  # noqa: PLC0415
    from schemas.contract import get_feed  # noqa: PLC0415
    from schemas.delivery import Delivery  # noqa: PLC0415

    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", month):
        raise UsageError(f"--month {month!r} is not a month; write it like 2026-06")
    named = _STEM.fullmatch(file.stem)
    return Delivery(
        feed=get_feed(feed).name,
        month=month,
        sender=named["sender"] if named else file.stem,
        revision=int(named["revision"] or 1) if named else 1,
        file_name=file.name,
        sha256=sha256_of(file),
    )


def _beside_registry(found: "Receipt", delivery: "Delivery") -> "tuple[Receipt, str | None, list[TrendPoint]]":
    """The receipt with what the registry knows of the file, why it would be refused, and the sender's deliveries.

    Where there is no registry yet, nothing is known.
    """
    from schemas.receipts import TrendPoint  # noqa: PLC0415

    settings = home()
    if not (settings.database_url or (settings.home / "registry.db").exists()):
        return found, None, []
    from registry.receipts import deliveries, sender_trend  # noqa: PLC0415
    from registry.trying import foreseen  # noqa: PLC0415

    with _registry() as (known, engine):
        before = sender_trend(deliveries(engine, known, feed=found.feed), found)
        found, refusal = foreseen(engine, delivery, found)
    return found, refusal, [*(each for each in before if each.month < found.month), TrendPoint.of(found)]


def _show(receipt: "Receipt", output: Path | None, *, delivered: bool) -> None:
    """What the department's clerk reads, in Chinese, as on the receipt."""
    from rich.table import Column, Table  # noqa: PLC0415

    from schemas.reasons import REASONS, SKIPS, TIDIED  # noqa: PLC0415
    from schemas.receipts import choices, next_steps  # noqa: PLC0415

    if receipt.status == "refused":
        out.print(f"[red]{receipt.outcome}[/red] {receipt.refusal_title}:{receipt.refusal_message}", soft_wrap=True)
    else:
        kinds = "；".join(f"{SKIPS[kind]}{rows}行" for kind, rows in receipt.skipped.items())
        out.print(
            f"{receipt.outcome}:读取{receipt.rows_read}行 = 接收{receipt.rows_accepted}行"
            f" + 待修正{receipt.rows_quarantined}行 + 跳过{sum(receipt.skipped.values())}行{kinds and f'（{kinds}）'}",
            soft_wrap=True,
        )
    if receipt.reasons:
        table = Table(
            Column("待修正原因", overflow="fold"), "行", Column("改法", overflow="fold")
        )  # no word is cut off
        for reason, rows in receipt.reasons.items():
            table.add_row(REASONS[reason].title, str(rows), REASONS[reason].fix)
        out.print(table)
    for title, cells in receipt.unknown_codes.items():
        out.print(f"代码表以外的取值：{title}{cells}格；{choices(receipt, title)}", soft_wrap=True)
    if receipt.normalised:
        tidied = "；".join(f"{TIDIED[code]}{cells}格" for code, cells in receipt.normalised.items())
        out.print(f"已自动规范（无需处理）：{tidied}", soft_wrap=True)
    for text in receipt.caveats_told:
        out.print(f"提示：{text}", soft_wrap=True, markup=False, highlight=False)
    for place, step in enumerate(next_steps(receipt, delivered=delivered), start=1):
        out.print(f"{place}. {step}", soft_wrap=True)
    if output is not None:
        out.print(f"自查结果已写入{output}", soft_wrap=True)
    elif receipt.reasons:
        out.print("加上 -o 回执.xlsx 可得到逐行逐格标出问题的表格")


def _show_trend(trend: "list[TrendPoint]") -> None:
    from rich.table import Table  # noqa: PLC0415

    if len(trend) < _MORE_THAN_ONE:
        return
    table = Table("月份", "结果", "接收行数", "待修正%", "空值%", "晚到天数")
    for each in trend:
        figures: list[Any] = [each.rows, each.quarantined_percent, each.null_percent, each.late_days]
        table.add_row(each.month, each.status, *("—" if figure is None else str(figure) for figure in figures))
    out.print(table)


def _show_open(found: list[Any]) -> None:
    from rich.table import Table  # noqa: PLC0415

    from schemas.reasons import REASONS  # noqa: PLC0415

    if not found:
        out.print("no row is set aside")
        return
    table = Table("feed", "month", "sender")
    table.add_column("delivery", no_wrap=True, min_width=_ID_DIGITS)  # copied into the next command
    table.add_column("reason", overflow="fold")
    table.add_column("rows")
    for each in found:
        table.add_row(each.feed, each.month, each.sender, each.delivery_id, REASONS[each.reason].title, str(each.rows))
    out.print(table)
    out.print(f"{sum(each.rows for each in found)} rows; doudi receipt DELIVERY writes what goes back to the sender")
