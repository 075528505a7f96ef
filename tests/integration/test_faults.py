"""Bad deliveries of every kind beside good ones: the good go on, the bad come back with a reason, nothing leaks."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
import xlsxwriter

from assets.feeds import CHECK
from pipelines.instance import open_instance
from pipelines.run import RunReport, run
from registry.engine import make_engine
from registry.queries import current_edition
from samples.generate import generate
from schemas.identifiers import check_digit
from schemas.receipts import Receipt
from schemas.settings import Settings

MONTH = "2026-01"
TODAY = date(2026, 2, 10)
KEPT_IN = frozenset({"raw", "vault", "quarantine", "landing", "truth"})


def _identity(head: str) -> str:
    return head + check_digit(head)


# Invented values that occur nowhere else: who finds one of them outside the vault has found a leak.
CANARY_ID = _identity("33010819770707991")
CANARY_BROKEN_ID = "330108197707079999"
CANARY_NAME = "淦龘靐"
CANARY_NAME_OF_BROKEN = "龗麤齉"
CANARY_PHONE = "13977700123"
CANARY_ADDRESS = "犇犇路七七七号"
CANARY_CODE = "从未听说过的类别"
CANARY_TEXT = "齉齾龖龘之家"
CANARIES = (
    CANARY_ID, CANARY_BROKEN_ID, CANARY_NAME, CANARY_NAME_OF_BROKEN,
    CANARY_PHONE, CANARY_ADDRESS, CANARY_CODE, CANARY_TEXT,
)  # fmt: skip

AID_HEADER = "姓名,身份证号,业务编号,金额(元),批准日期,发放日期\n"


def _wrong_sheet(path: Path) -> None:
    book = xlsxwriter.Workbook(path)
    book.add_worksheet("说明").write_row(0, 0, ["填表说明", CANARY_TEXT])
    book.close()


def _cut_workbook(path: Path) -> None:
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("明细")
    sheet.write_row(0, 0, AID_HEADER.strip().split(","))
    for row in range(1, 200):
        sheet.write_row(row, 0, [CANARY_NAME, CANARY_ID, f"H{row}", "100", "2026-01-05", "2026-01-06"])
    book.close()
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _missing_column(path: Path) -> None:
    path.write_text(f"姓名,业务编号,金额(元),批准日期\n{CANARY_NAME},M1,100,2026-01-05\n", encoding="utf-8-sig")


def _no_rows(path: Path) -> None:
    path.write_text(AID_HEADER, encoding="utf-8-sig")


def _wrong_encoding(path: Path) -> None:
    lines = [
        "姓名,身份證號,業務編號,金額(元),批准日期,發放日期",
        *(f"陳大文,{CANARY_ID},H{n},100,2026-01-05,2026-01-06" for n in range(9)),
    ]
    path.write_bytes("\n".join(lines).encode("big5"))


def _half_good(path: Path) -> None:
    rows = (
        f"{CANARY_NAME},{CANARY_ID},K1,100,2026-01-05,2026-01-06\n"
        f"{CANARY_NAME_OF_BROKEN},{CANARY_BROKEN_ID},K2,100,2026-01-05,2026-01-06\n"
        f"{CANARY_NAME},{CANARY_ID},K3,{CANARY_TEXT},2026-01-05,2026-01-06\n"
    )
    path.write_text(AID_HEADER + rows, encoding="utf-8-sig")


def _lead(path: Path) -> None:
    path.write_text(
        "姓名,身份证号,联系电话,线索编号,线索来源,上报日期,困难类型,街道,社区,诉求内容\n"
        f"{CANARY_NAME},{CANARY_ID},{CANARY_PHONE},X1,自主申报,2026-01-09,因病,西兴街道,,{CANARY_TEXT}\n"
        f"{CANARY_NAME},{CANARY_ID},{CANARY_PHONE},X2,{CANARY_CODE},2026-01-09,因病,西兴街道,,{CANARY_TEXT}\n",
        encoding="gb18030",
        errors="replace",
    )


def _permit(path: Path) -> None:
    path.write_text(
        "姓名,身份证号,居住证编号,街道,社区,住址,签发日期,有效期止\n"
        f"{CANARY_NAME},{CANARY_ID},Z1,西兴街道,西兴第1社区,{CANARY_ADDRESS},2025-10-01,2026-10-01\n",
        encoding="utf-8-sig",
    )


BAD: dict[str, tuple[str, Callable[[Path], None]]] = {
    "student_aid": ("wrong_sheet.xlsx", _wrong_sheet),
    "disaster_relief": ("cut.xlsx", _cut_workbook),
    "medical_aid": ("missing_column.csv", _missing_column),
    "charity_aid": ("no_rows.csv", _no_rows),
    "employment_aid": ("wrong_encoding.csv", _wrong_encoding),
    "housing_loans": ("unknown_feed.csv", _half_good),
}
PARTLY_GOOD: dict[str, tuple[str, Callable[[Path], None]]] = {
    "employment_aid": ("half_good.csv", _half_good),
    "leads": ("planted_lead.csv", _lead),
    "residence_permits": ("planted_permit.csv", _permit),
}


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, RunReport]:
    """A home after one run over a small district with the bad deliveries beside the good ones."""
    home = tmp_path_factory.mktemp("home")
    settings = Settings(home=home)
    generate(people=1500, months=1, seed=4, dirt=0.0, out=home, first_month=MONTH)
    for feed, (name, write) in [*BAD.items(), *PARTLY_GOOD.items()]:
        folder = settings.landing_dir / feed / MONTH
        folder.mkdir(parents=True, exist_ok=True)
        write(folder / name)
    return settings, run(settings, today=TODAY)


def _receipt(report: RunReport, file_name: str) -> Receipt:
    return next(each for each in report.receipts if each.file_name.endswith(file_name))


@pytest.mark.parametrize(
    ("file_name", "told"),
    [
        ("wrong_sheet.xlsx", "说明"),
        ("cut.xlsx", ""),
        ("missing_column.csv", "身份证号"),
        ("no_rows.csv", ""),
        ("wrong_encoding.csv", ""),
        ("unknown_feed.csv", "housing_loans"),
    ],
)
def test_each_bad_file_comes_back_with_its_reason(ran: tuple[Settings, RunReport], file_name: str, told: str) -> None:
    """A department whose file was not taken must learn which file, where in it, and why."""
    receipt = _receipt(ran[1], file_name)
    assert receipt.status == "refused"
    message = receipt.refusal_message or ""
    assert file_name in message
    assert told in message
    assert receipt.rows_accepted == 0


def test_the_rest_of_the_run_goes_on(ran: tuple[Settings, RunReport]) -> None:
    """One department's bad file must not cost the families their edition."""
    settings, report = ran
    assert [each.month for each in report.editions] == [MONTH]
    engine = make_engine(settings)
    edition = current_edition(engine, date(2026, 1, 31))
    engine.dispose()
    assert edition is not None
    taken = {each.feed for each in report.receipts if each.status != "refused"}
    assert {"household_registration", "student_aid", "employment_aid"} <= taken


def test_a_half_good_file_gives_its_good_rows(ran: tuple[Settings, RunReport]) -> None:
    """Rows that cannot be read are set aside and counted; the others are not lost with them."""
    receipt = _receipt(ran[1], "half_good.csv")
    assert (receipt.rows_read, receipt.rows_accepted, receipt.rows_quarantined) == (3, 1, 2)
    assert receipt.status == "partial"
    lead = _receipt(ran[1], "planted_lead.csv")
    assert (lead.rows_accepted, lead.rows_quarantined) == (1, 1)
    assert sum(lead.unknown_codes.values()) == 1


def test_every_row_is_accounted_for(ran: tuple[Settings, RunReport]) -> None:
    """Rows read = accepted + quarantined + skipped on every receipt."""
    assert all(each.balanced for each in ran[1].receipts)


def test_the_engineer_sees_which_feed_failed(ran: tuple[Settings, RunReport]) -> None:
    """The refusal stands in Dagster's record as a failed check of that feed."""
    with open_instance(ran[0]) as instance:
        for feed in ("student_aid", "disaster_relief", "medical_aid", "charity_aid", "employment_aid"):
            key = dg.AssetCheckKey(dg.AssetKey(feed), CHECK)
            record = instance.get_latest_asset_check_evaluation_record(key)
            assert record is not None, feed
            assert record.event is not None
            assert record.event.dagster_event is not None
            assert not record.event.dagster_event.asset_check_evaluation_data.passed, feed


def _forms(value: str) -> Iterator[bytes]:
    """The value as it may stand in a file: encoded, or escaped as JSON and HTML do."""
    yield value.encode()
    yield value.encode("gb18030")
    yield value.encode("utf-16-le")
    if not value.isascii():
        yield json.dumps(value).strip('"').encode()
        yield json.dumps(value).strip('"').replace("\\", "\\\\").encode()
        yield "".join(f"&#{ord(each)};" for each in value).encode()


def _text_of(path: Path) -> bytes:
    """The file's bytes; of Parquet, which is compressed, the decoded cells."""
    if path.suffix == ".parquet":
        return pl.read_parquet(path).write_json().encode()
    return path.read_bytes()


def _places(root: Path, values: tuple[str, ...]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path in sorted(each for each in root.rglob("*") if each.is_file()):
        content = _text_of(path)
        for value in values:
            if any(form in content for form in _forms(value)):
                found.setdefault(value, set()).add(path.relative_to(root).parts[0])
    return found


def test_planted_values_are_found_only_where_identities_are_kept(ran: tuple[Settings, RunReport]) -> None:
    """A name, number, phone, address or cell text in a log, page, receipt or table is a breach of privacy."""
    found = _places(ran[0].home, CANARIES)
    leaks = {CANARIES.index(value): sorted(places - KEPT_IN) for value, places in found.items() if places - KEPT_IN}
    assert leaks == {}


def test_the_search_finds_what_is_there(ran: tuple[Settings, RunReport]) -> None:
    """The search itself must work: the good row's name and number are in the vault, the bad row's in quarantine."""
    found = _places(ran[0].home, CANARIES)
    assert "vault" in found[CANARY_NAME]
    assert "vault" in found[CANARY_ID]
    assert "quarantine" in found[CANARY_NAME_OF_BROKEN]
    assert "quarantine" in found[CANARY_BROKEN_ID]
