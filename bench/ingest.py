"""Taking a delivery by its contract, against moving the same CSV to Parquet unread."""

from datetime import date
from pathlib import Path

import polars as pl

from bench.measure import Result, best_of
from schemas.delivery import Delivery, take
from schemas.identifiers import upgraded_id_expr

__all__ = ["measure"]

_ROWS = 1_000_000
_REPEATS = 2


def _ten_columns(rows: int) -> pl.DataFrame:
    """A month of medical settlements as a department writes them: ten columns, a running number included."""
    day = pl.int_range(rows) * 7919 % 9000
    born = (pl.date(1960, 1, 1) + pl.duration(days=day)).dt.strftime("%y%m%d")
    total = (pl.int_range(rows) * 104_729 % 5_000_000 + 1_000).cast(pl.Int64)
    fund = total * 6 // 10

    def yuan(fen: pl.Expr) -> pl.Expr:
        return pl.format("{}.{}", fen // 100, (fen % 100).cast(pl.String).str.zfill(2))

    old = pl.concat_str(pl.lit("330108"), born, (pl.int_range(rows) % 1000).cast(pl.String).str.zfill(3))
    settled = pl.date(2026, 1, 1) + pl.duration(days=pl.int_range(rows) % 28)
    return pl.select(
        (pl.int_range(rows) + 1).alias("序号"),
        upgraded_id_expr(old).alias("身份证号"),
        pl.lit("样例人").alias("姓名"),
        pl.format("J{}", pl.int_range(rows)).alias("结算编号"),
        pl.lit("住院").alias("就医类别"),
        (settled - pl.duration(days=5)).dt.strftime("%Y-%m-%d").alias("入院日期"),
        settled.dt.strftime("%Y%m%d").alias("结算日期"),
        yuan(total).alias("医疗费总额(元)"),
        yuan(fund).alias("基金支付(元)"),
        yuan(total - fund).alias("个人自付(元)"),
    )


def measure(folder: Path) -> Result:
    """Read, normalise, validate and write a million rows; the baseline parses no cell at all."""
    source = folder / "settlements.csv"
    _ten_columns(_ROWS).write_csv(source, include_bom=True)
    delivery = Delivery("medical_settlements", "2026-01", "bench", 1, source.name, "0" * 64)

    def ours() -> None:
        taken = take(source, delivery, today=date(2026, 2, 1))
        taken.accepted.write_parquet(folder / "ours.parquet")
        if taken.accepted.height != _ROWS:
            print(f"only {taken.accepted.height:,} rows were accepted: {taken.receipt.reasons}")

    def baseline() -> None:
        pl.scan_csv(source, infer_schema=False).sink_parquet(folder / "baseline.parquet")

    return Result(
        "ingest by contract", _ROWS, best_of(_REPEATS, ours), best_of(_REPEATS, baseline), "scan_csv → sink_parquet"
    )
