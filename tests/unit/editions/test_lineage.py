"""Lineage of the whole computation, from columns of the list to columns of feeds."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from editions.compute import STAGES, Stage, StageInput
from editions.feature_sources import feature_sources
from editions.lineage import FEED, Lineage, edition_lineage, stages_lineage
from rules.parameters import load_parameters
from schemas.contract import all_feeds
from schemas.errors import UnknownNameError
from schemas.tables import EDITION_TABLES, get_table
from scoring.errors import FeatureSpecError, ForbiddenFeatureError
from scoring.features import MODEL_FEATURES
from scoring.spec import check_sources

_DAY = date(2026, 6, 30)


@pytest.fixture(scope="module")
def lineage() -> Lineage:
    """That of the shipped rules."""
    return edition_lineage(_DAY)


def test_every_published_column_is_traced(lineage: Lineage) -> None:
    """An auditor may ask of any column that is published, and no feed column is told that does not exist."""
    feeds = {FEED + name: set(each.keyed_schema) for name, each in all_feeds().items()}
    for table in EDITION_TABLES:
        for column in get_table(table).schema:
            found = lineage.upstream(table, column)
            assert found.value or found.influence, f"{table}.{column} comes from nowhere"
            for origin, name in (*found.value, *found.influence):
                assert origin not in feeds or name in feeds[origin]


def test_an_amount_goes_back_to_the_departments(lineage: Lineage) -> None:
    """The income of a family is made from the departments' amounts, and of nothing that is not an amount."""
    feeds = {table for table, _ in lineage.upstream("list", "income_fen").value if table.startswith(FEED)}

    assert {f"{FEED}tax_wages", f"{FEED}pensions", f"{FEED}unemployment_benefits"} <= feeds
    assert f"{FEED}contributions" not in feeds, "a contribution base is evidence, never income"
    assert f"{FEED}charity_aid" not in feeds


def test_influence_is_told_apart(lineage: Lineage) -> None:
    """Who belongs to the family decides about its income, but is no part of the sum."""
    found = lineage.upstream("families", "income_fen")

    assert (f"{FEED}household_registration", "household_no") in found.influence
    assert (f"{FEED}household_registration", "household_no") not in found.value


def test_no_verify_feed_reaches_the_score(lineage: Lineage) -> None:
    """Custody and vehicles raise questions, they never enter the value of a score reason."""
    values = {table for table, _ in lineage.upstream("score_reasons", "value").value}

    assert not values & {f"{FEED}prison_terms", f"{FEED}vehicles", f"{FEED}real_estate"}


def test_nothing_forbidden_is_behind_a_feature(lineage: Lineage) -> None:
    """Sex, place, names or free text would reach the score under a harmless name."""
    sources = feature_sources(lineage)

    check_sources(MODEL_FEATURES, sources)
    assert sources["medical_cost"] >= {"out_of_pocket_fen", "settled_on"}
    assert {name for name, columns in sources.items() if "birth_on" in columns} == {
        "minors", "aged_80", "students", "no_earner"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("table", "planted", "name"),
    [
        ("members", pl.col("sex") == "female", "sex"),
        ("families", pl.col("street_code") == "330108001", "street_code"),
        ("members", pl.col("birth_on") > date(1990, 1, 1), "birth_on"),
    ],
)
@pytest.mark.parametrize("way", ["as its value", "by a branch", "by the rows counted"])
def test_what_is_derived_from_the_forbidden_is_refused(table: str, planted: pl.Expr, name: str, way: str) -> None:
    """A feature could declare the one and read the other, and the score would know what it must not."""

    def derived(given: StageInput) -> dict[str, pl.LazyFrame]:
        made = genuine.run(given)
        own = given.tables[table]
        told = {
            "as its value": lambda: own.select("family_id", leads=planted.cast(pl.Int64)),
            "by a branch": lambda: own.select("family_id", leads=pl.when(planted).then(1).otherwise(0)),
            "by the rows counted": lambda: own.filter(planted).group_by("family_id").agg(leads=pl.len()),
        }[way]()
        features = made["features"].drop("leads").join(told, on="family_id", how="left")
        return {**made, "features": features}

    genuine = next(each for each in STAGES if each.name == "features")
    needs = tuple({*genuine.needs, table})
    stage = replace(genuine, run=derived, needs=needs)
    before = edition_lineage(_DAY)
    after = Lineage({**before.cells, **stages_lineage([stage], load_parameters().as_of(_DAY), _DAY).cells})

    with pytest.raises(ForbiddenFeatureError, match=f"derived from '{name}'"):
        check_sources(MODEL_FEATURES, feature_sources(after))


def test_a_feature_that_nothing_computes_is_refused(lineage: Lineage) -> None:
    """A declared feature would be trained on nothing, and its sources would be taken for clean."""
    sources = {name: each for name, each in feature_sources(lineage).items() if name != "leads"}

    with pytest.raises(FeatureSpecError, match="leads"):
        check_sources(MODEL_FEATURES, sources)


def test_the_way_down(lineage: Lineage) -> None:
    """A department can be told into which columns one of its own flows."""
    assert ("families", "medical_fen") in lineage.downstream(f"{FEED}medical_settlements", "out_of_pocket_fen")


def test_planted_renames_are_seen() -> None:
    """A stage that takes its amounts from another column is told as it is, not as it was drawn once."""

    def planted(given: StageInput) -> dict[str, pl.LazyFrame]:
        made = genuine.run(given)
        spells = made["spells"].with_columns(
            exit_reason=pl.col("programme"), programme=pl.col("family_no"), family_no=pl.col("exit_reason")
        )
        return {**made, "spells": spells}

    genuine = next(each for each in STAGES if each.name == "facts")
    parameters = load_parameters().as_of(_DAY)
    before = stages_lineage([genuine], parameters, _DAY)
    after = stages_lineage([replace(genuine, run=planted)], parameters, _DAY)

    for new, old in (("exit_reason", "programme"), ("programme", "family_no"), ("family_no", "exit_reason")):
        assert after.direct("spells", new).value == before.direct("spells", old).value
        assert after.direct("spells", new).value != before.direct("spells", new).value


def test_a_settled_frame_is_no_end() -> None:
    """Computing a frame in between does not cut off what it was made from."""
    from linkage.frames import looked_at, settled  # noqa: PLC0415  # where the plan is cut is what is tested

    def cut(given: StageInput) -> dict[str, pl.LazyFrame]:
        spells = settled(given.tables["spells"].filter(pl.col("started_on").is_not_null()))
        looked_at(given.tables["deaths"].select("died_on"))
        return {"listings": spells.select(kind=pl.col("programme"))}

    stage = Stage("cut", ("listings",), ("spells", "deaths"), cut)
    cell = stages_lineage([stage], load_parameters().as_of(_DAY), _DAY).direct("listings", "kind")

    assert cell.value == {("spells", "programme")}
    assert cell.influence == {("spells", "started_on"), ("deaths", "died_on")}


def test_an_unknown_column_is_refused(lineage: Lineage) -> None:
    """A mistyped column is refused with what exists, and never answered with nothing."""
    with pytest.raises(UnknownNameError, match="income_fen"):
        lineage.upstream("list", "income_fem")
    with pytest.raises(UnknownNameError):
        lineage.downstream(f"{FEED}tax_wages", "nothing")
