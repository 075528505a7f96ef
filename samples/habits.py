"""How each department writes: format, encoding, headings, dates, money, labels, title and totals rows.

What belongs here: the habits and the formatting of typed columns as text. Values stay true; only their
appearance differs, and every appearance is one that the contract accepts.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from schemas.columns import Column, Kind
from schemas.contract import Feed

__all__ = ["HABITS", "Habit", "habit_of", "headings", "present", "title_row"]


@dataclass(frozen=True)
class Habit:
    """One department's way of writing one feed."""

    format: str = "csv"  # csv, xlsx or parquet
    encoding: str = "utf-8-sig"
    variant: int = 0  # which synonyms stand as headings and labels
    dates: str = "%Y-%m-%d"
    months: str = "%Y-%m"
    money: str = "plain"  # plain, comma, yuan, wan
    titles: int = 0  # rows above the heading
    numbered: bool = False  # a first column 序号
    total: bool = False  # a last row 合计
    extra: str = ""  # a column that the contract recognises and does not read
    sheet: str = "Sheet1"
    cover: bool = False  # a first sheet with notes
    streets: bool = False  # one file a street
    native: bool = False  # XLSX: amounts and dates as cells of their own type


_WAN = 1_000_000  # 10,000 yuan in fen
_CHINESE = "%Y年%-m月%-d日"
HABITS: dict[str, Habit] = {
    "household_registration": Habit(encoding="gb18030", variant=1, dates="%Y%m%d", extra="民族"),
    "id_corrections": Habit(format="xlsx", dates="%Y-%m-%d", titles=1),
    "residence_permits": Habit(encoding="gb18030", dates="%Y%m%d"),
    "vehicles": Habit(encoding="gb18030", variant=1, dates="%Y/%-m/%-d"),
    "detoxifications": Habit(format="xlsx", variant=1, dates="%Y%m%d", titles=1),
    "assistance_register": Habit(format="xlsx", titles=1, numbered=True, total=True, money="comma"),
    "applications": Habit(format="xlsx", variant=1, titles=2, numbered=True, streets=True, native=True),
    "declared_members": Habit(format="xlsx", variant=1, titles=1, dates="%Y.%-m.%-d", cover=True, sheet="复核"),
    "declared_incomes": Habit(format="xlsx", titles=1, months="%Y年%-m月", money="yuan", total=True),
    "support_relations": Habit(format="xlsx", titles=1, numbered=True, dates=_CHINESE),
    "marriages": Habit(encoding="gb18030", dates=_CHINESE),
    "cremations": Habit(format="xlsx", titles=1, dates="%Y.%-m.%-d"),
    "uncounted_members": Habit(format="xlsx", titles=1, native=True),
    "home_visits": Habit(format="xlsx", variant=1, titles=1, streets=True, extra="备注", dates="%Y/%-m/%-d"),
    "leads": Habit(format="xlsx", variant=1, titles=1, streets=True, extra="诉求内容"),
    "tax_wages": Habit(variant=1, months="%Y%m"),
    "tax_other_income": Habit(money="comma", months="%Y-%m"),
    "contributions": Habit(variant=2, months="%Y%m"),
    "housing_fund": Habit(format="parquet", variant=1),
    "pensions": Habit(encoding="gb18030", variant=1, months="%Y%m", total=True),
    "unemployment_benefits": Habit(format="xlsx", variant=1, months="%Y-%m", titles=1, total=True),
    "temporary_assistance": Habit(format="xlsx", variant=1, titles=1, streets=True, total=True, money="yuan"),
    "medical_aid": Habit(encoding="gb18030", variant=1, dates="%Y%m%d", total=True),
    "housing_aid": Habit(format="xlsx", variant=2, titles=2, dates="%Y-%m-%d", total=True, money="comma"),
    "student_aid": Habit(format="xlsx", variant=3, titles=1, native=True, total=True),
    "employment_aid": Habit(variant=2, dates="%Y/%-m/%-d"),
    "disaster_relief": Habit(format="xlsx", titles=1, dates=_CHINESE, money="wan"),
    "legal_aid": Habit(format="xlsx", variant=1, titles=1, dates="%Y.%-m.%-d"),
    "charity_aid": Habit(format="xlsx", variant=1, titles=1, money="wan", total=False, cover=True, sheet="明细"),
    "allowances": Habit(encoding="gb18030", variant=1, months="%Y年%-m月", dates="%Y/%-m/%-d", total=True),
    "veteran_benefits": Habit(format="xlsx", variant=2, titles=1, months="%Y.%m", money="yuan"),
    "enrolments": Habit(dates="%Y%m%d", variant=1),
    "disability_certificates": Habit(format="xlsx", titles=1, numbered=True, dates="%Y.%-m.%-d"),
    "severe_illnesses": Habit(format="xlsx", variant=1, titles=1),
    "medical_settlements": Habit(encoding="gb18030", variant=1, dates="%Y/%-m/%-d", extra="科室"),
    "real_estate": Habit(variant=1, dates="%Y-%m-%d"),
    "business_registrations": Habit(variant=1, dates=_CHINESE),
    "prison_terms": Habit(format="xlsx", titles=1, dates="%Y%m%d"),
    "hardship_workers": Habit(format="xlsx", variant=1, titles=1, numbered=True, native=True),
    "poverty_monitoring": Habit(format="xlsx", variant=2, titles=1, dates="%Y-%m-%d"),
}


def habit_of(feed: Feed) -> Habit:
    """The habit for a feed; one that was never described writes plain CSV."""
    return HABITS.get(feed.name, Habit())


def headings(feed: Feed, habit: Habit) -> dict[str, str]:
    """The heading of each column: the official title or, by variant, a synonym."""
    chosen: dict[str, str] = {}
    for place, column in enumerate(feed.columns):
        options = column.headings
        chosen[column.name] = options[habit.variant * (1 + place % 2) % len(options)]
    return chosen


def present(frame: pl.DataFrame, feed: Feed, habit: Habit) -> pl.DataFrame:
    """The same rows as text, in the department's style; null becomes an empty cell."""
    shown = [_shown(feed.column(name), habit).fill_null("").alias(name) for name in frame.columns]
    return frame.select(shown)


def _shown(column: Column, habit: Habit) -> pl.Expr:
    value = pl.col(column.name)
    if column.kind is Kind.DATE:
        return value.dt.strftime(habit.dates)
    if column.kind is Kind.MONTH:
        return value.dt.strftime(habit.months)
    if column.kind is Kind.MONEY:
        return _money(value, column, habit)
    if column.kind is Kind.CODE and column.codes is not None:
        labels = column.codes.labels
        variant = 0 if column.codes.name == "relation" else habit.variant
        mapping = {key: options[variant % len(options)] for key, options in labels.items()}
        return value.replace_strict(mapping, return_dtype=pl.String)
    return value.cast(pl.String)


def _money(fen: pl.Expr, column: Column, habit: Habit) -> pl.Expr:
    """Yuan with two digits, or in units of 10,000 where heading or habit say so and nothing is lost."""
    if "万元" in column.title:
        return (fen // 1_000_000).cast(pl.String)
    size = fen.abs()
    sign = pl.when(fen < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    yuan, cents = (size // 100).cast(pl.String), (size % 100).cast(pl.String).str.zfill(2)
    plain = pl.concat_str(sign, yuan, pl.lit("."), cents)
    if habit.money == "comma":
        whole = yuan.str.reverse().str.replace_all(r"(\d{3})", "${1},").str.reverse().str.strip_prefix(",")
        return pl.concat_str(sign, whole, pl.lit("."), cents)
    if habit.money == "yuan":
        return plain + "元"
    if habit.money == "wan":
        wan = pl.concat_str(
            sign,
            (size // 1_000_000).cast(pl.String),
            pl.lit("."),
            (size % 1_000_000 // 100).cast(pl.String).str.zfill(4),
            pl.lit("万"),
        )
        return pl.when((size >= _WAN) & (size % 100 == 0)).then(wan).otherwise(plain)
    return plain


def title_row(feed: Feed, department: str, month: date) -> str:
    """The text above the heading."""
    return f"{department}{feed.title}（{month.year}年{month.month}月）"
