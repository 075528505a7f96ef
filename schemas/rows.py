"""From the records of one sheet to accepted rows and rows set aside.

What belongs here: which records are no rows at all (blank, totals, footers), reading every declared
column, and the conditions between columns. Each record ends as exactly one of accepted, quarantined
or skipped.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from operator import or_
from types import MappingProxyType

import polars as pl

from schemas.columns import Column, Kind
from schemas.contract import Feed
from schemas.headers import Header, plain_heading
from schemas.identifiers import birth_on_expr
from schemas.reasons import CAVEATS
from schemas.sheets import BROKEN, GARBLED, MERGED, NUMERIC, SHORT, SURPLUS, RawSheet, place_name
from schemas.unread import UnreadColumn, column_caveats, unread_columns
from schemas.values import Cells, Known, Reading, read_cells
from schemas.values.ids import zero_ended

__all__ = ["SheetRows", "read_rows", "rows_above"]

_ROW = "source_row"
_BEYOND = "(表头以外的单元格)"
_LIKE_AN_ID = r"[0-9０-９]{6}"
_AN_ID = r"^[\s']*[0-9]{14,17}[0-9Xx]\s*$"
_TOTAL = r"^(?:本页|本月|本年)?(?:合\s*计|总\s*计|小\s*计|累\s*计|共\s*计|总数)"
_FOOTER = (
    r"^(?:制表|填表|填报|审核|复核|经办|负责|报送|打印|导出|统计|数据来源|单位负责|主管|联系人|联系电话|备\s*注|注[::]|说\s*明"
    r"|第.{0,6}页|共.{0,6}[页条]|以上|以下空白|\(?盖章|[*※])"
)


@dataclass(slots=True)
class SheetRows:
    """What became of the records of a sheet.

    `accepted` has the contract's columns and `source_row`; `rejected` the same row numbers with
    `problems` ("column:reason;…") and the raw text of the declared columns under their titles as JSON.
    `zeros` counts by identifier the numbers that end in zeros as rounded ones do, `records` the rows that
    are not skipped. `unread` names the columns that are not read, once for each sheet.
    """

    accepted: pl.DataFrame
    rejected: pl.DataFrame
    places: Mapping[str, int]
    skipped: Counter[str] = field(default_factory=Counter)
    tidied: Counter[str] = field(default_factory=Counter)
    unknown_codes: Counter[str] = field(default_factory=Counter)
    caveats: Counter[str] = field(default_factory=Counter)
    zeros: Counter[str] = field(default_factory=Counter)
    records: int = 0
    unread: list[UnreadColumn] = field(default_factory=list)


def read_rows(
    sheet: RawSheet,
    feed: Feed,
    *,
    today: date,
    rounded: Collection[str] = (),
    known: Mapping[str, Known] = MappingProxyType({}),
) -> SheetRows:
    """Read the records of `sheet`, of which a spreadsheet has rounded the identifiers `rounded`.

    `known` holds by column what the pieces before have read, so that texts that repeat are not read again.
    """
    skipped = _above(sheet)
    frame = sheet.frame.with_row_index(_ROW, offset=sheet.header.last + 1 + sheet.before).cast({_ROW: pl.Int64})
    frame, below = _data_rows(frame, sheet, feed)
    result = SheetRows(frame, frame, sheet.header.places, skipped + below, records=frame.height)
    if sheet.before == 0:
        result.caveats.update(column_caveats(sheet.header, feed))
        result.unread = unread_columns(sheet.header, feed)
    result.caveats.update(_unheaded_cells(frame, sheet.header))
    frame = _shortened(frame, sheet, feed, result)
    readings = [_read(column, frame, sheet, today, rounded, known, result) for column in feed.columns]
    values = pl.DataFrame([each.value for each in readings])
    result.caveats["birth_date_differs"] += _other_births(values)
    problems = _problems(feed, frame, values, readings)
    for column, reading in zip(feed.columns, readings, strict=True):
        if column.kind is Kind.CODE and (count := int((reading.reason == "unknown_code").sum())):
            result.unknown_codes[column.title] += count
    _split(result, feed, frame, values, problems)
    return result


def _above(sheet: RawSheet) -> Counter[str]:
    """Records over the header: titles and blank rows."""
    blank = sheet.above.select(pl.all_horizontal(_stripped(pl.all()).is_null())).to_series()
    count = int(blank.sum()) if sheet.above.width else sheet.above.height
    return Counter({code: n for code, n in (("blank", count), ("title", sheet.above.height - count)) if n})


def rows_above(sheet: RawSheet, feed: Feed) -> int:
    """How many records over the header have an identity number where the header has one: rows, not titles."""
    names = [
        place_name(sheet.header.places[each.name]) for each in feed.identifiers if each.name in sheet.header.places
    ]
    held = [pl.col(name).str.normalize("NFKC").str.contains(_AN_ID) for name in names if name in sheet.above.columns]
    return int(sheet.above.select(pl.any_horizontal(pl.lit(value=False), *held).fill_null(value=False).sum()).item())


def _stripped(cell: pl.Expr) -> pl.Expr:
    return cell.str.strip_chars().replace("", None)


def _data_rows(frame: pl.DataFrame, sheet: RawSheet, feed: Feed) -> tuple[pl.DataFrame, Counter[str]]:
    """Without blank rows, repeated headers, totals and footers; only rows without any number-like ID can be one."""
    places = sheet.header.places
    identifiers = [place_name(places[each.name]) for each in feed.identifiers if each.name in places]
    alike = [pl.col(each).str.contains(_LIKE_AN_ID).fill_null(value=False) for each in identifiers]
    person = pl.any_horizontal(pl.lit(value=False), *alike)
    suspects = frame.filter(~person)
    if suspects.is_empty():
        return frame, Counter()
    kinds = suspects.select(_ROW, kind=_skip_kind(suspects, sheet, feed, identifiers)).drop_nulls("kind")
    if kinds.is_empty():
        return frame, Counter()
    counts = Counter({str(kind): int(n) for kind, n in kinds["kind"].value_counts().iter_rows()})
    return frame.join(kinds, on=_ROW, how="anti", maintain_order="left"), counts


def _skip_kind(suspects: pl.DataFrame, sheet: RawSheet, feed: Feed, identifiers: Sequence[str]) -> pl.Expr:
    """Which kind of record that is no row, null for rows; a footer leaves most required cells empty."""
    repeated = _repeats_header(sheet, feed)
    delivered = [place_name(place) for place in range(sheet.header.width)]
    cells = [_stripped(pl.col(each)) for each in delivered]
    lead = pl.coalesce(cells).str.normalize("NFKC")
    empty = [
        _stripped(pl.col(each)).is_null() | (_stripped(pl.col(each)) == pl.coalesce(cells)) for each in identifiers
    ]
    no_id = pl.all_horizontal(pl.lit(value=True), *empty)
    blank = pl.all_horizontal(each.is_null() for each in cells)
    required = [_stripped(pl.col(place_name(sheet.header.places[each.name]))).is_not_null() for each in feed.required]
    sparse = pl.sum_horizontal(required) * 2 < len(required)
    if SURPLUS in suspects.columns:
        blank = blank & pl.col(SURPLUS).is_null()
    return (
        pl.when(blank)
        .then(pl.lit("blank"))
        .when(repeated)
        .then(pl.lit("header"))
        .when(no_id & lead.str.contains(_TOTAL))
        .then(pl.lit("total"))
        .when(no_id & sparse & lead.str.contains(_FOOTER))
        .then(pl.lit("footer"))
    )


def _repeats_header(sheet: RawSheet, feed: Feed) -> pl.Expr:
    """Whether the identifiers show their headings again, as on every page of a printed list."""
    tests = []
    for column in feed.identifiers or feed.required:
        if column.name in sheet.header.places:
            cell = pl.col(place_name(sheet.header.places[column.name]))
            plain = cell.str.normalize("NFKC").str.replace_all(r"[\s*:]", "")
            tests.append(plain.is_in([plain_heading(each) for each in column.headings]).fill_null(value=False))
    return pl.all_horizontal(tests)


def _shortened(frame: pl.DataFrame, sheet: RawSheet, feed: Feed, result: SheetRows) -> pl.DataFrame:
    """Forgive rows that lack optional cells at their end, as spreadsheets write them; count them."""
    if SHORT not in frame.columns:
        return frame
    needed = 1 + max(sheet.header.places[each.name] for each in feed.required)
    result.caveats["rows_ended_early"] += int((frame[SHORT] >= needed).sum())
    return frame.with_columns((pl.col(SHORT) < needed).fill_null(value=False))


def _unheaded_cells(frame: pl.DataFrame, header: Header) -> Counter[str]:
    """Cells with content under no heading, by the letter of their column as a spreadsheet shows it."""
    from xlsxwriter.utility import xl_col_to_name  # type: ignore[import-untyped]  # noqa: PLC0415

    held = {xl_col_to_name(place): pl.col(place_name(place)) for place in header.unheaded}
    if not held:
        return Counter()
    filled = frame.select(_stripped(cell).count().alias(letter) for letter, cell in held.items()).row(0, named=True)
    return Counter({f"unheaded_cells:{letter}": count for letter, count in filled.items() if count})


def _read(
    column: Column,
    frame: pl.DataFrame,
    sheet: RawSheet,
    today: date,
    rounded: Collection[str],
    known: Mapping[str, Known],
    result: SheetRows,
) -> Reading:
    place = sheet.header.places.get(column.name)
    if place is None:
        nothing = pl.repeat(None, frame.height, dtype=column.dtype, eager=True).rename(column.name)
        reasons = pl.repeat(None, frame.height, dtype=pl.String, eager=True)
        return Reading(nothing, reasons, {})
    name = place_name(place)
    cells = Cells(
        frame[name],
        numeric=frame[NUMERIC + name] if NUMERIC + name in frame.columns else None,
        broken=frame[BROKEN + name] if BROKEN + name in frame.columns else None,
        factor=sheet.header.factors.get(column.name, 1),
        zeroed=column.name in rounded,
        known=known.get(column.name),
    )
    if column.kind is Kind.ID_NUMBER:
        result.zeros[column.name] = zero_ended(cells.text)
    reading = read_cells(column, cells, today=today)
    for code, count in reading.tidied.items():
        (result.caveats if code in CAVEATS else result.tidied)[code] += count
    if column.kind is Kind.ID_NUMBER and not column.required:
        result.caveats["optional_identifier_dropped"] += reading.reason.len() - reading.reason.null_count()
        return Reading(reading.value, pl.repeat(None, frame.height, dtype=pl.String, eager=True), {})
    return reading


def _other_births(values: pl.DataFrame) -> int:
    """How many rows state another birth date than the identity number does."""
    if not {"person_id", "birth_on"} <= set(values.columns):
        return 0
    return int(values.select((birth_on_expr(pl.col("person_id")) != pl.col("birth_on")).sum()).item())


def _problems(feed: Feed, frame: pl.DataFrame, values: pl.DataFrame, readings: Sequence[Reading]) -> pl.Series:
    """Per row "column:reason" joined by ";" in the contract's order, null for rows without a problem."""
    marks = ((GARBLED, ":broken_text"), (SURPLUS, ":row_shape"), (SHORT, ":row_short"), (MERGED, ":merged_amount"))
    marked = [(_marked(frame[mark]), label) for mark, label in marks if mark in frame.columns]
    parts = [("", _flag(wrong, label)) for wrong, label in marked if wrong.any()]
    for column, reading in zip(feed.columns, readings, strict=True):
        if reading.reason.null_count() < frame.height:
            parts.append((f"{column.name}:", reading.reason))
    between = [(values.select(wrong).to_series(), label) for wrong, label in _between_columns(feed)]
    parts.extend(("", _flag(wrong, label)) for wrong, label in between if wrong.any())
    if not parts:
        return pl.repeat(None, frame.height, dtype=pl.String, eager=True)
    concerned = reduce(or_, (part.is_not_null() for _, part in parts))
    few = [prefix + part.filter(concerned) for prefix, part in parts]
    joined = pl.select(pl.concat_str(*few, separator=";", ignore_nulls=True)).to_series()
    return joined.gather(pl.select(pl.when(concerned).then(concerned.cum_sum() - 1)).to_series())


def _marked(mark: pl.Series) -> pl.Series:
    """Which rows bear the mark: a text says what it is about."""
    return mark.is_not_null() if mark.dtype == pl.String else mark


def _flag(wrong: pl.Series, label: str) -> pl.Series:
    return pl.select(pl.when(wrong).then(pl.lit(label))).to_series()


def _between_columns(feed: Feed) -> list[tuple[pl.Expr, str]]:
    """Conditions between columns that the feed's place in the fact tables asks for."""
    wrong: dict[str, pl.Expr] = {}
    for fact in feed.facts:
        start, end = fact.columns.get("started_on"), fact.columns.get("ended_on")
        if isinstance(start, str) and isinstance(end, str):
            wrong[f"{end}:ends_before_start"] = pl.col(end) < pl.col(start)
        amount, number = fact.columns.get("amount_fen"), fact.columns.get("payment_no")
        if fact.table == "aid" and isinstance(amount, str):
            unnumbered = pl.col(number).is_null() if isinstance(number, str) else pl.lit(value=True)
            wrong[f"{amount}:negative_without_number"] = (pl.col(amount) < 0) & unnumbered
    return [(expression, label) for label, expression in wrong.items()]


def _split(result: SheetRows, feed: Feed, frame: pl.DataFrame, values: pl.DataFrame, problems: pl.Series) -> None:
    """Part the rows; those set aside keep their raw text under the contract's titles."""
    good = problems.is_null()
    result.accepted = values.with_columns(frame[_ROW]).filter(good)
    places = {
        each.title: place_name(place) for each in feed.columns if (place := result.places.get(each.name)) is not None
    }
    beyond = [SURPLUS] if SURPLUS in frame.columns else []
    rejected = frame.select(_ROW, *{*places.values()}, *beyond, problems.alias("problems")).filter(~good)
    original = _as_json(places)
    if beyond:
        original = pl.when(pl.col(SURPLUS).is_null()).then(original).otherwise(_as_json(places | {_BEYOND: SURPLUS}))
    result.rejected = rejected.select(_ROW, "problems", original=original)


def _as_json(places: Mapping[str, str]) -> pl.Expr:
    return pl.struct(pl.col(name).alias(title) for title, name in places.items()).struct.json_encode()
