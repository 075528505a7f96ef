"""How the text of a cell becomes a value: one reader for each `Kind`.

What belongs here: pure functions from a column of text to values and reason codes. A reader works on
distinct texts where they repeat, so a month of dates is parsed once. Which rows are kept because of
the reasons is decided in `schemas.delivery`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from unicodedata import normalize

import polars as pl

from schemas.columns import Column, Kind
from schemas.identifiers import id_problem_expr, tidy_id_expr, upgraded_id_expr

__all__ = ["Cells", "Reading", "plain_text", "read_cells"]

NULL_WORDS = ("", "无", "-", "—", "--", "——", "/", "\\", "null", "NULL", "Null", "None", "NaN", "nan", "N/A", "暂无")
_OPEN_ENDED = ("长期", "长期有效", "至今", "永久")
UNITS: Mapping[str, int] = {
    "分": 1,
    "角": 10,
    "元": 100,
    "圆": 100,
    "百元": 10_000,
    "千": 100_000,
    "千元": 100_000,
    "万": 1_000_000,
    "万元": 1_000_000,
    "亿": 10_000_000_000,
    "亿元": 10_000_000_000,
}  # units of money in fen
_PLACES = 8  # decimal places of an amount that are read; further ones hardly change a rounded fen
_LARGEST = 10**15  # fen; sums of any number of real rows stay within Int64
_MONEY = rf"^(?<sign>[+-]?)(?<whole>[0-9]{{0,10}})(?:\.(?<fraction>[0-9]*))?(?<unit>{'|'.join(UNITS)})?$"
_PLAIN_ID = r"^[0-9]{17}[0-9X]$"
_PLAIN_MONEY = r"^-?[0-9]{1,10}(\.[0-9]{1,2})?$"
_SPOKEN = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
_BOOLEANS = {
    "是": True,
    "有": True,
    "1": True,
    "y": True,
    "yes": True,
    "true": True,
    "否": False,
    "没有": False,
    "0": False,
    "n": False,
    "no": False,
    "false": False,
}
_BATCH = 500  # from here on a column whose texts repeat is read by its distinct texts
_REPETITIVE = frozenset({Kind.CODE, Kind.DATE, Kind.MONTH, Kind.PERIOD, Kind.INTEGER, Kind.BOOLEAN})
_LONGEST = 2_000  # a longer cell is not a value: a quote swallowed the lines after it
_FEW = 3
_MANY_ZEROS = 0.1  # of the numbers of a file
_EXACT_DIGITS = 15  # as many digits of a number as a spreadsheet keeps
_TEXT = pl.col("text")
_NOTHING = pl.lit(None, dtype=pl.String)


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of one column as delivered.

    `numeric` marks cells that a spreadsheet holds as numbers, `broken` those that hold a formula error;
    both are None for formats that do not tell. `factor` is what one unit of a bare amount is in fen.
    """

    text: pl.Series
    numeric: pl.Series | None = None
    broken: pl.Series | None = None
    factor: int = 100


@dataclass(frozen=True, slots=True)
class Reading:
    """Values of one column (null where blank or wrong), reason codes (null where right), and what was tidied."""

    value: pl.Series
    reason: pl.Series
    tidied: Mapping[str, int]


def plain_text(cell: pl.Expr) -> pl.Expr:
    """Text in compatibility form (full-width letters and digits become half-width), without outer space."""
    return cell.str.normalize("NFKC").str.replace_all(r"[\x{200B}-\x{200F}\x{2060}\x{FEFF}]", "").str.strip_chars()


def read_cells(column: Column, cells: Cells, *, today: date) -> Reading:
    """Read the cells of `column`; dates after `today` are refused unless the column may lie ahead."""
    frame = pl.DataFrame({"text": cells.text})
    if cells.numeric is not None and column.kind in {Kind.ID_NUMBER, Kind.NUMBER}:
        frame = frame.with_columns(numeric=cells.numeric.fill_null(value=False))
    if cells.broken is not None:
        frame = frame.with_columns(broken=cells.broken.fill_null(value=False))
    distinct = frame.unique() if frame.height > _BATCH and column.kind in _REPETITIVE else frame
    repeated = distinct.height * 2 < frame.height
    parsed = _parsed(column, distinct if repeated else frame, _Context(today, cells.factor))
    if repeated:
        parsed = frame.join(parsed, on=frame.columns, how="left", nulls_equal=True, maintain_order="left")
    return Reading(parsed["value"].rename(column.name), parsed["reason"], _counts(parsed["tidied"]))


@dataclass(frozen=True, slots=True)
class _Context:
    today: date
    factor: int


def _counts(kinds: pl.Series) -> dict[str, int]:
    """How often each kind of tidying was done, by kind."""
    if kinds.null_count() == kinds.len():
        return {}
    counted = kinds.drop_nulls().value_counts(name="cells").sort(kinds.name)
    return {str(kind): int(cells) for kind, cells in counted.iter_rows()}


def _parsed(column: Column, frame: pl.DataFrame, context: _Context) -> pl.DataFrame:
    """The frame with `value` (null where blank or refused), `reason` (null where right) and `tidied`."""
    lazy = _READERS[column.kind](column, frame, context)
    reason: pl.Expr = pl.when(~pl.col("blank")).then(_within(column))
    if column.required:
        reason = pl.when("blank").then(pl.lit("missing_required")).otherwise(reason)
    if "broken" in frame.columns:
        reason = pl.when("broken").then(pl.lit("cell_error")).otherwise(reason)
    lazy = lazy.with_columns(reason=reason)
    right = ~pl.col("blank") & pl.col("reason").is_null()
    value, tidied = (pl.when(right).then(pl.col(name)) for name in ("value", "tidied"))
    return lazy.select(*frame.columns, "reason", value=value, tidied=tidied).collect()


def _within(column: Column) -> pl.Expr:
    """The reader's reason, or that the value is outside the declared range."""
    reason: pl.Expr = pl.col("reason")
    value = pl.col("value")
    if column.minimum is not None:
        reason = pl.when(reason.is_null() & (value < column.minimum)).then(pl.lit("out_of_range")).otherwise(reason)
    if column.maximum is not None:
        reason = pl.when(reason.is_null() & (value > column.maximum)).then(pl.lit("out_of_range")).otherwise(reason)
    return reason


def _clean(frame: pl.DataFrame, clean: pl.Expr, plain: str, *words: str) -> pl.LazyFrame:
    """Add `clean` text and `blank`; cells that match the pattern `plain` already are not touched."""
    if frame["text"].str.contains(plain).all():
        return frame.lazy().with_columns(clean=_TEXT, blank=_TEXT.is_null())
    lazy = frame.lazy().with_columns(clean=pl.when(_TEXT.str.contains(plain)).then(_TEXT).otherwise(clean))
    blank = pl.col("clean").is_null() | pl.col("clean").is_in([*NULL_WORDS, *words])
    return lazy.with_columns(blank=blank)


def _read_id(_column: Column, frame: pl.DataFrame, context: _Context) -> pl.LazyFrame:
    """GB 11643 numbers: tidied, 15 digits brought to 18, and checked."""
    lazy = _clean(frame, tidy_id_expr(_TEXT), _PLAIN_ID)
    dirty = not frame["text"].str.contains(_PLAIN_ID).all()
    lazy = lazy.with_columns(value=upgraded_id_expr(pl.col("clean")) if dirty else pl.col("clean"))
    lazy = lazy.with_columns(reason=id_problem_expr(pl.col("value"), today=context.today))
    lazy = _zeroed(_damaged(lazy, frame), frame)
    tidied = (
        pl.when(pl.col("reason").is_not_null() | pl.col("blank"))
        .then(_NOTHING)
        .when(pl.col("clean") != pl.col("value"))
        .then(pl.lit("id_15_to_18"))
        .when(pl.col("clean") != _TEXT)
        .then(pl.lit("id_tidied"))
    )
    return lazy.with_columns(tidied=tidied)


def _damaged(lazy: pl.LazyFrame, frame: pl.DataFrame) -> pl.LazyFrame:
    """Give numbers that a spreadsheet has rounded their reason, before any other."""
    lost = pl.col("clean").str.contains(r"^[+-]?[0-9](\.[0-9]+)?[eE]\+?[0-9]+$")
    if "numeric" in frame.columns:
        long = pl.col("clean").str.len_chars() > _EXACT_DIGITS
        lost = lost | (pl.col("numeric") & long)
    return lazy.with_columns(reason=pl.when(lost).then(pl.lit("excel_number")).otherwise(pl.col("reason")))


def _zeroed(lazy: pl.LazyFrame, frame: pl.DataFrame) -> pl.LazyFrame:
    """Refuse numbers that end in 000 where too many do: a spreadsheet has rounded them and written them out.

    One number in a thousand ends like this by birth, and one rounded number in eleven has a fitting check digit.
    """
    zeros = frame["text"].str.contains(r"^[0-9]{15}000$")
    count = int(zeros.sum())
    if count < _FEW or count < frame.height * _MANY_ZEROS:
        return lazy
    rounded = pl.col("clean").str.ends_with("000")
    return lazy.with_columns(reason=pl.when(rounded).then(pl.lit("excel_number")).otherwise(pl.col("reason")))


def _read_number(_column: Column, frame: pl.DataFrame, _context: _Context) -> pl.LazyFrame:
    """Business numbers: text without spaces and a leading apostrophe."""
    clean = plain_text(_TEXT).str.replace_all(r"\s", "").str.replace(r"^['‘’`]", "")
    lazy = _clean(frame, clean, r"^[0-9A-Za-z()\-]*[0-9][0-9A-Za-z()\-]*$")
    lazy = lazy.with_columns(value=pl.col("clean"), reason=_too_long())
    return _damaged(lazy, frame).with_columns(tidied=_differs("number_tidied"))


def _too_long() -> pl.Expr:
    return pl.when(pl.col("clean").str.len_chars() > _LONGEST).then(pl.lit("text_too_long"))


def _differs(kind: str) -> pl.Expr:
    return pl.when(~pl.col("blank") & (pl.col("clean") != _TEXT)).then(pl.lit(kind))


def _read_text(_column: Column, frame: pl.DataFrame, _context: _Context) -> pl.LazyFrame:
    """Free text and addresses: outer space off, line breaks and runs of space made one space."""
    clean = _TEXT.str.replace_all(r"[\s\x{3000}\x{00A0}\x00-\x1F\x7F]+", " ").str.strip_chars()
    lazy = _clean(frame, clean, r"^[^\s\x{3000}\x{00A0}\x00-\x1F\x7F\-/\\—无暂nN]+$")
    return lazy.with_columns(value=pl.col("clean"), reason=_too_long(), tidied=_differs("text_tidied"))


def _read_name(_column: Column, frame: pl.DataFrame, _context: _Context) -> pl.LazyFrame:
    """Names: no space between Chinese characters, one middle dot (·), single spaces in others."""
    clean = (
        _TEXT.str.replace_all(r"[\x{200B}-\x{200F}\x{2060}\x{FEFF}\x00-\x1F\x7F]", "")
        .str.replace_all(r"\s*[•‧∙・．●⋅･‐]\s*", "·")
        .str.replace_all(r"[\s\x{3000}\x{00A0}]+", " ")
        .str.strip_chars()
        .str.replace_all(r"([^\x00-\x7F]) +", "$1")
    )
    lazy = _clean(frame, clean, r"^[\p{Han}·]*[\p{Han}--无]$")
    return lazy.with_columns(value=pl.col("clean"), reason=_too_long(), tidied=_differs("name_tidied"))


def _read_phone(_column: Column, frame: pl.DataFrame, _context: _Context) -> pl.LazyFrame:
    """Telephone numbers as digits; a text that is none becomes null and is counted, the row stays."""
    clean = plain_text(_TEXT).str.replace_all(r"[\s()\-—.']", "").str.replace(r"^(\+|00)?86(1[0-9]{10})$", "$2")
    lazy = _clean(frame, clean, r"^1[0-9]{10}$")
    usable = pl.col("clean").str.contains(r"^(1[0-9]{10}|0[0-9]{9,11}|[2-9][0-9]{6,7})$")
    tidied = pl.when(~pl.col("blank") & ~usable).then(pl.lit("phone_dropped")).otherwise(_differs("phone_tidied"))
    return lazy.with_columns(value=pl.when(usable).then(pl.col("clean")), reason=_NOTHING, tidied=tidied)


def _read_code(column: Column, frame: pl.DataFrame, _context: _Context) -> pl.LazyFrame:
    """One of the code list's labels; any other text is an unknown code, never the nearest one."""
    if column.codes is None:  # the contract refuses this; said again for the type checker
        raise AssertionError(column.name)
    lookup = {normalize("NFKC", label): code for label, code in column.codes.by_label.items()}
    lazy = frame.lazy().with_columns(clean=plain_text(_TEXT).str.replace_all(r"\s", ""))
    blank = pl.col("clean").is_null() | pl.col("clean").is_in([*NULL_WORDS, *column.codes.ignored])
    value = pl.col("clean").replace_strict(lookup, default=None, return_dtype=pl.String)
    lazy = lazy.with_columns(value=value, blank=blank)
    return lazy.with_columns(reason=pl.when(pl.col("value").is_null()).then(pl.lit("unknown_code")), tidied=_NOTHING)


def _dates(text: pl.Expr) -> pl.Expr:
    """Dates in any of the accepted styles; null for others and for days that do not exist.

    20240301, 2024-03-01, 2024/3/1, 2024.3.1, 2024年3月1日, each with or without a time of day, and the
    serial numbers of a spreadsheet (1900 system, five digits: 1927 to 2173).
    """
    day = text.str.replace(r"[ T]+[0-9]{1,2}(:[0-9]{1,2}){1,2}(\.[0-9]+)?(Z|[+-][0-9]{2}:?[0-9]{2})?$", "")
    day = day.str.replace_all(r"\s", "").str.replace(r"[日号]$", "").str.replace_all(r"[年月/.]", "-")
    day = day.str.replace(r"^([0-9]{4})([0-9]{2})([0-9]{2})$", "$1-$2-$3")
    serial = day.str.extract(r"^([1-9][0-9]{4})(?:-[0-9]+)?$").cast(pl.Int32, strict=False)
    shaped = pl.when(day.str.contains(r"^[12][0-9]{3}-[0-9]{1,2}-[0-9]{1,2}$")).then(day)
    return pl.coalesce(
        shaped.str.to_date("%Y-%m-%d", strict=False),
        pl.lit(date(1899, 12, 30)) + pl.duration(days=serial),
    )


def _read_date(column: Column, frame: pl.DataFrame, context: _Context) -> pl.LazyFrame:
    """Days; spells that end in "long-term" have no end."""
    words = _OPEN_ENDED if column.future and not column.required else ()
    lazy = _clean(frame, plain_text(_TEXT), r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", *words)
    lazy = lazy.with_columns(value=_dates(pl.col("clean")))
    late = pl.col("value") > context.today if not column.future else pl.lit(value=False)
    reason = pl.when(pl.col("value").is_null()).then(pl.lit("bad_date")).when(late).then(pl.lit("future_date"))
    return lazy.with_columns(
        reason=reason, tidied=_restyled(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}( 00:00:00)?$", "date_restyled")
    )


def _restyled(style: str, kind: str) -> pl.Expr:
    return pl.when(pl.col("value").is_not_null() & ~_TEXT.str.contains(style)).then(pl.lit(kind))


def _months(text: pl.Expr) -> pl.Expr:
    """First days of months written 2024-05, 202405, 2024/5, 2024年5月, or as a day of that month.

    "2024.1" is refused: a spreadsheet writes both January and October like this.
    """
    month = text.str.replace_all(r"\s", "").str.replace(r"月份?$", "").str.replace_all(r"[年/]", "-")
    month = month.str.replace(r"^([0-9]{4})\.([0-9]{2}|[2-9])$", "$1-$2")
    month = month.str.replace(r"^([0-9]{4})([0-9]{2})$", "$1-$2")
    shaped = pl.when(month.str.contains(r"^[12][0-9]{3}-[0-9]{1,2}$")).then(month + "-01")
    return pl.coalesce(shaped.str.to_date("%Y-%m-%d", strict=False), _dates(text).dt.truncate("1mo"))


def _read_month(_column: Column, frame: pl.DataFrame, context: _Context) -> pl.LazyFrame:
    """Months, as their first day."""
    lazy = _clean(frame, plain_text(_TEXT), r"^[0-9]{4}-[0-9]{2}$")
    lazy = lazy.with_columns(value=_months(pl.col("clean")))
    reason = (
        pl.when(pl.col("value").is_null())
        .then(pl.lit("bad_month"))
        .when(pl.col("value") > context.today)
        .then(pl.lit("future_date"))
    )
    return lazy.with_columns(reason=reason, tidied=_restyled(r"^[0-9]{4}-[0-9]{2}$", "month_restyled"))


def _read_period(_column: Column, frame: pl.DataFrame, context: _Context) -> pl.LazyFrame:
    """Tax periods: a month as "2024-05" or a year as "2024"."""
    lazy = _clean(frame, plain_text(_TEXT), r"^[0-9]{4}(-[0-9]{2})?$")
    year = pl.col("clean").str.extract(r"^([12][0-9]{3})(?:年度?)?$")
    month = _months(pl.when(year.is_null()).then(pl.col("clean")))
    lazy = lazy.with_columns(value=pl.coalesce(year, month.dt.strftime("%Y-%m")))
    reason = (
        pl.when(pl.col("value").is_null())
        .then(pl.lit("bad_period"))
        .when(pl.col("value").str.slice(0, 7) > context.today.strftime("%Y-%m"))
        .then(pl.lit("future_date"))
    )
    return lazy.with_columns(reason=reason, tidied=_restyled(r"^[0-9]{4}(-[0-9]{2})?$", "period_restyled"))


def _read_money(_column: Column, frame: pl.DataFrame, context: _Context) -> pl.LazyFrame:
    """Amounts in whole fen, computed in integers; finer parts are rounded half away from zero and counted."""
    clean = (
        plain_text(_TEXT)
        .str.replace_all(r"[\s,¥']|人民币|RMB|CNY", "")
        .str.replace(r"^\((.*)\)$", "-$1")
        .str.replace_all(r"[−–—]", "-")
    )
    lazy = _clean(frame, clean, _PLAIN_MONEY)
    lazy = lazy.with_columns(part=pl.col("clean").str.extract_groups(_MONEY)).unnest("part")
    fraction = pl.col("fraction").fill_null("").str.slice(0, _PLACES).str.pad_end(_PLACES, "0")
    exact = pl.col("whole").str.pad_start(1, "0").cast(pl.Int64) * 10**_PLACES + fraction.cast(pl.Int64)
    digits = (pl.col("whole") + pl.col("fraction").fill_null("")).str.len_chars()
    lazy = lazy.with_columns(
        exact=pl.when(digits > 0).then(exact),
        factor=pl.col("unit").replace_strict(UNITS, default=None, return_dtype=pl.Int64).fill_null(context.factor),
    )
    # one factor divides 10**8 or is a multiple of it, so that no step leaves the integers
    divisor = (10**_PLACES // pl.col("factor")).clip(1)
    multiplier = (pl.col("factor") // 10**_PLACES).clip(1)
    units = (pl.col("exact") + divisor // 2) // divisor
    size = pl.when(units <= _LARGEST // multiplier).then(units * multiplier)
    rounded = pl.col("exact") % divisor != 0
    lazy = lazy.with_columns(
        value=pl.when(pl.col("sign") == "-").then(-size).otherwise(size),
        rounded=rounded.fill_null(value=False),
    )
    unreadable, huge = pl.col("exact").is_null(), pl.col("value").is_null()
    reason = pl.when(unreadable).then(pl.lit("bad_money")).when(huge).then(pl.lit("out_of_range"))
    tidied = (
        pl.when(pl.col("rounded")).then(pl.lit("money_rounded")).otherwise(_restyled(_PLAIN_MONEY, "money_restyled"))
    )
    return lazy.with_columns(reason=reason, tidied=tidied)


def _read_integer(column: Column, frame: pl.DataFrame, _context: _Context) -> pl.LazyFrame:
    """Whole numbers, with grades as departments write them (一级, 1级); areas are rounded to whole metres."""
    clean = plain_text(_TEXT).str.replace_all(r"[\s,]", "").str.replace(r"(级|平方米|平米|m2|人|个|户)$", "")
    lazy = _clean(frame, clean, r"^[0-9]{1,9}$")
    spoken = pl.col("clean").replace_strict(_SPOKEN, default=None, return_dtype=pl.Int64)
    whole = pl.col("clean").str.extract(r"^([+-]?[0-9]{1,12})(?:\.0*)?$").cast(pl.Int64, strict=False)
    lazy = lazy.with_columns(value=pl.coalesce(whole, spoken))
    if column.name.endswith("_m2"):
        decimal = pl.col("clean").str.extract(r"^([0-9]{1,9}\.[0-9]+)$").cast(pl.Decimal(20, 4), strict=False)
        lazy = lazy.with_columns(value=pl.coalesce("value", (decimal + 0.5).floor().cast(pl.Int64)))
    reason = pl.when(pl.col("value").is_null()).then(pl.lit("bad_integer"))
    return lazy.with_columns(reason=reason, tidied=_restyled(r"^-?[0-9]+$", "integer_restyled"))


def _read_boolean(_column: Column, frame: pl.DataFrame, _context: _Context) -> pl.LazyFrame:
    """Yes and no."""
    lazy = _clean(frame, plain_text(_TEXT).str.to_lowercase(), r"^[是否]$")
    value = pl.col("clean").replace_strict(_BOOLEANS, default=None, return_dtype=pl.Boolean)
    lazy = lazy.with_columns(value=value)
    return lazy.with_columns(reason=pl.when(pl.col("value").is_null()).then(pl.lit("bad_boolean")), tidied=_NOTHING)


_READERS: Mapping[Kind, Callable[[Column, pl.DataFrame, _Context], pl.LazyFrame]] = {
    Kind.ID_NUMBER: _read_id,
    Kind.NAME: _read_name,
    Kind.PHONE: _read_phone,
    Kind.ADDRESS: _read_text,
    Kind.NUMBER: _read_number,
    Kind.TEXT: _read_text,
    Kind.CODE: _read_code,
    Kind.DATE: _read_date,
    Kind.MONTH: _read_month,
    Kind.PERIOD: _read_period,
    Kind.MONEY: _read_money,
    Kind.INTEGER: _read_integer,
    Kind.BOOLEAN: _read_boolean,
}
