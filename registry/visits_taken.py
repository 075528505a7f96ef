"""The filled plan of visits, handed in: each outcome is kept beside the plan and delivered as 入户走访.

What belongs here: reading by the form `visit_plan`, saying of each row what became of it, and the deliveries that
follow. A plan names families that have no case, above all those drawn at random: this is how what was found there comes
back. A file that comes twice changes nothing the second time; a later one of the same family takes its place.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

import polars as pl

from registry.archive import sha256_of
from registry.casework.desk import Desk, instant
from registry.casework.feed import PLAN_SENDER, SHOWN, DeliveredMonth, deliver_rows
from registry.casework.rights import permit
from registry.casework.sheets import SheetRow, TakenSheets, read_form, record_taken
from registry.files import writing
from registry.lock import writer_lock
from registry.roles import Actor
from registry.vault import Vault
from registry.visits import kept_plans, plans_dir
from schemas.codes import CODE_LISTS
from schemas.settings import Settings

__all__ = ["WAIT_SECONDS", "answers_of", "deliver_plan_visits", "take_visits"]

_FORM = "visit_plan"
_GIVEN = {"visited_on": "走访日期", "visit_outcome": "走访结果"}
_PLACED = ("family_id", "head_key", "person_key", "street_code", "community_code")
_ANSWERS = pl.Schema(
    {
        "family_id": pl.String(),
        "head_key": pl.String(),
        "person_key": pl.List(pl.String()),
        "street_code": pl.String(),
        "community_code": pl.String(),
        "visited_on": pl.Date(),
        "visit_outcome": pl.String(),
    }
)
_ID_BYTES = 8
WAIT_SECONDS = 5
"""How long somebody is kept waiting while another command writes."""


def take_visits(
    desk: Desk, path: Path, *, actor: Actor, file_name: str | None = None, now: datetime | None = None
) -> TakenSheets:
    """Keep the outcomes of a filled plan (XLSX, CSV …), and write what they come to into the landing directory.

    A row that nobody has filled in is skipped, as is one that is kept already; a row of a family outside the plans or
    the actor's area, without day or outcome, or of a day before its plan is set aside with the reason.

    Raises `DeliveryError` for a file that cannot be read, `NotPermittedError`.
    """
    permit(actor, "visit.sheet")
    today, digest = desk.day(instant(now)), sha256_of(path)
    given, told, receipt = read_form(path, _FORM, [*_GIVEN], today, file_name or path.name, digest)
    with writer_lock(desk.settings, wait_seconds=WAIT_SECONDS):
        plans = [(day, _by_family(actor.area.rows(plan))) for day, plan in kept_plans(desk.settings, today)]
        answers = {day: _by_family(answers_of(desk.settings, day)) for day, _ in plans}
        for row in given:
            state, reason = _take(row, plans, answers)
            told.append(SheetRow(row["source_sheet"], row["source_row"], state, reason))
        visits = sum(each.state == "accepted" for each in told)
        record_taken(desk, actor, "录入走访安排结果", digest, visits, told)  # first: nothing is kept unrecorded
        if visits:
            for day, _ in plans:
                _keep(desk.settings, day, answers[day].values())
        deliver_plan_visits(desk)
    return TakenSheets(tuple(sorted(told)), visits, receipt.rows_read, dict(receipt.skipped))


def deliver_plan_visits(desk: Desk) -> list[DeliveredMonth]:
    """Write what plans have come to, a file for each month of visits, where it says something new.

    A visit is told of the head, or where no number of theirs is known of a member with one.
    """
    answered = [
        (day, each)
        for day in sorted(date.fromisoformat(each.stem) for each in _folder(desk.settings).glob("????-??-??.parquet"))
        for each in answers_of(desk.settings, day).iter_rows(named=True)
    ]
    known = Vault(desk.settings).persons({key for _, each in answered for key in each["person_key"]})
    rows = [_row(day, each, known) for day, each in answered]
    return deliver_rows(desk, PLAN_SENDER, pl.DataFrame(rows, schema=SHOWN, orient="row"))


_Plans = Sequence[tuple[date, Mapping[str, Mapping[str, Any]]]]


def _take(
    row: Mapping[str, Any], plans: _Plans, answers: Mapping[date, dict[str, Mapping[str, Any]]]
) -> tuple[str, str]:
    """Put the row among the answers of its plan: what became of it, and why."""
    missing = [title for name, title in _GIVEN.items() if row[name] is None]
    if missing:
        return "quarantined", f"未填写{'、'.join(missing)}"
    of_family = [(day, plan[row["family_id"]]) for day, plan in plans if row["family_id"] in plan]
    if not of_family:
        return "quarantined", "这家人不在走访安排中，或不在您的区域"
    before = [(day, family) for day, family in of_family if day < row["visited_on"]]
    if not before:
        return "quarantined", f"走访日期不晚于安排的统计截止日 {of_family[0][0]}"
    day, family = before[-1]
    answer = {name: family[name] for name in _PLACED} | {name: row[name] for name in _GIVEN}
    if answers[day].get(row["family_id"]) == answer:
        return "skipped", "该次走访已登记"
    answers[day][row["family_id"]] = answer
    return "accepted", ""


def _row(day: date, answer: Mapping[str, Any], known: Mapping[str | None, Mapping[str, Any]]) -> tuple[Any, ...]:
    """As `SHOWN` says. The number of the visit stays when it is told anew, so that a correction replaces it."""
    number = blake2b(f"{day}\x1f{answer['family_id']}".encode(), digest_size=_ID_BYTES).hexdigest()
    able = [key for key in answer["person_key"] if known.get(key, {}).get("id_number")]
    told = answer["head_key"] if answer["head_key"] in able or not able else able[0]
    return (
        f"{answer['visited_on']:%Y-%m}",
        told,
        f"P{number}",
        answer["visited_on"].isoformat(),
        CODE_LISTS["visit_outcome"].title_of(answer["visit_outcome"]),
        answer["street_code"],
        answer["community_code"],
    )


def _by_family(rows: pl.DataFrame) -> dict[str, Mapping[str, Any]]:
    return {each["family_id"]: each for each in rows.iter_rows(named=True)}


def answers_of(settings: Settings, day: date) -> pl.DataFrame:
    """The outcomes that came back for the plan of a day, a row a family."""
    path = _path(settings, day)
    return pl.read_parquet(path) if path.is_file() else _ANSWERS.to_frame()


def _keep(settings: Settings, day: date, answers: Iterable[Mapping[str, Any]]) -> None:
    rows = pl.from_dicts([dict(each) for each in answers], schema=_ANSWERS).sort("family_id")
    if rows.height:
        with writing(_path(settings, day)) as temporary:
            rows.write_parquet(temporary)


def _folder(settings: Settings) -> Path:
    return plans_dir(settings) / "answers"


def _path(settings: Settings, day: date) -> Path:
    return _folder(settings) / f"{day}.parquet"
