"""The other bureaus: schools, health, the federation, real estate, businesses, prisons, hardship lists."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from samples.departments.slices import Builder, Slice, take

__all__ = ["BUILDERS"]


def enrolments(view: Slice) -> pl.DataFrame:
    """Enrolments begun or ended."""
    table = view.world.studies
    rows = view.changes(table["start"], table["end"])
    person, school, stage, mode, start, end = take(table, rows, "person", "school", "stage", "mode", "start", "end")
    return pl.DataFrame(
        view.person(person)
        | {
            "school_no": view.number(school, "3133", 6),
            "school_stage": view.code("school_stage", stage),
            "study_mode": view.code("study_mode", mode),
            "enrolled_on": view.day(start),
            "left_on": view.day(view.known(end)),
        }
    )


def disability_certificates(view: Slice) -> pl.DataFrame:
    """Certificates issued or cancelled."""
    table = view.world.certificates
    rows = view.changes(table["start"], table["end"])
    person, category, grade, start, end = take(table, rows, "person", "category", "grade", "start", "end")
    return pl.DataFrame(
        view.person(person)
        | {
            "certificate_no": view.number(rows, "CJ330108", 8),
            "disability_category": view.code("disability_category", category),
            "disability_grade": pl.Series(grade),
            "issued_on": view.day(start),
            "cancelled_on": view.day(view.known(end)),
        }
    )


def severe_illnesses(view: Slice) -> pl.DataFrame:
    """Severe illnesses registered."""
    table = view.world.illnesses
    rows = view.changes(table["on"])
    person, illness, on = take(table, rows, "person", "illness", "on")
    return pl.DataFrame(view.person(person) | {"illness": view.code("illness", illness), "diagnosed_on": view.day(on)})


def medical_settlements(view: Slice) -> pl.DataFrame:
    """Hospital bills of the month."""
    table = view.world.settlements
    rows = view.events(table["on"], 15)
    person, kind, admitted, on = take(table, rows, "person", "kind", "admitted", "on")
    total, fund, own = take(table, rows, "total", "fund", "own")
    return pl.DataFrame(
        view.person(person, on)
        | {
            "settlement_no": view.number(rows, "JS", 10),
            "settlement_kind": view.code("settlement_kind", kind),
            "admitted_on": view.day(admitted),
            "settled_on": view.day(on),
            "total_fen": view.fen(total),
            "fund_paid_fen": view.fen(fund),
            "out_of_pocket_fen": view.fen(own),
        }
    )


def real_estate(view: Slice) -> pl.DataFrame:
    """All units and their owners at the end of the month."""
    table = view.world.real_estate
    rows = np.flatnonzero(table["start"] <= view.until)
    person, usage, area, start = take(table, rows, "person", "usage", "area", "start")
    return pl.DataFrame(
        view.person(person)
        | {
            "property_no": view.number(rows, "330108001", 10),
            "property_usage": view.code("property_usage", usage),
            "area_m2": pl.Series(area),
            "registered_on": view.day(start),
        }
    )


def business_registrations(view: Slice) -> pl.DataFrame:
    """Businesses established or closed."""
    table = view.world.businesses
    rows = view.changes(table["start"], table["end"])
    person, capital, status, start, end = take(table, rows, "person", "capital", "status", "start", "end")
    return pl.DataFrame(
        view.person(person)
        | {
            "credit_code": view.number(rows, "92330108MA", 8),
            "capital_fen": view.fen(capital),
            "business_status": view.code("business_status", np.where(end <= view.until, status, 0)),
            "established_on": view.day(start),
            "closed_on": view.day(view.known(end)),
        }
    )


def prison_terms(view: Slice) -> pl.DataFrame:
    """Terms begun or ended."""
    table = view.world.custody
    rows = view.changes(table["start"], table["end"])
    person, kind, start, end = take(table, rows, "person", "kind", "start", "end")
    return pl.DataFrame(
        view.person(person)
        | {
            "custody": view.code("custody", kind),
            "started_on": view.day(start),
            "ended_on": view.day(view.known(end)),
        }
    )


def _listing(kind: int) -> Builder:
    def build(view: Slice) -> pl.DataFrame:
        table = view.world.listings
        rows = view.changes(table["start"], table["end"])
        rows = rows[table["kind"][rows] == kind]
        person, start, end = take(table, rows, "person", "start", "end")
        return pl.DataFrame(
            view.person(person) | {"listed_on": view.day(start), "delisted_on": view.day(view.known(end))}
        )

    return build


BUILDERS: Mapping[str, Builder] = {
    each.__name__: each
    for each in (
        enrolments,
        disability_certificates,
        severe_illnesses,
        medical_settlements,
        real_estate,
        business_registrations,
        prison_terms,
    )
} | {"hardship_workers": _listing(0), "poverty_monitoring": _listing(1)}
