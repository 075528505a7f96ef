"""What-if on pages: fields that are checked, one computation at a time, and a workbook that is recorded."""

import time
from collections.abc import Iterator
from importlib import import_module
from io import BytesIO

import openpyxl
import pytest
from sqlalchemy import Engine, select
from starlette.datastructures import FormData

from portal.parameter_words import SUBJECTS
from portal.what_if_form import choices, fields_of, read_fields
from registry import whatif_jobs
from registry.engine import make_engine
from registry.errors import NoWhatIfError
from registry.models import AuditEvent
from registry.publish import publish, write_candidate
from registry.roles import Actor
from rules import all_rules
from rules.parameters import load_parameters
from schemas.errors import UnknownNameError
from schemas.settings import Settings
from tests.portal import csrf_of, open_portal
from tests.unit.portal.what_if_done import BANDS, LINE, finished_what_if
from tests.unit.registry.examples import JUNE, input_set, two_families

CLERK = Actor("clerk", "district_staff", purpose="policy")


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """The registry that the portal reads."""
    made = make_engine(settings)
    yield made
    made.dispose()


@pytest.fixture
def published(engine: Engine) -> str:
    """Two families, published as of June."""
    edition_id = write_candidate(engine, input_set(), two_families())
    publish(engine, edition_id)
    return edition_id


def _ended(settings: Settings, job_id: str, within: float = 120) -> whatif_jobs.Job:
    until = time.monotonic() + within
    while (job := whatif_jobs.the_job(settings, job_id)).state == "running":
        assert time.monotonic() < until
        time.sleep(0.05)
    return job


def _computes_for_long(*_: object) -> None:
    """In the place of a computation that would be over, or have failed, before anybody could end it."""
    time.sleep(600)


def test_every_file_of_parameters_has_a_title() -> None:
    """Otherwise an official looks for 津贴 and finds `allowances`."""
    files = {name.partition(".")[0] for name in load_parameters().by_name}
    assert files - set(all_rules()) == set(SUBJECTS)


def test_parameters_are_found_by_their_words() -> None:
    """Otherwise a parameter is looked for among two hundred."""
    found = choices(load_parameters(), JUNE, "三口 年收入上限")
    assert [each.parameter.name for held in found.values() for each in held] == [LINE]
    assert choices(load_parameters(), JUNE, "没有这个词") == {}


def test_each_type_of_parameter_comes_back_as_it_was() -> None:
    """Otherwise a field that nobody touched changes a value."""
    parameters = load_parameters()
    for name, parameter in parameters.by_name.items():
        (field,) = fields_of(parameters, [name], parameter.values[-1].since)
        sent = [(f"from.{name}", each[0]) for each in field.bands] + [
            (f"points.{name}", each[1]) for each in field.bands
        ]
        sent += [(f"v.{name}", each) for each in (field.ticked if field.kind == "ticks" else [field.text])]
        values, faults = read_fields(parameters, [name], FormData(sent))
        assert faults == {}, name
        assert values == {name: parameter.values[-1].value}


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        (LINE, [(f"v.{LINE}", "much")]),
        (LINE, [(f"v.{LINE}", "-1")]),
        (LINE, []),
        (BANDS, [(f"from.{BANDS}", "0"), (f"points.{BANDS}", "")]),
        (BANDS, []),
        ("low_income_family.scope", [("v.low_income_family.scope", "some")]),
        ("classes.by_aid_kind", [("v.classes.by_aid_kind", "medical: illness\nmedical: housing")]),
    ],
)
def test_a_value_that_does_not_fit_is_said_at_its_field(name: str, sent: list[tuple[str, str]]) -> None:
    """Otherwise a typing error is computed as if it were meant."""
    values, faults = read_fields(load_parameters(), [name], FormData(sent))
    assert values == {}
    assert "要求" in faults[name]


def test_a_parameter_that_does_not_exist_is_refused() -> None:
    """Otherwise a what-if answers that nothing changes."""
    with pytest.raises(UnknownNameError):
        read_fields(load_parameters(), ["low_income_family.annual"], FormData())


@pytest.mark.usefixtures("published")
def test_the_form_keeps_what_was_typed(settings: Settings) -> None:
    """Otherwise one wrong field costs all the others."""
    with open_portal(settings, "district_staff", purpose="policy") as client:
        page = client.get("/what-if", params={"p": [LINE, BANDS]}).text
        assert 'value="100000"' in page
        sent = {
            "csrf": csrf_of(page),
            "as_of": str(JUNE),
            "start": "all_along",
            "p": [LINE, BANDS],
            f"v.{LINE}": "120000",
        }
        answer = client.post("/what-if/start", data=sent | {f"from.{BANDS}": "x", f"points.{BANDS}": "3"})
        assert answer.status_code == 422
        assert 'value="120000"' in answer.text
        assert 'value="x"' in answer.text
        assert 'value="all_along" checked' in answer.text
        none = {"csrf": csrf_of(page), "as_of": str(JUNE), "start": "from_day"}
        assert client.post("/what-if/start", data=none).status_code == 422
        fitting = {"p": LINE, f"v.{LINE}": "120000"}
        assert client.post("/what-if/start", data=none | fitting | {"start": "once"}).status_code == 422
        assert client.get("/what-if", params={"p": "no.such"}).status_code == 422
    assert whatif_jobs.jobs(settings) == []


@pytest.mark.usefixtures("published")
def test_one_is_computed_at_a_time_and_can_be_ended(
    settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise two of them take the machine from everybody, or nobody can stop one that was a mistake."""
    here = import_module(__name__)  # as another process finds it, however often tests were collected
    monkeypatch.setattr(whatif_jobs, "_compute", here._computes_for_long)  # noqa: SLF001
    with open_portal(settings, "district_staff", purpose="policy") as client:
        page = client.get("/what-if", params={"p": LINE}).text
        sent = {"csrf": csrf_of(page), "as_of": str(JUNE), "start": "from_day", "p": LINE, f"v.{LINE}": "120000"}
        started = client.post("/what-if/start", data=sent)
        assert started.status_code == 303
        address = started.headers["location"]
        assert "data-running" in client.get(address).text
        assert "测算中" in client.get("/what-if").text
        second = client.post("/what-if/start", data=sent)
        assert second.status_code == 409
        assert "另一项测算正在进行" in second.text
        assert client.post(f"{address}/end", data={"csrf": csrf_of(page)}).status_code == 303
        assert _ended(settings, address.rpartition("/")[2]).state == "cancelled"
        assert "已结束" in client.get(address).text
        assert client.post(f"{address}/workbook", data={"csrf": csrf_of(page)}).status_code == 404
    with engine.connect() as connection:
        assert "whatif_end" in connection.scalars(select(AuditEvent.action)).all()


@pytest.mark.usefixtures("published")
def test_one_that_cannot_be_computed_says_so(settings: Settings) -> None:
    """Otherwise a page waits for ever, or shows counts of half a computation."""
    job = whatif_jobs._asked(settings, {"no.such": 1}, CLERK, None)  # noqa: SLF001
    whatif_jobs._compute(settings, job.job_id, CLERK)  # noqa: SLF001  # what the process does
    assert whatif_jobs.the_job(settings, job.job_id).fault.startswith("UnknownNameError")
    with open_portal(settings, "district_staff", purpose="policy") as client:
        page = client.get(f"/what-if/{job.job_id}").text
    assert "测算没有完成" in page
    assert "UnknownNameError" in page


@pytest.mark.usefixtures("published")
def test_one_that_lost_its_portal_is_not_waited_for(settings: Settings) -> None:
    """Otherwise a restart leaves a what-if that runs for ever and lets none begin."""
    job = whatif_jobs._asked(settings, {LINE: 1}, CLERK, None)  # noqa: SLF001
    assert whatif_jobs.the_job(settings, job.job_id).state == "interrupted"


@pytest.mark.usefixtures("published")
def test_only_the_newest_are_kept(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise keys of families lie about longer than anybody needs them."""
    made = [whatif_jobs._asked(settings, {LINE: n}, CLERK, None).job_id for n in range(1, 4)]  # noqa: SLF001
    monkeypatch.setattr(whatif_jobs, "_KEPT", 2)
    whatif_jobs._forget(settings)  # noqa: SLF001
    assert [each.job_id for each in whatif_jobs.jobs(settings)] == made[-1:]
    with pytest.raises(NoWhatIfError):
        whatif_jobs.the_job(settings, made[0])
    assert whatif_jobs.forget_expired(settings) == 0
    aged = settings.model_copy(update={"export_days": -1})
    with open_portal(aged, "district_staff", purpose="policy") as client:
        assert client.get(f"/what-if/{made[-1]}").status_code == 404
    assert whatif_jobs.jobs(settings) == []
    assert not (settings.home / "whatif" / made[-1]).exists()


@pytest.mark.usefixtures("published")
def test_a_result_tells_who_changes_and_its_workbook_is_recorded(settings: Settings, engine: Engine) -> None:
    """Otherwise names leave the portal and no auditor can tell; or the page contradicts the file."""
    job_id = finished_what_if(engine, settings, CLERK)
    with open_portal(settings, "district_staff", purpose="policy") as client:
        page = client.get(f"/what-if/{job_id}").text
        assert "没有发布" in page
        assert "1 户有变化" in page
        assert "死亡后仍发放" in page
        assert "程序有变化" in page
        assert "新的数据交付：不计入" in page
        assert "依规退出" in page
        assert "拟退出（确认前仍在列）" in page
        assert "属实纳入（其他困难人员）" in page
        assert "verified_inclusion" not in page
        assert "自名单当日起" in page
        answer = client.post(f"/what-if/{job_id}/workbook", data={"csrf": csrf_of(page)})
        assert answer.status_code == 200
        book = openpyxl.load_workbook(BytesIO(answer.content), read_only=True)
        assert len(list(book["变动家庭"].iter_rows())) == 2
        told = {str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}
        assert "属实纳入（其他困难人员）" in told
        assert "verified_inclusion" not in told
    with engine.connect() as connection:
        details = connection.execute(select(AuditEvent.details).where(AuditEvent.action == "export")).scalar_one()
    assert (details["what"], details["rows"], details["masked"]) == ("whatif", 1, True)


@pytest.mark.parametrize(("role", "purpose"), [("data_engineer", "policy"), ("auditor", ""), ("street_staff", "")])
@pytest.mark.usefixtures("published")
def test_others_ask_nothing(settings: Settings, engine: Engine, role: str, purpose: str) -> None:
    """Otherwise somebody without that task learns what the whole district would look like."""
    found = f"/what-if/{finished_what_if(engine, settings, CLERK)}"
    with open_portal(settings, role, purpose=purpose) as client:
        assert client.get("/what-if").status_code == client.get(found).status_code == 403
        page = client.get("/rules").text
        assert "参数测算" not in page.split("<main", 1)[0]
        for act in ("workbook", "end"):
            assert client.post(f"{found}/{act}", data={"csrf": csrf_of(page)}).status_code == 403
