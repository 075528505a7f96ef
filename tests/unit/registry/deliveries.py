"""Small delivered files: temporary assistance of one street, with identity numbers that pass their check digit."""

from collections.abc import Iterable
from pathlib import Path

from schemas.identifiers import check_digit
from schemas.settings import Settings

FEED = "temporary_assistance"
HEADER = "身份证号,姓名,业务编号,金额(元),批准日期,发放日期,困难类型,街道"


def number(serial: int) -> str:
    """A valid identity number of the sample district."""
    stem = f"3301081980010{serial // 1000 + 1}{serial % 1000:03d}"
    return stem + check_digit(stem)


def row(serial: int, *, name: str = "甲乙", identity: str | None = None, difficulty: str = "因病") -> str:
    """One payment."""
    return f"{identity or number(serial)},{name},LS{serial:06d},800.00,2026-06-05,2026-06-08,{difficulty},西兴街道"


def land(
    settings: Settings,
    rows: Iterable[str],
    *,
    feed: str = FEED,
    month: str = "2026-06",
    name: str = "330108001.csv",
    header: str = HEADER,
) -> Path:
    """Write a delivery into the landing folder."""
    path = settings.landing_dir / feed / month / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8-sig")
    return path
