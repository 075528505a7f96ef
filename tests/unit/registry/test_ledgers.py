"""The forms that an office signs: who may have them, what stands in them, and that their counts add up."""

from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine, select

from registry.dossier import dossier
from registry.errors import NotPermittedError
from registry.exports import export_list
from registry.exports.ledgers import export_ledger
from registry.models import AuditEvent
from registry.roles import Actor
from registry.scope import Area
from schemas.errors import UnknownNameError
from schemas.settings import Settings
from tests.unit.registry.examples import JULY, JUNE, edition, family, member, published
from tests.vaulted import name_people

XIXING, CHANGHE = "330108001", "330108002"
ELSEWHERE = {"street_code": CHANGHE, "community_code": f"{CHANGHE}001"}
STAFF = Actor("one", "district_staff")


@pytest.fixture
def months(engine: Engine, settings: Settings) -> Engine:
    """Two months; in July one family moves to the other street, one is new and one is registered."""
    name_people(settings, range(1, 5))
    before = [family("H:1", 1), family("H:2", 2), family("D:4", 4, layer="registered", groups="", members=2)]
    published(engine, edition(listed=before, members=[member("H:1", 1), member("H:2", 2), member("D:4", 4)]), JUNE)
    now = [
        family("H:1", 1, tier="red"),
        family("H:2", 2, **ELSEWHERE),
        family("H:3", 3, groups="temporary_assistance;low_income_family", street_code=None, community_code=None),
        family("D:4", 4, layer="registered", groups="", members=2),
    ]
    people = [member("H:1", 1), member("H:2", 2, **ELSEWHERE), member("H:3", 3), member("D:4", 4)]
    published(engine, edition(listed=now, members=people), JULY)
    return engine


def _table(path: Path, sheet: str) -> tuple[list[str], list[dict[str, object]], list[str]]:
    """Texts above the table, its rows by heading, and the texts below."""
    rows = [[cell.value for cell in row] for row in openpyxl.load_workbook(path)[sheet].iter_rows()]
    start = next(number for number, row in enumerate(rows) if row[0] in {"序号", "栏次"})
    numbered = [row for row in rows[start + 1 :] if isinstance(row[0], int)]
    told = [str(value) for row in [*rows[:start], *rows[start + 1 + len(numbered) :]] for value in row if value]
    return told, [dict(zip(map(str, rows[start]), row, strict=True)) for row in numbered], []


def test_a_ledger_has_each_family_of_its_street_and_says_how_many(
    months: Engine, settings: Settings, tmp_path: Path
) -> None:
    """If this fails, an office signs for families of another street, or for another number than it has."""
    made = export_ledger(months, settings, actor=STAFF, ledger="street", street=XIXING, path=tmp_path / "a.xlsx")
    told, rows, _ = _table(made.path, "街道台账")
    assert made.rows == {"街道台账": 2}
    assert sorted(str(each["户主姓名"]) for each in rows) == ["张1", "张4"]
    assert {str(each["户主身份证号"])[6:14] for each in rows} == {"********"}
    text = " ".join(told)
    for words in ("滨江区西兴街道", "2026年7月31日", "计量单位", "合计：2 户，3 人", "填表人", "审核人", "盖章"):
        assert words in text
    sheet = openpyxl.load_workbook(made.path)["街道台账"]
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    for words in ("one", "用途：统计和上报", "有效期至"):
        assert words in sheet.oddHeader.center.text
    with months.connect() as connection:
        event = connection.execute(select(AuditEvent).order_by(AuditEvent.seq.desc())).first()
    assert event is not None
    assert event.action == "export"
    assert event.details["rows"] == {"街道台账": 2}


def test_the_report_adds_up_and_names_nobody(months: Engine, settings: Settings, tmp_path: Path) -> None:
    """If this fails, a wrong figure goes to the superior office, or a name does."""
    made = export_ledger(months, settings, actor=STAFF, ledger="report", path=tmp_path / "r.xlsx")
    _, groups, _ = _table(made.path, "分群体统计表")
    total = groups[0]
    assert (total["户数"], total["人数"], total["红"], total["黄"]) == (4, 5, 1, 3)
    assert (total["西兴街道"], total["长河街道"], total["街道不明"]) == (2, 1, 1)
    assert next(each for each in groups if each["项目"] == "临时救助对象")["户数"] == 3
    assert (groups[-1]["项目"], groups[-1]["户数"]) == ("属实纳入（其他困难人员）", 0)
    _, places, _ = _table(made.path, "分地区统计表")
    named = {str(each["地区"]): each for each in places}
    assert [named["合计"][each] for each in ("上月末户数", "进入", "退出", "户数")] == [3, 1, 0, 4]
    assert [named["西兴街道"][each] for each in ("上月末户数", "进入", "退出", "户数")] == [3, 0, 1, 2]
    assert [named["长河街道"][each] for each in ("上月末户数", "进入", "退出", "户数")] == [0, 1, 0, 1]
    told = [str(cell.value) for sheet in openpyxl.load_workbook(made.path) for row in sheet.iter_rows() for cell in row]
    assert not [each for each in told if "张" in each and "表" not in each]


def test_names_are_for_those_who_may_know_them(months: Engine, settings: Settings, tmp_path: Path) -> None:
    """If this fails, whoever only counts takes names, numbers and addresses away."""
    counting = Actor("two", "street_staff", Area(XIXING), "statistics")
    made = export_ledger(months, settings, actor=counting, ledger="street", path=tmp_path / "s.xlsx")
    _, rows, _ = _table(made.path, "街道台账")
    assert {str(each["户主姓名"]) for each in rows} == {"张*"}
    assert [each["户号/户编号"] for each in rows] == ["****1", "****4"]
    assert not {"户主身份证号", "联系电话", "住址"} & set(rows[0])
    with pytest.raises(NotPermittedError):
        export_ledger(months, settings, actor=counting, ledger="street", unmask=True)


@pytest.mark.parametrize("purpose", ["monitoring", "statistics"])
def test_who_has_no_household_is_said_to_have_none(
    engine: Engine, settings: Settings, tmp_path: Path, purpose: str
) -> None:
    """If this fails, a cell of the ledger is empty and looks forgotten, or masked as if there were a number."""
    published(engine, edition(listed=[family("P:1", 1)], members=[member("P:1", 1)]), JULY)
    actor = Actor("two", "street_staff", Area(XIXING), purpose)
    made = export_ledger(engine, settings, actor=actor, ledger="street", path=tmp_path / "s.xlsx")
    _, rows, _ = _table(made.path, "街道台账")
    assert [each["户号/户编号"] for each in rows] == ["无户号"]
    told = [str(cell.value) for row in openpyxl.load_workbook(made.path)["街道台账"].iter_rows() for cell in row]
    assert any("“无户号”" in each for each in told)


def test_who_lives_here_no_more_is_told_apart_and_not_counted(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    """If this fails, the file counts more people than the page, and nobody can say who they are."""
    people = [member("H:1", 1), member("H:1", 2, in_scope=False, relation="child")]
    published(engine, edition(listed=[family("H:1", 1)], members=people), JULY)
    made = export_list(engine, settings, actor=STAFF, path=tmp_path / "list.xlsx")
    book = openpyxl.load_workbook(made.path)
    cover = {str(row[0]): str(row[1]) for row in book["说明"].iter_rows(max_col=2, values_only=True)}
    assert (cover["家庭数"], cover["人数"]) == ("1", "1")
    assert cover["已不在辖区、待确认"].startswith("1")
    heading, *rows = list(book["成员"].iter_rows(values_only=True))
    assert [row[heading.index("计入人数")] for row in rows] == ["是", "否"]
    assert [each.in_scope for each in dossier(engine, settings, "H:1", actor=STAFF).members] == [True, False]


@pytest.mark.parametrize(
    ("actor", "words", "refused"),
    [
        (Actor("a", "data_engineer"), {"ledger": "report"}, NotPermittedError),
        (Actor("a", "street_staff", Area(XIXING)), {"ledger": "district"}, NotPermittedError),
        (Actor("a", "street_staff", Area(XIXING)), {"ledger": "street", "street": CHANGHE}, UnknownNameError),
        (STAFF, {"ledger": "street"}, UnknownNameError),
        (STAFF, {"ledger": "other"}, UnknownNameError),
    ],
)
def test_what_is_not_theirs_is_refused(
    months: Engine, settings: Settings, actor: Actor, words: dict[str, str], refused: type[Exception]
) -> None:
    """If this fails, a street takes the ledger of another, or an unknown form is written empty."""
    with pytest.raises(refused):
        export_ledger(months, settings, actor=actor, **words)  # type: ignore[arg-type]


def test_a_street_reports_its_communities(months: Engine, settings: Settings, tmp_path: Path) -> None:
    """If this fails, a street's report tells of the district."""
    actor = Actor("a", "street_staff", Area(CHANGHE))
    made = export_ledger(months, settings, actor=actor, ledger="report", path=tmp_path / "c.xlsx")
    _, places, _ = _table(made.path, "分地区统计表")
    assert (places[0]["户数"], places[0]["进入"]) == (1, 1)
    assert {str(each["地区"])[:2] for each in places[1:]} == {"长河"}
