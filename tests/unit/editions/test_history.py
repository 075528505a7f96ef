"""Examples of need: features of what was known then, outcomes of what is known now."""

from calendar import monthrange
from datetime import date
from typing import Any

import polars as pl
import pytest

from editions.history import EXAMPLES, Knowledge, _year_before, examples, matured
from rules.parameters import load_parameters
from schemas.contract import all_feeds
from schemas.tables import MATURED, STAGES, get_table
from scoring.additive import AdditiveModel, Shape, Steps
from scoring.features import FEATURES, MODEL_FEATURES
from scoring.spec import check_features

DAY = date(2025, 6, 30)
NEWEST = date(2026, 6, 30)
_FEATURES = [each.name for each in MODEL_FEATURES]
_Rows = dict[str, list[tuple[date, dict[str, Any]]]]


def _world() -> _Rows:
    """Three households: one enters the register later, one is visited later, one needs nothing."""
    registered = [
        {"person_key": key, "household_no": key, "household_type": "ordinary", "registered_on": date(2000, 1, 1)}
        | {"birth_on": date(1980, 1, 1), "registration_status": "normal", "street_code": "330108001"}
        for key in "abcd"
    ]
    months = [date(2024 + number // 12, number % 12 + 1, 1) for number in range(18)]
    wages = [
        (each, {"person_key": key, "period_month": each, "gross_fen": 500_000, "source_row": place})
        for place, each in enumerate(months)
        for key in "abc"
    ]
    return {
        "household_registration": [(date(2024, 1, 1), each) for each in registered],
        "tax_wages": wages,
        "medical_settlements": [(date(2025, 5, 1), _settled("a", date(2025, 5, 9), 300_000))],
        "assistance_register": [
            (date(2024, 1, 1), _spell("d", date(2024, 1, 1), None)),
            (date(2025, 1, 1), _spell("a", date(2023, 1, 1), date(2025, 1, 1))),
            (date(2025, 9, 1), _spell("a", date(2025, 9, 1), None)),
        ],
        "home_visits": [(date(2025, 10, 1), _visited("b", date(2025, 10, 5), "true_include"))],
    }


def _spell(key: str, start: date, end: date | None) -> dict[str, Any]:
    return {"person_key": key, "family_no": f"N{key}", "programme": "minimum", "started_on": start, "ended_on": end}


def _visited(key: str, on: date, outcome: str) -> dict[str, Any]:
    return {"person_key": key, "visit_no": f"v{key}{on}", "visited_on": on, "visit_outcome": outcome}


def _settled(key: str, on: date, fen: int) -> dict[str, Any]:
    return {"person_key": key, "settlement_no": f"s{key}{on}", "settled_on": on, "out_of_pocket_fen": fen}


def _knowledge(world: _Rows) -> Knowledge:
    """Rows by the month of their folder, as deliveries have them."""

    def known(day: date) -> tuple[dict[str, pl.LazyFrame], pl.LazyFrame]:
        feeds = {
            name: pl.LazyFrame(
                [{"source_feed": name, **row} for folder, row in world.get(name, []) if folder <= day],
                schema=feed.keyed_schema,
            )
            for name, feed in all_feeds().items()
        }
        births = [(key, date(1980, 1, 1), None) for key in "abcd"]
        return feeds, pl.LazyFrame(births, schema=get_table("identities").schema, orient="row")

    return known


def _rows(world: _Rows, *days: date, newest: date = NEWEST) -> pl.DataFrame:
    return examples(_knowledge(world), days or [DAY], load_parameters(), newest=newest)


def _needed(rows: pl.DataFrame) -> dict[str, bool | None]:
    return dict(rows.select("family_id", "needed").rows())


def test_need_is_entering_the_register_or_a_confirming_visit() -> None:
    """A model would learn another thing than what it is said to score."""
    rows = _rows(_world())
    assert rows.schema == EXAMPLES
    assert _needed(rows) == {"H:a": True, "H:b": True, "H:c": False}  # d stands on the register


def test_need_that_a_visit_alone_has_seen_is_told_apart() -> None:
    """Nobody could say whether the model learns from visits, or repeats past approvals."""
    seen = ("home_visits", [(date(2025, 10, 1), _visited(key, date(2025, 10, 5), "true_include")) for key in "abc"])
    rows = _rows(_world() | dict([seen]))
    told = dict(rows.select("family_id", "by_visit").rows())
    assert told == {"H:a": False, "H:b": True, "H:c": True}  # a entered the register, too


@pytest.mark.parametrize(("outcome", "needed"), [("true_refer", True), ("no_contact", False), ("deferred", False)])
def test_what_confirms_need_is_what_the_parameter_says(outcome: str, needed: bool) -> None:  # noqa: FBT001
    """The model would learn another need than the one that visits are counted by."""
    world = _world() | {"home_visits": [(date(2025, 10, 1), _visited("b", date(2025, 10, 5), outcome))]}
    assert _needed(_rows(world))["H:b"] is needed


def test_a_visit_that_found_nothing_is_no_need() -> None:
    """Every visited household would count as needy."""
    world = _world() | {"home_visits": [(date(2025, 10, 1), _visited("b", date(2025, 10, 5), "not_true"))]}
    assert _needed(_rows(world))["H:b"] is False


@pytest.mark.parametrize(("start", "needed"), [(date(2026, 6, 30), True), (date(2026, 7, 1), False)])
def test_need_is_waited_for_twelve_months(start: date, needed: bool) -> None:  # noqa: FBT001
    """The score would speak of another time than it says."""
    world = _world() | {"assistance_register": [(start.replace(day=1), _spell("c", start, None))]}
    assert _needed(_rows(world, newest=date(2026, 7, 31)))["H:c"] is needed


def test_what_may_still_come_is_not_known() -> None:
    """Households would be learnt as needing nothing because their time is not over."""
    assert set(_needed(_rows(_world(), newest=date(2026, 6, 29))).values()) == {None}


@pytest.mark.parametrize("act", ["left out", "moved", "altered", "added"])
def test_features_know_nothing_of_later_rows(act: str) -> None:
    """A model would be trained on the future, look excellent, and find nobody."""
    world = _world()
    later: _Rows = {}
    for feed, rows in world.items():
        kept = [(folder, row) for folder, row in rows if folder <= DAY]
        future = [(folder, row) for folder, row in rows if folder > DAY]
        if act == "moved":
            kept += [(date(2026, monthrange(2026, folder.month)[0] % 12 + 1, 1), row) for folder, row in future]
        elif act == "altered":
            kept += [(folder, row | {"person_key": "c"}) for folder, row in future]
        later[feed] = kept
    if act == "added":
        later["medical_settlements"].append((date(2025, 7, 1), _settled("c", date(2025, 5, 2), 9_000_000)))
        later["medical_settlements"].append((DAY, _settled("c", date(2025, 7, 2), 9_000_000)))
        later["tax_wages"].append((date(2025, 7, 1), {"person_key": "c", "period_month": date(2025, 4, 1)}))
    names = ["family_id", "as_of", *_FEATURES, "triggers"]
    assert _rows(later).select(names).equals(_rows(world).select(names))


def test_features_know_what_was_known() -> None:
    """Features would be empty, and their test above would prove nothing."""
    first = _rows(_world()).row(0, named=True)
    told = {name: first[name] for name in ("months_since_exit", "past_spells", "medical_recent", "medical_trend")}
    assert told == {"months_since_exit": 5, "past_spells": 1, "medical_recent": 3000, "medical_trend": 100}
    assert first["months_since_illness"] is None


@pytest.mark.parametrize(("months", "change"), [(24, 100), (23, None), (15, None), (12, None)])
def test_a_year_that_was_not_delivered_whole_is_no_year_to_compare_with(months: int, change: int | None) -> None:
    """In its first year an installation would see every income multiplied, and learn from that."""
    delivered = [date(2025 - back // 12, 6 - back % 12, 1) for back in range(6)]
    delivered += [date(2025 - 1 - back // 12, 12 - back % 12, 1) for back in range(months - 6)]
    told = [(each, {"person_key": "b", "period_month": each, "source_row": row}) for row, each in enumerate(delivered)]
    wages = [(each, row | {"gross_fen": 500_000}) for each, row in told]
    pensions = [(each, row | {"amount_fen": 10_000}) for each, row in told]
    rows = _rows(_world() | {"tax_wages": wages, "pensions": pensions})
    found = rows.filter(family_id="H:b").row(0, named=True)
    assert (found["income_change"], found["income_recent"]) == (change, 100)


def test_days_do_not_depend_on_each_other() -> None:
    """A model would depend on which months were asked for together."""
    both = _rows(_world(), DAY, date(2025, 3, 31))
    assert both.filter(pl.col("as_of") == DAY).equals(_rows(_world()))


def test_every_feature_is_declared() -> None:
    """A model would read what nobody has declared, or what is forbidden."""
    check_features(MODEL_FEATURES)
    assert list(get_table("features").schema) == ["family_id", *_FEATURES]
    assert all(each.meaning and each.missing for each in MODEL_FEATURES)
    known = {name for table in STAGES.values() for name in table.columns}
    tables = {"hits", "leads", "applications", "incomes", "work_evidence", "expenses", "conditions", *STAGES}
    assert {name for each in MODEL_FEATURES for name in each.reads} <= known | tables
    assert {each.name for each in FEATURES} <= {*_FEATURES}


def _minors_model() -> AdditiveModel:
    """Tells 1 of 10 to everybody."""
    steps = Steps(at_least=(1,), values=(0, 500))
    shape = Shape(feature="minors", title="未成年人数", direction="more", steps=steps, unknown=0)
    return AdditiveModel(
        name="m", target="t", intercept=0, shapes=(shape,), chance=Steps(at_least=(1,), values=(1000, 4000))
    )


@pytest.mark.parametrize(
    ("as_of", "came"),
    [
        (NEWEST, [True, True, False]),
        (date(2026, 6, 15), [True, True, False]),
        (date(2025, 9, 30), [True, False, False]),
    ],
)
def test_families_of_a_year_ago_are_told_with_what_became_of_them(as_of: date, came: list[bool]) -> None:
    """An edition would watch its model by outcomes of another year, or by families on the register."""
    at = load_parameters().as_of(as_of)
    found = matured(_knowledge(_world()), as_of, at, _minors_model()).collect()
    assert found.schema == MATURED.schema
    assert found["needed"].to_list() == came
    assert set(found["chance"]) == {1000}
    assert matured(_knowledge(_world()), as_of, at, None).collect().is_empty()


@pytest.mark.parametrize(
    ("as_of", "day"),
    [
        (date(2026, 6, 30), date(2025, 6, 30)),
        (date(2026, 6, 29), date(2025, 5, 31)),
        (date(2025, 2, 28), date(2024, 2, 29)),
        (date(2024, 2, 29), date(2023, 2, 28)),
        (date(2026, 1, 5), date(2024, 12, 31)),
    ],
)
def test_a_year_before_is_the_end_of_a_month_whose_year_is_over(as_of: date, day: date) -> None:
    """Outcomes that may still come would count as none."""
    assert _year_before(as_of) == day
    assert _outcome_known(day, as_of)


def _outcome_known(day: date, newest: date) -> bool:
    return pl.select(pl.lit(day).dt.offset_by("12mo") <= newest).item() is True
