"""The register of visit sheets, handed in: checked row by row like a delivery, recorded visit by visit.

What belongs here: reading by the contract `visit_register`, putting the rows of a case together, and saying of each row
what became of it. A register that comes twice changes nothing the second time.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import select

from registry.archive import sha256_of
from registry.audit import append
from registry.casework.desk import Desk, instant
from registry.casework.rights import permit
from registry.casework.store import visible_case
from registry.casework.visits import VisitForm, record_visit
from registry.errors import CaseError, CaseNotFoundError, NotPermittedError
from registry.models import CaseVisit
from registry.roles import Actor
from schemas.codes import CodeList
from schemas.delivery import Delivery
from schemas.errors import DoudiError
from schemas.receipts import Receipt
from schemas.taking import take_into

__all__ = ["FORM", "ROW_STATES", "SheetRow", "TakenSheets", "read_form", "record_taken", "take_sheets"]

FORM = "visit_register"
ROW_STATES = CodeList(
    "state of a row", "登记行状态", {"accepted": ("已登记",), "quarantined": ("未登记",), "skipped": ("跳过",)}
)
_CASE = re.compile(r"C([0-9a-f]{24})-([0-9]+)")
_QUESTION = re.compile(r"Q([0-9a-f]+)")
_OF_VISIT = ("visited_on", "contact_means", "contact", "visit_outcome", "visit_note")
_GIVEN = ("visit_answer", *_OF_VISIT)
_MADE_UP = "走访单号或问题编号有误，请使用导出的登记表"
_NOT_THERE = "没有这张走访单的任务，或者它不在您的范围内"
_NEEDED = {"visited_on": "走访日期", "contact_means": "联系方式", "contact": "联系情况"}


@dataclass(frozen=True, slots=True, order=True)
class SheetRow:
    """What became of a row (counted as a person counts it); `reason` is "" for one that was taken.

    Where casework refused the visit, `fault` is its error, which pages tell in the language of their reader.
    """

    sheet: str
    row: int
    state: str
    reason: str = ""
    fault: DoudiError | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class TakenSheets:
    """What became of a register: every row with content, and how many visits were recorded.

    `read` is the number of rows of the file, `passed_over` counts by `schemas.reasons.SKIPS` those that hold no record
    (blank, heading, total): read = rows by their states + passed over.
    """

    rows: tuple[SheetRow, ...]
    visits: int
    read: int
    passed_over: Mapping[str, int]

    def count(self, state: str) -> int:
        """Rows of a state of `ROW_STATES`."""
        return sum(each.state == state for each in self.rows)

    def as_dict(self) -> dict[str, Any]:
        """The same for programs."""
        rows = [
            {"sheet": each.sheet, "row": each.row, "state": each.state, "reason": each.reason} for each in self.rows
        ]
        return {"visits": self.visits, "read": self.read, "passed_over": dict(self.passed_over), "rows": rows}


class _Rows:
    """Keeps the rows of a register in memory, for as long as they are worked on."""

    def begin(self) -> None:
        self.accepted: list[pl.DataFrame] = []
        self.quarantined: list[pl.DataFrame] = []

    def add(self, accepted: pl.DataFrame, quarantined: pl.DataFrame) -> None:
        self.accepted.append(accepted)
        self.quarantined.append(quarantined)


def take_sheets(
    desk: Desk, path: Path, *, actor: Actor, file_name: str | None = None, now: datetime | None = None
) -> TakenSheets:
    """Record the visits of a register (XLSX, CSV, ODS …); raises `DeliveryError` for a file that cannot be read.

    The rows of a case make one visit. A row that nobody has filled in is skipped, as is a visit that is recorded
    already; a row that contradicts the others of its case, its contract or the rules of casework is set aside with the
    reason, and with it its visit.
    """
    permit(actor, "visit.sheet")
    now = instant(now)
    digest = sha256_of(path)
    given, told, receipt = read_form(path, FORM, _GIVEN, desk.day(now), file_name or path.name, digest)
    of_case: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in given:
        of_case[each["case_no"]].append(each)
    visits = 0
    for number, rows in sorted(of_case.items()):
        said, again = _once(rows)
        state, reason, fault = _take(desk, number, said, actor, now)
        visits += state == "accepted"
        told += [*again, *(_told(each, state, reason, fault) for each in said)]
    record_taken(desk, actor, "录入走访单", digest, visits, told)
    return TakenSheets(tuple(sorted(told)), visits, receipt.rows_read, dict(receipt.skipped))


def read_form(  # what a filled form is
    path: Path, form: str, given: Sequence[str], today: date, file_name: str, digest: str
) -> tuple[list[dict[str, Any]], list[SheetRow], Receipt]:
    """The rows of a filled `form` in which any of the columns `given` is, what became of the others, and all counted.

    Raises `DeliveryError` for a file that cannot be read.
    """
    rows = _Rows()
    rows.begin()
    delivery = Delivery(form, today.strftime("%Y-%m"), "sheet", 1, file_name, digest)
    receipt = take_into(path, delivery, rows, today=today)
    told = [
        SheetRow(
            each["source_sheet"],
            each["source_row"],
            "quarantined",
            f"{each['column_title']}：{each['reason_title']}。{each['fix']}",
        )
        for frame in rows.quarantined
        for each in frame.iter_rows(named=True)
    ]
    read = [each for frame in rows.accepted for each in frame.iter_rows(named=True)]
    filled = [each for each in read if any(each[name] is not None for name in given)]
    told += [_told(each, "skipped", "未填写") for each in read if all(each[name] is None for name in given)]
    return filled, told, receipt


def record_taken(  # what is recorded of a filled form
    desk: Desk, actor: Actor, purpose: str, digest: str, visits: int, told: Sequence[SheetRow]
) -> None:
    """The event of a filled form in the audit chain: counts and its hash."""
    append(
        desk.engine,
        actor=actor.name,
        action="visit_sheets",
        purpose=purpose,
        details={
            "role": actor.role,
            "sha256": digest,
            "visits": visits,
            "rows": {state: sum(each.state == state for each in told) for state in ROW_STATES.codes},
        },
    )


def _told(row: Mapping[str, Any], state: str, reason: str, fault: DoudiError | None = None) -> SheetRow:
    return SheetRow(row["source_sheet"], row["source_row"], state, reason, fault)


def _once(rows: Sequence[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], list[SheetRow]]:
    """The rows of a case without those that say again what stands above them, and what is told of these."""
    first: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    again: list[SheetRow] = []
    for each in rows:
        said = tuple(each[name] for name in ("question_no", *_GIVEN))
        before = first.setdefault(said, each)
        if before is not each:
            again.append(_told(each, "skipped", f"与第 {before['source_row']} 行重复"))
    return list(first.values()), again


def _take(
    desk: Desk, number: str, rows: Sequence[Mapping[str, Any]], actor: Actor, now: datetime
) -> tuple[str, str, DoudiError | None]:
    """Record the visit of a case: what became of its rows, and why."""
    visit = {name: {each[name] for each in rows if each[name] is not None} for name in _OF_VISIT}
    named = _CASE.fullmatch(number)
    if named is None or (wrong := _wrong(rows, visit)):
        return "quarantined", wrong if named else _MADE_UP, None
    (day,), (means,), (contact,) = visit["visited_on"], visit["contact_means"], visit["contact"]
    try:
        if _recorded(desk, named[1], int(named[2]), day, means, actor):
            return "skipped", "该次走访已登记", None
        form = VisitForm(
            visited_on=day,
            means=means,
            contact=contact,
            answers={
                each["question_no"].removeprefix("Q"): each["visit_answer"]
                for each in rows
                if each["visit_answer"] is not None
            },
            outcome=next(iter(visit["visit_outcome"]), None),
            note="\n".join(sorted(visit["visit_note"])),
            channel="sheet",
        )
        record_visit(desk, named[1], form, actor=actor, now=now, nth=int(named[2]))
    except CaseError as error:
        unknown = isinstance(error, CaseNotFoundError)
        return "quarantined", _NOT_THERE if unknown else str(error), None if unknown else error
    except NotPermittedError:
        return "quarantined", "任务不由您承办，须由承办人或派发人员登记", None
    return "accepted", "", None


def _wrong(rows: Sequence[Mapping[str, Any]], visit: Mapping[str, set[Any]]) -> str:
    """Why the rows of a case make no visit; "" when they do."""
    if not all(_QUESTION.fullmatch(each["question_no"]) for each in rows):
        return _MADE_UP
    if len({each["question_no"] for each in rows}) < len(rows):
        return "同一走访单的同一问题填写了两次，内容不一致，请只留一行"
    if any(len(values) > 1 for name, values in visit.items() if name != "visit_note"):
        return "同一走访单各行的走访日期、方式、情况或结果不一致"
    missing = [title for name, title in _NEEDED.items() if not visit[name]]
    return f"未填写{'、'.join(missing)}" if missing else ""


def _recorded(desk: Desk, case_id: str, nth: int, day: Any, means: str, actor: Actor) -> bool:
    """Whether the visit is recorded already; raises `CaseNotFoundError` for a case that the actor may not know of."""
    query = select(CaseVisit.visit_id).where(
        CaseVisit.case_id == case_id,
        CaseVisit.round == nth,
        CaseVisit.visited_on == day,
        CaseVisit.means == means,
    )
    with desk.engine.connect() as connection:
        visible_case(connection, actor, case_id)
        return connection.execute(query).first() is not None
