"""The fixed forms: the ledger of a street, that of the district, and the report to the superior office.

What belongs here: what stands in a ledger, for whom, and its line in the audit chain. Names stand in a ledger only for
those who may know them. How a form looks stands in `registry.exports.forms`; the counts in `registry.exports.report`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import polars as pl
from sqlalchemy import Engine

from registry.edition_parameters import parameters_of
from registry.exports.forms import Form, write_forms
from registry.exports.report import report_forms
from registry.exports.result import ExportResult, Order, destination, record
from registry.exports.rows import family_rows
from registry.filters import ListFilter
from registry.queries import edition_rows_of, list_rows
from registry.reader_vault import vault_for
from registry.roles import Actor, require, require_district
from registry.vault import mask_name_expr
from schemas.codes import CODE_LISTS, CodeList
from schemas.errors import UnknownNameError
from schemas.settings import Settings

__all__ = ["LEDGERS", "export_ledger", "wanted_of"]

LEDGERS = CodeList(
    "ledger", "台账", {"street": ("街道台账",), "district": ("区台账",), "report": ("上级报表", "监测情况统计表")}
)
_IDENTITY = ("户主身份证号", "联系电话", "住址")
_WIDTHS = {
    "序号": 6,
    "户号/户编号": 20,
    "户主姓名": 9,
    "户主身份证号": 21,
    "联系电话": 13,
    "街道": 10,
    "社区": 13,
    "住址": 24,
    "人数": 6,
    "层次": 14,
    "群体": 24,
    "等级": 6,
    "困难类型": 12,
    "年收入(元)": 13,
    "建议措施": 20,
    "状态": 8,
    "备注": 12,
}
_NO_NUMBER = "无户号"
_REMARKS = (
    "说明：名单由规则对各部门数据计算得出，用于主动发现和走访核实；任何停发、退出或不利处理须经人工核实确认。",
    "“年收入”为已知收入记录合计，无记录不等于没有收入。",
    f"户号写“{_NO_NUMBER}”的，报送数据中没有本人的户籍户号或申报户编号，单独列为一户。",
)


@dataclass(frozen=True, slots=True)
class _Work:
    """What every form is made from."""

    engine: Engine
    settings: Settings
    order: Order
    wanted: ListFilter

    @property
    def unit(self) -> str:
        """Who fills the form in."""
        street = self.wanted.street or self.order.actor.area.street
        return self.settings.district_name + (CODE_LISTS["street"].title_of(street) if street else "")

    def lines(self, right: str) -> dict[str, str]:
        """What stands under the title."""
        as_of = self.order.edition.as_of
        return {
            "left": f"填报单位：{self.unit}",
            "middle": f"统计截至：{as_of.year}年{as_of.month}月{as_of.day}日",
            "right": right,
        }

    @property
    def month(self) -> str:
        """The period of the form."""
        return f"{self.order.edition.as_of.year}年{self.order.edition.as_of.month}月"


def wanted_of(actor: Actor, ledger: str, street: str | None) -> ListFilter:
    """The families of a form: of the street, which somebody of the district names, or of all that the reader may see.

    Raises `UnknownNameError` for a form or street that there is not, `NotPermittedError` for the district's form
    without the district.
    """
    if ledger not in LEDGERS.labels:
        raise UnknownNameError(LEDGERS.name, ledger, LEDGERS.codes)
    if ledger == "district":
        require_district(actor)
        return ListFilter.of(actor.scope)
    if ledger == "street" and street is None and actor.area.is_district:
        raise UnknownNameError("street", "", CODE_LISTS["street"].codes)
    return ListFilter.of(actor.scope, area=street)


def export_ledger(  # noqa: PLR0913  # the choices of a reader, each by name
    engine: Engine,
    settings: Settings,
    *,
    actor: Actor,
    ledger: str,
    street: str | None = None,
    as_of: date | None = None,
    known_on: date | datetime | None = None,
    path: Path | None = None,
    unmask: bool = False,
    purpose: str = "统计和上报",
) -> ExportResult:
    """Write a form of `LEDGERS` as XLSX and record it.

    Raises `NotPermittedError`, `NoEditionError`, `UnknownNameError`.
    """
    require(actor, "export.report")
    if unmask:
        require(actor, "family.unmask")
        require(actor, "family.identity")
    wanted = wanted_of(actor, ledger, street)
    order = Order.of(engine, settings, as_of=as_of, known_on=known_on, actor=actor, purpose=purpose, unmask=unmask)
    work = _Work(engine, settings, order, wanted)
    forms = _FORMS[ledger](work)
    target = destination(settings, order, path, stem=f"{ledger}-ledger" if ledger != "report" else ledger, fmt="xlsx")
    write_forms(target, forms, mark=order.mark, note=order.note)
    result = ExportResult(
        path=target,
        fmt="xlsx",
        edition_id=order.edition.edition_id,
        as_of=order.edition.as_of,
        rows={form.sheet: form.rows.height for form in forms},
        masked=not unmask,
    )
    record(engine, order, result, {"台账": LEDGERS.title_of(ledger)} | wanted.titles())
    return result


def _street_forms(work: _Work) -> list[Form]:
    return [_ledger_form(work, LEDGERS.title_of("street"), with_street=False)]


def _district_forms(work: _Work) -> list[Form]:
    return [_ledger_form(work, LEDGERS.title_of("district"), with_street=True), *_report_forms(work)]


def _ledger_form(work: _Work, sheet: str, *, with_street: bool) -> Form:
    """One row a family, by street and community; the columns in the order of `_WIDTHS`."""
    edition_id = work.order.edition.edition_id
    listed = list_rows(work.engine, edition_id, work.wanted, sort="street")
    named = work.order.actor.may("family.identity")
    rows = family_rows(
        listed,
        vault_for(work.engine, work.settings, work.order.actor),
        parameters_of(work.settings, work.order.edition).at,
        unmask=work.order.unmask,
        measures=edition_rows_of(work.engine, edition_id, "measures", listed["family_id"]),
    )
    number = pl.col("户号/户编号")
    if not named:
        rows = rows.with_columns(mask_name_expr("户主姓名").alias("户主姓名"))
    told = number if named else pl.format("****{}", number.str.slice(-4))
    rows = rows.with_columns(pl.when(number == "").then(pl.lit(_NO_NUMBER)).otherwise(told).alias("户号/户编号"))
    left_out = {*(() if named else _IDENTITY), *(() if with_street else ("街道",))}
    shown = rows.with_columns(备注=pl.lit("", pl.String)).select([each for each in _WIDTHS if each not in left_out])
    people, lines = int(listed["members"].sum()), work.lines("计量单位：户、人、元")
    return Form(
        sheet=sheet,
        title=f"{work.unit}低收入人口动态监测台账（{work.month}）",
        left=lines["left"],
        middle=lines["middle"],
        right=lines["right"],
        rows=shown,
        widths=_WIDTHS,
        total=f"合计：{shown.height} 户，{people} 人",
        remarks=_REMARKS,
    )


def _report_forms(work: _Work) -> list[Form]:
    lines = work.lines("计量单位：户、人")
    title = f"{work.unit}低收入人口动态监测情况统计表（{work.month}）"
    return report_forms(work.engine, work.order.edition.edition_id, work.wanted, title=title, lines=lines)


_FORMS: Mapping[str, Callable[[_Work], list[Form]]] = {
    "street": _street_forms,
    "district": _district_forms,
    "report": _report_forms,
}
