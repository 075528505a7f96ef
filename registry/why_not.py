"""Why a family or a person is not on the list: known or not, the nearest rule, what it lacked, what was not delivered.

What belongs here: finding whom the question is about and gathering what is known of them from the tables that the
edition was computed from. What the rules lack is found by `editions.why_not`; the words stand in
`registry.why_not_told`. An answer about a person rests on that person's rows alone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b
from typing import Any

import polars as pl
from sqlalchemy import Engine, select

from editions.decisions import binding
from editions.why_not import Finding, of_family, why_not
from registry.audit import append
from registry.decisions import known_decisions
from registry.edition_parameters import parameters_of
from registry.errors import SubjectListedError, SubjectNotFoundError
from registry.evidence import Sources
from registry.explain import current_key, person_key_of
from registry.models import PUBLISHED
from registry.queries import EditionInfo, require_edition
from registry.roles import Actor, require
from registry.scope import Area
from registry.vault import Vault, mask_id, mask_name
from registry.why_not_told import Told, WhyNot, presence_sentence, told_group
from schemas.settings import Settings

__all__ = ["NEEDED", "Computed", "explain_absence"]

NEEDED: tuple[str, ...] = ("identities", "deaths", "registrations", "residences", "aliases")
"""Tables of facts that are read beside those of the rules."""

_FAMILY = re.compile(r"[DHCP]:.+")

Computed = Mapping[str, pl.LazyFrame]
"""Tables of the stages of the edition asked about: `editions.why_not.READS` and `NEEDED`."""


@dataclass(frozen=True, slots=True)
class _Subject:
    """Whom the question is about: a family, a person in one, or a person in none."""

    family_id: str
    person_key: str | None
    name: str


def explain_absence(
    engine: Engine,
    settings: Settings,
    subject: str,
    tables: Computed,
    *,
    actor: Actor,
    as_of: date | None = None,
    known_on: date | datetime | None = None,
) -> WhyNot:
    """Say why a family (id or number) or person (identity number or key) is not listed, and record that it was asked.

    Raises `SubjectListedError` for whom the list has, `SubjectNotFoundError` for a family that is none,
    `NoEditionError`, `NotPermittedError`.
    """
    require(actor, "family.read")
    edition = require_edition(engine, as_of, known_on)
    wanted = _subject(engine, settings, edition, subject.strip(), tables, actor.area)
    append(
        engine,
        actor=actor.name,
        action="explain",
        purpose="说明未列入的理由",
        details={
            **actor.recorded,
            "edition_id": edition.edition_id,
            "subject": blake2b((wanted.family_id or wanted.person_key or "").encode(), digest_size=8).hexdigest(),
        },
    )
    return _answer(engine, settings, edition, wanted, tables)


def _subject(  # where it is looked for
    engine: Engine, settings: Settings, edition: EditionInfo, subject: str, tables: Computed, area: Area
) -> _Subject:
    person_key = None if _FAMILY.fullmatch(subject) else person_key_of(settings, subject)
    if person_key is not None:
        person_key = current_key(engine, edition, person_key)
        family = tables["members"].filter(pl.col("person_key") == person_key).select("family_id").collect()
        family_id = family.item() if family.height else ""
        name = _name(settings, person_key)
    else:
        asked = [subject] if _FAMILY.fullmatch(subject) else [f"D:{subject}", f"H:{subject}"]
        found = area.rows(tables["families"].filter(pl.col("family_id").is_in(asked)).collect()).select("family_id")
        if found.height != 1:
            raise SubjectNotFoundError(
                f"{found.height} families of that number are known to the edition as of {edition.as_of}; give a family "
                "id such as H:100, a family or household number, an identity number, or a person key"
            )
        family_id = name = found.item()
    _refuse_listed(engine, edition, family_id, person_key)
    return _Subject(family_id, person_key, name)


def _name(settings: Settings, person_key: str) -> str:
    for each in Vault(settings).people([person_key]).to_dicts():
        return f"{mask_name(each['person_name']) or '本人'} {mask_id(each['id_number'])}".strip()
    return "本人"


def _refuse_listed(engine: Engine, edition: EditionInfo, family_id: str, person_key: str | None) -> None:
    members = PUBLISHED["members"].__table__.c
    entries = PUBLISHED["list"].__table__.c
    of_person = select(members.family_id).where(
        members.edition_id == edition.edition_id, members.person_key == person_key
    )
    of_family_id = select(entries.family_id).where(
        entries.edition_id == edition.edition_id, entries.family_id == family_id
    )
    with engine.connect() as connection:
        listed = connection.scalars(of_person if person_key else of_family_id).first()
    if listed is not None:
        raise SubjectListedError(f"the list as of {edition.as_of} has this family; ask `doudi explain` why")


def _answer(engine: Engine, settings: Settings, edition: EditionInfo, wanted: _Subject, tables: Computed) -> WhyNot:
    held = parameters_of(settings, edition)
    parameters = held.at
    people = [wanted.person_key] if wanted.person_key else _people(tables, wanted.family_id)
    findings: list[Finding] = []
    told = Told.nobody(edition.as_of, parameters)
    if wanted.family_id:
        ours = of_family(tables, [wanted.family_id])
        findings = why_not(ours, people, edition.as_of, parameters)
        family = ours["families"].collect().to_dicts()
        told = Told(
            as_of=edition.as_of,
            parameters=parameters,
            family=family[0] if family else {},
            alone=wanted.person_key is None or _size(ours, wanted.family_id) == 1,
            applications=ours["applications"].filter(pl.col("person_key").is_in(people)).collect().to_dicts(),
            window=ours["income_window"].collect().to_dicts()[0],
            judged=_judged(engine, tables, people, edition.as_of),
            sources=Sources(engine, [str(each["source_delivery"]) for one in findings for each in _rows(one)]),
            delivered=_delivered(edition),
        )
    return WhyNot(
        subject=wanted.name,
        edition_id=edition.edition_id,
        as_of=edition.as_of,
        family_id=wanted.family_id,
        known=bool(wanted.family_id) or _known(tables, wanted.person_key),
        in_scope=bool(wanted.family_id),
        presence=presence_sentence(tables, wanted.person_key, edition.as_of, in_scope=bool(wanted.family_id)),
        parameters_in_force=held.unchanged,
        parameters_own=held.own,
        groups=[told_group(each, told) for each in findings],
    )


def _rows(finding: Finding) -> list[dict[str, Any]]:
    return finding.hits.to_dicts()


def _people(tables: Computed, family_id: str) -> list[str]:
    found = tables["members"].filter(pl.col("family_id") == family_id).select("person_key").collect()
    return sorted(found["person_key"])


def _size(tables: Computed, family_id: str) -> int:
    return int(tables["members"].filter(pl.col("family_id") == family_id).select(pl.len()).collect().item())


def _known(tables: Computed, person_key: str | None) -> bool:
    rows = tables["identities"].filter(pl.col("person_key") == person_key)
    return bool(rows.select(pl.len()).collect().item())


def _judged(engine: Engine, tables: Computed, people: list[str], as_of: date) -> dict[str, str]:
    """The decision by which a person found a rule's fact not true, by rule."""
    decided = {"decisions": known_decisions(engine, as_of).lazy(), "aliases": tables["aliases"]}
    rows = binding(decided, as_of).filter(pl.col("outcome") == "not_true", pl.col("person_key").is_in(people))
    return {each["rule_id"]: each["decision_id"] for each in rows.collect().to_dicts()}


def _delivered(edition: EditionInfo) -> dict[str, str]:
    """The latest month in which a feed was delivered, by feed."""
    latest: dict[str, str] = {}
    for each in edition.manifest["inputs"]["deliveries"]:
        latest[each["feed"]] = max(latest.get(each["feed"], ""), each["month"])
    return latest
