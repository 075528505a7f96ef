"""What a street is told of a family that moved away does not depend on what became of it in its new street.

What belongs here: two homes that differ only in what the new street did, and in what is known there. Where the family
lives is looked for in `test_list_left`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from portal.app import PAGES
from portal.page import API, KNOWN, PUBLIC
from registry.casework.acts import assign, close
from registry.casework.desk import Desk
from registry.casework.follow_ups import Referral, record_wish, refer
from registry.casework.objections import NewObjection, file_objection
from registry.casework.protection import protect
from registry.casework.visits import VisitForm, record_visit
from registry.engine import make_engine
from registry.models import SealedObject
from registry.roles import Actor
from registry.scope import Area
from rules.parameters import load_parameters
from schemas.settings import Settings
from tests.portal import bearer, csrf_of, open_portal, program
from tests.unit.portal.test_scope import _told
from tests.unit.registry.casework.worlds import World, asked, task
from tests.unit.registry.examples import JULY, JUNE, edition, family, hit, key, leaving, member
from tests.vaulted import deliver_people, name_people

XIXING, CHANGHE = "330108001", "330108002"
_THERE = {"street_code": CHANGHE, "community_code": f"{CHANGHE}001"}
_MOVED = (3, 4, 6, 8)
"""Families that moved: a case in work, one closed, one that waited for a second person, one nobody asks about."""

_NOW = datetime.now(UTC)
_HOLDER = re.compile(r"\{(\w+)(?::\w+)?\}")
_FRACTION = re.compile(r"\.\d{6}(Z|\+08:00)")
_HASH = re.compile(r"\b([0-9a-f]{64}|[0-9a-f]{32}|(?!330108)[0-9a-f]{16})\b")
_OWN = frozenset({"/account", "/account/tokens", f"{API}v1/openapi.json"})
_WORKER, _NEIGHBOUR = f"street.staff-{XIXING}", f"street.staff-{CHANGHE}"


@dataclass(slots=True)
class _Home:
    """A home, and the ids in it by place-holder, several of each."""

    settings: Settings
    ids: dict[str, list[str]] = field(default_factory=dict)


def _home(settings: Settings, folder: Path, *, lived: bool) -> _Home:
    """A home of two months, in the later of which some families live in the other street; `lived`: something happened.

    What the street itself did in June is the same in both.
    """
    home = settings.model_copy(update={"home": folder / f"home-{lived}"})
    home.home.mkdir(parents=True)
    (home.home / "registry.db").write_bytes((settings.home / "registry.db").read_bytes())
    name_people(home, (1, *_MOVED))
    found = _Home(home)
    engine = make_engine(home)
    world = World(Desk(engine, home, load_parameters(None)))
    world.publish(_june(), JUNE, now=_NOW - timedelta(days=40))
    _work(world, found)
    world.publish(_july(lived=lived), JULY, now=_NOW - timedelta(days=2))
    if lived:
        _live(world, home)
    engine.dispose()
    return found


def _june() -> Mapping[str, Any]:
    everybody = (1, *_MOVED)
    return edition(
        listed=[family(f"H:{n}", n) for n in everybody],
        members=[member(f"H:{n}", n) for n in everybody],
        hits=[hit(f"H:{n}", n) for n in everybody],
        warnings=[asked(n, f"H:{n}", n) for n in everybody],
        tasks=[task(n, f"H:{n}") for n in everybody],
    )


def _july(*, lived: bool) -> Mapping[str, Any]:
    """Those who moved are listed there; when they `lived`, with somebody more, and more that is asked and suggested."""
    more = {"tier": "red", "score": 9000, "members": 2} if lived else {}
    urgency = {"urgency": "red"} if lived else {}
    return edition(
        listed=[family("H:1", 1), *[family(f"H:{n}", n, **_THERE, **more) for n in _MOVED]],
        members=[
            member("H:1", 1),
            *[member(f"H:{n}", n, **_THERE) for n in _MOVED],
            *[member(f"H:{n}", 90 + n, relation="spouse", **_THERE) for n in _MOVED if lived],
        ],
        hits=[hit("H:1", 1), *[hit(f"H:{n}", 90 + n, rule_id="difficult_disability") for n in _MOVED if lived]],
        warnings=[
            asked(1, "H:1", 1),
            *[asked(n, f"H:{n}", n, **_THERE) for n in _MOVED if n != 8],
            *[asked(90 + n, f"H:{n}", 90 + n, rule_id="insurance_lapsed", **_THERE) for n in _MOVED if lived],
        ],
        tasks=[task(1, "H:1"), *[task(n, f"H:{n}", **_THERE, **urgency) for n in _MOVED if lived or n != 8]],
        standings=[leaving(f"H:{n}", 90 + n, **_THERE) for n in _MOVED if lived],
        measures=[{"family_id": f"H:{n}", "measure": "medical_aid", "reason": "illness"} for n in _MOVED if lived],
    )


def _work(world: World, found: _Home) -> None:
    """June in the old street: both cases are given, one is visited with a result; a measure, a wish, an objection."""
    desk, day = world.desk, world.desk.day(_NOW - timedelta(days=39))
    worker, then = Actor(_WORKER, "street_staff", Area(XIXING)), _NOW - timedelta(days=39)
    for n in (1, *_MOVED):
        assign(desk, f"{n:024x}", _WORKER, actor=Actor("boss", "supervisor"), now=then)
    seen = VisitForm(
        visited_on=day,
        means="home",
        contact="reached",
        answers=dict.fromkeys(world.warnings_of(f"{6:024x}"), "no"),
        outcome="not_true",
    )
    record_visit(desk, f"{6:024x}", seen, actor=worker, now=then)
    answers = dict.fromkeys(world.warnings_of(f"{4:024x}"), "yes")
    helped = VisitForm(visited_on=day, means="home", contact="reached", answers=answers, outcome="true_refer")
    record_visit(desk, f"{4:024x}", helped, actor=worker, now=then)
    close(desk, f"{4:024x}", actor=Actor("boss", "supervisor"), now=then)
    for n in _MOVED:
        due_on = day + timedelta(days=10 + n)
        record_wish(desk, f"H:{n}", "goods", "一床被子", _WORKER, actor=worker, due_on=due_on, now=then)
    followed = [_refer(desk, f"H:{n}", "temporary_assistance", _WORKER, worker, then) for n in _MOVED]
    filed = [_object(desk, f"H:{n}", worker, then) for n in _MOVED]
    found.ids = {
        "family_id": [f"H:{n}" for n in (1, *_MOVED)],
        "case_id": [f"{n:024x}" for n in (1, *_MOVED)],
        "follow_up_id": followed,
        "objection_id": filed,
        "object_id": _objects(desk),
    }


def _objects(desk: Desk) -> list[str]:
    with desk.engine.connect() as connection:
        return list(connection.scalars(select(SealedObject.object_id).order_by(SealedObject.subject)))


def _live(world: World, settings: Settings) -> None:
    """July in the new street."""
    desk, worker = world.desk, Actor(_NEIGHBOUR, "street_staff", Area(CHANGHE))
    assign(desk, f"{3:024x}", _NEIGHBOUR, actor=Actor("boss", "supervisor"), now=_NOW)
    seen = VisitForm(
        visited_on=desk.day(_NOW),
        means="home",
        contact="reached",
        answers=dict.fromkeys(world.warnings_of(f"{3:024x}"), "yes"),
        outcome="true_refer",
        note="新街道走访记录",
    )
    record_visit(desk, f"{3:024x}", seen, actor=worker, now=_NOW)
    for n in _MOVED:
        _refer(desk, f"H:{n}", "medical_aid", _NEIGHBOUR, worker, _NOW)
        record_wish(desk, f"H:{n}", "goods", "新街道的微心愿", _NEIGHBOUR, actor=worker, now=_NOW)
        _object(desk, f"H:{n}", worker, _NOW)
        protect(desk, f"H:{n}", "violence", actor=Actor("boss", "supervisor"), now=_NOW)
    people = [
        (key(n), f"33010819800229{n % 90:04d}", f"张{n}", f"139{n:08d}", f"{n}号新址")
        for n in (*_MOVED, *[90 + each for each in _MOVED])
    ]
    deliver_people(settings.vault_dir, people, month="2026-07", name="new", community=f"{CHANGHE}001")


def _refer(desk: Desk, family_id: str, measure: str, owner: str, actor: Actor, now: datetime) -> str:
    referral = Referral(
        family_id=family_id,
        measure=measure,
        receiver_kind="department",
        receiver="medical_insurance",
        owner=owner,
        due_on=desk.day(_NOW) + timedelta(days=int(family_id[-1])),
    )
    return refer(desk, referral, actor=actor, now=now).follow_up_id


def _object(desk: Desk, family_id: str, actor: Actor, now: datetime) -> str:
    filed_on = desk.day(now) - timedelta(weeks=2 * int(family_id[-1]))  # no two are due on the same working day
    new = NewObjection(family_id=family_id, against="standing", filed_by="self", filed_on=filed_on, text="不服")
    return file_objection(desk, new, actor=actor, now=now).objection_id


def _addresses(reader: Actor, ids: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    """Every page that the reader may open, by a name, with each id that is known, of both months."""
    given = {**ids, "as_of": ["2026-06-30", "2026-07-31"]}
    for page in PAGES:
        holders = _HOLDER.findall(page.path)
        open_to = page.permission in {PUBLIC, KNOWN} or reader.may(page.permission)
        if "GET" not in page.methods or page.path in _OWN or not open_to or not {*holders} <= {*given}:
            continue
        for at in range(max([len(given[each]) for each in holders], default=1)):
            path = _HOLDER.sub(lambda each, at=at: given[each.group(1)][at], page.path)  # type: ignore[misc]
            for month in ("", "?as_of=2026-06-30"):
                yield f"{page.path} {at}{month}", f"{path}{month}"


_LISTED = ("?change=left", "?change=changed", "?state=closed", "?as_of=2026-06-30&sort=score")


def _answers(home: _Home, role: str, area: str) -> dict[str, tuple[int, str, object]]:
    """What the role is answered by every page, search and file; without ids and instants."""
    reader, settings = Actor("reader", role, Area.of(area)), home.settings
    found: dict[str, tuple[int, str, object]] = {}
    headers = bearer(settings, role, area=area)
    with open_portal(settings, role, area=area) as client, program(str(client.base_url), headers) as machine:
        pages = [
            *_addresses(reader, home.ids),
            *[(f"{path}{asked}", f"{path}{asked}") for path in ("/list", "/cases") for asked in _LISTED],
            *[(f"cases {each}", f"/cases?state={each}") for each in ("assigned", "concluded", "closed")],
        ]
        for name, path in pages:
            found[name] = _told((machine if path.startswith(API) else client).get(path))
        for when in ("", "?as_of=2026-06-30", "?change=left"):
            page = client.get(f"/list{when}").text
            shown = page.partition('name="shown" value="')[2].partition('"')[0]
            form = {"csrf": csrf_of(page), "shown": shown, "purpose": "visits"}
            form |= dict([when[1:].split("=")] if when else [])
            for kind in ("xlsx", "csv"):
                found[f"file {kind} {when}"] = _told(client.post("/list/download", data=form | {"format": kind}))
        for when in ("2026-06-30", "2026-07-31"):
            for word in ("张3", "13800000003", "13900000003", "张93", "33010819800229" + "0003"):
                form = {"csrf": csrf_of(page), "keyword": word, "sort": "urgency", "as_of": when}
                found[f"find {word} {when}"] = _told(client.post("/list/find", data=form))
        for each in (*home.ids["family_id"], key(3), key(93), key(6)):
            for when in ("2026-06-30", None):
                body = {"subject": each} | ({"as_of": when} if when else {})
                found[f"explain {each} {when}"] = _told(machine.post(f"{API}v1/explanations", json=body))
        for each, sent in (("print", {}), ("download", {})):
            found[f"sheets {each}"] = _told(client.post(f"/sheets/{each}", data=sent | {"csrf": csrf_of(page)}))
    return {name: (code, "", _plain(told)) for name, (code, _, told) in found.items()}


def _plain(told: object) -> str:
    return _HASH.sub("#", _FRACTION.sub("", str(told)))


@pytest.mark.parametrize(
    ("role", "area"), [("street_staff", XIXING), ("community_worker", f"{XIXING}001"), ("supervisor", XIXING)]
)
def test_what_became_of_a_family_elsewhere_is_told_nowhere(
    settings: Settings, tmp_path: Path, role: str, area: str
) -> None:
    """If this fails, somebody who left a street is followed by it: by visits, measures, a telephone, a protection."""
    plain = _answers(_home(settings, tmp_path, lived=False), role, area)
    lived = _answers(_home(settings, tmp_path, lived=True), role, area)
    for name, told in plain.items():
        assert lived[name] == told, name
    shown = ("/families/{family_id} 1?as_of=2026-06-30", "/follow-ups 0", "/objections/{objection_id} 1")
    assert [plain[name][0] for name in shown] == [200, 200, 200]
    assert plain["/families/{family_id}/desk 1"][0] == 404
    assert not [name for name, told in plain.items() if "13800000003" in told[2] and not name.startswith("find")]


def test_the_new_street_is_told(settings: Settings, tmp_path: Path) -> None:
    """If this fails, the test above compares homes in which nothing happened."""
    plain = _answers(_home(settings, tmp_path, lived=False), "street_staff", CHANGHE)
    lived = _answers(_home(settings, tmp_path, lived=True), "street_staff", CHANGHE)
    assert [name for name in plain if plain[name] != lived[name]]
