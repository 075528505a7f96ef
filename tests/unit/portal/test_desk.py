"""Proposed exits, measures, wishes and objections on the staff pages: two persons, and nothing of another street."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, select

from portal.family_desk import fact_told, receivers
from registry.casework.acts import assign, close
from registry.casework.clock import day_at
from registry.casework.desk import Desk
from registry.casework.objection_facts import DisputableFact
from registry.casework.visits import VisitForm, record_visit
from registry.engine import make_engine
from registry.models import Decision, ObjectionFile
from registry.roles import Actor
from rules.parameters import load_parameters
from schemas.settings import Settings
from tests.portal import browser, csrf_of, signed_in
from tests.served import served
from tests.unit.registry.casework.worlds import CHANGHE, World, asked, task
from tests.unit.registry.examples import JULY, edition, family, key, leaving, member

ELSEWHERE = {"street_code": CHANGHE, "community_code": f"{CHANGHE}001"}


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """The registry that the portal reads."""
    made = make_engine(settings)
    yield made
    made.dispose()


@pytest.fixture
def world(settings: Settings, engine: Engine) -> World:
    """A family in each of two streets; both have a question and are proposed to leave."""
    made = World(Desk(engine, settings, load_parameters(None)))
    made.publish(
        edition(
            listed=[family("H:100", 1), family("H:200", 2, **ELSEWHERE)],
            members=[member("H:100", 1), member("H:200", 2, **ELSEWHERE)],
            standings=[leaving("H:100", 1), leaving("H:200", 2, **ELSEWHERE)],
            warnings=[asked(1, "H:100", 1), asked(2, "H:200", 2, **ELSEWHERE)],
            tasks=[task(1, "H:100"), task(2, "H:200", **ELSEWHERE)],
        ),
        now=datetime.now(UTC),
    )
    return made


@contextmanager
def _at_work(app: FastAPI, settings: Settings, *roles: str) -> Iterator[list[httpx.Client]]:
    """A browser for each of the roles, or "role:name" for a second person of a role."""
    with served(app) as address, ExitStack() as stack:
        people = [role.partition(":") for role in roles]
        yield [stack.enter_context(browser(address, signed_in(settings, role, name=name))) for role, _, name in people]


def _today(settings: Settings) -> str:
    return day_at(settings, datetime.now(UTC)).isoformat()


def _post(client: httpx.Client, page: str, address: str, **fields: str) -> httpx.Response:
    """Send a form with the proof and, where it has one, the version that the page carries."""
    text = client.get(page).text
    proof = re.search(r'name="csrf" value="([0-9a-f]+)"', client.get("/purpose").text)
    seen = re.search(r'name="version" value="(\d+)"', text)
    given = {"csrf": proof.group(1) if proof else csrf_of(text)} | ({"version": seen.group(1)} if seen else {})
    return client.post(address, data=given | fields)


def _exits_of(client: httpx.Client) -> list[str]:
    return sorted(set(re.findall(r"/exits/([0-9a-f]{16})/refuse", client.get("/exits").text)))


def test_a_family_leaves_by_two_persons(app: FastAPI, settings: Settings, world: World) -> None:
    """Otherwise one hand takes a family off the list, or nobody can."""
    roles = ("street_staff", "supervisor", "supervisor:second", "community_worker")
    with _at_work(app, settings, *roles) as (street, first, second, visitor):
        (exit_id,) = _exits_of(street)
        at = f"/exits/{exit_id}"
        assert _post(visitor, "/exits", f"{at}/agree", reason="documents").status_code == 403
        assert _post(second, "/exits", f"{at}/approve").status_code == 409
        assert _post(first, "/exits", f"{at}/agree", reason="documents").status_code == 303
        assert _post(street, "/exits", f"{at}/approve").status_code == 403
        own = _post(first, "/exits", f"{at}/approve")
        assert own.status_code == 409
        assert 'role="alert"' in own.text
        assert f"{at}/approve" not in first.get("/exits").text
        assert f"{at}/approve" in second.get("/exits").text
        with world.engine.connect() as connection:
            assert connection.scalars(select(Decision.outcome)).all() == []
        assert _post(second, "/exits", f"{at}/approve").status_code == 303
        assert _exits_of(street) == []
    with world.engine.connect() as connection:
        decided = connection.execute(select(Decision.outcome, Decision.decided_by, Decision.approved_by)).all()
    assert [tuple(each) for each in decided] == [("exit_confirmed", "supervisor", "second")]


def test_one_person_keeps_a_family(app: FastAPI, settings: Settings, world: World) -> None:
    """Otherwise keeping a family takes more hands than letting it go; or a reason that nobody knows is taken."""
    with _at_work(app, settings, "street_staff") as (street,):
        (exit_id,) = _exits_of(street)
        assert _post(street, "/exits", f"/exits/{exit_id}/refuse", reason="a whim").status_code == 422
        assert _post(street, "/exits", f"/exits/{exit_id}/refuse", reason="visited").status_code == 303
        assert "没有等待办理的拟退出" in street.get("/exits").text
    with world.engine.connect() as connection:
        assert connection.scalars(select(Decision.outcome)).all() == ["exit_refused"]


@pytest.mark.usefixtures("world")
def test_a_measure_is_followed_to_its_end(app: FastAPI, settings: Settings) -> None:
    """Otherwise a measure is suggested and nobody knows whether it ever reached the family."""
    with _at_work(app, settings, "street_staff", "auditor") as (street, auditor):
        measure = re.findall(r'<option value="(\w+)">', _form(street, "measures"))[0]
        referral = {"measure": measure, "receiver": "station:330108001", "owner": "one"}
        assert _post(auditor, "/families/H:100", "/families/H:100/measures", **referral).status_code == 403
        assert "/families/H:100/measures" in street.get("/families/H:100").text.replace("%3A", ":")
        assert _post(street, "/families/H:100/desk", "/families/H:100/measures", **referral).status_code == 303
        again = _post(street, "/families/H:100/desk", "/families/H:100/measures", **referral)
        assert again.status_code == 409
        assert 'role="alert"' in again.text
        page = street.get("/follow-ups?kind=measure").text
        assert "共 1 件" in page
        move = re.findall(r"/follow-ups/[0-9a-f]+/move", page)[0]
        assert _post(street, "/follow-ups", move, state="not_done").status_code == 409
        assert _post(street, "/follow-ups", move, state="accepted").status_code == 303
        assert street.post(
            move, data={"csrf": csrf_of(street.get("/follow-ups").text), "version": "1", "state": "done"}
        ).status_code == 409  # fmt: skip
        assert _post(street, "/follow-ups", move, state="not_done", reason="no_means").status_code == 303
        assert "共 0 件" in street.get("/follow-ups").text
        assert "暂无资源" in street.get("/follow-ups?state=not_done").text
        assert street.get("/follow-ups?state=whatever").status_code == 422
        assert auditor.get("/follow-ups").status_code == 403


@pytest.mark.usefixtures("world")
def test_rates_of_measures_and_wishes_stand_on_the_overview_by_street(app: FastAPI, settings: Settings) -> None:
    """Otherwise nobody sees in which street what was promised is not done, or that a street promised nothing."""
    with _at_work(app, settings, "street_staff", "district_staff") as (street, district):
        assert "还没有登记" in district.get("/").text
        for measure in re.findall(r'<option value="(\w+)">', _form(street, "measures"))[:2]:
            referral = {"measure": measure, "receiver": "station:330108001", "owner": "one"}
            assert _post(street, "/families/H:100/desk", "/families/H:100/measures", **referral).status_code == 303
        move = re.findall(r"/follow-ups/[0-9a-f]+/move", street.get("/follow-ups").text)[0]
        assert _post(street, "/follow-ups", move, state="done").status_code == 303
        assert _rates(district) == {
            "西兴街道": "2 1 50% 0 0 0 — 0",
            "长河街道": "0 0 — 0 0 0 — 0",
            "浦沿街道": "0 0 — 0 0 0 — 0",
            "合计": "2 1 50% 0 0 0 — 0",
        }
        assert _rates(street) == {"西兴街道": "2 1 50% 0 0 0 — 0"}


def _rates(client: httpx.Client) -> dict[str, str]:
    table = client.get("/").text.split("<h2>措施和微心愿</h2>")[1].split("</table>")[0].split("</thead>")[1]
    rows = [re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", each)).split() for each in table.split("</tr>")]
    return {row[0]: " ".join(row[1:]) for row in rows if row}


def _form(client: httpx.Client, act: str) -> str:
    """The form of a family's page that does the act."""
    page = client.get("/families/H:100/desk").text
    return page.split(f'/{act}" method="post"', 1)[1].split("</form>", 1)[0]


@pytest.mark.usefixtures("world")
def test_a_wish_is_recorded_and_ticked_off(app: FastAPI, settings: Settings) -> None:
    """Otherwise a promise to a family is forgotten, or its words are shown to everybody."""
    wish = {"wish": "repair", "owner": "one", "text": "修门"}
    with _at_work(app, settings, "community_worker") as (visitor,):
        assert _post(visitor, "/families/H:100/desk", "/families/H:100/wishes", **wish).status_code == 303
        page = visitor.get("/follow-ups?kind=wish").text
        assert "居家修缮" in page
        assert "修门" not in page + visitor.get("/families/H:100/desk").text
        move = re.findall(r"/follow-ups/[0-9a-f]+/move", page)[0]
        assert _post(visitor, "/follow-ups", move, state="done").status_code == 303
        assert "居家修缮" in visitor.get("/follow-ups?state=done").text
        assert (
            _post(visitor, "/families/H:100/desk", "/families/H:100/wishes", **wish, due_on="soon").status_code == 409
        )


def _closed(world: World, settings: Settings) -> str:
    """The case of the first family, closed as not true by two supervisors."""
    case_id = world.only(family_id="H:100")
    first, second = Actor("supervisor", "supervisor"), Actor("second", "supervisor")
    assign(world.desk, case_id, "supervisor", actor=first)
    form = VisitForm(
        visited_on=date.fromisoformat(_today(settings)),
        means="home",
        contact="reached",
        answers=dict.fromkeys(world.warnings_of(case_id), "no"),
        outcome="not_true",
    )
    record_visit(world.desk, case_id, form, actor=first)
    close(world.desk, case_id, actor=second)
    return case_id


def test_somebody_else_decides_an_objection(app: FastAPI, settings: Settings, world: World) -> None:
    """Otherwise whoever decided against a family judges its objection, or it is never answered."""
    case_id = _closed(world, settings)
    filed = {"filed_by": "self", "filed_on": _today(settings), "text": "不是这样"}
    roles = ("street_staff", "supervisor", "supervisor:third", "auditor")
    with _at_work(app, settings, *roles) as (street, first, third, auditor):
        address = f"/cases/{case_id}"
        assert f"{address}/objections" in street.get(address).text
        assert _post(auditor, address, f"{address}/objections", **filed).status_code == 403
        assert _post(street, address, f"{address}/objections", **filed | {"filed_on": "2999-01-01"}).status_code == 409
        assert _post(street, address, f"{address}/objections", **filed).status_code == 303
        assert "申诉中" in street.get(address).text
        upholding = "撤销原核查结果，任务由他人重新核查。"
        (one,) = set(re.findall(r"/objections/[0-9a-f]{16}", street.get("/objections").text))
        assert "不是这样" not in third.get(one).text
        assert f"异议成立的：{upholding}" in third.get(one).text
        assert upholding not in street.get(one).text
        assert _post(street, one, f"{one}/route", department="medical_insurance").status_code == 303
        assert _post(street, one, f"{one}/decide", verdict="upheld", reason="核对了凭证").status_code == 403
        assert "来源部门核对中" in street.get(one).text
        slip = street.get(f"{one}/slip").text
        assert "数据核对单" in slip
        assert "H:100" not in slip
        assert "滨江区民政部门" in slip
        assert "street.staff" in slip
        assert auditor.get(f"{one}/slip").status_code == 403
        assert _post(third, one, f"{one}/decide", verdict="upheld", reason="核对了凭证").status_code == 409
        assert _post(street, one, f"{one}/answer", answer="unknown").status_code == 303
        assert street.get(f"{one}/slip").status_code == 404
        own = _post(first, one, f"{one}/decide", verdict="dismissed", reason="核对了凭证")
        assert own.status_code == 409
        assert 'role="alert"' in own.text
        assert _post(third, one, f"{one}/decide").status_code == 409
        assert _post(third, one, f"{one}/decide", verdict="upheld", reason=" ").status_code == 409
        assert _post(third, one, f"{one}/decide", verdict="upheld", reason="核对了凭证").status_code == 303
        decided = third.get(one).text
        assert "核对了凭证" not in decided
        words, reasons = (
            re.search(rf"<dt>{told}</dt><dd>.*?(/written/\w+)", decided) for told in ("诉求原文", "决定理由")
        )
        assert words is not None
        assert reasons is not None
        assert "不是这样" in third.get(words.group(1)).text
        assert "核对了凭证" in third.get(reasons.group(1)).text
        assert f"<dd>{upholding}</dd>" in street.get(one).text
        assert _post(street, one, f"{one}/take-back").status_code == 409
    with world.engine.connect() as connection:
        assert "revoked" in connection.scalars(select(Decision.outcome)).all()


def test_a_corrected_row_is_decided_when_the_list_was_computed_anew(
    app: FastAPI, settings: Settings, world: World
) -> None:
    """If this fails, a supervisor is offered a decision that is then refused, or never told that it can be made."""
    filed = {"filed_by": "self", "filed_on": _today(settings), "about": "high_inpatient_cost:e1"}
    with _at_work(app, settings, "street_staff", "supervisor") as (street, boss):
        assert _post(street, "/families/H:100/desk", "/families/H:100/objections", **filed).status_code == 303
        (one,) = set(re.findall(r"/objections/[0-9a-f]{16}", street.get("/objections").text))
        assert _post(street, one, f"{one}/route", department="medical_insurance").status_code == 303
        assert _post(street, one, f"{one}/answer", answer="corrected").status_code == 303
        waiting = boss.get(one).text
        assert "单次住院自付较高（2026年6月3日）" in waiting
        assert "须先收到新报送并重新计算名单" in waiting
        assert f"{one}/decide" not in waiting
        world.publish(edition(listed=[family("H:100", 1)], members=[member("H:100", 1)]), now=datetime.now(UTC))
        anew = boss.get(one).text
        assert "名单已重新计算" in anew
        assert "须先收到新报送" not in anew
        assert _post(boss, one, f"{one}/decide", verdict="upheld", reason="核对了凭证").status_code == 303
        assert "异议成立" in street.get(one).text


def test_a_station_is_called_by_its_street_once() -> None:
    """If this fails, forms and lists say 西兴街道 街道助联体."""
    assert receivers()["station:330108001"] == "西兴街道助联体"


@pytest.mark.parametrize(
    ("key", "called"),
    [
        ("temporary:2026-06-25", "（临时救助，2026年6月25日）"),
        ("employment:2026-05-12;employment:2026-06-25", "（就业援助补贴，2026年6月25日，共 2 项）"),
        (f"{key(7)}:grandchild", "（2026年6月25日）"),
        ("浙A00000", "（2026年6月25日）"),
    ],
)
def test_a_disputed_fact_is_called_by_kind_and_day(key: str, called: str) -> None:
    """If this fails, whoever takes an objection reads codes, or the key of a ward and the number of a vehicle."""
    fact = DisputableFact("obligor_family", key, date(2026, 6, 25))
    assert fact_told(fact) == f"在册对象赡(扶、抚)养家庭{called}"


def test_an_objection_of_a_family_is_taken_back(app: FastAPI, settings: Settings, world: World) -> None:
    """Otherwise a family cannot object to what a department says of it, or cannot change its mind."""
    filed = {"filed_by": "relative", "filed_on": _today(settings)}
    with _at_work(app, settings, "community_worker", "street_staff") as (visitor, street):
        form = _form(visitor, "objections")
        assert 'value="high_inpatient_cost:e1"' in form
        assert '<select class="long" name="about" required><option value="">请选择</option>' in form
        to = "/families/H:100/objections"
        unknown = _post(visitor, "/families/H:100/desk", to, **filed, about="high_inpatient_cost:e2")
        assert unknown.status_code == 404
        about = {"about": "high_inpatient_cost:e1"}
        assert _post(visitor, "/families/H:100/desk", to, **filed, **about).status_code == 303
        assert _post(visitor, "/families/H:100/desk", to, **filed, about="standing").status_code == 303
        with world.engine.connect() as connection:
            assert sorted(connection.scalars(select(ObjectionFile.against))) == ["fact", "standing"]
        one = re.findall(r"/objections/[0-9a-f]{16}", street.get("/objections").text)[0]
        assert _post(visitor, one, f"{one}/take-back").status_code == 403
        assert _post(street, one, f"{one}/take-back").status_code == 303
        assert "共 1 件" in street.get("/objections").text
        assert "已撤回" in street.get("/objections?state=taken_back").text


def test_families_are_counted_as_on_the_overview(app: FastAPI, settings: Settings, world: World) -> None:
    """Otherwise two pages tell two numbers of the same families, and what was decided seems to be lost.

    One of them has two grounds that end, another the register alone, of a third only one of its persons leaves.
    """
    leaves = [
        leaving("H:100", 1),
        leaving("H:100", 1, ground="temporary_assistance"),
        leaving("D:300", 3, ground="register"),
        leaving("H:400", 4),
        leaving("H:400", 5, status="listed"),
        leaving("H:200", 2, **ELSEWHERE),
    ]
    listed = [family("H:100", 1), family("D:300", 3), family("H:400", 4), family("H:200", 2, **ELSEWHERE)]
    world.publish(edition(listed=listed, standings=leaves), JULY, now=datetime.now(UTC))
    with _at_work(app, settings, "street_staff", "supervisor") as (street, boss):
        for client, families, waiting in ((street, 3, 4), (boss, 4, 5)):
            assert f"<b>{families}</b><span>有拟退出（户）" in client.get("/").text
            assert f"共 {families} 户" in client.get("/list?change=proposed").text
            told = f"有拟退出 {families} 户：等待办理 {families} 户、{waiting} 件，已办理 0 户"
            assert told in client.get("/exits").text
            assert len(_exits_of(client)) == waiting
        page = street.get("/exits").text
        assert page.count('<section class="card">') == 3
        own = page.split('<section class="card">')
        both = re.findall(r"/exits/([0-9a-f]{16})/refuse", next(each for each in own if "2 件" in each))
        for number, exit_id in enumerate(both, start=1):
            assert _post(street, "/exits", f"/exits/{exit_id}/refuse", reason="visited").status_code == 303
            waits = (3, 3, 0) if number == 1 else (2, 2, 1)
            told = "等待办理 {} 户、{} 件，已办理 {} 户".format(*waits)
            assert told in street.get("/exits").text
        assert "<b>3</b><span>有拟退出（户）" in street.get("/").text


def test_another_street_learns_nothing(app: FastAPI, settings: Settings, world: World) -> None:
    """Otherwise a worker reads the troubles of people elsewhere, or acts on them."""
    wish = {"wish": "goods", "owner": "one"}
    filed = {"filed_by": "self", "filed_on": _today(settings)}
    with _at_work(app, settings, "street_staff", "supervisor") as (street, boss):
        both = _exits_of(boss)
        (own,) = _exits_of(street)
        other = next(each for each in both if each != own)
        assert _post(boss, "/families/H:200/desk", "/families/H:200/wishes", **wish).status_code == 303
        assert _post(boss, "/families/H:200/desk", "/families/H:200/objections", **filed).status_code == 303
        move = re.findall(r"/follow-ups/[0-9a-f]+/move", boss.get("/follow-ups").text)[0]
        one = re.findall(r"/objections/[0-9a-f]{16}", boss.get("/objections").text)[0]
        for address in ("/follow-ups", "/objections"):
            assert "共 1 件" in boss.get(address).text
            assert "共 0 件" in street.get(address).text
        reason = {"reason": "documents"}
        for hidden, missing, fields in (
            (f"/exits/{other}/agree", f"/exits/{'f' * 16}/agree", reason),
            (f"/exits/{other}/refuse", f"/exits/{'f' * 16}/refuse", reason),
            (move, f"/follow-ups/{'f' * 16}/move", {"state": "done", "version": "1"}),
            (f"{one}/route", f"/objections/{'f' * 16}/route", {"version": "1"}),
            (f"{one}/take-back", f"/objections/{'f' * 16}/take-back", {"version": "1"}),
            ("/families/H:200/wishes", "/families/H:999/wishes", wish),
            ("/families/H:200/objections", "/families/H:999/objections", filed),
        ):
            answers = [_post(street, "/exits", each, **fields) for each in (hidden, missing)]
            assert [each.status_code for each in answers] == [404, 404], hidden
            assert _plain(answers[0], hidden) == _plain(answers[1], missing)
        for hidden, missing in ((one, f"/objections/{'f' * 16}"), ("/families/H:200/desk", "/families/H:999/desk")):
            asked_for = [street.get(each) for each in (hidden, missing)]
            assert [each.status_code for each in asked_for] == [404, 404]
            assert _plain(asked_for[0], hidden) == _plain(asked_for[1], missing)
        assert _exits_of(boss) == both
    with world.engine.connect() as connection:
        assert connection.scalars(select(Decision.outcome)).all() == []


def _plain(answer: httpx.Response, address: str) -> str:
    """The page without its own address, the way back to what was asked for, and the proof of its forms."""
    text = re.sub(r'name="csrf" value="[0-9a-f]*"|\?next=[^"]*', "", answer.text)
    return text.replace(address, "").replace(address.replace(":", "%3A").replace("/", "%2F"), "").replace(
        address.replace(":", "%3A"), ""
    )  # fmt: skip
