"""Civil affairs: the register, applications, declarations, kin, marriages, cremations, visits, leads."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from samples.departments.slices import Builder, Slice, take
from samples.world.base import NEVER, Ints

__all__ = ["BUILDERS", "family_number"]


def family_number(view: Slice, families: Ints) -> pl.Series:
    """Numbers of families in the register."""
    return view.number(families, "F33010821", 6)


def application_number(view: Slice, applications: Ints) -> pl.Series:
    """Numbers of applications."""
    return view.number(applications, "SQ", 8)


def assistance_register(view: Slice) -> pl.DataFrame:
    """Spells that began or ended."""
    table = view.world.spells
    rows = view.changes(table["start"], table["end"])
    person, family, programme, start, end = take(table, rows, "person", "family", "programme", "start", "end")
    relation, reason, amount, application = take(table, rows, "relation", "reason", "amount", "application")
    return pl.DataFrame(
        view.person(person)
        | {
            "family_no": family_number(view, family),
            "relation_to_applicant": view.code("relation", relation),
            "programme": view.code("programme", programme),
            "started_on": view.day(start),
            "ended_on": view.day(view.known(end)),
            "exit_reason": view.code("exit_reason", np.where(end <= view.until, reason, -1)),
            "monthly_amount_fen": view.fen(amount),
            "application_no": application_number(view, application),
        }
        | view.area(view.world.families["community"][family])
    )


def applications(view: Slice) -> pl.DataFrame:
    """Applications that were made or decided, one row a member named."""
    world, table = view.world, view.world.applications
    chosen = view.changes(table["on"], table["decided"])
    position = np.full(len(world.declarations) + 1, -1, dtype=np.int64)
    position[table["declaration"][chosen]] = chosen
    of = position[world.declared["declaration"]]
    named = np.flatnonzero(of >= 0)
    rows = of[named]
    person, relation = take(world.declared, named, "person", "relation")
    family, programme, on, decided = take(table, rows, "family", "programme", "on", "decided")
    decision, reason, reconsiders = take(table, rows, "decision", "reason", "reconsiders")
    open_still = decided > view.until
    frame = pl.DataFrame(
        view.person(person)
        | {
            "application_no": application_number(view, rows),
            "family_no": family_number(view, family),
            "relation_to_applicant": view.code("relation", relation),
            "application_programme": view.code("application_programme", programme),
            "applied_on": view.day(on),
            "decision": view.code("decision", np.where(open_still, -1, decision)).fill_null("pending"),
            "decided_on": view.day(view.known(decided)),
            "refusal_reason": view.code("refusal_reason", np.where(open_still, -1, reason)),
            "reconsiders_no": application_number(view, reconsiders),
        }
        | view.area(world.families["community"][family])
    )
    return frame.sort("application_no", maintain_order=True)


def declared_members(view: Slice) -> pl.DataFrame:
    """Co-living members declared at reviews."""
    world = view.world
    declaration = world.declared["declaration"]
    review = world.declarations["application"][declaration] < 0
    on = np.where(review, world.declarations["on"][declaration], NEVER)
    rows = view.changes(on)
    person, relation, livelihood = take(world.declared, rows, "person", "relation", "livelihood")
    family = world.declarations["family"][declaration[rows]]
    return pl.DataFrame(
        view.person(person)
        | {
            "family_no": family_number(view, family),
            "declared_on": view.day(on[rows]),
            "relation_to_applicant": view.code("relation", relation),
            "livelihood": view.code("livelihood", livelihood),
        }
        | view.area(world.families["community"][family])
    )


def declared_incomes(view: Slice) -> pl.DataFrame:
    """Amounts that families declare."""
    table = view.world.stated_income
    rows = view.periods(table["month"], 0)
    person, kind, month, amount = take(table, rows, "person", "kind", "month", "amount")
    return pl.DataFrame(
        view.person(person)
        | {
            "income_kind": view.code("income_kind", kind),
            "period_month": view.first_of(month),
            "amount_fen": view.fen(amount),
        }
    )


def support_relations(view: Slice) -> pl.DataFrame:
    """Recorded duties of support, new and struck out."""
    table = view.world.support
    rows = view.changes(table["on"], table["end"])
    obligor, ward, relation, on, end = take(table, rows, "obligor", "ward", "relation", "on", "end")
    return pl.DataFrame(
        view.person(obligor, of="obligor")
        | view.person(ward, of="ward")
        | {
            "support_relation": view.code("support_relation", relation),
            "recorded_on": view.day(on),
            "ended_on": view.day(view.known(end)),
        }
    )


def marriages(view: Slice) -> pl.DataFrame:
    """Marriages and divorces, the whole history first."""
    table = view.world.marriages
    rows = view.events(table["on"], 1200)
    a, b, event, on = take(table, rows, "a", "b", "event", "on")
    return pl.DataFrame(
        {
            "marriage_no": view.number(rows, "J330108", 8),
            "marriage_event": view.code("marriage_event", event),
        }
        | view.person(a, on, of="spouse_a")
        | view.person(b, on, of="spouse_b")
        | {"registered_on": view.day(on)}
    )


def cremations(view: Slice) -> pl.DataFrame:
    """Cremations."""
    people = view.world.people
    on = np.where(people["cremated"] < NEVER, people["cremated"], -NEVER)
    rows = view.events(on, 60)
    return pl.DataFrame(
        view.person(rows)
        | {
            "cremation_no": view.number(rows, "BY", 8),
            "died_on": view.day(people["death"][rows]),
            "cremated_on": view.day(on[rows]),
        }
    )


def uncounted_members(view: Slice) -> pl.DataFrame:
    """Missing people and clergy living apart."""
    table = view.world.uncounted
    rows = view.changes(table["start"], table["end"])
    person, kind, start, end = take(table, rows, "person", "kind", "start", "end")
    return pl.DataFrame(
        view.person(person)
        | {
            "uncounted_reason": view.code("uncounted_reason", kind),
            "started_on": view.day(start),
            "ended_on": view.day(view.known(end)),
        }
    )


def home_visits(view: Slice) -> pl.DataFrame:
    """Visits of the month."""
    table = view.world.visits
    rows = view.events(table["on"], 0)
    person, outcome, on = take(table, rows, "person", "outcome", "on")
    return pl.DataFrame(
        view.person(person)
        | {
            "visit_no": view.number(rows, "ZF", 8),
            "visited_on": view.day(on),
            "visit_outcome": view.code("visit_outcome", outcome),
        }
        | view.area_of(person)
    )


def leads(view: Slice) -> pl.DataFrame:
    """Leads of the month."""
    table = view.world.leads
    rows = view.events(table["on"], 0)
    person, source, on, difficulty = take(table, rows, "person", "source", "on", "difficulty")
    return pl.DataFrame(
        view.person(person)
        | {
            "phone": view.identities.phones.gather(pl.Series(person)),
            "lead_no": view.number(rows, "XS", 8),
            "lead_source": view.code("lead_source", source),
            "reported_on": view.day(on),
            "difficulty": view.code("difficulty", difficulty),
        }
        | view.area_of(person)
    )


BUILDERS: Mapping[str, Builder] = {
    each.__name__: each
    for each in (
        assistance_register,
        applications,
        declared_members,
        declared_incomes,
        support_relations,
        marriages,
        cremations,
        uncounted_members,
        home_visits,
        leads,
    )
}
