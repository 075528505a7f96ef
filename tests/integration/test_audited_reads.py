"""Whoever is shown personal data leaves an event: every command is either one that does, or one that shows none."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import select

from pipelines.cli import app, main
from registry.engine import make_engine
from registry.filters import ListFilter
from registry.models import AuditEvent
from registry.queries import list_rows
from registry.scope import WHOLE
from schemas import settings as settings_module
from tests.integration.conftest import Installation
from tests.portal import open_portal

READS: dict[str, tuple[str, ...]] = {
    "list": ("list",),
    "list, written": ("list", "-o", "{out}/list.xlsx"),
    "alerts": ("alerts",),
    "alerts, written": ("alerts", "-o", "{out}/alerts.xlsx"),
    "export": ("export", "street-ledger", "--street", "西兴", "-o", "{out}/street.xlsx"),
    "export, counts": ("export", "report", "-o", "{out}/report.xlsx"),
    "explain": ("explain", "{family}"),
    "cases": ("cases", "list"),
    "visits": ("visits",),
    "visits, written": ("visits", "-o", "{out}/visits.xlsx"),
    "anomalies": ("anomalies",),
    "quarantine, written": ("quarantine", "--export", "{out}/rows.xlsx"),
    "diff": ("diff", "{edition}", "latest", "--json"),
    "letter": ("letter", "{person}", "-o", "{out}/letter.html"),
    "whatif": ("whatif", "--set", "low_income_family.annual_income_yuan=120000"),
    "receipt": ("receipt", "{delivery}", "-o", "{out}/receipt.xlsx"),
}


@pytest.fixture
def inside(dirty: Installation, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    """The commands find the installation."""
    monkeypatch.setenv("DOUDI_HOME", str(dirty.settings.home))
    monkeypatch.setenv("DOUDI_LANDING", str(dirty.district.landing))
    monkeypatch.setenv("DOUDI_IDENTITY_KEY", dirty.settings.identity_key)
    settings_module.settings.cache_clear()
    yield dirty
    settings_module.settings.cache_clear()


def _events(installation: Installation) -> list[tuple[int, str]]:
    engine = make_engine(installation.settings)
    with engine.connect() as connection:
        found = [tuple(each) for each in connection.execute(select(AuditEvent.seq, AuditEvent.action))]
    engine.dispose()
    return sorted(found)


def _typed(monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    monkeypatch.setattr(sys, "argv", ["doudi", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code


@pytest.mark.slow
def test_each_read_is_recorded(
    inside: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A clerk could look through the register, or take it home, and nobody could ever say who did."""
    _typed(monkeypatch, "list", "--json")
    shown = json.loads(capsys.readouterr().out)
    family = shown["shown"][0]["family_id"]
    engine = make_engine(inside.settings)
    person = list_rows(engine, shown["edition"], ListFilter.of(WHOLE)).filter(pl.col("head_key").is_not_null())[
        "head_key"
    ][0]
    engine.dispose()
    delivery = next(each.delivery_id for each in inside.report.receipts if each.rows_quarantined)
    given = {"edition": shown["edition"], "family": family, "person": person, "delivery": delivery, "out": tmp_path}
    silent = []
    for name, words in READS.items():
        before = len(_events(inside))
        _typed(monkeypatch, *(each.format(**given) for each in words))
        if len(_events(inside)) == before:
            silent.append(name)
    assert silent == []


@pytest.mark.slow
def test_the_list_page_is_recorded(inside: Installation) -> None:
    """Reading the list in the browser would leave no trace."""
    with open_portal(inside.settings, "district_staff") as client:
        before = len(_events(inside))
        assert client.get("/list").status_code == 200
    assert [action for _, action in _events(inside)[before:]] == ["view"]


UNREAD = {
    "agreements": "contracts",
    "anchor": "the chain alone",
    "api": "addresses and shapes",
    "audit": "records its own event",
    "backup": "a whole, moved by whoever runs the machine, recorded",
    "database": "a whole, recorded",
    "check": "the sender's own file, which is not kept",
    "correct": "records its own event",
    "decide": "records its own event",
    "demo": "a sample",
    "erase": "records its own event",
    "fetch": "takes in",
    "lineage": "names of columns",
    "model": "records its own acts",
    "protect": "records its own events",
    "prune": "deliveries, whose erasure is recorded",
    "replay": "hashes",
    "restore": "a whole",
    "rules": "the law",
    "run": "takes in, computes",
    "sample": "nobody",
    "serve": "the pages",
    "take-visits": "records its own event",
    "template": "an empty form",
    "ui": "counts",
    "user": "accounts of staff, each act recorded",
    "verify": "the chain alone",
}


def test_each_command_is_one_that_reads_or_says_why_not() -> None:
    """A new command could show families and record nothing."""
    named = {each.name or str(getattr(each.callback, "__name__", "")) for each in app.registered_commands}
    named |= {str(each.name) for each in app.registered_groups}
    walked = {words[0] for words in READS.values()}
    assert sorted(named - walked - UNREAD.keys()) == []
