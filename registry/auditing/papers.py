"""Working papers (审计工作底稿) as a workbook: cover, sample with room for the auditor's hand, tests, reports.

What belongs here: the sheets and their words. Each sheet carries the query that made it. Rows hold keys and codes;
names and numbers only for who may have them, for a purpose, and on record.
"""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import polars as pl
from sqlalchemy import Engine

from registry.audit import append
from registry.auditing.examining import Finding
from registry.auditing.paper_words import in_words, strata_in_words
from registry.auditing.populations import KINDS
from registry.auditing.reports import Report
from registry.auditing.sampling import AUDIT, Sample
from registry.auditing.strata import STRATUM
from registry.edition_parameters import parameters_of
from registry.exports.cover import cover_rows, notices
from registry.exports.result import Order
from registry.exports.rows import tier_reasons_in_words
from registry.exports.words import people_of
from registry.exports.workbook import write_workbook
from registry.queries import EditionInfo
from registry.roles import Actor, require
from registry.vault import Vault
from schemas.settings import Settings

__all__ = ["write_papers"]

_TITLE = "审计工作底稿"
_RESULT, _VERDICTS = "审计结果", ("相符", "偏差", "无法核实", "不适用")
_STATES = {"passed": "未发现例外", "exceptions": "发现例外", "not_run": "未能执行"}
_MOST = 20_000
_SHEET_NAME = 31


def write_papers(  # noqa: PLR0913  # all that papers are made of, each by name
    engine: Engine,
    settings: Settings,
    edition: EditionInfo,
    *,
    actor: Actor,
    path: Path,
    samples: Sequence[Sample],
    findings: Sequence[Finding],
    told: Sequence[Report],
    unmask: bool = False,
    purpose: str = "审计检查",
) -> Path:
    """Write the papers and one line to the audit chain with the hash of the file.

    With `unmask` the persons of a sample are named. Raises `NotPermittedError`.
    """
    require(actor, AUDIT)
    if unmask:
        require(actor, "family.unmask")
    order = Order.of(engine, settings, as_of=edition.as_of, known_on=None, actor=actor, purpose=purpose, unmask=unmask)
    sheets: dict[str, pl.DataFrame] = {}
    notes: dict[str, str] = {}

    def put(name: str, rows: pl.DataFrame, note: str) -> None:
        title = name[:_SHEET_NAME]
        cut = "" if rows.height <= _MOST else f"\n共 {rows.height} 行，此处列出前 {_MOST} 行"
        sheets[title], notes[title] = in_words(rows.head(_MOST)), note + cut

    for each in samples:
        put(
            f"样本-{KINDS[each.request.kind].title}",
            _sampled(each, settings, edition, unmask=unmask),
            _sample_note(each),
        )
        put(f"分层-{KINDS[each.request.kind].title}", _strata(each), "各层项目数、按比例抽取数、为不足最少数而加抽数")
    if findings:
        put("全量测试", _summary(findings), "每项测试的查询见第七列；例外明细见各测试工作表")
    for number, finding in enumerate(findings, start=1):
        if finding.exceptions.height:
            put(
                f"例外{number:02d}-{finding.test.title}",
                finding.exceptions,
                f"{finding.test.proves}\n{finding.query}",
            )
    for report in told:
        put(f"报告-{report.title.split('（')[0]}", report.rows, f"{report.title}\n{report.query}")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_workbook(
        path,
        title=_TITLE,
        cover=cover_rows(settings, order, {}, _cover(order, samples, findings, told)),
        notices=notices(order),
        sheets=sheets,
        notes=notes,
        choices={_RESULT: _VERDICTS},
        mark=order.mark,
    )
    append(
        engine,
        actor=actor.name,
        action="audit_papers",
        purpose=purpose,
        details={
            "role": actor.role,
            "edition_id": edition.edition_id,
            "samples": [each.event for each in samples],
            "tests": len(findings),
            "reports": len(told),
            "rows": {name: rows.height for name, rows in sheets.items()},
            "masked": not unmask,
            "sha256": sha256(path.read_bytes()).hexdigest(),
        },
    )
    return path


def _cover(
    order: Order, samples: Sequence[Sample], findings: Sequence[Finding], told: Sequence[Report]
) -> dict[str, str]:
    counted = {"输入摘要": order.edition.input_hash, "代码版本": order.edition.code_version}
    for each in samples:
        facts = each.told()
        counted[f"样本：{KINDS[each.request.kind].title}"] = (
            f"总体 {facts['items']}，抽取 {facts['drawn']}（用于推断 {facts['size']}），允许偏差 {facts['allowed']}\n"
            f"种子 {facts['seed']}，审计记录第 {each.event} 号，总体摘要 {facts['population_hash']}，"
            f"样本摘要 {facts['sample_hash']}"
        )
    states = [each.state for each in findings]
    if states:
        counted["全量测试"] = "，".join(f"{title} {states.count(state)} 项" for state, title in _STATES.items())
    if told:
        counted["报告"] = "\n".join(f"{each.title}：{each.flagged}" for each in told)
    return counted


def _sample_note(sample: Sample) -> str:
    facts, figures = sample.told(), sample.request.assurance.told()
    limits = "；".join(
        f"{found} 项偏差→总体至多 {most} 项（{'可容忍' if good else '不可容忍'}）"
        for found, most, good in sample.limits
    )
    return (
        f"置信水平 {figures['confidence']}%，可容忍偏差率 {figures['tolerable']}%，预计偏差率 {figures['expected']}%；"
        f"依据：中国注册会计师审计准则第1314号——审计抽样（超几何分布）\n"
        f"种子 {facts['seed']}，审计记录第 {sample.event} 号；重抽：doudi audit sample --again {sample.event}\n"
        f"推断（仅计“用于推断”的项目）：{limits or '总体为空'}\n查询：{sample.query}"
    )


def _sampled(sample: Sample, settings: Settings, edition: EditionInfo, *, unmask: bool) -> pl.DataFrame:
    rows = sample.rows.with_columns(strata_in_words(STRATUM, sample.parted_by).alias(STRATUM))
    if "tier_reasons" in rows.columns:
        rows = rows.with_columns(tier_reasons_in_words(parameters_of(settings, edition).at).alias("tier_reasons"))
    if unmask and "person_key" in rows.columns:
        people = people_of(Vault(settings), rows["person_key"], unmask=True)
        named = people.select("person_key", 姓名="person_name", 身份证号="id_number")
        rows = rows.join(named, on="person_key", how="left", maintain_order="left")
    empty = pl.lit(None, pl.String)
    return rows.with_columns(empty.alias(_RESULT), empty.alias("备注"), empty.alias("核对人"), empty.alias("核对日期"))


def _strata(sample: Sample) -> pl.DataFrame:
    titles = strata_in_words(STRATUM, sample.parted_by)
    return sample.strata.select(titles.alias("层"), 项目数="items", 按比例抽取="share", 加抽="extra")


def _summary(findings: Sequence[Finding]) -> pl.DataFrame:
    rows = [
        {
            "序号": number, "测试": each.test.name, "名称": each.test.title, "证明": each.test.proves,
            "结果": _STATES[each.state], "例外数": None if each.not_run else each.exceptions.height,
            "查询": each.query, "未执行原因": each.not_run, "审计结论": None, "备注": None,
        }
        for number, each in enumerate(findings, start=1)
    ]  # fmt: skip
    schema = {"序号": pl.Int64(), "例外数": pl.Int64()}
    return pl.DataFrame(rows, schema_overrides=schema | {"审计结论": pl.String(), "备注": pl.String()})
