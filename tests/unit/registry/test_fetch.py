"""Fetching departments' tables and views, on SQLite and on a real PostgreSQL server."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Engine, text

from registry.errors import SourceConfigError, SourceError
from registry.fetch import Fetched, fetch
from registry.intake import ingest, new_files
from registry.sources import due_month, sources
from schemas.contract import get_feed
from schemas.errors import UnknownNameError
from schemas.settings import Settings
from tests.unit.registry.databases import BACKENDS, declare, department_on, pay
from tests.unit.registry.deliveries import FEED

TODAY = date(2026, 6, 30)


@pytest.fixture(params=BACKENDS)
def department(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """The database of a department with three payments, two of them in June."""
    with department_on(request.param, request, tmp_path) as database:
        yield database


def fetched(settings: Settings, engine: Engine, month: str = "2026-06") -> Fetched:
    """Fetch the one source."""
    return fetch(sources(settings)[0], month, settings, engine, today=TODAY)


def test_rows_of_the_month_become_a_delivery(settings: Settings, engine: Engine, department: Engine) -> None:
    """If this breaks, a department's table is not read, or rows of another month are."""
    declare(settings, department)
    result = fetched(settings, engine)
    assert (result.state, result.rows) == ("new", 2)
    assert Path(result.path) == settings.landing_dir / FEED / "2026-06" / "civil_db.parquet"
    receipt = ingest(new_files(settings, engine)[0], settings, engine, today=TODAY)
    assert (receipt.status, receipt.rows_accepted) == ("accepted", 2)


def test_equal_rows_are_no_new_delivery_and_other_rows_a_revision(
    settings: Settings, engine: Engine, department: Engine
) -> None:
    """If this breaks, every fetch is a correction, or a correction is never seen."""
    declare(settings, department)
    first = Path(fetched(settings, engine).path).read_bytes()
    assert fetched(settings, engine).state == "unchanged"
    ingest(new_files(settings, engine)[0], settings, engine, today=TODAY)
    (settings.landing_dir / FEED / "2026-06" / "civil_db.parquet").unlink()
    with department.begin() as connection:  # the same rows in another order
        connection.execute(text("DELETE FROM payments WHERE no = 'LS000001'"))
    pay(department, 1, "2026-06-05")
    assert fetched(settings, engine).state == "unchanged"
    pay(department, 4, "2026-06-06")
    changed = fetched(settings, engine)
    assert changed.path.endswith("civil_db.r2.parquet")
    assert Path(changed.path).read_bytes() != first
    receipt = ingest(new_files(settings, engine)[0], settings, engine, today=TODAY)
    assert (receipt.revision, receipt.rows_accepted) == (2, 3)


def test_a_view_and_a_query(settings: Settings, engine: Engine, department: Engine) -> None:
    """If this breaks, a department that gives a view or wants a join is left out."""
    with department.begin() as connection:
        connection.execute(text("CREATE VIEW june AS SELECT * FROM payments"))
    declare(settings, department, table="june", period="snapshot", month_column=None)
    assert fetched(settings, engine).rows == 3
    query = "SELECT * FROM payments WHERE granted >= :first_day AND granted < :next_month"
    declare(settings, department, table=None, query=query, month_column=None, sender="by_query")
    assert fetched(settings, engine, "2026-05").rows == 1
    assert fetched(settings, engine, "2026-04").state == "empty"
    assert not (settings.landing_dir / FEED / "2026-04").exists()


def test_a_snapshot_is_of_the_current_month(settings: Settings, engine: Engine, department: Engine) -> None:
    """If this breaks, what holds today is recorded as what held last year."""
    declare(settings, department, period="snapshot", month_column=None)
    with pytest.raises(SourceConfigError, match="2025-06"):
        fetched(settings, engine, "2025-06")


def test_a_feed_that_reports_with_a_lag_gets_the_month_it_reports(
    settings: Settings, engine: Engine, department: Engine
) -> None:
    """If this breaks, the taxes of June are asked for in June, when nobody has declared them."""
    given = {column.name: column.title for column in get_feed("tax_wages").columns}
    cells = {"person_id": "sfzh", "employer_no": "no", "period_month": ":month", "gross_fen": "yuan"}
    wanted = ", ".join(f'{cell} AS "{given[name]}"' for name, cell in cells.items())
    query = f"SELECT {wanted} FROM payments WHERE granted >= :first_day AND granted < :next_month"  # noqa: S608
    declare(settings, department, feed="tax_wages", table=None, query=query, month_column=None, columns={})
    (source,) = sources(settings)
    result = fetch(source, "2026-06", settings, engine, today=TODAY)
    assert (result.month, result.rows) == ("2026-06", 1)
    assert pl.read_parquet(result.path)[given["period_month"]].to_list() == ["2026-05"]
    assert due_month(source, date(2026, 6, 9)) == "2026-05"
    assert due_month(source, date(2026, 6, 20)) == "2026-06"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"table": "absent"}, "no table or view absent"),
        ({"month_column": "absent"}, "no column 'absent'"),
        ({"month_column": "yuan"}, "neither a date nor text"),
        ({"columns": {"身份证号": "absent"}}, "no columns absent"),
        ({"columns": {}}, "身份证号"),
        ({"table": None, "month_column": None, "query": "SELECT nonsense"}, "refused the question"),
    ],
)
def test_what_is_missing_is_named(
    settings: Settings, engine: Engine, department: Engine, changes: dict[str, Any], says: str
) -> None:
    """If this breaks, the engineer does not learn what to mend."""
    declare(settings, department, **changes)
    with pytest.raises(SourceError, match=says):
        fetched(settings, engine)
    assert not list(settings.landing_dir.rglob("*.parquet"))


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://clerk:geheim@127.0.0.1:1/x?connect_timeout=2",
        "sqlite:////absent/geheim.db",
        "nonsense://clerk:geheim@host/x",
        "geheim",
    ],
)
def test_no_address_in_messages(settings: Settings, engine: Engine, department: Engine, address: str) -> None:
    """If this breaks, the password of a department's database stands in a log."""
    declare(settings, department)
    (settings.sources_dir / "department.url").write_text(address, encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        fetched(settings, engine)
    assert not re.search("geheim|clerk", str(caught.value))
    assert caught.value.__cause__ is None


def test_an_address_that_others_may_read_is_refused(settings: Settings, engine: Engine, department: Engine) -> None:
    """If this breaks, a password lies open on a shared machine."""
    declare(settings, department)
    (settings.sources_dir / "department.url").chmod(0o644)
    with pytest.raises(SourceConfigError, match="chmod 600"):
        fetched(settings, engine)


def test_an_address_from_the_environment(
    settings: Settings, engine: Engine, department: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this breaks, an installation in a container cannot hand its secrets in."""
    declare(settings, department, url={"env": "DEPARTMENT_ADDRESS"})
    with pytest.raises(SourceConfigError, match="DEPARTMENT_ADDRESS is not set"):
        fetched(settings, engine)
    monkeypatch.setenv("DEPARTMENT_ADDRESS", department.url.render_as_string(hide_password=False))
    assert fetched(settings, engine).state == "new"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"feed": "temporary_asistance"}, "did you mean temporary_assistance"),
        ({"sender": "../x"}, "letters, digits"),
        ({"query": "SELECT 1"}, "either a table or a query"),
        ({"month_column": None}, "month_column"),
        ({"period": "weekly"}, "period"),
        ({"url": {}}, "either env or file"),
        ({"password": "x"}, "password"),
    ],
)
def test_a_source_file_says_all_of_it(
    settings: Settings, department: Engine, changes: dict[str, Any], says: str
) -> None:
    """If this breaks, a slip in a source file shows months later."""
    declare(settings, department, **changes)
    with pytest.raises(SourceConfigError, match=says) as caught:
        sources(settings)
    assert "a.yaml" in str(caught.value)


def test_a_source_file_that_is_no_yaml(settings: Settings, department: Engine) -> None:
    """If this breaks, a slip of the keyboard shows as a traceback."""
    declare(settings, department)
    with pytest.raises(UnknownNameError, match="temporary_assistance"):
        sources(settings, "pensions")
    (settings.sources_dir / "b.yaml").write_text((settings.sources_dir / "a.yaml").read_text())
    with pytest.raises(SourceConfigError, match="declared twice"):
        sources(settings)
    (settings.sources_dir / "b.yaml").write_text("a: [")
    with pytest.raises(SourceConfigError, match=r"b\.yaml"):
        sources(settings)


def test_an_identity_number_as_a_float_is_set_aside(settings: Settings, engine: Engine, department: Engine) -> None:
    """If this breaks, a rounded identity number from a database goes to a stranger."""
    query = "SELECT CAST(330108198001010 AS FLOAT) * 1000 AS sfzh, name, no, yuan, granted, paid, difficulty, street "
    declare(settings, department, table=None, query=query + "FROM payments", month_column=None)
    fetched(settings, engine)
    receipt = ingest(new_files(settings, engine)[0], settings, engine, today=TODAY)
    assert receipt.rows_quarantined == 3
    assert receipt.reasons == {"excel_number": 3}
