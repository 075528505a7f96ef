"""The answer to a delivery: what was read, accepted, set aside and skipped, and why.

What belongs here: `Receipt`, which holds counts and codes and never the content of a cell, and what stands beside it:
the sender's earlier deliveries, what a correction brought back, and what is to be done next. The workbook with the
rows to mend stands in `receipt_book`.
"""

from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from schemas.contract import contract_of
from schemas.delivery import Delivery
from schemas.errors import DeliveryError
from schemas.profile import Profile
from schemas.reasons import caveat_text
from schemas.told import Kept, Told
from schemas.unread import UnreadColumn

__all__ = ["STATUSES", "ZERO", "Receipt", "Release", "TrendPoint", "choices", "next_steps"]

STATUSES = {"accepted": "全部接收", "partial": "部分接收", "refused": "未接收"}
ZERO = "零报告"

_WHOLE = 100
_SHOWN = 12  # values of a code list


class Receipt(BaseModel):
    """Counts of one delivery.

    `rows_read` is the number of records below the header, counted without reading them; titles above
    the header are in it as skipped. `reasons` counts quarantined rows by their first reason, `skipped`
    rows by kind, `normalised` cells by kind of tidying, `unknown_codes` cells by column title. `unread_columns` names
    the columns that caveats count, those of several sheets once and no more than `MOST_UNREAD`.
    """

    model_config = ConfigDict(frozen=True)

    delivery_id: str
    feed: str
    month: str
    sender: str
    revision: int
    file_name: str
    sha256: str
    status: Literal["accepted", "partial", "refused"]
    rows_read: int = 0
    rows_accepted: int = 0
    rows_quarantined: int = 0
    skipped: dict[str, int] = {}
    reasons: dict[str, int] = {}
    normalised: dict[str, int] = {}
    unknown_codes: dict[str, int] = {}
    profile: Profile | None = None  # receipts of earlier versions have none
    zero_report: bool = False
    caveats: list[str] = []
    unread_columns: list[UnreadColumn] = []  # receipts of earlier versions have none
    refusal_code: str | None = None
    refusal_title: str | None = None
    refusal_message: str | None = None
    refusal_told: Kept | None = None  # the message with what it was made of

    @property
    def balanced(self) -> bool:
        """Whether every record that the file has is accepted, set aside or skipped by name."""
        return self.rows_read == self.rows_accepted + self.rows_quarantined + sum(self.skipped.values())

    @classmethod
    def refused(cls, delivery: Delivery, error: DeliveryError) -> Self:
        """The receipt of a file that could not be taken as a whole."""
        return cls(
            **delivery.as_dict(),
            status="refused",
            refusal_code=error.code,
            refusal_title=error.title,
            refusal_message=str(error),
            refusal_told=error.told,
        )

    @property
    def caveats_told(self) -> list[str]:
        """The caveats in Chinese words, with the columns that they are about."""
        named = (
            (caveat_text(each), "、".join(column.told for column in self.unread_of(each))) for each in self.caveats
        )
        return [f"{text}({names})" if names else text for text, names in named]

    def unread_of(self, text: str) -> list[UnreadColumn]:
        """The columns that one of the caveats is about, as far as they are named."""
        return [each for each in self.unread_columns if each.caveat == text.partition(":")[0]]

    @property
    def refusal(self) -> str:
        """Why the file was not taken, for readers of any language; receipts of earlier versions have Chinese alone."""
        return self.refusal_told or self.refusal_message or ""

    @property
    def outcome(self) -> str:
        """What became of the delivery, in Chinese."""
        return ZERO if self.zero_report and self.status == "accepted" else STATUSES[self.status]

    @property
    def next_file_name(self) -> str:
        """The name under which a correction of this delivery is delivered."""
        if self.status == "refused":
            return PurePath(self.file_name).name
        return f"{self.sender}.r{self.revision + 1}{PurePath(self.file_name).suffix.lower()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendPoint:
    """What a sender delivered of a feed for one month, in its latest revision; `late_days` is None where unknown."""

    month: str
    status: str
    rows: int
    quarantined_percent: float
    null_percent: float | None
    late_days: int | None

    @classmethod
    def of(cls, receipt: Receipt, late_days: int | None = None) -> Self:
        """The point of one delivery."""
        profile = receipt.profile
        cells = profile.rows * len(profile.columns) if profile else 0
        empty = sum(each.nulls for each in profile.columns.values()) if profile else 0
        return cls(
            month=receipt.month,
            status=receipt.outcome,
            rows=receipt.rows_accepted,
            quarantined_percent=_percent(receipt.rows_quarantined, receipt.rows_read),
            null_percent=_percent(empty, cells) if cells else None,
            late_days=late_days,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What a correction brought back of the rows set aside: `back` of `rows` came right in `revision`."""

    revision: int
    rows: int
    back: int

    @property
    def text(self) -> str:
        """The sentence on the receipt."""
        return Told(
            "第%(revision)s版已替换本次报送：待修正的%(rows)s行中有%(back)s行已正确报送",
            revision=self.revision,
            rows=self.rows,
            back=self.back,
        )


def next_steps(receipt: Receipt, *, delivered: bool = True) -> list[str]:
    """What the department does next, in Chinese, one step each.

    A file that was only tried (not `delivered`) is no version yet: mended, it goes out under its own name.
    """
    name = receipt.next_file_name if delivered else PurePath(receipt.file_name).name
    place = f"landing/{receipt.feed}/{receipt.month}/{name}"
    again = "报送前可先自查：%(command)s" if delivered else "改正后可再自查：%(command)s"
    command = "doudi check 文件 --feed %(feed)s --month %(month)s -o 回执.xlsx"
    check = Told(again, command=Told(command, feed=receipt.feed, month=receipt.month))
    if receipt.status == "refused":
        return ["按上述原因改正文件", Told("改正后重新送达：%(place)s", place=place), check]
    if receipt.status == "partial":
        return [
            "在业务系统中改正“待修正”表列出的行（标色的单元格有问题）",
            "重新导出整份文件，含已接收的行：新版本整份替换旧版本" if delivered else "重新导出整份文件，含已接收的行",
            Told("更正文件存为：%(place)s" if delivered else "改正后的文件存为：%(place)s", place=place),
            check,
        ]
    if not delivered:
        return [Told("可以报送：文件存为%(place)s", place=place)]
    return [Told("无需处理；如需更正，请将整份文件存为：%(place)s", place=place)]


def choices(receipt: Receipt, title: str) -> str:
    """How cells of the column `title` that are in no code list are mended: the values that there are."""
    columns = (each for each in contract_of(receipt.feed).columns if each.title == title)
    lists = (each.codes for each in columns if each.codes is not None)
    titles = [each.title_of(code) for each in lists for code in each.codes]
    some = "、".join(titles[:_SHOWN])
    more = len(titles) > _SHOWN
    return Told(
        "可用取值：%(titles)s等%(number)s种（见模板的下拉列表）；确为新增类别的，请先与民政局约定"
        if more
        else "可用取值：%(titles)s；确为新增类别的，请先与民政局约定",
        titles=some,
        number=len(titles),
    )


def _percent(part: int, whole: int) -> float:
    return round(part * _WHOLE / whole, 1) if whole else 0.0
