"""Files for staff: what stands in them, what does not, and that taking them is recorded."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from editions.deadlines import announced_until
from registry.errors import NoEditionError, NotPermittedError
from registry.exports import export_alerts, export_list
from registry.exports.plain import RISKY, write_csv
from registry.exports.rows import family_rows
from registry.models import AuditEvent
from registry.roles import Actor
from registry.scope import Area
from registry.vault import Vault
from rules import get_rule
from rules.parameters import load_parameters
from schemas.errors import UnknownNameError
from schemas.settings import Settings
from tests.unit.registry.deliveries import number
from tests.unit.registry.examples import JUNE, edition, family, hit, key, member, published, table, warning
from tests.vaulted import deliver_people

MANAGER = Actor("负责人", "supervisor")
CLERK = Actor("经办人", "district_staff")
STREET = Actor("街道", "street_staff", Area("330108002"))

FAMILY_HEADINGS = [
    "序号",
    "户号/户编号",
    "户主姓名",
    "户主身份证号",
    "联系电话",
    "街道",
    "社区",
    "住址",
    "人数",
    "层次",
    "群体",
    "等级",
    "等级理由",
    "困难类型",
    "建议措施",
    "评分",
    "年收入(元)",
    "收入依据",
    "状态",
    "拟退出群体",
    "拟退出原因",
    "家庭标识",
]


def vault(settings: Settings) -> None:
    """Three people; the first one's name was delivered masked later, the third one's looks like a formula."""
    rows = [
        (key(1), number(1), "甲乙", "13800000001", "西兴街道一号"),
        (key(2), number(2), "甲丙", None, None),
        (key(3), number(3), "=1+1", "+8613800000003", "@SUM(A1)"),
    ]
    later = [(key(1), number(1), "甲*", "13800000009", None)]
    deliver_people(settings.vault_dir, rows, feed="household_registration", month="2026-05")
    deliver_people(settings.vault_dir, later, feed="pensions")


def listed_edition() -> dict[str, Any]:
    """A registered family of two, an extended one of one person, and a warning of each kind."""
    return edition(
        listed=[
            family(
                "D:0000123",
                1,
                layer="registered",
                groups="",
                tier="red",
                tier_reasons="subsistence=25;severe_illness=20",
                members=2,
                score=5000,
                classes="disability;illness",
            ),
            family("H:100", 3, street_code="330108002", community_code="330108002001", income_fen=None),
        ],
        members=[
            member("D:0000123", 2, relation="child", on_register=True, birth_on=date(2015, 7, 1)),
            member("D:0000123", 1, on_register=True, birth_on=date(1980, 6, 30)),
            member("H:100", 3),
        ],
        hits=[hit("H:100", 3, basis="aid_temporary")],
        warnings=[
            warning(1, basis="stay_of_monitored", family_id="D:0000123", due_on=date(2026, 7, 8)),
            warning(4, basis="stay_of_monitored", family_id="D:0000123", person_key=key(2), due_on=date(2026, 7, 9)),
            warning(5, rule_id="university_entry", family_id="D:0000123", person_key=key(2), due_on=date(2026, 7, 1)),
            warning(2, kind="verify", rule_id="vehicle_on_register", family_id="D:0000123", basis="?"),
            warning(
                3,
                kind="feed",
                rule_id="delivery_missing",
                family_id=None,
                person_key=None,
                subject="pensions",
                street_code=None,
                source_delivery=None,
            ),
        ],
        tasks=[
            _task("need", urgency="red", warnings=3, rules="high_inpatient_cost;university_entry"),
            _task("verify", urgency="red", rules="vehicle_on_register"),
        ],
        measures=[
            {"family_id": "D:0000123", "measure": "temporary_assistance", "reason": "disaster_struck"},
            {"family_id": "D:0000123", "measure": "medical_aid", "reason": "severe_illness"},
            {"family_id": "D:0000123", "measure": "medical_aid", "reason": "medical_cost_high"},
        ],
    )


def _task(audience: str, **more: Any) -> dict[str, Any]:
    return {
        "task_id": f"t-{audience}",
        "family_id": "D:0000123",
        "audience": audience,
        "street_code": "330108001",
        "community_code": "330108001001",
        "warnings": 1,
        "raised_on": JUNE,
        "due_on": date(2026, 7, 1),
    } | more


@pytest.fixture
def ready(settings: Settings, engine: Engine) -> Engine:
    """A registry with a vault and a published edition."""
    vault(settings)
    published(engine, listed_edition())
    return engine


def _cells(sheet: Worksheet, row: int) -> dict[str, Any]:
    headings = [each.value for each in sheet[1]]
    return dict(zip(headings, (each.value for each in sheet[row]), strict=True))


def test_the_workbook_can_be_used_as_it_is(settings: Settings, ready: Engine, tmp_path: Path) -> None:
    """If this fails, staff must mend the file before they can work with it."""
    result = export_list(ready, settings, actor=CLERK, as_of=JUNE, path=tmp_path / "x" / "list.xlsx")
    book = openpyxl.load_workbook(result.path)
    assert book.sheetnames == ["说明", "家庭", "成员"]
    families, people = book["家庭"], book["成员"]
    assert [each.value for each in families[1]] == FAMILY_HEADINGS
    assert families.freeze_panes == "D2"
    assert families.auto_filter.ref == "A1:V3"
    assert families.print_title_rows == "$1:$1"
    assert families.column_dimensions["D"].width >= len("330108********0012")
    assert families.column_dimensions["A"].width >= 2 * len("序号") + 3
    assert _cells(families, 2) == {
        "序号": 1,
        "户号/户编号": "0000123",
        "户主姓名": "甲乙",
        "户主身份证号": f"330108********{number(1)[-4:]}",
        "联系电话": "13800000009",
        "街道": "西兴街道",
        "社区": "西兴第1社区",
        "住址": "西兴街道一号",
        "人数": 2,
        "层次": "在册救助对象",
        "群体": None,
        "等级": "红",
        "等级理由": "低保对象(25分)；重大疾病(20分)",
        "困难类型": "因残；因病",
        "建议措施": "医疗救助；临时救助",
        "评分": 5000,
        "年收入(元)": 40000.5,
        "收入依据": "收入记录不完整",
        "状态": "在列",
        "拟退出群体": None,
        "拟退出原因": None,
        "家庭标识": "D:0000123",
    }
    assert _cells(families, 3)["群体"] == "临时救助对象"
    assert [_cells(people, row)["姓名"] for row in (2, 3, 4)] == ["甲乙", "甲丙", "=1+1"]
    assert [_cells(people, row)["年龄"] for row in (2, 3, 4)] == [46, 10, 46]
    assert _cells(people, 4)["群体"] == "临时救助对象"
    assert result.rows == {"家庭": 2, "成员": 3}


def test_the_cover_says_what_it_is(settings: Settings, ready: Engine, tmp_path: Path) -> None:
    """If this fails, a printed list cannot be traced to its edition, its filters or who took it."""
    result = export_list(ready, settings, actor=CLERK, area="西兴", purpose="入户走访", path=tmp_path / "list.xlsx")
    cover = openpyxl.load_workbook(result.path)["说明"]
    said = {row[0].value: row[1].value for row in cover.iter_rows(min_row=2, max_col=2)}
    everything = "\n".join(str(cell.value) for row in cover.iter_rows() for cell in row)
    assert said["统计截止日"] == "2026-06-30"
    assert said["版本"] == result.edition_id
    assert said["筛选条件"] == "街道：西兴街道"
    assert said["导出人"] == "经办人（区级经办）"
    assert said["用途"] == "入户走访"
    assert (said["家庭数"], said["人数"]) == ("1", "2")
    assert said["身份证号"] == "部分隐藏"
    assert "养老金" in str(said["本月未交付"])
    assert "模拟数据" not in everything
    assert "敏感个人信息" in everything


def test_no_cell_is_a_formula(settings: Settings, ready: Engine, tmp_path: Path) -> None:
    """If this fails, a name that a stranger typed runs as a formula on a clerk's machine."""
    listed = export_list(ready, settings, actor=MANAGER, unmask=True, path=tmp_path / "list.xlsx")
    alerts = export_alerts(ready, settings, actor=MANAGER, verify=True, path=tmp_path / "alerts.xlsx")
    for path in (listed.path, alerts.path):
        for sheet in openpyxl.load_workbook(path):
            assert not [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    people = openpyxl.load_workbook(listed.path)["成员"]
    cell = people.cell(4, 4)
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=1+1", "s", True)
    text = export_list(ready, settings, actor=MANAGER, fmt="csv", path=tmp_path / "list.csv").path.read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    assert "'=1+1" in text.decode("utf-8-sig")
    assert "'+8613800000003" in text.decode("utf-8-sig")


@pytest.mark.parametrize("beginning", RISKY)
def test_every_risky_beginning_is_made_safe_in_csv(tmp_path: Path, beginning: str) -> None:
    """If this fails, one of the ways to smuggle a formula into a spreadsheet is open."""
    write_csv(tmp_path / "x.csv", pl.DataFrame({"列": [f"{beginning}x", "x", None]}))
    read = pl.read_csv(tmp_path / "x.csv", encoding="utf8", quote_char='"', eol_char="\n")
    assert str(read["列"][0]).startswith("'")


def test_numbers_are_text_and_dates_are_dates(settings: Settings, ready: Engine, tmp_path: Path) -> None:
    """If this fails, an identity number turns into 3.3E+17, or a date into a word that cannot be sorted."""
    listed = export_list(ready, settings, actor=MANAGER, unmask=True, path=tmp_path / "list.xlsx")
    cell = openpyxl.load_workbook(listed.path)["家庭"].cell(2, 4)
    assert (cell.value, cell.number_format) == (number(1), "@")
    alerts = export_alerts(ready, settings, actor=CLERK, path=tmp_path / "alerts.xlsx")
    row = _cells(openpyxl.load_workbook(alerts.path)["困难发现"], 2)
    assert row["事实日期"] == datetime(2026, 6, 3)  # noqa: DTZ001
    assert (row["金额(元)"], row["行号"]) == (12000, 12)
    assert row["联系电话"] == "13800000009"
    assert row["发现的事实"] == "监测对象单次住院自付超过标准"


def test_who_may_not_is_told_who_may(settings: Settings, ready: Engine, tmp_path: Path) -> None:
    """If this fails, any member of staff takes full identity numbers or suspicions along."""
    with pytest.raises(NotPermittedError, match="supervisor"):
        export_list(ready, settings, actor=CLERK, unmask=True, path=tmp_path / "list.xlsx")
    with pytest.raises(NotPermittedError, match="supervisor"):
        export_alerts(ready, settings, actor=STREET, verify=True, path=tmp_path / "alerts.xlsx")
    with pytest.raises(UnknownNameError, match="role"):
        Actor("x", "root")
    assert list(tmp_path.glob("*.xlsx")) == []


def test_suspicions_have_a_sheet_of_their_own(settings: Settings, ready: Engine, tmp_path: Path) -> None:
    """If this fails, a question to be verified is read as a need, or by those who may not see it."""
    plain = export_alerts(ready, settings, actor=CLERK, path=tmp_path / "a.xlsx")
    assert openpyxl.load_workbook(plain.path).sheetnames == ["说明", "核查任务", "困难发现", "数据质量"]
    asked = export_alerts(ready, settings, actor=Actor("核查人", "supervisor"), verify=True, path=tmp_path / "b.xlsx")
    sheets = ["核查任务", "待核实任务", "困难发现", "待核实", "数据质量"]
    assert openpyxl.load_workbook(asked.path).sheetnames == ["说明", *sheets]
    assert asked.rows == dict(zip(sheets, (1, 1, 3, 1, 1), strict=True))
    text = export_alerts(ready, settings, actor=CLERK, fmt="csv", path=tmp_path / "a.csv").path.read_text("utf-8-sig")
    assert "车" not in text


def test_a_task_asks_each_question_once(settings: Settings, ready: Engine, tmp_path: Path) -> None:
    """If this fails, the visitor asks the same family the same thing twice, or does not know whom."""
    path = export_alerts(ready, settings, actor=CLERK, path=tmp_path / "a.xlsx").path
    task = _cells(openpyxl.load_workbook(path)["核查任务"], 2)
    stay, study = (get_rule(each).question for each in ("high_inpatient_cost", "university_entry"))
    assert (
        task
        == {
            "序号": 1,
            "办理期限": datetime(2026, 7, 1),  # noqa: DTZ001
            "等级": "红",
            "户号/户编号": "0000123",
            "户主姓名": "甲乙",
            "户主身份证号": f"330108********{number(1)[-4:]}",
            "联系电话": "13800000009",
            "街道": "西兴街道",
            "社区": "西兴第1社区",
            "住址": "西兴街道一号",
            "涉及人员": "甲丙、甲乙",
            "请核实": f"1. {study}（甲丙）\n2. {stay}（甲丙、甲乙）",
            "预警数": 3,
            "提出日期": datetime(2026, 6, 30),  # noqa: DTZ001
            "家庭标识": "D:0000123",
            "任务编号": "t-need",
        }
    )


def test_a_task_is_whole_also_when_one_rule_is_asked_for(settings: Settings, ready: Engine, tmp_path: Path) -> None:
    """If this fails, the family is visited for one question and again for the next."""
    path = export_alerts(ready, settings, actor=CLERK, rule="university_entry", path=tmp_path / "a.xlsx").path
    book = openpyxl.load_workbook(path)
    assert book["困难发现"].max_row == 2
    assert "2. " in _cells(book["核查任务"], 2)["请核实"]


def test_a_desk_task_needs_the_right_to_it(settings: Settings, ready: Engine, tmp_path: Path) -> None:
    """If this fails, a visitor reads on a task what a family is suspected of."""
    vehicle = get_rule("vehicle_on_register").question
    for actor, verify in ((CLERK, False), (MANAGER, True)):
        path = export_alerts(ready, settings, actor=actor, verify=verify, path=tmp_path / "a.xlsx").path
        text = "".join(str(cell.value) for sheet in openpyxl.load_workbook(path) for row in sheet for cell in row)
        assert (vehicle in text) is verify


def test_a_day_beyond_the_known_calendar_is_said(settings: Settings, engine: Engine, tmp_path: Path) -> None:
    """If this fails, staff take a day for right that counts holidays as worked."""
    vault(settings)
    tables = listed_edition()
    late = date(announced_until() + 1, 1, 5)
    tables["tasks"] = tables["tasks"].with_columns(due_on=pl.lit(late))
    published(engine, tables)
    path = export_alerts(engine, settings, actor=CLERK, path=tmp_path / "a.xlsx").path
    said = {row[0].value: row[1].value for row in openpyxl.load_workbook(path)["说明"].iter_rows(min_row=2, max_col=2)}
    assert f"{late.year} 年" in str(said["办理期限"])


def test_a_csv_leaves_no_warning_out(settings: Settings, ready: Engine, tmp_path: Path) -> None:
    """If this fails, a feed that was not delivered is nowhere in what the office has on file."""
    result = export_alerts(ready, settings, actor=CLERK, fmt="csv", path=tmp_path / "a.csv")
    assert result.beside == (tmp_path / "a-feeds.csv",)
    assert result.rows == {"困难发现": 3, "数据质量": 1}
    assert pl.read_csv(result.path).height == 3
    assert pl.read_csv(result.beside[0])["预警"].to_list() == [get_rule("delivery_missing").title]


def test_every_export_is_recorded(settings: Settings, ready: Engine) -> None:
    """If this fails, nobody can say who took the list."""
    result = export_list(ready, settings, actor=MANAGER, tier="红", unmask=True, purpose="审计")
    export_list(ready, settings, actor=CLERK, fmt="parquet")
    assert result.path.parent == settings.exports_dir
    assert result.path.name.startswith("monitoring-list-2026-06-30-")
    assert result.path.stat().st_mode & 0o777 == 0o600
    with Session(ready) as session:
        events = [each for each in session.scalars(select(AuditEvent)) if each.action == "export"]
    assert [(each.actor, each.purpose) for each in events] == [("负责人", "审计"), ("经办人", "社会救助走访核实")]
    assert events[0].details["rows"] == {"家庭": 1, "成员": 2}
    assert events[0].details["masked"] is False
    assert events[0].details["filters"] == {"等级": "红"}


def test_parquet_knows_keys_only(settings: Settings, ready: Engine, tmp_path: Path) -> None:
    """If this fails, a table for analysts carries names."""
    listed = pl.read_parquet(export_list(ready, settings, actor=CLERK, fmt="parquet", path=tmp_path / "x.parquet").path)
    assert listed["head_key"].to_list() == [key(1), key(3)]
    assert not {"person_name", "id_number"} & set(listed.columns)


@pytest.mark.parametrize(
    "choice",
    [{"area": "西湖"}, {"tier": "purple"}, {"group": "nobody"}, {"layer": "x"}, {"fmt": "pdf"}],
)
def test_an_unknown_choice_is_an_error(settings: Settings, ready: Engine, choice: dict[str, Any]) -> None:
    """If this fails, a typing mistake exports everybody, or nobody."""
    with pytest.raises(UnknownNameError):
        export_list(ready, settings, actor=CLERK, **choice)


def test_without_an_edition_nothing_is_written(settings: Settings, engine: Engine, tmp_path: Path) -> None:
    """If this fails, an empty list is taken for "nobody is poor"."""
    with pytest.raises(NoEditionError):
        export_list(engine, settings, actor=CLERK, path=tmp_path / "list.xlsx")
    assert list(tmp_path.glob("*.xlsx")) == []


def test_a_failed_export_leaves_the_old_file(settings: Settings, ready: Engine, tmp_path: Path) -> None:
    """If this fails, a full disk leaves half a workbook where a whole one was."""
    target = tmp_path / "list.xlsx"
    target.write_text("old")
    with pytest.raises(UnknownNameError):
        export_list(ready, settings, actor=CLERK, path=target, tier="purple")
    assert target.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["list.xlsx"]


def test_why_something_is_proposed_to_leave_is_told_once(settings: Settings) -> None:
    """Staff would know that a family is to leave and not what to look at."""
    listed = table("list", [family("H:1", 1, status="proposed_exit", proposed_groups="low_income_family")])
    stands = [
        {"family_id": "H:1", "person_key": key(number), "ground": "low_income_family", "reason": "income_changed"}
        for number in (1, 2)
    ]
    parameters = load_parameters().as_of(JUNE)
    rows = family_rows(listed, Vault(settings), parameters, unmask=False, standings=table("standings", stands))
    assert rows["拟退出原因"].to_list() == ["收入超过标准"]
    assert rows["状态"].to_list() == ["拟退出"]
    assert family_rows(listed, Vault(settings), parameters, unmask=False)["拟退出原因"].to_list() == [None]
