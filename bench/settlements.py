"""The file that all contenders take in: a month of medical settlements as a department writes them.

What belongs here: ten columns, a running number included; dates in four styles, amounts with and without separators,
names with spaces, and a few rows that have to be set aside. Every value is computed from its row's number.
"""

from pathlib import Path

import polars as pl

from schemas.identifiers import upgraded_id_expr

__all__ = ["write_settlements"]

_PEOPLE = 300_000
_DAYS = 20_000
_SLICE = 1_000_000
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华玉秀建国志文海燕晓春云飞立新红"


def write_settlements(path: Path, rows: int) -> None:
    """Write `rows` settlements as UTF-8 CSV with a byte-order mark."""
    with path.open("wb") as stream:
        for start in range(0, rows, _SLICE):
            part = _settlements(start, min(rows, start + _SLICE))
            part.write_csv(stream, include_bom=start == 0, include_header=start == 0)


def _settlements(start: int, end: int) -> pl.DataFrame:
    row = pl.col("row")
    person = row * 7919 % _PEOPLE
    born = (pl.date(1950, 1, 1) + pl.duration(days=person % _DAYS)).dt.strftime("%y%m%d")
    old = pl.concat_str(pl.lit("330108"), born, (person // _DAYS).cast(pl.String).str.zfill(3))
    total = row * 104_729 % 5_000_000 + 1_000
    fund = total * 6 // 10
    settled = pl.date(2026, 1, 1) + pl.duration(days=row % 28)
    frame = pl.select(row=pl.int_range(start, end)).with_columns(number=upgraded_id_expr(old))
    return frame.select(
        (row + 1).alias("序号"),
        _number().alias("身份证号"),
        _name(person).alias("姓名"),
        pl.format("J{}", row).alias("结算编号"),
        pl.when(row % 500 == 19)
        .then(pl.lit("体检"))
        .when(row % 3 == 0)
        .then(pl.lit("住院"))
        .otherwise(pl.lit("门诊"))
        .alias("就医类别"),
        (settled - pl.duration(days=5)).dt.strftime("%Y-%m-%d").alias("入院日期"),
        _day(settled).alias("结算日期"),
        _amount(total).alias("医疗费总额(元)"),
        _yuan(fund).alias("基金支付(元)"),
        _yuan(total - fund).alias("个人自付(元)"),
    )


def _number() -> pl.Expr:
    """Identity numbers: some in groups or with a lower-case x, some with a wrong check digit, some missing."""
    row, number = pl.col("row"), pl.col("number")
    wrong = number.str.slice(0, 17) + pl.when(number.str.ends_with("0")).then(pl.lit("1")).otherwise(pl.lit("0"))
    return (
        pl.when(row % 500 == 13)
        .then(wrong)
        .when(row % 500 == 17)
        .then(pl.lit(""))
        .when(row % 100 == 3)
        .then(number.str.slice(0, 6) + " " + number.str.slice(6, 8) + " " + number.str.slice(14))
        .when(row % 100 == 5)
        .then(number.str.to_lowercase())
        .otherwise(number)
    )


def _name(person: pl.Expr) -> pl.Expr:
    surname = (person % len(_SURNAMES)).replace_strict(dict(enumerate(_SURNAMES)), return_dtype=pl.String)
    first, second = (
        (person // place % len(_GIVEN)).replace_strict(dict(enumerate(_GIVEN)), return_dtype=pl.String)
        for place in (20, 800)
    )
    gap = pl.when(pl.col("row") % 50 == 11).then(pl.lit(" ")).otherwise(pl.lit(""))
    return pl.concat_str(surname, gap, first, second)


def _day(settled: pl.Expr) -> pl.Expr:
    row = pl.col("row")
    return (
        pl.when(row % 500 == 21)
        .then(pl.lit("2026-02-30"))
        .when(row % 50 == 7)
        .then(settled.dt.strftime("%Y/%m/%d"))
        .when(row % 50 == 8)
        .then(settled.dt.strftime("%Y年%m月%d日"))
        .when(row % 50 == 9)
        .then(settled.dt.strftime("%Y-%m-%d"))
        .otherwise(settled.dt.strftime("%Y%m%d"))
    )


def _yuan(fen: pl.Expr) -> pl.Expr:
    return pl.format("{}.{}", fen // 100, (fen % 100).cast(pl.String).str.zfill(2))


def _amount(fen: pl.Expr) -> pl.Expr:
    """Totals: some with thousands separators, which makes CSV quote them, some missing."""
    row = pl.col("row")
    whole, rest = (fen // 100).cast(pl.String), (fen % 100).cast(pl.String).str.zfill(2)
    grouped = whole.str.replace(r"^([0-9]{1,3})([0-9]{3})$", "$1,$2") + "." + rest
    return pl.when(row % 500 == 29).then(pl.lit("")).when(row % 50 == 10).then(grouped).otherwise(_yuan(fen))
