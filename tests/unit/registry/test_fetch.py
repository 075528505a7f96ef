"""Fetching departments' tables and views, on SQLite and on a real PostgreSQL server."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine, create_engine, make_url, text

from registry.errors import SourceConfigError, SourceError
from registry.fetch import Fetched, fetch
from registry.intake import ingest, new_files
from registry.sources import sources
from schemas.errors import UnknownNameError
from schemas.settings import Settings
from tests.unit.registry.deliveries import number

TODAY = date(2026, 6, 30)
FEED = "temporary_assistance"
CREATE = (
    "CREATE TABLE payments (sfzh VARCHAR(18), name VARCHAR(40), no VARCHAR(20), yuan NUMERIC(12, 2), granted DATE, "
    "paid DATE, difficulty VARCHAR(20), street VARCHAR(40))"
)
COLUMNS = {
    "身份证号": "sfzh",
    "姓名": "name",
    "业务编号": "no",
    "金额(元)": "yuan",
    "批准日期": "granted",
    "发放日期": "paid",
    "困难类型": "difficulty",
    "街道": "street",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def department(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """The database of a department with three payments, two of them in June."""
    if request.param == "sqlite":
        url = make_url(f"sqlite:///{tmp_path / 'department.db'}")
    else:
        url = make_url(str(request.getfixturevalue("postgres_url")))
    database = create_engine(url)
    with database.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS payments"))
        connection.execute(text(CREATE))
    for serial, day in ((1, "2026-06-05"), (2, "2026-06-30"), (3, "2026-05-31")):
        pay(database, serial, day)
    yield database
    with database.begin() as connection:
        connection.execute(text("DROP VIEW IF EXISTS june"))
        connection.execute(text("DROP TABLE IF EXISTS payments"))
    database.dispose()


def pay(database: Engine, serial: int, day: str, yuan: str = "800.00") -> None:
    """One more payment."""
    insert = "INSERT INTO payments VALUES (:sfzh, '甲乙', :no, :yuan, :day, :day, '因病', '西兴街道')"
    values: dict[str, Any] = {"sfzh": number(serial), "no": f"LS{serial:06d}", "yuan": yuan, "day": day}
    with database.begin() as connection:
        connection.execute(text(insert), values)


def declare(settings: Settings, database: Engine, **changes: Any) -> None:
    """Write the source file and the address, which only its owner may read."""
    settings.sources_dir.mkdir(parents=True, exist_ok=True)
    secret = settings.sources_dir / "department.url"
    secret.write_text(database.url.render_as_string(hide_password=False), encoding="utf-8")
    secret.chmod(0o600)
    whole: dict[str, Any] = {
        "feed": FEED,
        "sender": "civil_db",
        "url": {"file": "department.url"},
        "table": "payments",
        "period": "month",
        "month_column": "granted",
        "columns": COLUMNS,
    }
    whole = {name: value for name, value in (whole | changes).items() if value is not None}
    (settings.sources_dir / "a.yaml").write_text(yaml.safe_dump(whole, allow_unicode=True), encoding="utf-8")


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
