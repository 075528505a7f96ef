"""What a column is made from, read off the plan of a frame."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import polars as pl
import pytest
from polars.datatypes import DataTypeClass

from editions.plan_columns import Cell, Columns, columns_of

_Scan = Callable[..., pl.LazyFrame]


@pytest.fixture
def scan(tmp_path: Path) -> _Scan:
    """Makes an empty table of a name and columns."""

    def made(name: str, **columns: DataTypeClass) -> pl.LazyFrame:
        path = tmp_path / f"{name}.parquet"
        pl.DataFrame(schema=columns).write_parquet(path)
        return pl.scan_parquet(path)

    return made


@pytest.fixture
def people(scan: _Scan) -> pl.LazyFrame:
    """A table of people."""
    return scan("p", key=pl.String, money=pl.Int64, day=pl.Date)


@pytest.fixture
def homes(scan: _Scan) -> pl.LazyFrame:
    """A table that shares two names with the other."""
    return scan("h", key=pl.String, street=pl.String, money=pl.Int64)


def _own(path: str) -> Columns:
    table = Path(path).stem
    return Columns({name: Cell(frozenset({(table, name)})) for name in pl.scan_parquet(path).collect_schema()})


def _told(columns: Iterable[tuple[str, str]]) -> str:
    return " ".join(sorted(f"{table}.{name}" for table, name in columns))


def _value(frame: pl.LazyFrame) -> Mapping[str, str]:
    return {name: _told(cell.value) for name, cell in columns_of(frame, _own).cells.items()}


def _influence(frame: pl.LazyFrame) -> Mapping[str, str]:
    return {name: _told(cell.influence) for name, cell in columns_of(frame, _own).cells.items()}


def _rows(frame: pl.LazyFrame) -> str:
    return _told(columns_of(frame, _own).rows)


def test_renames(people: pl.LazyFrame) -> None:
    """An auditor is not led astray by a column that has taken another one's name."""
    swapped = people.rename({"key": "x"}).rename({"money": "key"}).select("x", "key", twice=pl.col("key") * 2)

    assert _value(swapped) == {"x": "p.key", "key": "p.money", "twice": "p.money"}


def test_filters_and_order_decide_rows_only(people: pl.LazyFrame) -> None:
    """A filter is no source of the values that pass it."""
    latest = people.filter(pl.col("money") > 0).sort("day").unique("key", keep="first").select("key")

    assert _value(latest) == {"key": "p.key"}
    assert _rows(latest) == "p.day p.key p.money"


@pytest.mark.parametrize(
    ("how", "key", "money"),
    [("left", "p.key", "p.money"), ("inner", "p.key", "p.money"), ("right", "h.key", "h.money")],
)
def test_joins(people: pl.LazyFrame, homes: pl.LazyFrame, how: str, key: str, money: str) -> None:
    """Of two columns of one name the right one is told, also under its suffix."""
    joined = people.join(homes, on="key", how=how)  # type: ignore[arg-type]  # a plain string is narrower in Polars

    found = _value(joined)
    assert found["key"] == key
    assert found["money"] == money
    assert found["street"] == "h.street"
    assert {found["money"], found["money_right"]} == {"p.money", "h.money"}
    assert _rows(joined) == "h.key p.key"


def test_a_full_join_takes_its_key_from_both(people: pl.LazyFrame, homes: pl.LazyFrame) -> None:
    """A key that either side may give comes from both."""
    assert _value(people.join(homes, on="key", how="full", coalesce=True))["key"] == "h.key p.key"


def test_keys_of_other_names(people: pl.LazyFrame, homes: pl.LazyFrame) -> None:
    """Keys called otherwise on the other side still decide which rows meet."""
    joined = people.join(homes.rename({"key": "owner"}), left_on="key", right_on="owner", how="semi")

    assert _value(joined) == {"key": "p.key", "money": "p.money", "day": "p.day"}
    assert _rows(joined) == "h.key p.key"


def test_groups(people: pl.LazyFrame) -> None:
    """A sum comes from what is summed; who is in the group influences it."""
    summed = people.group_by(who="key").agg(
        pl.col("money").sum(), count=pl.len(), recent=pl.col("money").filter(pl.col("day").is_not_null()).max()
    )

    assert _value(summed) == {"who": "p.key", "money": "p.money", "count": "", "recent": "p.money"}
    assert _influence(summed) == {"who": "", "money": "p.key", "count": "p.key", "recent": "p.day p.key"}


def test_branches_and_windows(people: pl.LazyFrame) -> None:
    """What decides on a branch or on a window is told apart from what is taken."""
    made = people.select(
        branch=pl.when(pl.col("day").is_null()).then("money").otherwise(0),
        window=pl.col("money").sum().over("key", order_by="day"),
        known=pl.col("key").is_in(["a", "b"]),
    )

    assert _value(made) == {"branch": "p.money", "window": "p.money", "known": "p.key"}
    assert _influence(made) == {"branch": "p.day", "window": "p.day p.key", "known": ""}


def test_unions_by_name(people: pl.LazyFrame, homes: pl.LazyFrame) -> None:
    """A column of stacked tables comes from each of them."""
    stacked = pl.concat([people.select("key", "money"), homes.select("key", pl.lit(1).alias("money").cast(pl.Int64))])

    assert _value(stacked) == {"key": "h.key p.key", "money": "p.money"}


def test_what_cannot_be_shown_counts_every_column(people: pl.LazyFrame) -> None:
    """A function of Python hides what it uses: everything is told rather than nothing."""
    hidden = people.select(made=pl.col("money").map_batches(lambda each: each, return_dtype=pl.Int64))
    turned = people.unpivot(on=["money"], index="key")

    assert "p.money" in _value(hidden)["made"]
    assert _value(turned)["value"] == "p.key p.money"


def test_rows_of_the_code_have_no_source(people: pl.LazyFrame) -> None:
    """A list that stands in the parameters is no department's column."""
    named = people.join(pl.LazyFrame({"key": ["a"], "title": ["A"]}), on="key", how="left")

    assert _value(named)["title"] == ""
