"""The police: registrations, corrected numbers, permits, vehicles, detoxification."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from samples.departments.slices import Builder, Slice, take
from samples.world.base import NEVER, Ints
from schemas.codes import CODE_LISTS

__all__ = ["BUILDERS"]

_NORMAL = 0


def household_registration(view: Slice) -> pl.DataFrame:
    """Spells of registration that began or ended."""
    world, table = view.world, view.world.registrations
    rows = view.changes(table["start"], table["end"])
    person, house, start, end, status, reason = take(table, rows, "person", "house", "start", "end", "status", "reason")
    people, houses = world.people, world.houses
    ended = end <= view.until
    ids = view.identities
    community = houses["community"][house]
    return pl.DataFrame(
        view.person(person)
        | {
            "birth_on": view.day(people["birth"][person]),
            "household_no": view.number(houses["number"][house], "3301", 8),
            "household_type": view.code("household_type", houses["kind"][house]),
            "relation_to_head": view.code("relation", table["relation"][rows]),
            "father_id": ids.ids(people["father"][person], view.until),
            "mother_id": ids.ids(people["mother"][person], view.until),
        }
        | view.area(community)
        | {
            "address": _address(community, house),
            "phone": ids.phones.gather(pl.Series(person)),
            "registered_on": view.day(start),
            "ended_on": view.day(view.known(end)),
            "registration_status": view.code("registration_status", np.where(ended, status, _NORMAL)),
            "cancel_reason": view.code("cancel_reason", np.where(ended, reason, -1)),
        }
    )


def _address(community: Ints, house: Ints) -> pl.Series:
    titles = [labels[0] for labels in CODE_LISTS["community"].labels.values()]
    frame = pl.DataFrame({"community": pl.Series(titles).gather(pl.Series(community)), "house": house})
    return frame.select(
        pl.format(
            "杭州市滨江区{}{}幢{}室", "community", pl.col("house") // 40 % 60 + 1, pl.col("house") % 40 + 101
        ).alias("address")
    )["address"]


def id_corrections(view: Slice) -> pl.DataFrame:
    """Corrected identity numbers."""
    on = view.identities.corrected_on
    rows = view.events(np.where(on >= NEVER, -NEVER, on), 60)
    ids = view.identities
    return pl.DataFrame(
        {
            "old_id": ids.old_numbers.gather(pl.Series(rows)),
            "new_id": ids.numbers.gather(pl.Series(rows)),
            "person_name": ids.names.gather(pl.Series(rows)),
            "corrected_on": view.day(on[rows]),
        }
    )


def residence_permits(view: Slice) -> pl.DataFrame:
    """New permits; their last valid day is printed on them."""
    table = view.world.permits
    rows = view.changes(table["start"])
    person, community, start, end = take(table, rows, "person", "community", "start", "end")
    return pl.DataFrame(
        view.person(person)
        | {"permit_no": view.number(rows, "JZ330108", 8)}
        | view.area(community)
        | {"address": _address(community, person), "started_on": view.day(start), "ended_on": view.day(end)}
    )


def vehicles(view: Slice) -> pl.DataFrame:
    """All vehicles at the end of the month."""
    table = view.world.vehicles
    rows = np.flatnonzero((table["start"] <= view.until) & (table["end"] > view.until))
    person, kind, price, start = take(table, rows, "person", "kind", "price", "start")
    return pl.DataFrame(
        view.person(person)
        | {
            "plate_no": view.number(rows, "浙A", 6),
            "vehicle_kind": view.code("vehicle_kind", kind),
            "price_fen": view.fen(price),
            "registered_on": view.day(start),
        }
    )


def detoxifications(view: Slice) -> pl.DataFrame:
    """Compulsory detoxification that began or ended."""
    table = view.world.detoxifications
    rows = view.changes(table["start"], table["end"])
    person, start, end = take(table, rows, "person", "start", "end")
    return pl.DataFrame(view.person(person) | {"started_on": view.day(start), "ended_on": view.day(view.known(end))})


BUILDERS: Mapping[str, Builder] = {
    each.__name__: each
    for each in (household_registration, id_corrections, residence_permits, vehicles, detoxifications)
}
