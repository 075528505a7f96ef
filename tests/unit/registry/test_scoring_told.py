"""Whoever reads a list learns what scored it, and that a model stepped back."""

from pathlib import Path

import openpyxl
import polars as pl
import pytest
from rich.console import Console
from sqlalchemy import Engine

from editions.inputs import MODEL
from pipelines.summary import Summary, show
from registry.exports import export_list
from registry.queries import require_edition
from registry.roles import Actor
from registry.scoring_told import scored_in_words, stepped_back
from schemas.settings import Settings
from scoring.calibration import CALIBRATION
from scoring.guard import DRIFT
from tests.unit.registry.examples import edition, family, member, published

HASH = "0123456789abcdef" * 2
EXTRA = {MODEL: HASH}


def _tables(
    by: str, breached: tuple[str, ...] = (), missed: tuple[str, ...] = ()
) -> dict[str, pl.DataFrame | pl.LazyFrame]:
    tables = edition(listed=[family("H:1", 1)], members=[member("H:1", 1)])
    tables["scores"] = pl.DataFrame({"family_id": ["H:1"], "score": [1], "model": [by]})
    rows = [{"feature": each, "psi": 60, "rows": 900, "breached": True} for each in breached]
    tables["score_drift"] = pl.DataFrame(rows, schema=DRIFT)
    parts = {"all": (3_000_000, 280), "highest": (900_000, 20)}
    untrue = [
        {"part": part, "rows": 9000, "expected": expected, "cases": cases, "breached": part in missed}
        for part, (expected, cases) in parts.items()
    ]
    tables["score_calibration"] = pl.DataFrame(untrue, schema=CALIBRATION)
    return tables


def test_a_fall_back_stands_on_the_workbook(settings: Settings, engine: Engine, tmp_path: Path) -> None:
    """Staff would take the order of the scorecard for that of the model that was approved."""
    published(engine, _tables("scorecard", ("income_per_head",)), extra=EXTRA)
    made = require_edition(engine)
    assert stepped_back(made)
    path = export_list(engine, settings, actor=Actor("甲", "district_staff"), path=tmp_path / "list.xlsx").path
    cover = openpyxl.load_workbook(path)["说明"]
    said = {row[0].value: str(row[1].value) for row in cover.iter_rows(min_row=2, max_col=2)}
    assert said["评分依据"] == scored_in_words(made)
    assert HASH[:16] in said["评分依据"]
    assert "退回" in said["评分依据"]
    assert "人均年收入" in said["评分依据"]


@pytest.mark.parametrize(
    ("by", "extra", "words"), [(HASH, EXTRA, f"模型 {HASH[:16]}"), ("scorecard", {}, "评分卡")], ids=["model", "card"]
)
def test_what_scored_is_told_plainly(engine: Engine, by: str, extra: dict[str, str], words: str) -> None:
    """An edition by a model, or by the scorecard without any model, would be said to have stepped back."""
    published(engine, _tables(by), extra=extra)
    made = require_edition(engine)
    assert scored_in_words(made) == words
    assert not stepped_back(made)


def test_chances_that_did_not_come_true_are_told_in_figures(engine: Engine) -> None:
    """Nobody would know why the approved model does not score, or how far off it was."""
    published(engine, _tables("scorecard", missed=("highest",)), extra=EXTRA)
    made = require_edition(engine)
    assert stepped_back(made)
    told = scored_in_words(made)
    assert "评分最高的家庭预计90户、实际20户" in told
    assert "退回" in told
    assert "全部家庭" not in told
    assert "相差过大" not in told


def test_an_edition_of_an_earlier_version_says_nothing(engine: Engine) -> None:
    """Its lists could not be exported any more."""
    published(engine, edition())
    assert scored_in_words(require_edition(engine)) == ""


def test_the_summary_of_a_run_tells_a_fall_back(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever runs the month would see nothing of it."""
    from pipelines.run import RunReport  # noqa: PLC0415  # slow to import
    from pipelines.summary import Deliveries  # noqa: PLC0415

    told = Summary(
        report=RunReport(),
        people=0,
        deliveries=Deliveries(0, 0, 0, 0, 0, 0, {}),
        editions=[],
        scored={"2026-06-30": "评分卡：模型本月退回"},
        note="模拟数据",
    )
    show(told, Console())
    shown = capsys.readouterr().out
    assert "2026-06-30 评分卡：模型本月退回" in shown
    assert "模拟数据" in shown
    assert told.as_dict()["stepped_back"] == {"2026-06-30": "评分卡：模型本月退回"}
