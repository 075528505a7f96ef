"""Why a family or a person is on the list: rule, law, source row, date, what would change it, how to object.

What belongs here: finding whom the question is about, and putting the rows of the edition into sentences. An
explanation of one person tells nothing of another: neither the ward's benefits to an obligor, nor a relative's facts.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from sqlalchemy import Engine, select

from editions.chain import NO_RECORD
from linkage.identity import IdentityKey, person_keys
from registry.audit import append
from registry.bulk import read_frame
from registry.edition_parameters import EditionParameters, parameters_of
from registry.errors import SubjectNotFoundError
from registry.evidence import Sources, register_rows
from registry.explanation import OF_PERSON, Evidence, Explanation, GroupReason, MemberLine, PointsLine, SourceLine
from registry.filters import EVIDENCE, LAYERS, TIERS
from registry.grounds_told import ground_lines
from registry.models import PUBLISHED, EditionAlias
from registry.predicates import predicate_lines
from registry.provenance import provenance
from registry.queries import EditionInfo, require_edition
from registry.roles import Actor, require
from registry.scope import Area
from registry.score_wording import score_heading, score_lines, tier_changes, unknown_lines
from registry.standing_notes import standing_notes
from registry.vault import Vault, mask_id, mask_name
from registry.wording import measure_lines, parameter_lines, tier_lines, yuan
from rules import get_rule, rules_of
from rules.parameters import ParametersAt
from schemas.codes import CODE_LISTS
from schemas.identifiers import is_valid, upgrade
from schemas.settings import Settings
from schemas.tables import get_table
from schemas.told import Listed, Told
from scoring.features import FEATURES_OF_HITS, MODEL_FEATURES
from scoring.model import BASE

__all__ = ["NAMELESS", "current_key", "explain", "person_key_of"]

NAMELESS = "成员"
"""How a person is called of whom no name was delivered."""

_PERSON_KEY = re.compile(r"[0-9a-f]{24}")
_OLD_NUMBER = re.compile(r"[0-9]{15}")
_FAMILY = re.compile(r"[DHCP]:.+")
_OBLIGOR, _LOW_INCOME = "obligor_family", "low_income_family"
_REQUIRED = "low_income_family.required_feeds"
_OBJECTIONS = [
    "可以向所在街道或区民政部门口头或书面提出异议，申请核对来源数据；由非原承办人员复核。",
    "来源数据有误的，可以请求提供数据的部门更正；更正后的数据交付后重新计算，已发布的版本保留备查。",
    "名单只用于主动发现和走访，不以计算结果单独作出停发、退出救助等不利决定。",
    "有权要求说明，并拒绝仅由机器作出的决定（中华人民共和国个人信息保护法第二十四条）。",
]
_STATUS_NOTE = "除规定期限届满和确认死亡外，退出均先列为拟退出，经工作人员核实确认后生效。"


class _Question:
    """The edition and the rows about one family, and of whom facts may be told."""

    def __init__(self, engine: Engine, edition: EditionInfo, family_id: str, person_key: str | None) -> None:
        self.edition = edition
        self.person_key = person_key
        self.entry = self._rows(engine, "list", family_id).row(0, named=True)
        self.members = self._rows(engine, "members", family_id).to_dicts()
        self.hits = [each for each in self._rows(engine, "hits", family_id).to_dicts() if self._told(each)]
        self.standings = [each for each in self._rows(engine, "standings", family_id).to_dicts() if self._told(each)]
        self.scores = self._rows(engine, "score_reasons", family_id).to_dicts()
        self.notes = standing_notes(engine, edition.edition_id, family_id, person_key)
        whole = person_key is None or len(self.members) == 1
        # why a measure is suggested to a family may be the affair of another member
        self.measures = self._rows(engine, "measures", family_id).to_dicts() if whole else []

    def _told(self, row: Mapping[str, Any]) -> bool:
        return self.person_key is None or row["person_key"] == self.person_key

    def _rows(self, engine: Engine, table: str, family_id: str) -> pl.DataFrame:
        schema = get_table(table).schema
        columns = PUBLISHED[table].__table__.c
        query = select(*[columns[name] for name in schema]).where(
            columns.edition_id == self.edition.edition_id, columns.family_id == family_id
        )
        with engine.connect() as connection:
            return read_frame(connection, query, schema)

    @property
    def on_register(self) -> list[str]:
        """Persons on the register of whom facts may be told."""
        return [each["person_key"] for each in self.members if each["on_register"] and self._told(each)]


def explain(
    engine: Engine,
    settings: Settings,
    subject: str,
    *,
    actor: Actor,
    as_of: date | None = None,
    known_on: date | datetime | None = None,
    unmask: bool = False,
) -> Explanation:
    """Explain a family (its id or number) or a person (identity number or person key), and record that it was asked.

    Names show their first character only, unless `unmask` is asked for by a role that may. Raises
    `SubjectNotFoundError` when there is nobody of that identity on the list, `NoEditionError`, `NotPermittedError`.
    """
    require(actor, "family.read")
    if unmask:
        require(actor, "family.unmask")
    edition = require_edition(engine, as_of, known_on)
    family_id, person_key = _find(engine, settings, edition, subject.strip(), actor.area)
    question = _Question(engine, edition, family_id, person_key)
    append(
        engine,
        actor=actor.name,
        action="explain",
        purpose="说明列入理由",
        details={
            **actor.recorded,
            "edition_id": edition.edition_id,
            "subject": blake2b(family_id.encode(), digest_size=8).hexdigest(),
            "masked": not unmask,
        },
    )
    held = parameters_of(settings, edition)
    return _explanation(engine, settings, question, held, _names(settings, question, unmask=unmask))


def _find(engine: Engine, settings: Settings, edition: EditionInfo, subject: str, area: Area) -> tuple[str, str | None]:
    """The family id, and the person key when the question is about a person; a family elsewhere is as if not there."""
    if _FAMILY.fullmatch(subject):
        wanted, person_key = _listed(engine, edition, [subject], area), None
    elif person_key := person_key_of(settings, subject):
        person_key = current_key(engine, edition, person_key)
        members = PUBLISHED["members"].__table__.c
        query = select(members.family_id).where(
            members.edition_id == edition.edition_id, members.person_key == person_key
        )
        with engine.connect() as connection:
            wanted = _listed(engine, edition, list(connection.scalars(query)), area)
    else:
        wanted, person_key = _listed(engine, edition, [f"D:{subject}", f"H:{subject}"], area), None
    if not wanted:
        raise SubjectNotFoundError(
            f"nobody of that identity is on the list as of {edition.as_of} (edition {edition.edition_id}); give "
            "a family id such as H:100, a family or household number, an identity number, or a person key; "
            "--why-not tells why somebody is not listed"
        )
    if len(wanted) > 1:
        raise SubjectNotFoundError(f"the number is that of {len(wanted)} families; give one of {', '.join(wanted)}")
    return wanted[0], person_key


def current_key(engine: Engine, edition: EditionInfo, person_key: str) -> str:
    """The key by which the edition knows a person whose number was corrected."""
    query = select(EditionAlias.person_key).where(
        EditionAlias.edition_id == edition.edition_id, EditionAlias.old_key == person_key
    )
    with engine.connect() as connection:
        return connection.execute(query).scalar() or person_key


def _listed(engine: Engine, edition: EditionInfo, family_ids: list[str], area: Area) -> list[str]:
    entries = PUBLISHED["list"].__table__.c
    query = select(entries.family_id).where(
        entries.edition_id == edition.edition_id,
        entries.family_id.in_(family_ids),
        area.condition(entries.street_code, entries.community_code),
    )
    with engine.connect() as connection:
        return sorted(connection.scalars(query))


def person_key_of(settings: Settings, subject: str) -> str | None:
    """The key of an identity number or of a key; None for anything else."""
    if _PERSON_KEY.fullmatch(subject):
        return subject
    number = upgrade(subject) if _OLD_NUMBER.fullmatch(subject) else subject.upper()
    if not is_valid(number):
        return None
    key = IdentityKey.from_settings(settings)
    return str(person_keys(pl.Series("number", [number]), key).item())


def _names(settings: Settings, question: _Question, *, unmask: bool) -> dict[str, str]:
    """How each member is called in the explanation."""
    keys = [each["person_key"] for each in question.members]
    people = {each["person_key"]: each for each in Vault(settings).people(keys).to_dicts()}
    names = {}
    for member in question.members:
        person = people.get(member["person_key"], {})
        name, number = person.get("person_name"), person.get("id_number")
        shown = (name or "") if unmask else mask_name(name)
        names[member["person_key"]] = f"{shown or NAMELESS} {number if unmask else mask_id(number)}".strip()
    return names


def _explanation(
    engine: Engine, settings: Settings, question: _Question, held: EditionParameters, names: Mapping[str, str]
) -> Explanation:
    entry, edition, parameters = question.entry, question.edition, held.at
    spells = register_rows(settings, edition, question.on_register)
    feeds = parameters.texts(_REQUIRED)
    income = [each for each in edition.manifest["inputs"]["deliveries"] if each["feed"] in feeds]
    rows = [each["source_delivery"] for each in (*question.hits, *spells, *question.standings)]
    sources = Sources(engine, [str(each) for each in (*rows, *(each["delivery_id"] for each in income))])
    searched = [each for each in map(sources.whole, income) if each]
    told = _Telling(parameters, names, sources, searched)
    groups = [_group(rule.id, question, told) for rule in rules_of("group")]
    classes = CODE_LISTS["difficulty"]
    features = {each.name: each.title for each in MODEL_FEATURES} | {BASE: "一般家庭的起点"}
    tiers = tier_lines(entry["tier_reasons"], parameters)
    return Explanation(
        subject=names[question.person_key] if question.person_key else entry["family_id"],
        person_key=question.person_key or "",
        edition_id=edition.edition_id,
        as_of=edition.as_of,
        published_at=edition.published_at.astimezone(ZoneInfo(settings.timezone)),
        family_id=entry["family_id"],
        layer=entry["layer"],
        layer_title=LAYERS.title_of(entry["layer"]),
        layer_sentence=_layer_sentence(question),
        street=CODE_LISTS["street"].labels.get(entry["street_code"] or "", ("街道不明",))[0],
        tier=entry["tier"] or "",
        tier_title=TIERS.labels.get(entry["tier"] or "", ("未定级",))[0],
        tier_points=entry["tier_points"] or 0,
        tier_reasons=tiers,
        tier_parameters=parameter_lines(("tiers.orange_points", "tiers.red_points"), parameters),
        classes=[classes.title_of(each) for each in (entry["classes"] or "").split(";") if each],
        score=entry["score"],
        score_reasons=[
            PointsLine(
                reason=each["feature"],
                title=features.get(each["feature"], each["feature"]),
                points=each["points"] or 0,
            )
            for each in question.scores
        ],
        score_heading=score_heading(entry["score"], question.scores),
        score_told=score_lines(question.scores, edition.as_of, _latest(question.hits)),
        score_unknown=unknown_lines(question.scores, entry["income_evidence"]),
        income_evidence=entry["income_evidence"] or "",
        income_fen=entry["income_fen"],
        income_text=_income(entry),
        members=[_member(each, names) for each in question.members],
        register_evidence=[_spell(each, names, sources) for each in spells],
        groups=[each for each in groups if each is not None],
        grounds=ground_lines(question.standings, names, sources, searched),
        measures=measure_lines(question.measures),
        would_change=[*question.notes, *tier_changes(entry["tier_points"], tiers, parameters), _STATUS_NOTE],
        objections=_OBJECTIONS,
        provenance=provenance(engine, settings, edition, held),
    )


def _latest(hits: Iterable[Mapping[str, Any]]) -> dict[str, date]:
    """When the latest fact happened that each feature made of hits counts."""
    found: dict[str, date] = {}
    for feature, rule in FEATURES_OF_HITS.items():
        days = [each["evidence_on"] for each in hits if each["rule_id"] == rule and each["evidence_on"]]
        if days:
            found[feature] = max(days)
    return found


def _layer_sentence(question: _Question) -> str:
    if question.entry["layer"] == "registered":
        count = sum(bool(each["on_register"]) for each in question.members)
        return Told("%(layer)s，%(count)s 名成员目前在册享受救助", layer=LAYERS.title_of("registered"), count=count)
    return Told("%(layer)s，不在册，因下列群体列入主动发现的范围", layer=LAYERS.title_of("extended"))


def _income(entry: Mapping[str, Any]) -> str:
    known = EVIDENCE.labels.get(entry["income_evidence"] or "", ("不明",))[0]
    if entry["income_fen"] is None:
        return known
    return Told("%(known)s，十二个月计入收入合计 %(sum)s", known=known, sum=yuan(entry["income_fen"]))


def _member(row: Mapping[str, Any], names: Mapping[str, str]) -> MemberLine:
    relation = CODE_LISTS["relation"].labels.get(row["relation"] or "", ("成员",))[0]
    return MemberLine(person=names[row["person_key"]], relation=relation, on_register=bool(row["on_register"]))


def _spell(row: Mapping[str, Any], names: Mapping[str, str], sources: Sources) -> Evidence:
    programme = CODE_LISTS["programme"].title_of(row["programme"])
    return Evidence(
        person=names[row["person_key"]],
        person_key=row["person_key"],
        basis="on_register",
        sentence=Told(
            OF_PERSON,
            person=names[row["person_key"]],
            fact=Told("%(programme)s，自 %(day)s 起在册", programme=programme, day=row["started_on"]),
        ),
        evidence_on=row["started_on"],
        source=sources.of(row),
    )


@dataclass(frozen=True, slots=True)
class _Telling:
    """With what rows are put into words; `searched` are the deliveries that would show an income."""

    parameters: ParametersAt
    names: Mapping[str, str]
    sources: Sources
    searched: list[SourceLine]


def _group(rule_id: str, question: _Question, told: _Telling) -> GroupReason | None:
    """The group with its evidence, the latest fact first; None when the family has no hit of it."""
    hits = [each for each in question.hits if each["rule_id"] == rule_id]
    if not hits:
        return None
    rule = get_rule(rule_id)
    hits.sort(key=lambda each: (each["evidence_on"] or date.min, each["person_key"]), reverse=True)
    return GroupReason(
        rule_id=rule_id,
        title=rule.title,
        legal_basis=rule.legal_basis,
        definition_lines=list(rule.lines),
        predicates=predicate_lines(
            rule_id, hits, question.entry, question.members, told.parameters, question.edition.as_of
        ),
        evidence=[_evidence(each, told) for each in hits],
        parameters=parameter_lines(rule.parameters, told.parameters),
        would_change=_would_change(rule_id, hits),
    )


def _evidence(hit: Mapping[str, Any], told: _Telling) -> Evidence:
    """One fact in a sentence. When a ward came on the register is the ward's own affair, and is left out."""
    rule = get_rule(hit["rule_id"])
    happened = None if rule.id == _OBLIGOR else hit["evidence_on"]
    parts = [rule.bases.get(hit["basis"], hit["basis"] or rule.title)]
    if happened:
        parts.append(Told("事实日期 %(day)s", day=happened))
    if hit["evidence_fen"] is not None:
        parts.append(Told("金额 %(sum)s", sum=yuan(hit["evidence_fen"])))
    if hit["valid_until"]:
        parts.append(Told("有效至 %(day)s", day=hit["valid_until"]))
    person = told.names.get(hit["person_key"], NAMELESS)
    return Evidence(
        person=person,
        person_key=hit["person_key"],
        basis=hit["basis"] or "",
        sentence=Told(OF_PERSON, person=person, fact=Listed(parts)),
        evidence_on=happened,
        valid_until=hit["valid_until"],
        amount_fen=hit["evidence_fen"],
        source=told.sources.of(hit),
        searched=told.searched if hit["basis"] == NO_RECORD else [],
    )


def _would_change(rule_id: str, hits: list[dict[str, Any]]) -> str:
    if rule_id == _LOW_INCOME:
        return "计入的家庭成员人数或十二个月收入发生变化、不再符合上述标准的，经核实确认后退出本群体"
    if rule_id == _OBLIGOR:
        return "被赡(扶、抚)养人不再在册，或法定的赡(扶、抚)养义务终止后，退出本群体"
    ends = [each["valid_until"] for each in hits]
    if None in ends:
        return "上述名册或事实终止并满规定期限后，退出本群体"
    return Told("规定期限至 %(day)s 届满，期满次日起退出本群体，出现新的事实除外", day=max(ends))
