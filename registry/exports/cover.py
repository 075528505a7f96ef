"""What the cover of a workbook says: which edition, what was chosen, who took it, how many, and how to use it.

What belongs here: the words of the sheet 说明.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

import polars as pl

from registry.exports.result import Order
from registry.queries import EditionInfo
from registry.scoring_told import scored_in_words
from schemas.contract import all_feeds
from schemas.settings import Settings

__all__ = ["NOTICES", "Counted", "counted", "cover_rows", "notices"]

NOTICES = (
    "本文件含个人信息和敏感个人信息，仅限社会救助工作人员在职责范围内使用；不得转发、公开或用于其他目的，用后按规定保管或销毁。",
    "名单和预警由规则对各部门数据计算得出，用于主动发现和走访核实；任何停发、退出或不利处理须经人工核实确认，不得仅凭本文件作出。",
    "“无收入记录”“收入记录不完整”表示已知情况，不等于没有收入；未交付的数据来源不作为进入或退出的依据。",
    "当事人对结果有异议的，可向所在街道或区民政部门提出，由非原承办人员复核，并可更正来源数据。",
)


def cover_rows(
    settings: Settings, order: Order, filters: Mapping[str, str], counts: Mapping[str, str], *, numbers: bool = True
) -> list[tuple[str, str]]:
    """Labels and values of the cover, in order; `numbers` says whether the file has identity numbers at all."""
    edition = order.edition
    published = edition.published_at.astimezone(order.zone)
    rows = [
        ("地区", settings.district_name),
        ("统计截止日", f"{edition.as_of:%Y-%m-%d}"),
        ("评分依据", scored_in_words(edition)),
        *(_proof(edition, published) if order.actor.area.is_district else []),
        ("已知截至", f"{order.known_on}" if order.known_on else "导出时"),
        ("筛选条件", "；".join(f"{name}：{value}" for name, value in filters.items()) or "全部"),
        *order.taken.lines,
        ("身份证号", ("完整显示" if order.unmask else "部分隐藏") if numbers else "不含"),
        *counts.items(),
        ("本月未交付", _undelivered(order) or "无"),
    ]
    return [(label, value) for label, value in rows if value]


def _proof(edition: EditionInfo, published: datetime) -> list[tuple[str, str]]:
    """By what the whole list is proved; to a part of the district it would tell that something changed elsewhere."""
    return [
        ("版本", edition.edition_id),
        ("内容摘要", edition.content_hash),
        ("发布", f"{published:%Y-%m-%d %H:%M}  {edition.published_by}"),
    ]


def notices(order: Order) -> list[str]:
    """How the file may be used; that it is simulated comes first."""
    return [order.note, *NOTICES] if order.note else list(NOTICES)


class Counted:
    """Rows by the words of a column that may hold several, separated by '；', counted piece by piece."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, values: pl.Series) -> None:
        """Count further rows."""
        words = values.fill_null("").str.split("；").explode().alias("word")
        self._counts.update(dict(words.filter(words != "").value_counts().iter_rows()))

    def told(self) -> str:
        """A line each: the most frequent first, then by word."""
        found = sorted(self._counts.items(), key=lambda each: (-each[1], each[0]))
        return "\n".join(f"{word}：{count}" for word, count in found)


def counted(rows: pl.DataFrame, column: str) -> str:
    """As `Counted`, of rows that are all there."""
    every = Counted()
    every.add(rows[column])
    return every.told()


def _undelivered(order: Order) -> str:
    """Feeds without a delivery for the month of the edition, from its own manifest."""
    month = f"{order.edition.as_of:%Y-%m}"
    delivered = {each["feed"] for each in order.edition.manifest["inputs"]["deliveries"] if each["month"] == month}
    return "、".join(each.title for name, each in all_feeds().items() if name not in delivered)
