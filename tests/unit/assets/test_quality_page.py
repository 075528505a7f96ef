"""The data-quality page: what an engineer and a department liaison see of a month without any server."""

import re
from pathlib import Path

from assets.quality import QualityResult
from assets.quality_page import write_quality_page
from schemas.contract import all_feeds
from schemas.receipts import Receipt

MONTH = "2026-01"


def _receipt(feed: str, *, month: str = MONTH, status: str = "accepted", quarantined: int = 0) -> Receipt:
    return Receipt.model_validate(
        {
            "delivery_id": "0" * 16,
            "feed": feed,
            "month": month,
            "sender": "a",
            "revision": 1,
            "file_name": "a.csv",
            "sha256": "0" * 64,
            "status": status,
            "rows_read": 1234,
            "rows_accepted": 1234 - quarantined,
            "rows_quarantined": quarantined,
            "skipped": {},
            "reasons": {"id_checksum": quarantined} if quarantined else {},
            "normalised": {},
            "unknown_codes": {},
            "caveats": [],
        }
    )


def _page(folder: Path, *receipts: Receipt, passed: bool = True) -> str:
    result = QualityResult(
        table="list_entry", expectation="expect_x", column="tier", passed=passed, evaluated=True, rows=10,
        unexpected=0 if passed else 3,
    )  # fmt: skip
    path = write_quality_page(folder, month=MONTH, edition_id="e1", results=[result], receipts=receipts)
    return path.read_text(encoding="utf-8")


def _line(page: str, feed: str) -> str:
    return next(each for each in page.split("<tr>") if f"<td>{all_feeds()[feed].title}</td>" in each)


def test_every_feed_has_a_line_and_its_state(tmp_path: Path) -> None:
    """A department that did not deliver, or whose file was refused, would go unnoticed."""
    page = _page(
        tmp_path,
        _receipt("tax_wages"),
        _receipt("pensions", quarantined=7),
        _receipt("vehicles", status="refused"),
        _receipt("allowances", month="2025-12"),
    )
    assert all(f"<td>{each.title}</td>" in page for each in all_feeds().values())
    assert "全部接收" in _line(page, "tax_wages")
    assert "1,234" in _line(page, "tax_wages")
    assert "身份证号校验码不符 7" in _line(page, "pensions")
    assert "未被接收" in _line(page, "vehicles")
    assert "未交付" in _line(page, "allowances")


def test_a_failed_check_is_said_at_the_top(tmp_path: Path) -> None:
    """Who opens the page to learn why nothing was published must not have to search."""
    assert "1 项未通过" in _page(tmp_path, passed=False)
    assert "全部通过" in _page(tmp_path)


def test_the_page_stands_alone(tmp_path: Path) -> None:
    """An office without internet would see a page without form; a page that calls out would tell of its reader."""
    page = _page(tmp_path)
    assert re.findall(r"(?:src|href)=\"(?!index\.html)", page) == []
    assert "<script" not in page
    assert "http" not in page
