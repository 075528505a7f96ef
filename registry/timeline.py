"""The dated facts of a family in sentences, the latest first.

What belongs here: the words. What a reader may not know (custody, and property while it is only a question to be
verified) is left out; the kind of an illness is told to nobody here, since no visit needs it.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict

from registry.family_facts import FamilyFacts
from registry.wording import yuan
from schemas.codes import CODE_LISTS
from schemas.contract import DEPARTMENTS, all_feeds
from schemas.told import Listed, Told, Words

__all__ = ["TimelineEvent", "department_of", "events"]

_CUSTODY = frozenset({"prison", "outside_prison", "medical_bail", "detoxification"})
_CONDITIONS = {
    "severe_illness": "患重大疾病",
    "study": "在读",
    "missing": "被宣告失踪",
    "clergy": "宗教教职人员",
    "prison": "服刑",
    "outside_prison": "监外执行",
    "medical_bail": "保外就医",
    "detoxification": "强制隔离戒毒",
}
_HOLDINGS = {
    "vehicle": ("车辆", "vehicle_kind"),
    "real_estate": ("不动产", "property_usage"),
    "business": ("市场主体", "business_status"),
}
_RESIDENCES = {"permit": "领取居住证", "street": "由街道报送为实际居住"}

_Row = Mapping[str, Any]


class TimelineEvent(BaseModel):
    """One dated fact about one person: a sentence, the department that delivered it, and its table of facts."""

    model_config = ConfigDict(frozen=True)

    happened_on: date
    person_key: str
    sentence: Words
    department: str
    table: str = ""


def events(facts: FamilyFacts, *, verify: bool) -> list[TimelineEvent]:
    """All dated facts, the latest first; custody and property only to readers who `verify`."""
    told = [
        event.model_copy(update={"table": table})
        for table, tell in _TOLD.items()
        for row in facts.tables[table].iter_rows(named=True)
        for event in tell(row, verify=verify)
    ]
    unique = {(each.happened_on, each.person_key, each.sentence): each for each in told}
    return sorted(unique.values(), key=lambda each: (each.happened_on, each.person_key, each.sentence), reverse=True)


def _spell(row: _Row, *, verify: bool) -> Iterator[TimelineEvent]:  # noqa: ARG001  # all tellers are called alike
    programme = _word("programme", row["programme"])
    paid = row["monthly_amount_fen"]
    amount = Told("每月 %(sum)s", sum=yuan(paid)) if paid else ""
    yield from _event(row, row["started_on"], Listed([Told("开始享受%(what)s", what=programme), amount]))
    yield from _event(row, row["ended_on"], _because(Told("退出%(what)s", what=programme), row, "exit_reason"))


def _application(row: _Row, *, verify: bool) -> Iterator[TimelineEvent]:  # noqa: ARG001
    title = _word("application_programme", row["application_programme"])
    yield from _event(row, row["applied_on"], Told("申请%(what)s", what=title))
    decided = Told("%(what)s申请：%(decision)s", what=title, decision=_word("decision", row["decision"]))
    yield from _event(row, row["decided_on"], _because(decided, row, "refusal_reason"))


def _listing(row: _Row, *, verify: bool) -> Iterator[TimelineEvent]:  # noqa: ARG001
    title = _word("listing_kind", row["kind"])
    yield from _event(row, row["started_on"], Told("列为%(what)s", what=title))
    yield from _event(row, row["ended_on"], Told("不再列为%(what)s", what=title))


def _condition(row: _Row, *, verify: bool) -> Iterator[TimelineEvent]:
    kind = row["kind"]
    if kind in _CUSTODY and not verify:
        return
    if kind == "disability":
        category = _word("disability_category", row["category"])
        told = Told("%(what)s残疾%(grade)s 级", what=category, grade=row["grade"])
        yield from _event(row, row["started_on"], told if row["grade"] else Told("%(what)s残疾", what=category))
        yield from _event(row, row["ended_on"], "残疾证到期或注销")
        return
    detail = _word("school_stage", row["category"]) if kind == "study" and row["category"] else ""
    yield from _event(row, row["started_on"], _with(_CONDITIONS[kind], detail))
    yield from _event(row, row["ended_on"], _with(Told("%(what)s结束", what=_CONDITIONS[kind]), detail))


def _expense(row: _Row, *, verify: bool) -> Iterator[TimelineEvent]:  # noqa: ARG001
    title = _word("settlement_kind", row["kind"])
    paid = row["out_of_pocket_fen"]
    own = Told("个人自付 %(sum)s", sum=yuan(paid)) if paid is not None else ""
    yield from _event(row, row["spent_on"], Listed([Told("%(what)s结算", what=title), own]))


def _holding(row: _Row, *, verify: bool) -> Iterator[TimelineEvent]:
    if not verify:
        return
    title, codes = _HOLDINGS[row["kind"]]
    detail = _word(codes, row["detail"]) if row["detail"] else ""
    yield from _event(row, row["started_on"], _with(Told("登记%(what)s", what=title), detail))
    yield from _event(row, row["ended_on"], _with(Told("%(what)s注销或转出", what=title), detail))


def _registration(row: _Row, *, verify: bool) -> Iterator[TimelineEvent]:  # noqa: ARG001
    street = _word("street", row["street_code"]) if row["street_code"] else "本区"
    yield from _event(row, row["started_on"], Told("户籍登记在%(place)s", place=street))
    yield from _event(row, row["ended_on"], _because("户籍登记终止", row, "registration_status"))


def _residence(row: _Row, *, verify: bool) -> Iterator[TimelineEvent]:  # noqa: ARG001
    yield from _event(row, row["started_on"], _RESIDENCES[row["basis"]])


def _death(row: _Row, *, verify: bool) -> Iterator[TimelineEvent]:  # noqa: ARG001
    yield from _event(row, row["died_on"], "死亡")


def _marriage(row: _Row, *, verify: bool) -> Iterator[TimelineEvent]:  # noqa: ARG001
    yield from _event(row, row["registered_on"], _of("%(what)s登记", row, "marriage_event"))


def _visit(row: _Row, *, verify: bool) -> Iterator[TimelineEvent]:  # noqa: ARG001
    yield from _event(row, row["visited_on"], _of("入户走访：%(what)s", row, "visit_outcome"))


def _lead(row: _Row, *, verify: bool) -> Iterator[TimelineEvent]:  # noqa: ARG001
    lead = _of("%(what)s线索", row, "lead_source")
    yield from _event(row, row["reported_on"], _because(lead, row, "difficulty"))


_TOLD: Mapping[str, Callable[..., Iterator[TimelineEvent]]] = {
    "spells": _spell,
    "applications": _application,
    "listings": _listing,
    "conditions": _condition,
    "expenses": _expense,
    "holdings": _holding,
    "registrations": _registration,
    "residences": _residence,
    "deaths": _death,
    "marriages": _marriage,
    "visits": _visit,
    "leads": _lead,
}


def _event(row: _Row, day: date | None, sentence: str) -> Iterator[TimelineEvent]:
    if day is not None:
        yield TimelineEvent(
            happened_on=day, person_key=row["person_key"], sentence=sentence, department=department_of(row)
        )


def _of(message: str, row: _Row, column: str) -> str:
    """Of the code that stands in `column`, a column called after its list."""
    return Told(message, what=_word(column, row[column]))


def _because(told: str, row: _Row, column: str) -> str:
    """With the title of the code that stands in `column`, a column called after its list."""
    return _with(told, _word(column, row[column]) if row[column] else "")


def _with(told: str, detail: str) -> str:
    return Told("%(what)s（%(detail)s）", what=told, detail=detail) if detail else told


def _word(codes: str, code: str) -> str:
    return CODE_LISTS[codes].title_of(code)


def department_of(row: _Row) -> str:
    """The department whose feed delivered the row."""
    feed = all_feeds().get(row["source_feed"] or "")
    return DEPARTMENTS[feed.department] if feed else ""
