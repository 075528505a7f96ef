"""What the list says of itself on the command line: what scored it, and that it is simulated."""

import json
import sys
from typing import Any

import polars as pl
import pytest

from pipelines.cli import main
from registry.engine import make_engine, migrate
from registry.simulated import NOTE
from schemas.settings import Settings
from schemas.simulated import SIMULATED
from scoring.calibration import CALIBRATION
from scoring.guard import DRIFT
from tests.unit.registry.examples import edition, family, member, published


def _typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    monkeypatch.setattr(sys, "argv", ["doudi", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    return capsys.readouterr().out


@pytest.mark.parametrize("command", ["list", "alerts"])
def test_a_list_names_what_scored_it_and_that_it_is_simulated(
    at_home: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """If this fails, whoever reads the order of families does not know what made it, or takes made-up ones for real."""
    tables: dict[str, pl.DataFrame | pl.LazyFrame] = {
        **edition(listed=[family("H:1", 1)], members=[member("H:1", 1)]),
        "scores": pl.DataFrame({"family_id": ["H:1"], "score": [1], "model": ["scorecard"]}),
        "score_drift": pl.DataFrame(schema=DRIFT),
        "score_calibration": pl.DataFrame(schema=CALIBRATION),
    }
    engine = make_engine(at_home)
    migrate(engine)
    try:
        published(engine, tables, extra={SIMULATED: "yes"})
    finally:
        engine.dispose()
    scored = command == "list"
    shown = _typed(monkeypatch, capsys, command)
    assert ("评分依据：评分卡" in shown) == scored
    assert NOTE in shown
    told: dict[str, Any] = json.loads(_typed(monkeypatch, capsys, command, "--json"))
    assert told.get("scored_by") == ("评分卡" if scored else None)
    assert told["note"] == NOTE
