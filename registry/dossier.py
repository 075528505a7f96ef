"""One family in one place (一户一档): members, why it is listed, what befell it, what it receives, what is open.

What belongs here: gathering it for one reader. Names, telephones and addresses only for readers who may know
identities; what is to be verified, custody and property only for readers who verify; a family outside the reader's
area is not there.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Engine, select

from registry.bulk import read_frame
from registry.changed import Gone, gone_after
from registry.explain import NAMELESS, explain
from registry.explanation import Evidence, Explanation, GroundLine, SourceLine
from registry.family_facts import FamilyFacts, family_facts
from registry.models import PUBLISHED
from registry.queries import EditionInfo, require_edition
from registry.reader_vault import vault_for
from registry.received import AidLine, AllowanceLine, IncomeLine, aid_lines, allowance_lines, income_lines
from registry.roles import Actor
from registry.timeline import TimelineEvent, events
from registry.vault import mask_id, mask_name
from registry.views import record_view
from registry.wording import yuan
from rules import get_rule
from schemas.codes import CODE_LISTS
from schemas.settings import Settings
from schemas.tables import get_table
from schemas.told import Listed, Told, Words

__all__ = ["Dossier", "EvidenceLine", "MemberCard", "WarningLine", "dossier"]


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True)


class MemberCard(_Line):
    """One member as the reader may see the person; empty where nothing is known or may be shown.

    Without `in_scope` the person lives in the district no more, and stays until somebody confirms that.
    """

    person_key: str
    name: str
    number: str
    relation: str
    sex: str
    age: int | None
    phone: str
    address: str
    on_register: bool
    counted: bool
    in_scope: bool


class WarningLine(_Line):
    """One open question about the family: what was seen, what to ask, until when."""

    warning_id: str
    rule_id: str
    title: str
    kind: str
    question: str
    seen: Words
    person_key: str
    raised_on: date | None
    due_on: date | None


class EvidenceLine(_Line):
    """One fact that carries a reason, and all members of whom it is told: aid to one is aid to the family."""

    people: list[str]
    sentence: Words
    source: SourceLine | None
    searched: int


class Dossier(_Line):
    """Everything a reader may know of one family; `facts_known` is false where the month's tables are gone.

    `gone` says from which later list on the family is listed no more.
    """

    explanation: Explanation
    gone: Gone | None
    members: list[MemberCard]
    warnings: list[WarningLine]
    facts_known: bool
    events: list[TimelineEvent]
    aid: list[AidLine]
    allowances: list[AllowanceLine]
    incomes: list[IncomeLine]
    first_month: date | None
    last_month: date | None

    def called(self, person_key: str) -> str:
        """How a member is called on the page."""
        return next((each.name for each in self.members if each.person_key == person_key), NAMELESS)

    def merged(self, evidence: Sequence[Evidence | GroundLine]) -> list[EvidenceLine]:
        """The facts in their order, those of several members from one delivered row as one line."""
        found: dict[tuple[str, str], EvidenceLine] = {}
        for each in evidence:
            sentence = _fact(each.sentence)
            key = (sentence, each.source.text() if each.source else "")
            before = found[key].people if key in found else []
            found[key] = EvidenceLine(
                people=[*before, self.called(each.person_key)],
                sentence=sentence,
                source=each.source,
                searched=len(each.searched),
            )
        return list(found.values())


def _fact(sentence: str) -> str:
    """What is told of a person, without the person."""
    fact = sentence.values.get("fact") if isinstance(sentence, Told) else None
    return fact if isinstance(fact, str) else sentence


def dossier(engine: Engine, settings: Settings, family_id: str, *, actor: Actor, as_of: date | None = None) -> Dossier:
    """The dossier of a listed family, and record that it was read.

    Raises `SubjectNotFoundError` for a family that is not listed or not in the reader's area, `NotPermittedError`,
    `NoEditionError`.
    """
    told = explain(engine, settings, family_id, actor=actor, as_of=as_of)
    edition = require_edition(engine, as_of)
    members = _rows(engine, edition, "members", told.family_id)
    named = actor.may("family.identity")
    people = vault_for(engine, settings, actor).people([row["person_key"] for row in members])
    cards = _cards(people, edition, members, named=named)
    facts = family_facts(settings, edition, [each.person_key for each in cards])
    record_view(
        engine, actor, "family page", edition_id=edition.edition_id, rows=1, filters={"identities": str(named).lower()}
    )
    return Dossier(
        explanation=told,
        gone=gone_after(engine, edition, told.family_id, actor.scope),
        members=cards,
        warnings=_warnings(engine, edition, told.family_id, actor.scope.kinds),
        **_told(facts, verify="verify" in actor.scope.kinds),
    )


def _told(facts: FamilyFacts | None, *, verify: bool) -> dict[str, Any]:
    if facts is None:
        empty: dict[str, Any] = {name: [] for name in ("events", "aid", "allowances", "incomes")}
        return empty | {"facts_known": False, "first_month": None, "last_month": None}
    return {
        "facts_known": True,
        "events": events(facts, verify=verify),
        "aid": aid_lines(facts),
        "allowances": allowance_lines(facts),
        "incomes": income_lines(facts),
        "first_month": facts.first_month,
        "last_month": facts.last_month,
    }


def _cards(known: pl.DataFrame, edition: EditionInfo, rows: list[dict[str, Any]], *, named: bool) -> list[MemberCard]:
    people = {each["person_key"]: each for each in known.to_dicts()}
    order = {code: place for place, code in enumerate(CODE_LISTS["relation"].codes)}
    rows = sorted(rows, key=lambda row: (order.get(row["relation"] or "", len(order)), row["birth_on"] or date.max))
    return [_card(row, people.get(row["person_key"], {}), edition.as_of, named=named) for row in rows]


def _card(row: Mapping[str, Any], person: Mapping[str, Any], as_of: date, *, named: bool) -> MemberCard:
    name = person.get("person_name")
    return MemberCard(
        person_key=row["person_key"],
        name=((name or "") if named else mask_name(name)) or NAMELESS,
        number=mask_id(person.get("id_number")),
        relation=CODE_LISTS["relation"].labels.get(row["relation"] or "", ("成员",))[0],
        sex=CODE_LISTS["sex"].labels.get(row["sex"] or "", ("",))[0],
        age=_age(row["birth_on"], as_of),
        phone=(person.get("phone") or "") if named else "",
        address=(person.get("address") or "") if named else "",
        on_register=bool(row["on_register"]),
        counted=bool(row["counted"]),
        in_scope=bool(row["in_scope"]),
    )


def _age(born: date | None, as_of: date) -> int | None:
    """Full years (周岁)."""
    return None if born is None else as_of.year - born.year - ((as_of.month, as_of.day) < (born.month, born.day))


def _warnings(engine: Engine, edition: EditionInfo, family_id: str, kinds: tuple[str, ...]) -> list[WarningLine]:
    rows = [each for each in _rows(engine, edition, "warnings", family_id) if each["kind"] in kinds]
    rows.sort(key=lambda each: (each["due_on"] or date.max, each["rule_id"], each["warning_id"]))
    return [_warning(each) for each in rows]


def _warning(row: Mapping[str, Any]) -> WarningLine:
    rule = get_rule(row["rule_id"])
    seen = [rule.bases.get(row["basis"] or "", "")]
    if row["evidence_on"]:
        seen.append(Told("事实日期 %(day)s", day=row["evidence_on"]))
    if row["evidence_fen"] is not None:
        seen.append(Told("金额 %(sum)s", sum=yuan(row["evidence_fen"])))
    return WarningLine(
        warning_id=row["warning_id"],
        rule_id=rule.id,
        title=rule.title,
        kind=row["kind"],
        question=rule.question,
        seen=Listed(seen),
        person_key=row["person_key"] or "",
        raised_on=row["raised_on"],
        due_on=row["due_on"],
    )


def _rows(engine: Engine, edition: EditionInfo, table: str, family_id: str) -> list[dict[str, Any]]:
    schema = get_table(table).schema
    columns = PUBLISHED[table].__table__.c
    query = select(*[columns[name] for name in schema]).where(
        columns.edition_id == edition.edition_id, columns.family_id == family_id
    )
    with engine.connect() as connection:
        return read_frame(connection, query, schema).to_dicts()
