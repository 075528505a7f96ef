"""Working papers as an auditor opens them."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from sqlalchemy import Engine

from registry.auditing.catalogue import CATALOGUE
from registry.auditing.examining import Examined, events_of
from registry.auditing.paper_words import in_words
from registry.auditing.papers import write_papers
from registry.auditing.reports import reports
from registry.auditing.sampling import Request, draw_sample
from registry.auditing.working import recorded_tests
from registry.errors import NotPermittedError
from registry.queries import require_edition
from registry.roles import Actor
from rules.parameters import load_parameters
from schemas.settings import Settings
from tests.unit.registry.examples import JULY, JUNE, published, two_families

AUDITOR = Actor("审计", "auditor")
AT = load_parameters().as_of(JUNE)


def _papers(engine: Engine, settings: Settings, path: Path, **given: Any) -> Any:
    published(engine, two_families())
    edition = require_edition(engine)
    samples = [draw_sample(engine, edition, Request.of("entries", AT, seed="seed"), {}, AT, actor=AUDITOR)]
    examined = Examined(engine=engine, settings=settings, edition=edition, today=JULY, parameters=AT)
    chosen = [CATALOGUE[each] for each in ("listed_without_ground", "adverse_by_one", "ledger_imbalance")]
    write_papers(
        engine, settings, edition, actor=AUDITOR, path=path, samples=samples,
        findings=recorded_tests(chosen, examined, actor=AUDITOR),
        told=reports(engine, settings, AT, actor=AUDITOR), **given,
    )  # fmt: skip
    return openpyxl.load_workbook(path)


def test_every_sheet_carries_its_query_and_room_for_the_result(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    """A finding on paper could not be traced to what was asked."""
    book = _papers(engine, settings, tmp_path / "papers.xlsx")
    assert all(book[each]["A1"].value for each in book.sheetnames)
    sample = book["样本-在列家庭"]
    assert "审计准则第1314号" in sample["A1"].value
    entries, _, grounds = sample["A1"].value.partition("查询：")[2].partition("; ")
    with engine.connect() as connection:  # as a second auditor would ask
        assert sorted(row[0] for row in connection.exec_driver_sql(entries)) == ["D:7", "H:100"]
        assert connection.exec_driver_sql(grounds).fetchall() == []
    headings = [each.value for each in sample[2]]
    assert {"审计结果", "备注", "核对人", "核对日期"} <= {*headings}
    assert [each.value for each in sample["B"][2:]] == ["D:7", "H:100"]
    told = {name: sample.cell(3, headings.index(name) + 1).value for name in ("层", "等级理由")}
    assert told == {"层": "西兴街道 · 红 · 在册救助对象", "等级理由": "临时救助(10分)"}, "codes are no working paper"
    assert '"相符,偏差,无法核实,不适用"' in {each.formula1 for each in sample.data_validations.dataValidation}
    found = {row[1].value: row[4].value for row in book["全量测试"].iter_rows(min_row=3)}
    assert found == {
        "listed_without_ground": "发现例外", "adverse_by_one": "未发现例外", "ledger_imbalance": "未能执行",
    }  # fmt: skip
    exceptions = book["例外01-在列家庭均有依据"]
    assert "NOT EXISTS" in exceptions["A1"].value
    assert [each.value for each in exceptions["A"][2:]] == ["D:7", "H:100"]
    assert sum(each.startswith("报告-") for each in book.sheetnames) == 6


def test_the_cover_says_which_edition_and_the_chain_which_file(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    """Papers of another list, or changed papers, could be passed off as these."""
    path = tmp_path / "papers.xlsx"
    cover = {row[0].value: row[1].value for row in _papers(engine, settings, path)["说明"].iter_rows()}
    edition = require_edition(engine)
    assert (cover["版本"], cover["内容摘要"], cover["输入摘要"]) == (
        edition.edition_id, edition.content_hash, edition.input_hash,
    )  # fmt: skip
    assert "种子 seed" in cover["样本：在列家庭"]
    event = events_of(engine)[-1]
    assert (event["action"], event["details"]["sha256"]) == ("audit_papers", sha256(path.read_bytes()).hexdigest())


def test_persons_are_not_named_to_who_may_not_know(engine: Engine, settings: Settings, tmp_path: Path) -> None:
    """An audit would spread identities."""
    with pytest.raises(NotPermittedError, match="unmask"):
        _papers(engine, settings, tmp_path / "papers.xlsx", unmask=True)


def test_a_case_without_a_tier_is_told_so() -> None:
    """An auditor would read "none" among Chinese words, and take it for an amount that is missing."""
    told = in_words(pl.DataFrame({"urgency": ["none", "red"]}))
    assert told.to_dict(as_series=False) == {"紧急程度": ["未定级", "红"]}
