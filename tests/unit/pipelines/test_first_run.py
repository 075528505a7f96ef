"""What a run says where nothing was ever delivered."""

from pathlib import Path

import pytest
from rich.console import Console

from pipelines.run import RunReport, StepFailure
from pipelines.summary import Deliveries, Summary, show

NONE = Deliveries(0, 0, 0, 0, 0, 0, {})


def _told(report: RunReport, capsys: pytest.CaptureFixture[str]) -> str:
    show(Summary(report=report, people=0, deliveries=NONE, editions=[], awaited=Path("/srv/landing")), Console())
    return capsys.readouterr().out


def test_it_says_where_files_are_awaited(capsys: pytest.CaptureFixture[str]) -> None:
    """If this fails, a new installation says that every edition stands, and proposes lists that there are not."""
    told = _told(RunReport(), capsys)
    assert "/srv/landing/<feed>/<YYYY-MM>/<sender>.xlsx" in told
    assert "every edition stands" not in told
    assert "list --tier" not in told


def test_what_failed_is_told_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """If this fails, a run that broke before its first file looks like one that had nothing to do."""
    told = _told(
        RunReport(failures=[StepFailure(job="intake", month="2026-06", step="take", message="disk is full")]), capsys
    )
    assert "disk is full" in told
    assert "every edition stands" not in told
    assert "list --tier" not in told
