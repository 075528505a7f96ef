"""Two editions compared: families and persons, with the ground and the reason of each change."""

from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from registry.edition_diff import EditionDiff, diff, find_edition
from registry.errors import NoEditionError, NotPermittedError
from registry.exports.difference import export_diff
from registry.models import AuditEvent
from registry.roles import Actor
from schemas.settings import Settings
from tests.unit.registry.examples import JULY, JUNE, edition, family, hit, key, member, published

CLERK = Actor("经办人", "district_staff")


def _ground(family_id: str, person: int, ground: str = "temporary_assistance") -> dict[str, object]:
    return {
        "family_id": family_id,
        "person_key": key(person),
        "ground": ground,
        "status": "listed",
        "since": JUNE,
        "basis": "aid_temporary",
        "parameters_version": "2021-01-01#00000000",
        "evidence_key": "e",
    }


@pytest.fixture
def two(engine: Engine) -> tuple[Engine, str, str]:
    """June and July: H:1 stays and rises, H:2 leaves, H:3 enters, and one person changes the family."""
    june = published(
        engine,
        edition(
            listed=[family("H:1", 1), family("H:2", 2)],
            members=[member("H:1", 1), member("H:2", 2), member("H:2", 5)],
            hits=[hit("H:1", 1), hit("H:2", 2)],
            standings=[_ground("H:1", 1), _ground("H:2", 2)],
        ),
        JUNE,
    )
    july = published(
        engine,
        edition(
            listed=[
                family(
                    "H:1",
                    1,
                    tier="orange",
                    tier_reasons="temporary_assistance=10;disaster=20",
                    groups="temporary_assistance;exited_assistance",
                ),
                family("H:3", 3),
            ],
            members=[member("H:1", 1), member("H:1", 5), member("H:3", 3)],
            hits=[hit("H:1", 1), hit("H:1", 1, rule_id="exited_assistance"), hit("H:3", 3)],
            standings=[_ground("H:1", 1), _ground("H:1", 1, "exited_assistance"), _ground("H:3", 3)],
            exits=[
                _ground("H:2", 2) | {"reason": "window_ended", "manner": "by_rule"},
            ],
            aliases=[{"old_key": "0" * 24, "person_key": key(1)}],
        ),
        JULY,
    )
    return engine, june, july


def _found(two: tuple[Engine, str, str]) -> EditionDiff:
    engine, june, july = two
    return diff(engine, find_edition(engine, june), find_edition(engine, july))


def test_families_that_entered_left_and_rose(two: tuple[Engine, str, str]) -> None:
    """If this fails, an auditor who compares two lists misses a family."""
    found = _found(two)
    assert found.counts["families"] == {"entered": 1, "left": 1, "tier_changed": 1}
    left = found.families.filter(scope="list", change="left").row(0, named=True)
    assert (left["family_id"], left["reason"], left["manner"]) == ("H:2", "window_ended", "by_rule")


def test_a_tier_is_told_with_its_points(two: tuple[Engine, str, str]) -> None:
    """If this fails, a family rises to orange and nobody can say for which reason."""
    rose = _found(two).families.filter(scope="list", change="tier_changed").row(0, named=True)
    assert (rose["tier_before"], rose["tier_after"]) == ("yellow", "orange")
    assert (rose["points_gained"], rose["points_lost"]) == ("disaster=20", "")


def test_persons_are_told_one_by_one(two: tuple[Engine, str, str]) -> None:
    """If this fails, somebody vanishes within a family that stays."""
    people = {each["person_key"]: each for each in _found(two).people.to_dicts()}
    assert {person: each["change"] for person, each in people.items()} == {
        key(1): "grounds_changed",
        key(2): "left",
        key(3): "entered",
        key(5): "family_changed",
    }
    assert people[key(1)]["grounds_gained"] == "exited_assistance"
    assert (people[key(2)]["grounds_lost"], people[key(2)]["reason"]) == ("temporary_assistance", "window_ended")
    assert (people[key(5)]["family_before"], people[key(5)]["family_after"]) == ("H:2", "H:1")


def test_backwards_is_the_reverse(two: tuple[Engine, str, str]) -> None:
    """If this fails, comparing a later edition with an earlier one invents changes."""
    engine, june, july = two
    found = diff(engine, find_edition(engine, july), find_edition(engine, june))
    assert found.counts["families"] == {"entered": 1, "left": 1, "tier_changed": 1}
    rose = found.families.filter(scope="list", change="tier_changed").row(0, named=True)
    assert (rose["points_gained"], rose["points_lost"]) == ("", "disaster=20")


def test_an_edition_differs_in_nothing_from_itself(two: tuple[Engine, str, str]) -> None:
    """If this fails, every comparison has noise."""
    engine, june, _ = two
    same = diff(engine, find_edition(engine, june), find_edition(engine, june))
    assert same.families.is_empty()
    assert same.people.is_empty()


def test_an_edition_is_found_by_id_beginning_day_and_latest(two: tuple[Engine, str, str]) -> None:
    """If this fails, an auditor compares other editions than those named."""
    engine, june, july = two
    assert find_edition(engine, june[:9]).edition_id == june
    assert find_edition(engine, "2026-06-30").edition_id == june
    assert find_edition(engine, "latest").edition_id == july


@pytest.mark.parametrize("text", ["2020-01-01", "zz", "", "%"])
def test_no_edition_is_an_error(two: tuple[Engine, str, str], text: str) -> None:
    """If this fails, a mistyped id compares with something else."""
    with pytest.raises(NoEditionError):
        find_edition(two[0], text)


def test_two_editions_of_one_beginning_are_an_error(two: tuple[Engine, str, str], engine: Engine) -> None:
    """If this fails, half an id picks one of several editions silently."""
    _, june, july = two
    common = next((june[:n] for n in range(15, 0, -1) if july.startswith(june[:n])), "")
    number = 2
    while not common:
        other = published(engine, edition(listed=[family("H:1", 1)]), revision=number)
        common = other[0] if other[0] in {june[0], july[0]} else ""
        number += 1
    with pytest.raises(NoEditionError, match="more of the id"):
        find_edition(engine, common)


def test_the_workbook_holds_every_change_masked(
    settings: Settings, two: tuple[Engine, str, str], tmp_path: Path
) -> None:
    """If this fails, the file for the auditor lacks changes, words or the line in the audit chain."""
    database = two[0]
    path = tmp_path / "out" / "difference.xlsx"
    result = export_diff(database, settings, _found(two), actor=CLERK, path=path)
    assert result.rows["人员变动"] == 4
    rows = pl.read_excel(path, sheet_name="家庭变动", read_options={"header_row": 0})
    assert {"新进入", "退出", "等级变动"} == set(rows["变动"])
    assert "规定期限届满" in set(rows["原因"])
    with Session(database) as session:
        event = session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc())).first()
    assert event is not None
    assert (event.action, event.purpose) == ("export", "版本对比")
    with pytest.raises(NotPermittedError):
        export_diff(database, settings, _found(two), actor=CLERK, path=path, unmask=True)
