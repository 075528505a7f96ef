"""One family for programs: what its page shows (`registry.dossier`), its letter, and the proof of each entry."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import Field

from portal.access import Reader
from portal.api.operation import Asking, Said, Telling, Text, operation
from portal.family import letter_page
from registry.dossier import MemberCard, WarningLine, dossier
from registry.explain import explain
from registry.explanation import (
    Evidence,
    Explanation,
    GroundLine,
    GroupReason,
    MeasureLine,
    MemberLine,
    ParameterLine,
    PointsLine,
    ProvenanceLine,
)
from registry.received import AidLine, AllowanceLine, IncomeLine
from registry.roles import Actor
from registry.timeline import TimelineEvent

__all__ = ["OPERATIONS"]

_TAG = "families"


class _Moment(Asking):
    as_of: date | None = Field(default=None, description="The list of that day; without it the newest")


class Subject(Asking):
    """Whom a question is about, posted so that no number stands in an address."""

    subject: Text = Field(min_length=1, max_length=60, description="Family id or number, person key, identity number")
    as_of: date | None = None
    known_on: date | None = Field(default=None, description="As it was known on that day")
    unmask: bool = Field(default=False, description="Whole names and numbers; needs family.unmask")


class Reasons(Telling):
    """Why a family is on the list, in sentences, down to the file, sheet, row and SHA-256 of each fact."""

    subject: str
    person_key: str
    as_of: date
    family_id: str
    layer: str
    layer_title: Said
    layer_sentence: str
    street: str
    tier: str
    tier_title: Said
    tier_points: int
    tier_reasons: list[PointsLine]
    tier_parameters: list[ParameterLine]
    classes: list[str]
    score: int | None
    score_reasons: list[PointsLine]
    score_heading: str
    score_told: list[str]
    score_unknown: list[str]
    income_evidence: str
    income_fen: int | None
    income_text: str
    members: list[MemberLine]
    register_evidence: list[Evidence]
    groups: list[GroupReason]
    grounds: list[GroundLine]
    measures: list[MeasureLine]
    would_change: list[str]
    objections: list[str]


class Proof(Telling):
    """The edition that answers, and all that it takes to compute it again and compare."""

    edition_id: str
    published_at: datetime
    provenance: ProvenanceLine


class Explained(Telling):
    """Why a family or person is listed, with the proof for readers who may see it (`proof.read`).

    Ids and hashes of an edition change when another street's rows do, so they tell of more than the family.
    """

    explanation: Reasons
    proof: Proof | None


class GoneOut(Telling):
    """The day of that list, and why: codes of `change_reason`."""

    as_of: date
    reasons: list[str]


class Family(Explained):
    """Everything that the reader may know of one family (一户一档).

    `facts_known` is false where a newer computation took the place of the month's tables.
    """

    gone: GoneOut | None = Field(description="From which later list on the family is listed no more")
    members: list[MemberCard]
    warnings: list[WarningLine]
    facts_known: bool
    events: list[TimelineEvent]
    aid: list[AidLine]
    allowances: list[AllowanceLine]
    incomes: list[IncomeLine]
    first_month: date | None
    last_month: date | None


def get_family(request: Request, reader: Reader, family_id: str, asked: Annotated[_Moment, Query()]) -> Any:
    """One family: members, reasons, open questions, timeline, aid and income.

    Redacted for the reader as the page is. A family outside the reader's area is answered as one that does not exist.
    """
    state = request.app.state
    found = dossier(state.engine, state.settings, family_id, actor=reader, as_of=asked.as_of)
    return {name: getattr(found, name) for name in type(found).model_fields} | _explained(found.explanation, reader)


def get_letter(request: Request, reader: Reader, family_id: str, asked: Annotated[_Moment, Query()]) -> Response:
    """The letter to the head of the family, as HTML that prints as it is."""
    return letter_page(request, reader, family_id, asked.as_of)


def explain_subject(request: Request, reader: Reader, asked: Subject) -> Any:
    """Why a family or a person is listed; of a person, only that person's facts. 404 for who is not on the list."""
    state = request.app.state
    found = explain(
        state.engine,
        state.settings,
        asked.subject,
        actor=reader,
        as_of=asked.as_of,
        known_on=asked.known_on,
        unmask=asked.unmask,
    )
    return _explained(found, reader)


def _explained(found: Explanation, reader: Actor) -> dict[str, Any]:
    return {"explanation": found, "proof": found if reader.may("proof.read") else None}


OPERATIONS = (
    operation("/families/{family_id}", get_family, "family.read", "一户一档", tag=_TAG, answer=Family),
    operation(
        "/families/{family_id}/letter", get_letter, "family.read", "告知书", tag=_TAG, media=("text/html",)
    ),
    operation(
        "/explanations", explain_subject, "family.identity", "按身份查询列入理由", tag=_TAG, answer=Explained,
        method="POST",
    ),
)  # fmt: skip
