"""`doudi template` and `doudi check`: what a department needs to deliver well.

What belongs here: options and what is printed. Reading stands in `schemas.delivery`; nothing is stored.
"""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.common import FOUND_WRONG, Json, emit, out, today

if TYPE_CHECKING:
    from schemas.delivery import Delivery
    from schemas.receipts import Receipt

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(template)
    app.command()(check)


def template(
    feed: Annotated[str, typer.Argument(help="Name of the feed, for example temporary_assistance.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Default: <feed>.xlsx")] = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Write the XLSX that a department fills in: headings, drop-downs, identity numbers as text."""
    from schemas.contract import get_feed  # noqa: PLC0415
    from schemas.templates import write_template  # noqa: PLC0415

    path = output or Path(f"{feed}.xlsx")
    write_template(get_feed(feed), path)
    if json:
        emit({"feed": feed, "path": path})
    else:
        out.print(f"{path} written", soft_wrap=True)


def check(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="CSV, XLSX, XLS or Parquet.")
    ],
    feed: Annotated[str, typer.Option(help="Feed that the file is meant for.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Receipt as XLSX with the rows to mend; holds personal data.")
    ] = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Try a file as the bureau would read it; nothing is stored."""
    import polars as pl  # noqa: PLC0415

    from schemas.delivery import QUARANTINE_SCHEMA, take  # noqa: PLC0415
    from schemas.errors import DeliveryError  # noqa: PLC0415
    from schemas.receipts import Receipt, write_receipt_xlsx  # noqa: PLC0415

    now = today()
    delivery = _delivery(file, feed, now)
    quarantined = pl.DataFrame(schema=QUARANTINE_SCHEMA)
    try:
        taken = take(file, delivery, today=now)
        receipt, quarantined = taken.receipt, taken.quarantined
    except DeliveryError as error:
        receipt = Receipt.refused(delivery, error)
    if output is not None:
        write_receipt_xlsx(receipt, quarantined, output)
    if json:
        emit(receipt.model_dump(mode="json"))
    else:
        _show(receipt, output)
    if receipt.status != "accepted":
        raise typer.Exit(FOUND_WRONG)


def _delivery(file: Path, feed: str, on: date) -> "Delivery":
    from registry.archive import sha256_of  # noqa: PLC0415
    from schemas.contract import get_feed  # noqa: PLC0415
    from schemas.delivery import Delivery  # noqa: PLC0415

    return Delivery(
        feed=get_feed(feed).name,
        month=on.strftime("%Y-%m"),
        sender=file.stem,
        revision=1,
        file_name=file.name,
        sha256=sha256_of(file),
    )


def _show(receipt: "Receipt", output: Path | None) -> None:
    from rich.table import Table  # noqa: PLC0415

    from schemas.reasons import REASONS, caveat_text  # noqa: PLC0415

    if receipt.status == "refused":
        out.print(f"[red]refused[/red] {receipt.refusal_title}: {receipt.refusal_message}", soft_wrap=True)
        return
    skipped = sum(receipt.skipped.values())
    out.print(
        f"{receipt.status}: {receipt.rows_read} rows read = {receipt.rows_accepted} accepted"
        f" + {receipt.rows_quarantined} to mend + {skipped} skipped"
    )
    if receipt.reasons:
        table = Table("to mend", "rows")
        for reason, rows in receipt.reasons.items():
            table.add_row(REASONS[reason].title, str(rows))
        out.print(table)
    for caveat in receipt.caveats:
        out.print(f"note: {caveat_text(caveat)}", soft_wrap=True)
    if output is not None:
        out.print(f"{output} written", soft_wrap=True)
    elif receipt.reasons:
        out.print("add -o receipt.xlsx for the rows and cells")
