"""Columns of many rows: they are read by another way than few rows, and say the same."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.fields import field
from schemas.values import Cells, Known, read_cells
from schemas.values.cells import tidied
from schemas.values.money import _STEPS, _UNSIGNED, _UNSIGNED_STEPS

TODAY = date(2026, 6, 30)
MANY = 200

CASES = {
    "settlement_kind": ["住院", "住 院", "体检", "", None, "无", "门诊"],
    "settled_on": ["2026-01-02", "20260102", "2026年1月2日", "2026-02-30", "", None, "#N/A", "2027-01-01"],
    "total_fen": ["12.30", "1,234.50", "-1", "", None, "壹元", "3万", "0.001"],
    "person_id": ["330108198002290017", "33010819800229001x", "330108 19800229 0017", "", None, "x"],
    "person_name": ["甲乙", "甲 乙", "张*", "", None, "无"],
}


@pytest.mark.parametrize("name", list(CASES))
@pytest.mark.parametrize("required", [True, False])
@pytest.mark.parametrize("broken", [True, False])
def test_many_cells_are_read_as_few(name: str, *, required: bool, broken: bool) -> None:
    """If this breaks, what a cell means depends on how many rows the delivery has."""
    column = field(name, required=required)
    texts = CASES[name]
    marks = [place % 3 == 0 for place in range(len(texts))]

    def read(cells: list[str | None], marked: list[bool]) -> tuple[list[object], list[object], dict[str, int]]:
        given = Cells(
            pl.Series(cells, dtype=pl.String), broken=pl.Series(marked) if broken else None, zeroed=False, factor=100
        )
        reading = read_cells(column, given, today=TODAY)
        return reading.value.to_list(), reading.reason.to_list(), dict(reading.tidied)

    alone = [read([text], [mark]) for text, mark in zip(texts, marks, strict=True)]
    values, reasons, counts = read(texts * MANY, marks * MANY)
    assert values == [value for each in alone for value in each[0]] * MANY
    assert reasons == [reason for each in alone for reason in each[1]] * MANY
    codes = {code for each in alone for code in each[2]}
    assert counts == {code: MANY * sum(each[2].get(code, 0) for each in alone) for code in codes}


@given(texts=st.lists(st.text("019.,元万¥ ", min_size=1, max_size=12), min_size=1, max_size=5))
def test_unsigned_amounts_need_fewer_steps(texts: list[str]) -> None:
    """If this breaks, an amount means one thing in a column without signs and another beside a bracketed one."""
    frame = pl.DataFrame({"text": texts})
    told = [tidied(frame, steps).select("clean", "blank", "failed", "tidied") for steps in (_UNSIGNED_STEPS, _STEPS)]
    short, whole = pl.collect_all(told)
    assert frame["text"].str.contains(_UNSIGNED).all()
    assert short.rows() == whole.rows()


@pytest.mark.parametrize("name", ["settlement_kind", "settled_on"])
@pytest.mark.parametrize("required", [True, False])
def test_remembered_texts_are_read_as_new_ones(name: str, *, required: bool) -> None:
    """If this breaks, a row is accepted or set aside by what stood in the piece of the file before."""
    column, known = field(name, required=required), Known()
    first = pl.Series(CASES[name][:4] * MANY, dtype=pl.String)
    whole = pl.Series(CASES[name] * MANY, dtype=pl.String)
    read_cells(column, Cells(first, known=known), today=TODAY)
    assert set(known) == set(first)
    later, anew = (read_cells(column, Cells(whole, known=each), today=TODAY) for each in (known, None))
    assert later.value.equals(anew.value, null_equal=True)
    assert later.reason.equals(anew.reason, null_equal=True)
    assert later.tidied == anew.tidied
