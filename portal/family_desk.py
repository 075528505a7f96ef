"""What is done for one family from its own page: measures referred, wishes recorded, objections filed.

What belongs here: the section that the page of a family includes, and its forms; `portal/follow_ups.py` and
`portal/objections.py` have what comes after.
"""

from collections.abc import Callable
from typing import Any

from fastapi import Request, Response

from portal.access import Posted, Reader
from portal.forms import day_of, desk_of, done, optional_day_of, text_of
from portal.language import gettext
from portal.page import Page, day_told, render
from portal.people import people_of
from portal.words import rule_name
from registry.casework.codes import (
    AGAINST,
    FILED_BY,
    FOLLOW_STATES,
    FOLLOW_UPS,
    OBJECTION_STATES,
    RECEIVERS,
    WISHES,
)
from registry.casework.desk import Desk, instant
from registry.casework.families import visible_family
from registry.casework.follow_store import OPEN_FOLLOW_UPS, follow_ups
from registry.casework.follow_ups import MEASURES, Referral, record_wish, refer, suggested_for
from registry.casework.objection_facts import DisputableFact, disputable_facts
from registry.casework.objection_store import objections
from registry.casework.objections import NewObjection, file_objection
from registry.roles import Actor
from rules import all_rules
from schemas.codes import CODE_LISTS, CodeList
from schemas.contract import DEPARTMENTS
from schemas.told import Told

__all__ = ["PAGES", "desk_section", "receivers"]

_ROWS = 50
_STANDING = "standing"
_FACT_KINDS = {
    code: CODE_LISTS[name].title_of(code)
    for name in ("aid_kind", "listing_kind", "allowance_kind")
    for code in CODE_LISTS[name].codes
}


def desk_section(request: Request, reader: Actor, family_id: str) -> dict[str, Any]:
    """What `_family_desk.html` shows of a family, as far as the reader may; empty for whoever sees no casework.

    Raises `CaseNotFoundError` for a family that the reader may not know of.
    """
    if not reader.may("case.read"):
        return {}
    desk = desk_of(request)
    with desk.engine.connect() as connection:
        visible_family(connection, reader, family_id)
        facts = disputable_facts(connection, reader, family_id) if reader.may("case.work") else []
    states = tuple(FOLLOW_STATES.codes)
    following = (
        follow_ups(desk.engine, actor=reader, states=states, family_id=family_id, limit=_ROWS)[0]
        if reader.may("measure.work")
        else []
    )
    filed, _ = objections(
        desk.engine, actor=reader, states=tuple(OBJECTION_STATES.codes), family_id=family_id, limit=_ROWS
    )
    return {
        "family_id": family_id,
        "following": following,
        "filed": filed,
        "facts": facts,
        "facts_told": [fact_told(each) for each in facts],
        "today": desk.day(instant(None)),
        "measures": MEASURES,
        "wishes": WISHES,
        "kinds_followed": FOLLOW_UPS,
        "follow_states": FOLLOW_STATES,
        "objection_states": OBJECTION_STATES,
        "open_states": OPEN_FOLLOW_UPS,
        "against": AGAINST,
        "filed_by": FILED_BY,
        "choices": receivers(CODE_LISTS["street"].only(reader.area.streets)),
        "receivers": receivers(),
        "rules_known": all_rules(),
    }


def fact_told(fact: DisputableFact) -> str:
    """What a fact is called, by its kinds and its day; numbers of files, vehicles and persons are no names of it."""
    parts = [each.partition(":")[0] for each in fact.evidence_key.split(";")]
    words = list(dict.fromkeys(gettext(_FACT_KINDS[each]) for each in parts if each in _FACT_KINDS))
    if fact.evidence_on:
        words.append(day_told(fact.evidence_on))
    if len(parts) > 1:
        words.append(gettext("共 %(n)s 项") % {"n": len(parts)})
    about = gettext("（") + gettext("，").join(words) + gettext("）") if words else ""
    return f"{rule_name(fact.rule_id)}{about}"


def receivers(streets: CodeList = CODE_LISTS["street"]) -> dict[str, str]:
    """To whom a measure may be referred, with the stations of these streets: "kind:code" and the name."""
    return (
        {f"station:{code}": _station(streets.title_of(code)) for code in streets.codes}
        | {f"department:{code}": name for code, name in DEPARTMENTS.items() if code != "charity"}
        | {"charity:charity": RECEIVERS.title_of("charity")}
    )


def _station(street: str) -> str:
    return Told("%(street)s助联体", street=street)


def _page(request: Request, reader: Reader, family_id: str) -> Response:
    return _drawn(request, reader, family_id)


def _drawn(request: Request, reader: Actor, family_id: str, problem: str = "", code: int = 200) -> Response:
    section = desk_section(request, reader, family_id)
    return render(
        request,
        "family_desk.html",
        code=code,
        title="跟进和异议",
        problem=problem,
        head=people_of(request, reader, "family desk page", [family_id]).get(family_id),
        desk=section,
        suggested=suggested_for(request.app.state.engine, family_id) if section else (),
    )


def _done(request: Request, reader: Actor, family_id: str, act: Callable[[Desk], object], told: str) -> Response:
    return done(
        request,
        act,
        to=f"/families/{family_id}/desk",
        drawn=lambda said, code: _drawn(request, reader, family_id, said, code),
        told=told,
    )


def _refer(request: Request, reader: Reader, posted: Posted, family_id: str) -> Response:
    kind, _, receiver = text_of(posted, "receiver").partition(":")

    def act(desk: Desk) -> object:
        referral = Referral(
            family_id=family_id,
            measure=text_of(posted, "measure"),
            receiver_kind=kind,
            receiver=receiver,
            owner=text_of(posted, "owner"),
            due_on=optional_day_of(posted, "due_on"),
        )
        return refer(desk, referral, actor=reader)

    return _done(request, reader, family_id, act, "referred")


def _wish(request: Request, reader: Reader, posted: Posted, family_id: str) -> Response:
    return _done(
        request,
        reader,
        family_id,
        lambda desk: record_wish(
            desk,
            family_id,
            text_of(posted, "wish"),
            text_of(posted, "text"),
            text_of(posted, "owner"),
            actor=reader,
            due_on=optional_day_of(posted, "due_on"),
        ),
        "wished",
    )


def _object(request: Request, reader: Reader, posted: Posted, family_id: str) -> Response:
    """Against the family's standing, or a fact of it ("rule:evidence key"); one against a case is filed on its page."""
    about = text_of(posted, "about")
    rule, _, key = ("", "", "") if about == _STANDING else about.partition(":")

    def act(desk: Desk) -> object:
        new = NewObjection(
            family_id=family_id,
            against="fact" if rule else "standing",
            rule_id=rule or None,
            evidence_key=key or None,
            filed_by=text_of(posted, "filed_by"),
            filed_on=day_of(posted, "filed_on"),
            text=text_of(posted, "text"),
        )
        return file_objection(desk, new, actor=reader)

    return _done(request, reader, family_id, act, "objected")


_POST = ("POST",)

PAGES = (
    Page("/families/{family_id}/desk", _page, "case.read"),
    Page("/families/{family_id}/measures", _refer, "measure.work", methods=_POST),
    Page("/families/{family_id}/wishes", _wish, "measure.work", methods=_POST),
    Page("/families/{family_id}/objections", _object, "case.work", methods=_POST),
)
