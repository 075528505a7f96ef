"""Corrected identity numbers that a person has decided, as a delivery of the feed 身份证号更正 (domain line 15).

What belongs here: who may say that two numbers are one person, and the file that says so. It lies in `landing/` like a
row of the police, so that it is archived, explained, replayed and taken back by the same ways.
"""

import csv
import io
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from pathlib import Path

import polars as pl
from sqlalchemy import Engine

from linkage.identity import IdentityKey, person_keys
from registry.audit import append
from registry.decisions import DECISION_REASONS
from registry.errors import DecisionError
from registry.files import writing
from registry.vault import Vault
from schemas.contract import get_feed
from schemas.errors import UnknownNameError
from schemas.identifiers import is_valid, upgrade
from schemas.settings import Settings

__all__ = ["FEED", "NewCorrection", "record_correction"]

FEED = "id_corrections"
_COLUMNS = ("old_id", "new_id", "corrected_on")
_ID_BYTES = 6
_OLD_LENGTH = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCorrection:
    """That what stands under `old_id` is of the person whose number is `new_id`, from `corrected_on` on.

    Two persons stand for it: facts of one person would otherwise count for another. `reason` is of `DECISION_REASONS`.
    """

    old_id: str
    new_id: str
    corrected_on: date
    decided_by: str
    approved_by: str
    reason: str

    def __post_init__(self) -> None:
        if self.reason not in DECISION_REASONS.labels:
            raise UnknownNameError("reason", self.reason, DECISION_REASONS.labels)
        if not all(is_valid(_whole(each)) for each in (self.old_id, self.new_id)):
            raise DecisionError("a corrected number and the one it corrects are both valid identity numbers")
        if _whole(self.old_id) == _whole(self.new_id):
            raise DecisionError("both numbers are the same")
        first, second = (each.strip().casefold() for each in (self.decided_by, self.approved_by))
        if not first or not second or first == second:
            raise DecisionError("a correction needs a second person who approves it, other than the one who decides")


def record_correction(engine: Engine, settings: Settings, correction: NewCorrection) -> Path:
    """Write the delivery that the next run takes in, and record who decided; a correction that is there is left.

    Raises `DecisionError` when nothing that was delivered bears either number.
    """
    numbers = [_whole(correction.old_id), _whole(correction.new_id)]
    old_key, new_key = person_keys(pl.Series(numbers), IdentityKey.from_settings(settings))
    if Vault(settings).people([old_key, new_key]).is_empty():
        raise DecisionError("nothing that was delivered bears either number")
    day = correction.corrected_on
    name = blake2b(f"{old_key}\x1f{new_key}\x1f{day}".encode(), digest_size=_ID_BYTES).hexdigest()
    path = settings.landing_dir / FEED / f"{day:%Y-%m}" / f"decision-{name}.csv"
    if path.exists():
        return path
    with writing(path) as temporary:
        temporary.write_bytes(_csv([*numbers, day.isoformat()]))
        append(
            engine,
            actor=correction.decided_by,
            action="correct_identity",
            purpose=DECISION_REASONS.title_of(correction.reason),
            details={
                "old_key": old_key,
                "person_key": new_key,
                "corrected_on": day.isoformat(),
                "approved_by": correction.approved_by,
                "delivery": f"{FEED}/{day:%Y-%m}/{path.name}",
            },
        )
    return path


def _whole(number: str) -> str:
    """The number with 18 digits, in capitals."""
    tidy = number.strip().upper()
    return upgrade(tidy) if len(tidy) == _OLD_LENGTH and tidy.isdigit() else tidy


def _csv(row: list[str]) -> bytes:
    feed, text = get_feed(FEED), io.StringIO()
    csv.writer(text).writerows([[feed.column(each).title for each in _COLUMNS], row])
    return text.getvalue().encode("utf-8-sig")
