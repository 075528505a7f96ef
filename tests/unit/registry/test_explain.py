"""Why somebody is on the list, down to the row; and nothing about anybody else."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.orm import Session

from editions.inputs import InputDelivery, InputSet
from linkage.identity import IdentityKey, person_keys
from registry.edition_parameters import parameters_of
from registry.errors import NotPermittedError, SubjectNotFoundError
from registry.evidence import Sources
from registry.explain import explain
from registry.explanation import Explanation
from registry.intake import ingest, new_files
from registry.landing import LandedFile
from registry.models import AuditEvent
from registry.models.need import KeptModel
from registry.provenance import provenance
from registry.publish import publish, write_candidate
from registry.queries import require_edition
from registry.roles import Actor
from schemas.receipts import Receipt
from schemas.settings import Settings
from tests.unit.registry.deliveries import land, number, row
from tests.unit.registry.examples import JUNE, edition, family, hit, member
from tests.vaulted import deliver_people

CLERK = Actor("经办人", "district_staff")
MANAGER = Actor("负责人", "supervisor")
REGISTER = "身份证号,姓名,户编号,与申请人关系,救助类别,开始日期,退出日期,街道"


def _key(settings: Settings, serial: int) -> str:
    return str(person_keys(pl.Series([number(serial)]), IdentityKey.from_settings(settings)).item())


def _taken(landed: LandedFile, settings: Settings, engine: Engine) -> Receipt:
    return ingest(landed, settings, engine, today=JUNE, run_id=f"run-of-{landed.feed}")


def _standing(person: str, ground: str, delivery: str | None, **changes: Any) -> dict[str, Any]:
    return {
        "family_id": "H:100",
        "person_key": person,
        "ground": ground,
        "status": "listed",
        "since": JUNE,
        "basis": "aid_temporary",
        "parameters_version": "2021-01-01#00000000",
        "source_feed": "temporary_assistance" if delivery else None,
        "source_delivery": delivery,
        "source_row": 2 if delivery else None,
    } | changes


@pytest.fixture
def ready(settings: Settings, engine: Engine) -> Engine:
    """Two delivered files, and an edition that speaks of their rows."""
    land(settings, [row(1), row(2)])
    spells = [f"{number(2)},甲丙,0000123,本人,低保,2025-01-01,,西兴街道"]
    land(settings, spells, feed="assistance_register", header=REGISTER)
    receipts = {each.feed: each for each in (_taken(x, settings, engine) for x in new_files(settings, engine))}
    aid = receipts["temporary_assistance"]
    one, two, three = (_key(settings, serial) for serial in (1, 2, 3))
    found = hit("H:100", 1, person_key=one, basis="aid_temporary", source_delivery=aid.delivery_id, source_row=2)
    owed = hit(
        "H:100",
        3,
        person_key=three,
        rule_id="obligor_family",
        basis="owes_as_child",
        evidence_on=date(2019, 9, 19),
        valid_until=None,
        evidence_fen=None,
        source_feed="support_relations",
        source_delivery=None,
    )
    tables = edition(
        listed=[
            family("H:100", 1, head_key=one, groups="obligor_family;temporary_assistance", members=2),
            family("D:0000123", 2, head_key=two, layer="registered", groups=""),
        ],
        members=[
            member("H:100", 1, person_key=one),
            member("H:100", 3, person_key=three, relation="child"),
            member("D:0000123", 2, person_key=two, on_register=True),
        ],
        hits=[found, owed],
        standings=[
            _standing(one, "temporary_assistance", aid.delivery_id),
            _standing(one, "verified_inclusion", None, basis="decided_included", decision_id="d" * 16),
        ],
        measures=[
            {"family_id": "H:100", "measure": "temporary_assistance", "reason": "disaster_struck"},
            {"family_id": "H:100", "measure": "medical_aid", "reason": "severe_illness"},
            {"family_id": "H:100", "measure": "medical_aid", "reason": "told_no_more"},
        ],
        score_reasons=[{"family_id": "H:100", "feature": "aged_80", "value": 1, "points": 700}],
        aliases=[{"old_key": "0" * 24, "person_key": one, "corrected_on": date(2026, 1, 1)}],
    )
    inputs = InputSet(
        as_of=JUNE,
        deliveries=tuple(
            InputDelivery(x.feed, x.month, x.sender, x.revision, x.delivery_id, x.sha256) for x in receipts.values()
        ),
        parameters_digest="p",
        code_version="0",
        identity_fingerprint="i",
    )
    publish(engine, write_candidate(engine, inputs, tables, run_id="run-of-the-edition"))
    deliver_people(settings.vault_dir, [(three, number(3), "欧阳某", None, None)], feed="household_registration")
    return engine


def test_a_family_is_explained_to_the_row(settings: Settings, ready: Engine) -> None:
    """If this fails, staff cannot show a family why it is on the list."""
    found = explain(ready, settings, "H:100", actor=CLERK)
    groups = {each.rule_id: each for each in found.groups}
    assert list(groups) == ["obligor_family", "temporary_assistance"]
    aid = groups["temporary_assistance"].evidence[0]
    assert aid.source is not None
    assert (aid.source.file_name, aid.source.row, aid.source.month) == ("330108001.csv", 2, "2026-06")
    assert len(aid.source.sha256) == 64
    assert "金额 2,000.00 元" in aid.sentence
    assert "有效至 2026-07-10" in aid.sentence
    assert "2026-07-10 届满" in groups["temporary_assistance"].would_change
    window = next(each for each in groups["temporary_assistance"].parameters if "window" in each.name)
    assert window.value == "12个月"
    assert window.citation
    assert found.tier_reasons[0].points == 10
    assert found.objections
    assert Explanation.model_validate_json(found.model_dump_json()) == found


def test_the_text_is_a_page_to_read(settings: Settings, ready: Engine) -> None:
    """If this fails, the page that a family is shown misses its reasons, its sources or its remedies."""
    text = explain(ready, settings, "100", actor=CLERK).text()
    for part in ("临时救助对象", "330108001.csv", "第2行", "SHA-256", "如有异议", "怎样会改变", "个人信息保护法"):
        assert part in text, part


def test_names_are_masked_unless_the_role_may(settings: Settings, ready: Engine) -> None:
    """If this fails, a printed explanation gives identity numbers to whoever finds it."""
    masked = explain(ready, settings, "H:100", actor=CLERK).model_dump_json()
    assert "欧**" in masked
    assert number(1) not in masked
    assert number(3) not in masked
    assert number(3) in explain(ready, settings, "H:100", actor=MANAGER, unmask=True).model_dump_json()
    with pytest.raises(NotPermittedError):
        explain(ready, settings, "H:100", actor=CLERK, unmask=True)


def test_a_person_is_told_only_of_the_own_facts(settings: Settings, ready: Engine) -> None:
    """If this fails, an explanation discloses a relative's aid."""
    by_number = explain(ready, settings, number(3), actor=CLERK)
    assert [each.rule_id for each in by_number.groups] == ["obligor_family"]
    assert explain(ready, settings, _key(settings, 3), actor=CLERK) == by_number


def test_a_ward_s_benefits_are_not_told_to_the_obligor(settings: Settings, ready: Engine) -> None:
    """If this fails, a child reads from when on the parent receives assistance."""
    text = explain(ready, settings, number(3), actor=CLERK)
    assert "2019-09-19" not in text.text() + text.model_dump_json()


def test_a_registered_family_shows_its_spell(settings: Settings, ready: Engine) -> None:
    """If this fails, nobody can say by which row a family is on the register."""
    found = explain(ready, settings, "0000123", actor=CLERK)
    (spell,) = found.register_evidence
    assert spell.source is not None
    assert (spell.source.feed, spell.source.row) == ("assistance_register", 2)
    assert "最低生活保障" in spell.sentence
    assert "1 名成员目前在册" in found.layer_sentence


def test_an_old_number_is_followed(settings: Settings, ready: Engine) -> None:
    """If this fails, a person whose number was corrected is not found by the old one."""
    assert explain(ready, settings, "0" * 24, actor=CLERK).family_id == "H:100"


@pytest.mark.parametrize("subject", ["H:999", "999", number(9), "f" * 24, "nobody"])
def test_nobody_is_an_error_without_the_number(settings: Settings, ready: Engine, subject: str) -> None:
    """If this fails, a stranger is explained as somebody else, or a message repeats an identity number."""
    with pytest.raises(SubjectNotFoundError) as caught:
        explain(ready, settings, subject, actor=CLERK)
    assert number(9) not in str(caught.value)


def test_asking_is_recorded_without_saying_whom(settings: Settings, ready: Engine) -> None:
    """If this fails, staff can look people up unseen, or the chain itself becomes a list of people."""
    explain(ready, settings, number(1), actor=CLERK)
    with Session(ready) as session:
        event = session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc())).first()
    assert event is not None
    assert (event.action, event.actor) == ("explain", "经办人")
    assert number(1) not in str(event.details)
    assert _key(settings, 1) not in str(event.details)


def test_a_family_is_told_what_may_help_it_and_why(settings: Settings, ready: Engine) -> None:
    """If this fails, a measure stands on the list and nobody can say why."""
    found = explain(ready, settings, "H:100", actor=CLERK)
    assert [each.title for each in found.measures] == ["医疗救助", "医疗救助", "临时救助"]
    assert "  · 医疗救助：家中有人患重大疾病（社会救助暂行办法第二十八条" in found.text()
    assert "  · 医疗救助：told_no_more" in found.text()


def test_a_member_is_not_told_why_another_needs_help(settings: Settings, ready: Engine) -> None:
    """If this fails, an explanation for one member tells of the illness of another."""
    assert explain(ready, settings, _key(settings, 1), actor=CLERK).measures == []


def test_the_chain_reaches_the_runs_and_hashes(settings: Settings, ready: Engine) -> None:
    """If this fails, an auditor cannot say by which run and code, and from which inputs, an entry was made."""
    found = explain(ready, settings, "H:100", actor=CLERK)
    edition = require_edition(ready)
    made = found.provenance
    assert made.run_id == "run-of-the-edition"
    assert (made.input_hash, made.content_hash) == (edition.input_hash, edition.content_hash)
    assert (made.code_version, made.model, made.deliveries) == ("0", "scorecard-1", 2)
    assert not made.parameters_in_force
    aid = next(each for each in found.groups if each.rule_id == "temporary_assistance")
    source = aid.evidence[0].source
    assert source is not None
    assert source.run_id == "run-of-temporary_assistance"
    assert source.received_at is not None
    for part in ("run-of-the-edition", edition.input_hash, edition.content_hash, "参数在本版本之后有改动"):
        assert part in found.text(), part


def test_the_run_is_no_part_of_the_edition(settings: Settings, ready: Engine) -> None:
    """If this fails, computing the same month twice gives two editions."""
    edition = require_edition(ready)
    assert edition.manifest["made"] == {"run_id": "run-of-the-edition"}
    assert "run-of-the-edition" not in str(edition.manifest["inputs"]) + edition.content_hash


def test_a_condition_stands_beside_what_it_asks_for(settings: Settings, ready: Engine) -> None:
    """If this fails, a family reads which rule it met, and not by which day or amount."""
    found = explain(ready, settings, "H:100", actor=CLERK)
    groups = {each.rule_id: each for each in found.groups}
    (window,) = groups["temporary_assistance"].predicates
    assert window.parameter == "temporary_assistance.window_months"
    assert "2025-07-10 起至 2026-07-10 止" in window.found
    assert "12个月" in window.required
    assert groups["obligor_family"].predicates == []


def test_a_decision_is_told_as_a_ground(settings: Settings, ready: Engine) -> None:
    """If this fails, nobody can say who put a family on the list that no rule has found."""
    found = explain(ready, settings, "H:100", actor=CLERK)
    grounds = {each.ground: each for each in found.grounds}
    assert grounds["verified_inclusion"].decision_id == "d" * 16
    assert f"人工决定 {'d' * 16}" in found.text()
    source = grounds["temporary_assistance"].source
    assert source is not None
    assert source.row == 2


@pytest.mark.parametrize(
    ("file_name", "sheet", "told"),
    [
        ("a.zip", "六月.xlsx / Sheet1", ("六月.xlsx", "Sheet1")),
        ("a.zip", "六月.csv", ("六月.csv", "")),
        ("a.xlsx", "甲 / 乙", ("", "甲 / 乙")),
    ],
)
def test_a_file_within_an_archive_is_told_apart(
    settings: Settings, ready: Engine, file_name: str, sheet: str, told: tuple[str, str]
) -> None:
    """If this fails, an auditor looks for a sheet in the wrong file of an archive."""
    with ready.begin() as connection:
        (delivery,) = connection.execute(text("SELECT delivery_id FROM delivery LIMIT 1")).one()
    sources = Sources(ready, [delivery])
    sources._known[delivery]["file_name"] = file_name  # noqa: SLF001  # a record itself cannot be changed
    row = {
        "source_feed": "temporary_assistance",
        "source_delivery": delivery,
        "source_sheet": sheet,
        "source_row": 3,
    }
    line = sources.of(row)
    assert line is not None
    assert (line.member, line.sheet) == told


def test_the_model_in_force_is_named_with_its_hash(settings: Settings, ready: Engine) -> None:
    """An auditor could not tell which approved model scored a family, or would read one that had stepped back."""
    digest = "a" * 64
    with ready.begin() as connection:
        kept = {"model_id": digest[:16], "model_hash": digest, "kind": "additive", "name": "需求模型", "card": {}}
        made = {"feature_spec_hash": "f", "created_by": "甲", "created_at": datetime(2026, 6, 1, tzinfo=UTC)}
        connection.execute(insert(KeptModel).values(**kept, **made))
    edition = require_edition(ready)
    inputs = edition.manifest["inputs"] | {"extra": {"model": digest}}
    scored = replace(edition, manifest=edition.manifest | {"inputs": inputs})
    line = provenance(ready, settings, scored, parameters_of(settings, scored))
    assert (line.model, line.model_hash) == ("需求模型", digest)
    back = replace(scored, manifest=scored.manifest | {"scoring": {"model": digest, "drifted": ["minors"]}})
    line = provenance(ready, settings, back, parameters_of(settings, back))
    assert line.model == parameters_of(settings, back).at.text("scorecard.model")
    assert line.model_hash != digest
