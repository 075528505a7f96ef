"""Charts say in a table what they draw, and carry nothing that the content policy would lock out."""

import re

import pytest

from portal.charts import Chart, Row, bars, diverging, lines

_ROWS: list[Row] = [("一月", "在册", 3), ("一月", "拓展", 4), ("二月", "在册", 1200)]


@pytest.mark.parametrize(
    "drawn",
    [
        bars("户数", _ROWS, place="月份"),
        bars("户数", _ROWS, place="月份", across=True),
        diverging("进出", [("一月", "新进", 3), ("一月", "退出", -4)], place="月份"),
        lines("覆盖", [("一月", "高龄津贴", 0.5)], place="月份", percent=True),
        bars("户数", [], place="月份"),
    ],
    ids=["upright", "lying", "up and down", "lines", "nothing"],
)
def test_a_drawing_needs_no_script_style_or_other_address(drawn: Chart) -> None:
    """Otherwise the content policy leaves a bare or empty drawing, or the page asks another site."""
    assert drawn.drawing.startswith("<svg")
    assert re.search(r"<script|<style|style=|<image|href=|url\(", drawn.drawing) is None
    assert re.search(r"<svg[^>]* (width|height)=", drawn.drawing) is None
    assert 'aria-hidden="true"' in drawn.drawing


def test_the_table_has_each_figure_and_a_dash_where_there_is_none() -> None:
    """Otherwise a reader who cannot see the drawing is told less, or zero where nothing is known."""
    drawn = bars("户数", _ROWS, place="月份")
    assert drawn.head == ("月份", "在册", "拓展")
    assert drawn.rows == (("一月", "3", "4"), ("二月", "1,200", "—"))


def test_the_total_of_a_stack_stands_above_it() -> None:
    """Otherwise readers must add the parts by eye."""
    assert ">7<" in bars("户数", _ROWS, place="月份").drawing


def test_what_goes_down_is_told_without_its_sign() -> None:
    """Otherwise a month seems to have minus four families."""
    drawn = diverging("进出", [("一月", "新进", 3), ("一月", "退出", -4)], place="月份")
    assert drawn.rows == (("一月", "3", "4"),)
    assert ">4<" in drawn.drawing
    assert ">-4<" not in drawn.drawing


def test_labels_cannot_bring_in_markup() -> None:
    """Otherwise a name in a code list could put elements into the page."""
    drawn = bars("户数", [("<b>x</b>", "在册", 1)], place="月份")
    assert "<b>" not in drawn.drawing
    assert "&lt;b&gt;" in drawn.drawing
