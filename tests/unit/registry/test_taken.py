"""Files that tell of people say who took them, when, for what and until when: in one way, on each printed page."""

from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from sqlalchemy import Engine

from registry.casework.desk import Desk
from registry.engine import make_engine
from registry.exports import export_alerts, export_list
from registry.exports.ledgers import export_ledger
from registry.exports.receipt import export_quarantine, export_receipt
from registry.exports.taken import Taken
from registry.exports.visit_sheets import REGISTER, export_visit_sheets
from registry.exports.visits import export_visits
from registry.receipts import deliveries, open_rows
from registry.roles import Actor
from registry.visits import kept_plan
from rules.parameters import load_parameters
from schemas.settings import Settings
from schemas.workbooks import lines_of
from tests.furnished import furnish
from tests.unit.registry.examples import JULY

BOSS = Actor("the.supervisor", "supervisor")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An installation in which there is something to take of every kind."""
    made = Settings(home=tmp_path_factory.mktemp("taken") / "home", database_url="", identity_key="5e" * 32)
    furnish(made)
    return made


@pytest.fixture(scope="module")
def engine(settings: Settings) -> Iterator[Engine]:
    """Its registry."""
    made = make_engine(settings)
    yield made
    made.dispose()


def _receipt(engine: Engine, settings: Settings, path: Path) -> object:
    broken = next(each for each in deliveries(engine, settings) if each.receipt.rows_quarantined)
    return export_receipt(engine, settings, actor=BOSS, delivery_id=broken.receipt.delivery_id, path=path)


def _quarantine(engine: Engine, settings: Settings, path: Path) -> object:
    rows = open_rows(deliveries(engine, settings))
    return export_quarantine(engine, settings, actor=BOSS, rows=rows, path=path)


def _list(engine: Engine, settings: Settings, path: Path) -> object:
    return export_list(engine, settings, actor=BOSS, path=path)


def _alerts(engine: Engine, settings: Settings, path: Path) -> object:
    return export_alerts(engine, settings, actor=BOSS, path=path)


def _ledger(engine: Engine, settings: Settings, path: Path) -> object:
    return export_ledger(engine, settings, actor=BOSS, ledger="district", path=path)


def _visits(engine: Engine, settings: Settings, path: Path) -> object:
    plan = kept_plan(settings, JULY)
    assert plan is not None
    return export_visits(engine, settings, plan, actor=BOSS, as_of=JULY, path=path)


def _sheets(engine: Engine, settings: Settings, path: Path) -> object:
    return export_visit_sheets(Desk(engine, settings, load_parameters(None)), actor=BOSS, path=path)


_FILES = (_receipt, _quarantine, _list, _alerts, _ledger, _visits, _sheets)


@pytest.mark.parametrize("take", _FILES)
def test_each_printed_page_says_who_took_it_for_what_and_until_when(
    engine: Engine, settings: Settings, tmp_path: Path, take: Callable[[Engine, Settings, Path], object]
) -> None:
    """If this fails, a sheet with names that lies in a corridor leads to nobody and is kept for ever."""
    take(engine, settings, tmp_path / "file.xlsx")
    book = openpyxl.load_workbook(tmp_path / "file.xlsx")
    for sheet in book.worksheets:
        said = str(sheet.oddHeader.center.text)
        assert said.startswith("the.supervisor 20"), sheet.title
        assert "用途：" in said
        assert "有效期至 20" in said


@pytest.mark.parametrize("take", [_receipt, _quarantine, _list, _alerts, _visits])
def test_the_first_sheet_says_it_on_the_screen_as_well(
    engine: Engine, settings: Settings, tmp_path: Path, take: Callable[[Engine, Settings, Path], object]
) -> None:
    """If this fails, who opens the file does not learn for what it was taken and when it is to be destroyed."""
    take(engine, settings, tmp_path / "file.xlsx")
    first = openpyxl.load_workbook(tmp_path / "file.xlsx").worksheets[0]
    told = {str(row[0].value): str(row[1].value) for row in first.iter_rows(max_col=2) if row[0].value}
    lines = dict(Taken.now(settings, BOSS, "").lines)
    assert {name: told[name] for name in ("导出人", "范围")} == {name: lines[name] for name in ("导出人", "范围")}
    assert told["用途"]
    assert told["有效期至"] == lines["有效期至"]


def test_warnings_as_text_say_it_on_each_row(engine: Engine, settings: Settings, tmp_path: Path) -> None:
    """If this fails, the one form of the warnings that has no sheets goes round without its owner."""
    result = export_alerts(engine, settings, actor=BOSS, fmt="csv", path=tmp_path / "warnings.csv")
    for path in (result.path, *result.beside):
        rows = pl.read_csv(path)
        assert rows["导出标记"].str.starts_with("the.supervisor 20").all()


def test_no_question_of_the_register_is_cut(engine: Engine, settings: Settings, tmp_path: Path) -> None:
    """If this fails, a question stands over the next one, and a visit is entered in the wrong line."""
    _sheets(engine, settings, tmp_path / "sheets.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "sheets.xlsx")[REGISTER]
    heading = [cell.value for cell in sheet[1]]
    asked = sheet.cell(1, heading.index("请核实") + 1).column_letter
    for number in range(2, sheet.max_row + 1):
        lines = lines_of(str(sheet[f"{asked}{number}"].value), int(sheet.column_dimensions[asked].width))
        assert (sheet.row_dimensions[number].height or 15) >= 15 * lines


def test_original_rows_fit_the_width_of_paper(engine: Engine, settings: Settings, tmp_path: Path) -> None:
    """If this fails, what a department is to mend comes out of the printer in strips."""
    _quarantine(engine, settings, tmp_path / "rows.xlsx")
    for sheet in openpyxl.load_workbook(tmp_path / "rows.xlsx").worksheets[1:]:
        assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == ("landscape", 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert not str(sheet.cell(2, 7).value).startswith("{")


def test_the_last_line_of_a_receipt_is_not_cut(engine: Engine, settings: Settings, tmp_path: Path) -> None:
    """If this fails, how the rows may be used is half to be read."""
    _receipt(engine, settings, tmp_path / "receipt.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "receipt.xlsx")["回执"]
    for label, text, *_ in sheet.iter_rows():
        if label.value == "注意":
            wide = sum(int(sheet.column_dimensions[each].width) for each in "BC")
            assert sheet.row_dimensions[label.row].height >= 15 * lines_of(str(text.value), wide)
            return
    pytest.fail("the receipt does not say how it may be used")
