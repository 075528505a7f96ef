"""The one list of stages of an edition, in order: used by assets, tests, replay and what-if alike.

What belongs here: which stage reads and makes which tables. A stage takes named lazy frames and gives
named lazy frames; what it does stands in its own module. Between two stages a caller may write the
tables to Parquet and hand on the scans.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

import polars as pl

from editions.aid import aid_beneficiaries, aid_payments
from editions.facts import build_facts
from editions.families import families
from editions.hits import group_hits
from editions.incomes import income_rows, income_window
from editions.listing import features, listed_families, of_listed, score_tables, shadow_scores
from editions.measures import suggested_measures
from editions.members import members
from editions.obligations import obligations
from editions.register import register_spells
from editions.stage import (
    DECISIONS,
    FEEDS,
    HEALTH_TABLE,
    IDENTITIES,
    MATURED_TABLE,
    NOTHING_BEFORE,
    PREVIOUS,
    PROFILES_TABLE,
    Stage,
    StageInput,
    Tables,
)
from editions.standing import standing_tables
from editions.tasks import edition_tasks
from editions.warnings import edition_warnings
from rules.parameters import ParametersAt
from schemas.tables import EDITION_TABLES, FACTS, PROFILES
from scoring.model import NeedModel

__all__ = [
    "DECISIONS",
    "FEEDS",
    "HEALTH_TABLE",
    "IDENTITIES",
    "MATURED_TABLE",
    "NOTHING_BEFORE",
    "PREVIOUS",
    "PROFILES_TABLE",
    "STAGES",
    "Keep",
    "Stage",
    "StageInput",
    "Tables",
    "collected",
    "compute",
    "run_stages",
]


def _facts(given: StageInput) -> dict[str, pl.LazyFrame]:
    identities = FACTS["identities"].empty() if given.identities is None else given.identities
    return build_facts(given.feed_tables, identities, given.as_of)


_Made = Callable[[Tables, date, ParametersAt], pl.LazyFrame]


def _making(**makers: _Made) -> Callable[[StageInput], dict[str, pl.LazyFrame]]:
    """A stage of functions that each make one table; a later one sees the tables of those before it."""

    def run(given: StageInput) -> dict[str, pl.LazyFrame]:
        made: dict[str, pl.LazyFrame] = {}
        for name, make in makers.items():
            made[name] = make({**given.readable, **made}, given.as_of, given.parameters)
        return made

    return run


def _standing(given: StageInput) -> dict[str, pl.LazyFrame]:
    return standing_tables(given.readable, given.as_of, given.parameters)


def _scores(given: StageInput) -> dict[str, pl.LazyFrame]:
    return score_tables(given.readable, given.parameters, given.model)


def _shadow(given: StageInput) -> dict[str, pl.LazyFrame]:
    return {"shadow_scores": shadow_scores(given.readable, given.shadow)}


def _edition(given: StageInput) -> dict[str, pl.LazyFrame]:
    tables = given.readable
    carried = of_listed("carried", tables)
    whole = {name: tables[name] for name in ("standings", "exits", "list", "hits", "warnings", "tasks", "measures")}
    members = pl.concat([of_listed("members", tables), carried])
    return whole | {"members": members, "score_reasons": of_listed("score_reasons", tables)}


STAGES: tuple[Stage, ...] = (
    Stage("facts", tuple(FACTS), (FEEDS, IDENTITIES), _facts),
    Stage("register", ("register_spells",), ("spells",), _making(register_spells=register_spells)),
    Stage(
        "members",
        ("members",),
        (
            "register_spells",
            "spells",
            "applications",
            "declarations",
            "registrations",
            "residences",
            "deaths",
            "marriages",
            "conditions",
            "identities",
        ),
        _making(members=members),
    ),
    Stage(
        "aid",
        ("aid_payments", "aid_beneficiaries"),
        (
            "aid",
            "spells",
            "applications",
            "declarations",
            "registrations",
            "deaths",
            "marriages",
            "conditions",
            "identities",
        ),
        _making(aid_payments=aid_payments, aid_beneficiaries=aid_beneficiaries),
    ),
    Stage(
        "obligations",
        ("obligations",),
        (
            "register_spells",
            "support_relations",
            "registrations",
            "marriages",
            "conditions",
            "deaths",
            "applications",
            "identities",
        ),
        _making(obligations=obligations),
    ),
    Stage(
        "incomes",
        ("income_window", "income_rows"),
        ("incomes", "work_evidence"),
        _making(income_window=income_window, income_rows=income_rows),
    ),
    Stage(
        "families",
        ("families",),
        (
            "members",
            "income_window",
            "income_rows",
            "conditions",
            "declarations",
            "expenses",
            "incomes",
        ),
        _making(families=families),
    ),
    Stage(
        "hits",
        ("hits",),
        (
            "members",
            "families",
            "register_spells",
            "spells",
            "applications",
            "aid_beneficiaries",
            "listings",
            "obligations",
            "income_window",
            "income_rows",
        ),
        _making(hits=group_hits),
    ),
    Stage(
        "standing",
        ("standings", "exits", "carried"),
        (
            "hits",
            "members",
            "families",
            "register_spells",
            "spells",
            "applications",
            "visits",
            "deaths",
            "marriages",
            "registrations",
            "conditions",
            "aliases",
            DECISIONS,
            "previous_standings",
            "previous_members",
        ),
        _standing,
    ),
    Stage(
        "features",
        ("features",),
        (
            "members",
            "families",
            "hits",
            "leads",
            "register_spells",
            "applications",
            "incomes",
            "income_window",
            "work_evidence",
            "expenses",
            "conditions",
        ),
        _making(features=features),
    ),
    Stage(
        "scores",
        ("scores", "score_reasons", "score_drift", "score_calibration"),
        ("features", "members", MATURED_TABLE),
        _scores,
    ),
    Stage("shadow", ("shadow_scores",), ("features", "scores"), _shadow),
    Stage(
        "list",
        ("list",),
        (
            "members",
            "families",
            "hits",
            "standings",
            "carried",
            "scores",
            "spells",
            "leads",
            "allowances",
            "previous_list",
        ),
        _making(list=listed_families),
    ),
    Stage(
        "warnings",
        ("warnings",),
        (
            "members",
            "families",
            "list",
            "income_window",
            "incomes",
            "expenses",
            "conditions",
            "allowances",
            "leads",
            "visits",
            "deaths",
            "spells",
            "registrations",
            "residences",
            "marriages",
            "holdings",
            "work_evidence",
            "aid_payments",
            "aliases",
            HEALTH_TABLE,
            PROFILES_TABLE,
            DECISIONS,
            "previous_warnings",
        ),
        _making(warnings=edition_warnings),
    ),
    Stage("tasks", ("tasks",), ("warnings", "families", "list"), _making(tasks=edition_tasks)),
    Stage(
        "measures",
        ("measures",),
        (
            "list",
            "families",
            "members",
            "warnings",
            "spells",
            "conditions",
            "registrations",
            "support_relations",
            "deaths",
            "incomes",
            "expenses",
            "holdings",
            "leads",
            "aid_payments",
        ),
        _making(measures=suggested_measures),
    ),
    Stage(
        "edition",
        EDITION_TABLES,
        ("list", "members", "carried", "standings", "exits", "hits", "warnings", "score_reasons", "tasks", "measures"),
        _edition,
    ),
)


Keep = Callable[[Stage, dict[str, pl.LazyFrame]], Mapping[str, pl.LazyFrame]]


def collected(stage: Stage, made: dict[str, pl.LazyFrame]) -> dict[str, pl.LazyFrame]:  # noqa: ARG001
    """The tables of a stage, computed now and held in memory, so that later stages do not compute them again."""
    return {name: frame.collect().lazy() for name, frame in made.items()}


def run_stages(
    given: StageInput, stages: tuple[Stage, ...] = STAGES, *, keep: Keep | None = None
) -> dict[str, pl.LazyFrame]:
    """All tables that `stages` make, by name; a later table wins over an earlier one of its name.

    Args:
        given: the inputs; its `tables` are what the first stage sees.
        stages: which stages, in order.
        keep: what becomes of the tables of a stage before the next one reads them (`collected`, or
            written and scanned); without it everything stays lazy, which suits a few stages only.
    """
    tables: dict[str, pl.LazyFrame] = dict(given.tables)
    whole = given.complete()
    for stage in stages:
        made = stage.run(replace(whole, tables=tables))
        tables = {**tables, **(keep(stage, made) if keep else made)}
    return tables


def compute(  # noqa: PLR0913  # all that an edition is a function of
    feed_tables: Tables,
    identities: pl.LazyFrame,
    as_of: date,
    parameters: ParametersAt,
    health: pl.LazyFrame,
    *,
    profiles: pl.LazyFrame | None = None,
    previous: Tables | None = None,
    decisions: pl.LazyFrame | None = None,
    model: NeedModel | None = None,
    matured: pl.LazyFrame | None = None,
    facts: Tables | None = None,
    keep: Keep = collected,
) -> dict[str, pl.LazyFrame]:
    """Every table of the edition of `as_of`, published ones under the names of `EDITION_TABLES`.

    The published `members` are those of listed families; all living people in scope stand under
    `population`. The tables of each stage are computed before the next one reads them, and kept as
    `keep` says: one plan over all stages would be too large for any optimiser. Without `previous` (tables
    by the names of `PREVIOUS`) the list is what the facts alone put on it. `facts` are those that the first stage
    makes, when they have been made before: they depend on no parameter.
    """
    given = StageInput(
        as_of=as_of,
        parameters=parameters,
        tables=facts or {},
        feed_tables=feed_tables,
        identities=identities,
        health=health,
        profiles=PROFILES.empty() if profiles is None else profiles,
        previous=previous,
        decisions=decisions,
        model=model,
        matured=matured,
    ).complete()
    before = run_stages(given, STAGES[1:-1] if facts else STAGES[:-1], keep=keep)
    published = STAGES[-1].run(replace(given, tables=before))
    return {**before, "population": before["members"], **published}
