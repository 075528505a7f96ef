"""The contracts of stage tables, and how the tables get to their place."""

from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest

from assets.checks import CHECK, KEYS, check_table, table_checks
from registry.stage_files import StageFiles, StaleStageError
from rules.measures import CONDITIONS, MEASURES
from schemas.settings import Settings
from schemas.tables import TABLES, get_table

CANARY = "淦龘靐犇"


def _row(name: str, **changes: object) -> dict[str, Any]:
    """A row of the table that breaks nothing."""
    values: dict[Any, object] = {pl.String(): "x", pl.Int64(): 1, pl.Date(): date(2026, 1, 1), pl.Boolean(): True}
    words = {
        "family_basis": "declared",
        "income_evidence": "full",
        "layer": "extended",
        "tier": "red",
        "status": "listed",
        "kind": "need",
        "ground": "register",
        "manner": "by_rule",
        "audience": "need",
        "urgency": "red",
    }
    if name == "measures":
        words |= {"measure": next(iter(MEASURES)), "reason": next(iter(CONDITIONS))}
    row = {column: words.get(column, values[dtype]) for column, dtype in get_table(name).schema.items()}
    return row | changes


def _frame(name: str, *rows: dict[str, Any]) -> pl.LazyFrame:
    return pl.LazyFrame(list(rows), schema=get_table(name).schema)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_good_row_and_an_empty_table_pass(name: str) -> None:
    """A check that fails on good data stops every edition."""
    assert check_table(name, _frame(name, _row(name))) == {}
    assert check_table(name, get_table(name).empty()) == {}


@pytest.mark.parametrize("name", sorted(KEYS))
def test_a_doubled_key_is_found_in_lazy_frames(name: str) -> None:
    """A person or family would be counted twice: checks of lazy frames easily look at types alone."""
    assert sum(check_table(name, _frame(name, _row(name), _row(name))).values()) > 0


@pytest.mark.parametrize(
    ("name", "changes", "told"),
    [
        ("members", {"person_key": None}, "not_nullable of person_key"),
        ("members", {"family_basis": CANARY}, "isin(['declared', 'registered', 'joined', 'single']) of family_basis"),
        ("list", {"tier": CANARY}, "isin(['red', 'orange', 'yellow']) of tier"),
        ("list", {"layer": CANARY}, "isin(['registered', 'extended']) of layer"),
        ("list", {"status": CANARY}, "isin(['listed', 'proposed_exit', 'grace']) of status"),
        ("standings", {"status": CANARY}, "isin(['listed', 'proposed_exit', 'grace']) of status"),
        ("exits", {"manner": CANARY}, "isin(['by_rule', 'confirmed']) of manner"),
        ("exits", {"parameters_version": None}, "not_nullable of parameters_version"),
        ("warnings", {"kind": CANARY}, "isin(['need', 'verify', 'feed']) of kind"),
        ("hits", {"family_id": None}, "not_nullable of family_id"),
        ("spells", {"started_on": None}, "not_nullable of started_on"),
        ("obligations", {"ward_key": None}, "not_nullable of ward_key"),
    ],
)
def test_a_breach_is_told_by_check_and_column_without_the_value(
    name: str, changes: dict[str, object], told: str
) -> None:
    """The engineer must learn what is wrong, and the event log nothing of anybody."""
    breaches = check_table(name, _frame(name, _row(name), _row(name, **(_unique(name) | changes))))
    assert breaches == {told: 1}
    assert CANARY not in str(breaches)


def _unique(name: str) -> dict[str, object]:
    return {column: "y" for column in KEYS.get(name, ()) if column not in {"feature", "ground"}}


def test_a_column_that_is_missing_or_of_another_type_is_found() -> None:
    """A stage that lost a column would fail somewhere far below."""
    frame = _frame("families", _row("families"))
    assert check_table("families", frame.drop("income_fen"))
    assert check_table("families", frame.with_columns(pl.col("income_fen").cast(pl.Float64)))


def test_the_check_of_a_stage_names_the_table(tmp_path: Path) -> None:
    """Of a stage with several tables the engineer must learn which one."""
    path = tmp_path / "members.parquet"
    _frame("members", _row("members"), _row("members")).collect().write_parquet(path)
    result = table_checks({"members": path}, dg.AssetKey("members"))
    assert not result.passed
    assert result.check_name == CHECK
    assert str(result.description).startswith("members: ")


@pytest.fixture
def files(tmp_path: Path) -> StageFiles:
    """The stage tables of one edition."""
    return StageFiles(Settings(home=tmp_path), "2026-06", "inputs-a")


def test_a_table_is_read_back_as_it_was_written(files: StageFiles) -> None:
    """Stages would not see what the ones before them made."""
    with files.writing("register", {"one": pl.LazyFrame({"a": [1, 2]}), "two": pl.LazyFrame({"b": ["x"]})}):
        pass
    assert files.scan("register", "one").collect().to_dict(as_series=False) == {"a": [1, 2]}
    assert files.scan("register", "two").collect().to_dict(as_series=False) == {"b": ["x"]}


def test_what_fails_leaves_the_former_table(files: StageFiles, tmp_path: Path) -> None:
    """A crash half way would leave a table that nobody has checked."""
    with files.writing("register", {"one": pl.LazyFrame({"a": [1]})}):
        pass
    with pytest.raises(RuntimeError), files.writing("register", {"one": pl.LazyFrame({"a": [2]})}):  # noqa: PT012
        assert files.scan("register", "one").collect()["a"].to_list() == [1]
        raise RuntimeError
    assert files.scan("register", "one").collect()["a"].to_list() == [1]
    assert [each.name for each in tmp_path.rglob("*.tmp")] == []


def test_tables_of_other_inputs_are_refused(files: StageFiles, tmp_path: Path) -> None:
    """One edition would be mixed from two input sets."""
    with files.writing("register", {"one": pl.LazyFrame({"a": [1]})}):
        pass
    other = StageFiles(Settings(home=tmp_path), "2026-06", "inputs-b")
    with pytest.raises(StaleStageError, match="other inputs"):
        other.scan("register", "one")
    with pytest.raises(StaleStageError, match="not computed"):
        files.scan("register", "two")
