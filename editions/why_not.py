"""Why a family is in no group: which condition of a rule, set aside, would make the rule's own function find it.

What belongs here: asking the rules again with a condition relaxed, over the rows of one family. The law is not written
a second time: a relaxation changes a parameter or a table, and the rule says whether that was what it lacked. The
smallest set of relaxations that gives a hit are the conditions that the family misses.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import combinations

import polars as pl

from editions.hits import as_polars, rule_context
from rules import Rule, rules_of
from rules.parameters import ParametersAt
from rules.parameters.model import ParameterValue

__all__ = ["READS", "Finding", "Relaxation", "of_family", "why_not"]

Tables = Mapping[str, pl.LazyFrame]
_Relax = Callable[[Tables, date, ParametersAt], dict[str, pl.LazyFrame]]
_Values = Mapping[str, ParameterValue | list[int] | list[str]]

READS: tuple[str, ...] = tuple(sorted({*(name for rule in rules_of("group") for name in rule.reads), "aid_payments"}))
"""The tables that are needed to answer."""

_EVER_MONTHS = 1200
_EVER_YEARS = 100
_NO_LIMIT_YUAN = 10**12
_UNKNOWN = ["none", "not_computable"]
_LOW = "low_income_family"


@dataclass(frozen=True, slots=True)
class Relaxation:
    """One condition set aside: by other values of parameters, by other rows of tables, or both."""

    name: str
    values: Callable[[Tables], _Values] = field(default=lambda _: {})
    tables: _Relax = field(default=lambda *_: {})


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule lacks: the fewest conditions to set aside and the hits found then; None when nothing suffices.

    An empty `missed` is a hit as things are: somebody has judged it. `hits` have the columns of the table; of a fact
    whose window has run out `valid_until` is the day on which it did.
    """

    rule_id: str
    missed: tuple[str, ...] | None
    hits: pl.DataFrame


def why_not(
    tables: Tables, person_keys: Iterable[str], as_of: date, parameters: ParametersAt, rules: Iterable[Rule] = ()
) -> list[Finding]:
    """One finding a group for these persons of one family, the nearest group first; `tables` as `of_family` gives."""
    people = list(person_keys)
    found = [_nearest(rule, tables, people, as_of, parameters) for rule in rules or rules_of("group")]
    return sorted(found, key=_distance)


def _distance(finding: Finding) -> tuple[int, bool]:
    """Fewest conditions first; of as many, a fact that is there before a family of another size."""
    if finding.missed is None:
        return len(_RELAXATIONS) + 1, False
    return len(finding.missed), "counted_members" in finding.missed


def of_family(tables: Tables, family_ids: Iterable[str]) -> dict[str, pl.LazyFrame]:
    """The rows of `READS` that bear on these families, computed now; the rules give them the same hits as before."""
    families = pl.LazyFrame({"family_id": list(family_ids)}, schema={"family_id": pl.String})
    ours = tables["members"].join(families, on="family_id", how="semi").select("person_key").collect()
    duties = tables["obligations"].filter(pl.col("obligor_key").is_in(ours["person_key"].implode())).collect()
    near = pl.concat([ours["person_key"], duties["ward_key"]]).unique().implode()
    own = ours["person_key"].implode()
    applications = _applications(tables["applications"], own)
    numbers = applications["application_no"].unique().implode()
    kept = {
        "members": tables["members"].filter(pl.col("person_key").is_in(near)),
        "families": tables["families"].join(families, on="family_id", how="semi"),
        "register_spells": tables["register_spells"].filter(pl.col("person_key").is_in(near)),
        "spells": tables["spells"].filter(pl.col("person_key").is_in(own) | pl.col("application_no").is_in(numbers)),
        "income_window": tables["income_window"],
    }
    whole = {name: frame.collect().lazy() for name, frame in kept.items()}
    for name in ("aid_beneficiaries", "aid_payments", "listings", "income_rows"):
        whole[name] = tables[name].filter(pl.col("person_key").is_in(own)).collect().lazy()
    return whole | {"applications": applications.lazy(), "obligations": duties.lazy()}


def _applications(applications: pl.LazyFrame, people: pl.Expr | pl.Series) -> pl.DataFrame:
    """Those that name these persons, and those that reconsider them."""
    own = applications.filter(pl.col("person_key").is_in(people)).select("application_no").unique().collect()
    numbers = own["application_no"].implode()
    return applications.filter(
        pl.col("application_no").is_in(numbers) | pl.col("reconsiders_no").is_in(numbers)
    ).collect()


def _nearest(rule: Rule, tables: Tables, people: list[str], as_of: date, parameters: ParametersAt) -> Finding:
    relaxations = _RELAXATIONS.get(rule.id, ())
    for size in range(len(relaxations) + 1):
        for chosen in combinations(relaxations, size):
            hits = _hits(rule, tables, people, as_of, parameters, chosen)
            if hits.height:
                return Finding(rule.id, tuple(each.name for each in chosen), hits)
    return Finding(rule.id, None, pl.DataFrame(schema=hits.schema))


def _hits(
    rule: Rule,
    tables: Tables,
    people: list[str],
    as_of: date,
    parameters: ParametersAt,
    chosen: tuple[Relaxation, ...],
) -> pl.DataFrame:
    """The hits of these persons, the latest fact first; the days of windows are those of the values in force."""
    changed = dict(tables)
    values: dict[str, ParameterValue | list[int] | list[str]] = {}
    for each in chosen:
        changed |= each.tables(changed, as_of, parameters)
        values |= each.values(changed)
    relaxed = replace(parameters, parameters=parameters.parameters.replacing(values)) if values else parameters
    found = _evaluated(rule, changed, people, as_of, relaxed)
    if not found.height or not any(".window_" in name for name in values):
        return found
    day = found["evidence_on"].max()
    kept = {name: value for name, value in values.items() if ".window_" not in name}
    in_force = replace(parameters, parameters=parameters.parameters.replacing(kept)) if kept else parameters
    then = _evaluated(rule, changed, people, day, in_force) if isinstance(day, date) else found
    return then if then.height else found


def _evaluated(rule: Rule, tables: Tables, people: list[str], as_of: date, parameters: ParametersAt) -> pl.DataFrame:
    frame = as_polars(rule.evaluate(rule_context(tables, as_of, parameters)), "hits").unique()
    found = frame.filter(pl.col("person_key").is_in(people)).collect()
    return found.sort("evidence_on", "person_key", "evidence_key", descending=[True, False, False], nulls_last=True)


def _window(name: str, number: int) -> Relaxation:
    return Relaxation("inside_window", lambda _: {name: number})


def _unapproved(tables: Tables, *_: object) -> dict[str, pl.LazyFrame]:
    decision = pl.col("decision")
    return {"applications": tables["applications"].filter(decision.is_null() | (decision != "approved"))}


def _as_refused(tables: Tables, as_of: date, *_: object) -> dict[str, pl.LazyFrame]:
    decision = pl.col("decision")
    open_yet = decision.is_null() | ~decision.is_in(["approved", "refused"])
    refused = pl.when(open_yet).then(pl.lit("refused")).otherwise(decision)
    decided = pl.when(open_yet).then(pl.coalesce("decided_on", pl.lit(as_of))).otherwise("decided_on")
    return {"applications": tables["applications"].with_columns(decision=refused, decided_on=decided)}


def _other_kinds(tables: Tables, _: date, parameters: ParametersAt) -> dict[str, pl.LazyFrame]:
    """Payments of kinds that do not count, as though their recipients had benefited."""
    counted = parameters.texts("aid.counted_kinds")
    others = tables["aid_payments"].filter(~pl.col("aid_kind").is_in(counted))
    beneficiaries = tables["aid_beneficiaries"]
    as_such = others.with_columns(recipient_key="person_key").select(beneficiaries.collect_schema().names())
    return {"aid_beneficiaries": pl.concat([beneficiaries, as_such])}


def _all_kinds(tables: Tables) -> _Values:
    kinds = {
        "aid.counted_kinds": tables["aid_beneficiaries"].select("aid_kind"),
        "other_department_aid.listing_kinds": tables["listings"].select("kind"),
    }
    return {name: sorted(set(frame.collect().to_series().drop_nulls())) for name, frame in kinds.items()}


def _own_size(tables: Tables) -> _Values:
    counted = tables["families"].select(pl.col("counted_members").max()).collect().item()
    return {f"{_LOW}.counted_members": int(counted or 1)}


def _as_recorded(tables: Tables, *_: object) -> dict[str, pl.LazyFrame]:
    """As though a record of no income were there: what is lacking is the knowledge, not the need."""
    unknown = pl.col("income_evidence").is_in(_UNKNOWN)
    level = pl.when(unknown).then(pl.lit("partial")).otherwise("income_evidence")
    income = pl.when(unknown).then(pl.lit(0, pl.Int64)).otherwise("income_fen")
    return {"families": tables["families"].with_columns(income_evidence=level, income_fen=income)}


_RELAXATIONS: Mapping[str, tuple[Relaxation, ...]] = {
    "exited_assistance": (_window("exited_assistance.window_years", _EVER_YEARS),),
    "rejected_application": (
        _window("rejected_application.window_months", _EVER_MONTHS),
        Relaxation("not_approved_since", tables=_unapproved),
        Relaxation("refused", tables=_as_refused),
    ),
    "temporary_assistance": (_window("temporary_assistance.window_months", _EVER_MONTHS),),
    "other_department_aid": (
        _window("other_department_aid.window_months", _EVER_MONTHS),
        Relaxation("kind_counts", _all_kinds, _other_kinds),
    ),
    "obligor_family": (),
    _LOW: (
        Relaxation("income_at_most", lambda _: {f"{_LOW}.annual_income_yuan": _NO_LIMIT_YUAN}),
        Relaxation("counted_members", _own_size),
        Relaxation("income_evidence", lambda _: {f"{_LOW}.evidence_levels": ["full", "partial"]}),
        Relaxation("income_record", tables=_as_recorded),
    ),
}
