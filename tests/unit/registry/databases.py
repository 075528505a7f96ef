"""Databases of departments in tests: one table of payments on SQLite or PostgreSQL, declared as a source.

What belongs here: making the table, adding payments and writing `sources.d`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine, create_engine, make_url, text

from schemas.settings import Settings
from tests.unit.registry.deliveries import FEED, number

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


BACKENDS = ("sqlite", "postgresql")


@contextmanager
def department_on(backend: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Engine]:
    """The database of a department with three payments, two of them in June."""
    if backend == "sqlite":
        url = make_url(f"sqlite:///{folder / 'department.db'}")
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
