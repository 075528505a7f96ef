"""Whose area is what, and of which area the rows were that somebody read, as the audit chain tells it.

What belongs here: areas of accounts from the events that gave them, and places of families that events name by hash.
"""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any

from sqlalchemy import Engine, select

from registry.models import ListEntry
from registry.scope import DISTRICT
from schemas.codes import CODE_LISTS

__all__ = ["area_asked", "own_areas", "places_of_subjects"]

_GIVEN = frozenset({"account_add", "account_role"})
_PLACES = ("area", "community", "street", "社区", "街道")
_SUBJECT_BYTES = 8


def own_areas(events: Iterable[Mapping[str, Any]]) -> dict[int, str]:
    """By number of event the area of whoever acted: that of the event, within that of the account at the time.

    An event on the terminal tells the role that was asked for, which may reach further than the account does.
    """
    accounts: dict[str, str] = {}
    found: dict[int, str] = {}
    for each in events:
        details = each["details"]
        if each["action"] in _GIVEN:
            accounts[details["account"]] = details["area"]
        told = details.get("area")
        area = accounts.get(each["actor"], told) if told in {None, DISTRICT.code} else told
        if area is not None:
            found[each["seq"]] = area
    return found


def area_asked(details: Mapping[str, Any], places: Mapping[tuple[str, str], str]) -> str | None:
    """Code of the area whose rows were shown: the one asked for, that of the family, else all that the role reaches."""
    for place in _PLACES:
        word = (details.get("filters") or {}).get(place)
        for name in ("community", "street"):
            if word and word in CODE_LISTS[name].by_label:
                return CODE_LISTS[name].by_label[word]
    if "subject" in details:
        return places.get((details["edition_id"], details["subject"]))
    return details.get("area")


def places_of_subjects(engine: Engine, events: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], str]:
    """Community, else street, of the families that events name by edition and hash; of those that were listed."""
    asked = {
        (each["details"]["edition_id"], each["details"]["subject"])
        for each in events
        if {"edition_id", "subject"} <= {*each["details"]}
    }
    entry = ListEntry
    columns = (entry.edition_id, entry.family_id, entry.community_code, entry.street_code)
    query = select(*columns).where(entry.edition_id.in_({edition for edition, _ in asked}))
    found: dict[tuple[str, str], str] = {}
    with engine.connect() as connection:
        for edition, family, community, street in connection.execute(query):
            known = (edition, blake2b(family.encode(), digest_size=_SUBJECT_BYTES).hexdigest())
            place = community or street
            if known in asked and place is not None:
                found[known] = place
    return found
