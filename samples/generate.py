"""Making a sample district: simulate, let the departments write, and tell the truth.

What belongs here: the order of these, and the layout of the folder that they fill.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from samples.agreements import write_agreements
from samples.departments import BUILDERS, Slice
from samples.dirt import MENDED, Dirt, soil
from samples.edges import sharpen
from samples.faults import Fault, fault_of, first_try, misreported
from samples.habits import Habit, habit_of, headings, present, title_row
from samples.identities import identify
from samples.troubles import LATE, Trouble, declare, retold, trouble_of, troubled, worn
from samples.truth import Truth, write_truth
from samples.world import simulate
from samples.world.base import month_name
from samples.writing import Sheet, write
from schemas.columns import Kind
from schemas.contract import DEPARTMENTS, Feed, all_feeds
from schemas.simulated import SIMULATED, SIMULATED_FILE

__all__ = ["SampleSummary", "generate"]

_STREET = "street_code"


@dataclass(frozen=True)
class SampleSummary:
    """What was made: residents at the end, folder months, files, rows in them, hits by group in the last month."""

    out: Path
    people: int
    months: tuple[str, ...]
    feeds: int
    files: int
    rows: int
    hits: dict[str, int]


def generate(
    *,
    people: int,
    months: int,
    seed: int,
    dirt: float,
    out: Path,
    first_month: str = "2026-01",
    report: Callable[[str], None] | None = None,
    troubles: bool = False,
) -> SampleSummary:
    """Write landing, truth and sharing agreements of a simulated district to `out`; equal arguments give equal bytes.

    With `troubles`, deliveries of the last two months go wrong as `samples.troubles` declares; a late file waits in
    `out`/late.
    """
    tell = report or _silent
    tell(f"simulating {people} people")
    world = simulate(size=people, months=months, seed=seed, first_month=first_month, report=report)
    identities = identify(world)
    truth = Truth(world)
    sharpen(world, truth)
    _mark(out, people=people, months=months, seed=seed, dirt=dirt)
    files = rows = 0
    for month in range(world.first, world.last + 1):
        view = Slice(world, identities, month)
        for feed in all_feeds().values():
            chance = _chance(seed, month, feed)
            trouble = trouble_of(feed.name, world.last - month) if troubles else None
            written, height = _deliver(view, feed, Dirt(dirt, chance), _Place(out, trouble))
            files, rows = files + written, rows + height
        tell(f"delivered {month_name(month)}")
    hits = write_truth(truth, identities, out / "truth", tell)
    lapsed, unagreed = (troubled("lapsed"), troubled("unagreed")) if troubles else ((), ())
    write_agreements(out, month_name(world.last), expired=lapsed, absent=unagreed)
    if troubles:
        declare([month_name(each) for each in range(world.first, world.last + 1)], out / "truth")
    return SampleSummary(
        out=out,
        people=int(world.residents.sum()),
        months=tuple(month_name(each) for each in range(world.first, world.last + 1)),
        feeds=len(all_feeds()),
        files=files,
        rows=rows,
        hits=hits,
    )


def _mark(out: Path, **made: float) -> None:
    """Say in the landing folder itself that nobody in it exists, so that whoever takes it in knows."""
    path = out / "landing" / SIMULATED_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    told = {SIMULATED: True, "note": "模拟数据，不涉及任何真实个人", **made}
    path.write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _silent(_: str) -> None:
    """Report to nobody."""


def _chance(seed: int, month: int, feed: Feed) -> np.random.Generator:
    """Chance that depends on the delivery alone, so that one feed's faults do not move another's."""
    return np.random.default_rng([seed, month, *feed.name.encode()])


@dataclass(frozen=True)
class _Place:
    """Where a feed's delivery of a month goes, and the trouble that it has on the way."""

    out: Path
    trouble: Trouble | None

    @property
    def kind(self) -> str:
        """What the trouble is; empty for none."""
        return self.trouble.kind if self.trouble else ""

    def folder(self, feed: Feed, month: int) -> Path:
        """The folder of the feed's month; a late delivery waits beside the landing folder."""
        return self.out / (LATE if self.kind == "late" else "landing") / feed.name / month_name(month)


def _deliver(view: Slice, feed: Feed, dirt: Dirt, place: _Place) -> tuple[int, int]:
    """Write what one feed sends in the month; without any row a zero report. Returns (files, rows)."""
    fault = fault_of(feed, view.month - view.world.first, dirt)
    frame = BUILDERS[feed.name](view)
    if fault.missing or place.kind == "missing":
        return 0, 0
    if place.kind == "old_file":
        return _again(place, feed, view.month), 0
    if place.trouble:
        frame = worn(frame, place.trouble, dirt.rng)
    habit = habit_of(feed)
    if not frame.height:
        _Part(view, feed, habit, "", place).write(present(frame, feed, habit), frame, ".none")
        return 1, 0
    parts = frame.partition_by(_STREET, as_dict=True) if habit.streets else {("",): frame}
    heights = [
        height
        for (street,), part in sorted(parts.items())
        for height in _write_part(_Part(view, feed, habit, street, place), part, dirt, fault)
    ]
    return len(heights), sum(heights)


def _again(place: _Place, feed: Feed, month: int) -> int:
    """The files of the month before once more. Returns how many."""
    target = place.folder(feed, month)
    target.mkdir(parents=True, exist_ok=True)
    old = sorted(place.folder(feed, month - 1).glob("*"))
    for path in old:
        (target / path.name).write_bytes(path.read_bytes())
    return len(old)


@dataclass(frozen=True)
class _Part:
    """One sender's part of a delivery and where it goes."""

    view: Slice
    feed: Feed
    habit: Habit
    street: str
    place: _Place

    def write(self, text: pl.DataFrame, typed: pl.DataFrame, suffix: str = "") -> int:
        """Write one file; returns its rows."""
        path = self.place.folder(self.feed, self.view.month) / f"{_sender(self.feed, self.street)}{suffix}"
        write(_sheet(self.feed, self.habit, text, typed, self.view.month), path, self.habit.format)
        return text.height


def _write_part(part: _Part, frame: pl.DataFrame, dirt: Dirt, fault: Fault) -> list[int]:
    """One file, and its correction or its copy where that is the fault. Returns the rows of each."""
    clean = present(frame, part.feed, part.habit)
    wrong = misreported(frame, part.view, part.feed, dirt)
    dirty, lossy = soil(present(wrong, part.feed, part.habit), part.feed, dirt)
    trouble = part.place.trouble
    if trouble and trouble.kind != "repeated":
        dirty = retold(dirty, trouble, dirt.rng)
    heights = [part.write(first_try(dirty, dirt) if fault.corrected else dirty, frame)]
    if fault.corrected or (lossy and part.feed.name in MENDED):
        heights.append(part.write(clean, frame, ".r2"))
    if fault.twice:
        heights.append(part.write(dirty, frame, "_重发"))
    if trouble and trouble.kind == "repeated":
        heights.append(part.write(retold(dirty, trouble, dirt.rng), frame, "_分局"))
    return heights


def _sender(feed: Feed, street: str) -> str:
    if street:
        street_column = feed.column(_STREET)
        title = street_column.codes.title_of(street) if street_column.codes else street
        return f"{title}_{feed.title}"
    return f"{DEPARTMENTS[feed.department]}_{feed.title.replace('(', '').replace(')', '').replace('、', '')}"


def _sheet(feed: Feed, habit: Habit, text: pl.DataFrame, typed: pl.DataFrame, month: int) -> Sheet:
    """The table with what the department puts around it."""
    on = date.fromisoformat(f"{month_name(month)}-01")
    titles = (title_row(feed, DEPARTMENTS[feed.department], on), f"填报单位：{DEPARTMENTS[feed.department]}")
    total = None
    money = [each for each in feed.columns if each.kind is Kind.MONEY and each.name in typed.columns]
    if habit.total and money and typed.height:
        sums = present(typed.select(pl.col(each.name).sum() for each in money), feed, habit)
        total = dict(zip(sums.columns, sums.row(0), strict=True)) | {text.columns[0]: "合计"}
    if habit.extra:
        text = text.with_columns(pl.lit("").alias(habit.extra))
    if habit.numbered:
        number = pl.Series("序号", np.arange(1, text.height + 1)).cast(pl.String)
        text = pl.concat([number.to_frame(), text], how="horizontal")
        total = None if total is None else {**total, text.columns[1]: "", "序号": "合计"}
    return Sheet(
        feed=feed,
        headings=headings(feed, habit),
        rows=text,
        titles=titles[: habit.titles],
        total=total,
        encoding=habit.encoding,
        name=habit.sheet,
        cover=f"{feed.title}填报说明" if habit.cover else "",
        native=habit.native,
    )
