"""An installation with something behind every page, for tests that look at all of them.

What belongs here: what is there, and the values of place-holders by which it is found. What the pages say of it is
tested page by page.
"""

import io
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
from PIL import Image
from sqlalchemy import Engine, select

from editions.visits import NEED, RANDOM
from registry.anchors import anchor
from registry.auditing.workbench import draw
from registry.casework.acts import assign
from registry.casework.clock import day_at
from registry.casework.desk import Desk
from registry.casework.exits import proposed_exits
from registry.casework.follow_ups import Referral, record_wish, refer
from registry.casework.history import case_history
from registry.casework.objections import NewObjection, file_objection, route
from registry.casework.protection import protect
from registry.casework.sealed import NOTE
from registry.casework.visits import VisitForm, record_visit
from registry.engine import make_engine, migrate
from registry.exports.visit_sheets import export_visit_sheets
from registry.files import work_dir
from registry.intake import ingest, new_files
from registry.models import DeliveryRecord
from registry.need_models import keep_model
from registry.queries import require_edition
from registry.roles import Actor
from registry.saved_views import keep_view
from registry.scope import Area
from registry.visits import keep_plan
from rules.parameters import load_parameters
from schemas.settings import Settings
from scoring.additive import AdditiveModel, Shape, Steps
from scoring.features import MODEL_FEATURES
from scoring.spec import spec_hash
from tests.portal import EXAMPLES, signed_in
from tests.unit.portal.what_if_done import finished_what_if
from tests.unit.registry.casework.worlds import XIXING, World, asked, task
from tests.unit.registry.deliveries import FEED, land, row
from tests.unit.registry.examples import JULY, JUNE, edition, family, hit, key, member
from tests.vaulted import name_people

__all__ = ["MONTH", "NEIGHBOUR", "WORKER", "filled_register", "furnish"]

MONTH = "2026-06"
WORKER = f"street.staff-{XIXING}"
NEIGHBOUR = f"community.worker-{XIXING}001"
_GROUND = "low_income_family"
_BROKEN = "33010819800101000"  # a digit is missing
_PEOPLE = (1, 2, 3, 4)
_MODEL = AdditiveModel(
    name="additive-1",
    target="三个月内需要救助",
    intercept=0,
    shapes=(
        Shape(feature="minors", title="未成年人数", direction="more", steps=Steps(at_least=(), values=(1,)), unknown=0),
    ),
    chance=Steps(at_least=(), values=(1,)),
    data={"feature_spec": spec_hash(MODEL_FEATURES), "last_as_of": "2024-06-30"},
)


def furnish(settings: Settings) -> dict[str, str]:
    """Fill the home of `settings`, which is empty; values for the place-holders of addresses.

    Two months of three families in one street; a delivery that was corrected and one that waits to be; a case that was
    visited and one that was not; an exit, an objection that a department is asked about, a measure, a wish, a
    protection; a view, a model, a what-if and a sample.
    """
    engine = make_engine(settings)
    try:
        migrate(engine)
        _name_people(settings)
        found = _deliver(settings, engine)
        world = World(Desk(engine, settings, load_parameters(None)))
        now = datetime.now(UTC)
        for as_of in (JUNE, JULY):
            world.publish(_tables(), as_of, now=now)
        for role in (
            "street_staff",
            "district_staff",
            "supervisor",
            "auditor",
            "data_engineer",
            "administrator",
            "community_worker",
        ):
            signed_in(settings, role)
        found |= _work(world, now)
        clerk = Actor("district.staff", "district_staff", purpose="policy")
        found["job_id"] = finished_what_if(engine, settings, clerk)
        found["view_id"] = keep_view(engine, "红色", {"tier": "red"}, actor=Actor("district.staff", "district_staff"))
        found["model_id"] = keep_model(engine, settings, _MODEL, actor="analyst", purpose="第一次训练")
        found["edition_id"] = require_edition(engine).edition_id
        found["seq"] = _sampled(world)
        found["as_of"] = _planned(settings)
        anchor(engine, settings.anchors_file)
    finally:
        engine.dispose()
    return EXAMPLES | found | {"feed": FEED, "month": MONTH, "account": NEIGHBOUR}


def _name_people(settings: Settings) -> None:
    name_people(settings, _PEOPLE, month=MONTH)


def _deliver(settings: Settings, engine: Engine) -> dict[str, str]:
    """A street's file with a row that cannot be read, mended in the next revision; another street's that is not."""
    land(settings, [row(1), row(2, identity=_BROKEN)])
    land(settings, [row(4), row(5, identity=_BROKEN), row(6, difficulty="因运")], name="330108002.csv")
    _take_in(settings, engine)
    land(settings, [row(1), row(2)], name="330108001.r2.csv")
    _take_in(settings, engine)
    with engine.connect() as connection:
        query = select(DeliveryRecord.delivery_id).where(DeliveryRecord.sender == "330108002")
        return {"delivery_id": str(connection.execute(query).scalar_one())}


def _take_in(settings: Settings, engine: Engine) -> None:
    for each in new_files(settings, engine):
        ingest(each, settings, engine, today=date(2026, 7, 1))


def _tables() -> Mapping[str, Any]:
    standing = {
        "ground": _GROUND,
        "family_id": "H:300",
        "person_key": key(3),
        "street_code": XIXING,
        "community_code": f"{XIXING}001",
        "status": "proposed_exit",
        "since": date(2026, 1, 31),
        "proposed_since": date(2026, 5, 31),
        "reason": "income_over",
        "evidence_key": "2026-04-01",
    }
    return edition(
        listed=[family("H:100", 1, tier="red"), family("H:200", 2, score=900), family("H:300", 3, layer="registered")],
        members=[member("H:100", 1), member("H:100", 4, relation="child"), member("H:200", 2), member("H:300", 3)],
        hits=[hit("H:100", 1), hit("H:200", 2)],
        standings=[standing],
        warnings=[
            asked(1, "H:100", 1),
            asked(2, "H:200", 2),
            asked(3, "H:100", 1, kind="verify", rule_id="vehicle_on_register"),
        ],
        tasks=[
            task(1, "H:100"),
            task(2, "H:200"),
            task(3, "H:100", audience="verify", rules="vehicle_on_register"),
        ],
    )


def _work(world: World, now: datetime) -> dict[str, str]:
    desk, today = world.desk, day_at(world.desk.settings, now)
    worker, boss = Actor(WORKER, "street_staff", Area(XIXING)), Actor("supervisor", "supervisor")
    case_id = world.only(family_id="H:100")
    for each in (case_id, world.only(family_id="H:200")):
        assign(desk, each, WORKER, actor=boss)
    form = VisitForm(
        visited_on=today,
        means="home",
        contact="reached",
        answers=dict.fromkeys(world.warnings_of(case_id), "no"),
        outcome="not_true",
        note="独居，需要代办",
        photos=(_picture(),),
    )
    record_visit(desk, case_id, form, actor=worker)
    objected = NewObjection(family_id="H:200", against="standing", filed_by="self", filed_on=today, text="不服")
    objection = file_objection(desk, objected, actor=worker)
    route(desk, objection.objection_id, department="medical_insurance", actor=boss)
    measure = Referral(
        family_id="H:100",
        measure="medical_aid",
        receiver_kind="department",
        receiver="medical_insurance",
        owner=WORKER,
        due_on=today + timedelta(days=30),
    )
    follow_up = refer(desk, measure, actor=worker)
    record_wish(desk, "H:100", "goods", "一床被子", WORKER, actor=worker)
    (waiting,) = proposed_exits(desk, actor=boss)
    objects = {
        kind: object_id
        for visit in case_history(desk.engine, case_id, actor=boss).visits
        for object_id, kind in visit.objects
    }
    return {
        "family_id": "H:100",
        "case_id": case_id,
        "object_id": objects[NOTE],
        "objection_id": objection.objection_id,
        "follow_up_id": follow_up.follow_up_id,
        "exit_id": waiting.exit_id,
        "protection_id": protect(desk, "H:200", "violence", actor=boss),
    }


def _planned(settings: Settings) -> str:
    """A plan of two visits of which nothing came back yet."""
    place = {"street_code": XIXING, "community_code": f"{XIXING}001", "drawn": 1, "left": 1}
    rows = [
        {"family_id": f"H:{n}00", "head_key": key(n), "manner": manner} | place
        for n, manner in ((1, NEED), (2, RANDOM))
    ]
    plan = pl.DataFrame(rows)
    keep_plan(settings, JULY, plan, plan.select("family_id", person_key="head_key"))
    return JULY.isoformat()


def _sampled(world: World) -> str:
    edition = require_edition(world.desk.engine)
    return str(draw(world.desk, edition, "entries", actor=Actor("auditor", "auditor"), seed="seed").event)


def filled_register(settings: Settings) -> bytes:
    """The workbook of visit sheets as it comes back from a community that has written nothing into it."""
    engine = make_engine(settings)
    desk = Desk(engine, settings, load_parameters(None))
    with work_dir(settings.home) as folder:
        path = folder / "sheets.xlsx"
        export_visit_sheets(desk, actor=Actor(WORKER, "street_staff", Area(XIXING)), path=path)
        content = path.read_bytes()
    engine.dispose()
    return content


def _picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (20, 10), "white").save(made, "PNG")
    return made.getvalue()
