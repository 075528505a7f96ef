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
    sentence: str
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
    amount = f"，每月 {yuan(row['monthly_amount_fen'])}" if row["monthly_amount_fen"] else ""
    yield from _event(row, row["started_on"], f"开始享受{programme}{amount}")
    reason = f"（{_word('exit_reason', row['exit_reason'])}）" if row["exit_reason"] else ""
    yield from _event(row, row["ended_on"], f"退出{programme}{reason}")


def _application(row: _Row, *, verify: bool) -> Iterator[TimelineEvent]:  # noqa: ARG001
    title = _word("application_programme", row["application_programme"])
    yield from _event(row, row["applied_on"], f"申请{title}")
    reason = f"（{_word('refusal_reason', row['refusal_reason'])}）" if row["refusal_reason"] else ""
    yield from _event(row, row["decided_on"], f"{title}申请：{_word('decision', row['decision'])}{reason}")


def _listing(row: _Row, *, verify: bool) -> Iterator[TimelineEvent]:  # noqa: ARG001
    title = _word("listing_kind", row["kind"])
    yield from _event(row, row["started_on"], f"列为{title}")
    yield from _event(row, row["ended_on"], f"不再列为{title}")


def _condition(row: _Row, *, verify: bool) -> Iterator[TimelineEvent]:
    kind = row["kind"]
    if kind in _CUSTODY and not verify:
        return
    if kind == "disability":
        grade = f"{row['grade']} 级" if row["grade"] else ""
        yield from _event(row, row["started_on"], f"{_word('disability_category', row['category'])}残疾{grade}")
        yield from _event(row, row["ended_on"], "残疾证到期或注销")
        return
    detail = f"（{_word('school_stage', row['category'])}）" if kind == "study" and row["category"] else ""
    yield from _event(row, row["started_on"], f"{_CONDITIONS[kind]}{detail}")
    yield from _event(row, row["ended_on"], f"{_CONDITIONS[kind]}结束{detail}")


def _expense(row: _Row, *, verify: bool) -> Iterator[TimelineEvent]:  # noqa: ARG001
    title = _word("settlement_kind", row["kind"])
    own = f"，个人自付 {yuan(row['out_of_pocket_fen'])}" if row["out_of_pocket_fen"] is not None else ""
    yield from _event(row, row["spent_on"], f"{title}结算{own}")


def _holding(row: _Row, *, verify: bool) -> Iterator[TimelineEvent]:
    if not verify:
        return
    title, codes = _HOLDINGS[row["kind"]]
    detail = f"（{_word(codes, row['detail'])}）" if row["detail"] else ""
    yield from _event(row, row["started_on"], f"登记{title}{detail}")
    yield from _event(row, row["ended_on"], f"{title}注销或转出{detail}")


def _registration(row: _Row, *, verify: bool) -> Iterator[TimelineEvent]:  # noqa: ARG001
    street = _word("street", row["street_code"]) if row["street_code"] else "本区"
    yield from _event(row, row["started_on"], f"户籍登记在{street}")
    yield from _event(
        row, row["ended_on"], f"户籍登记终止（{_word('registration_status', row['registration_status'])}）"
    )


def _residence(row: _Row, *, verify: bool) -> Iterator[TimelineEvent]:  # noqa: ARG001
    yield from _event(row, row["started_on"], _RESIDENCES[row["basis"]])


def _death(row: _Row, *, verify: bool) -> Iterator[TimelineEvent]:  # noqa: ARG001
    yield from _event(row, row["died_on"], "死亡")


def _marriage(row: _Row, *, verify: bool) -> Iterator[TimelineEvent]:  # noqa: ARG001
    yield from _event(row, row["registered_on"], f"{_word('marriage_event', row['marriage_event'])}登记")


def _visit(row: _Row, *, verify: bool) -> Iterator[TimelineEvent]:  # noqa: ARG001
    yield from _event(row, row["visited_on"], f"入户走访：{_word('visit_outcome', row['visit_outcome'])}")


def _lead(row: _Row, *, verify: bool) -> Iterator[TimelineEvent]:  # noqa: ARG001
    difficulty = f"（{_word('difficulty', row['difficulty'])}）" if row["difficulty"] else ""
    yield from _event(row, row["reported_on"], f"{_word('lead_source', row['lead_source'])}线索{difficulty}")


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


def _word(codes: str, code: str) -> str:
    return CODE_LISTS[codes].title_of(code)


def department_of(row: _Row) -> str:
    """The department whose feed delivered the row."""
    feed = all_feeds().get(row["source_feed"] or "")
    return DEPARTMENTS[feed.department] if feed else ""
