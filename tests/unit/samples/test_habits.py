"""Whatever the habit, the contract reads back what the department meant."""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from samples.departments import BUILDERS, Slice
from samples.dirt import Dirt
from samples.faults import fault_of, first_try, misreported
from samples.habits import HABITS, habit_of, headings, present
from samples.identities import Identities, identify
from samples.world import World
from samples.writing import Sheet, write
from schemas.contract import all_feeds, get_feed
from schemas.delivery import Delivery
from tests.unit.schemas.files import take


@pytest.fixture(scope="module")
def identities(world: World) -> Identities:
    return identify(world)


@pytest.fixture
def view(world: World, identities: Identities) -> Slice:
    """The first delivery."""
    return Slice(world, identities, world.first)


@pytest.mark.parametrize("name", list(all_feeds()))
def test_every_feed_has_a_builder_a_habit_and_known_headings(name: str) -> None:
    """A feed would be left out of the sample, or written under headings that nobody knows."""
    feed = get_feed(name)
    assert name in BUILDERS
    assert name in HABITS
    chosen = headings(feed, habit_of(feed))
    assert len(set(chosen.values())) == len(feed.columns)
    assert all(chosen[each.name] in each.headings for each in feed.columns)


@pytest.mark.parametrize("name", list(all_feeds()))
def test_what_is_written_is_read_back(name: str, view: Slice, tmp_path: Path) -> None:
    """Amounts, dates or codes of a department would mean something else to the reader."""
    feed, habit = get_feed(name), HABITS[name]
    typed = BUILDERS[name](view).tail(400)
    assert typed.height
    sheet = Sheet(
        feed=feed,
        headings=headings(feed, habit),
        rows=present(typed, feed, habit),
        titles=(),
        total=None,
        encoding=habit.encoding,
        name="Sheet1",
        cover="",
        native=habit.native,
    )
    path = write(sheet, tmp_path / "sender", habit.format)
    delivery = Delivery(feed=name, month="2026-01", sender="sender", revision=1, file_name=path.name, sha256="0" * 64)
    accepted = take(path, delivery, today=date(2030, 1, 1)).accepted
    columns = [each.name for each in feed.columns if each.name in typed.columns and each.name in accepted.columns]
    wanted = typed.select(columns)
    assert accepted.select(columns).cast(wanted.schema).equals(wanted)  # type: ignore[arg-type]


def test_large_tables_go_as_csv(view: Slice, tmp_path: Path) -> None:
    """A workbook of half a million rows would take minutes to write and to read."""
    feed = get_feed("cremations")
    rows = present(BUILDERS["cremations"](view).head(1), feed, HABITS["cremations"])
    rows = pl.concat([rows] * 3001)
    sheet = Sheet(feed, headings(feed, HABITS["cremations"]), rows, (), None, "utf-8-sig", "Sheet1", "", native=False)
    assert write(sheet, tmp_path / "sender", "xlsx").suffix == ".csv"


def test_a_refuted_death_is_of_somebody_registered_later(view: Slice, world: World, identities: Identities) -> None:
    """A false record of a death would take a living person off the list: only refuted ones may be planted."""
    feed = get_feed("cremations")
    frame = BUILDERS["cremations"](view)
    planted = misreported(frame, view, feed, Dirt(0.1, np.random.default_rng(1))).tail(-frame.height)
    assert planted.height
    for number, died_on in planted.select("person_id", "died_on").iter_rows():
        person = identities.numbers.index_of(number)
        starts = world.registrations["start"][world.registrations["person"] == person]
        assert starts.max() > (died_on - date(1970, 1, 1)).days


def test_without_dirt_no_delivery_has_a_fault(view: Slice) -> None:
    """The clean district would not be clean."""
    clean, dirty = Dirt(0, np.random.default_rng(1)), Dirt(0.01, np.random.default_rng(1))
    faults = [fault_of(feed, place, clean) for feed in all_feeds().values() for place in range(12)]
    assert not any(each.missing or each.twice or each.corrected for each in faults)
    assert fault_of(get_feed("vehicles"), 3, dirty).missing
    frame = BUILDERS["medical_aid"](view)
    assert misreported(frame, view, get_feed("medical_aid"), clean) is frame
    text = present(frame, get_feed("medical_aid"), HABITS["medical_aid"])
    assert 0 < first_try(text, dirty).height < text.height
