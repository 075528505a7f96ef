"""不应同时享受的补贴: an allowance paid together with what excludes from it (待核实).

Asked are only months for which both were paid, or in which the excluding programme had begun; a person
who changes from one benefit to the other is not asked.
"""

import narwhals as nw

from rules.allowances import (
    ALLOWANCE_KINDS,
    PARAMETERS,
    barring_kinds,
    barring_spells,
    higher,
    paid_months,
    rivals,
)
from rules.base import Frame, Rule, RuleContext
from rules.frames import SOURCE_COLUMNS, as_hits, latest_of, people

__all__ = ["RULE"]

_RULE_ID = "allowance_while_excluded"
_MONTH = ["person_key", "month"]


def _other(context: RuleContext, kind: str) -> Frame:
    return paid_months(context, kind).select(*_MONTH, nw.col("amount_fen").alias("other_fen"))


def _conflicts(context: RuleContext, kind: str) -> list[Frame]:
    """Payments of `kind` that something excludes, with the predicate."""
    paid = paid_months(context, kind)
    columns = [*_MONTH, "amount_fen", *SOURCE_COLUMNS]
    destitute = paid.join(barring_spells(context, kind), on="person_key", how="inner")
    found = [(destitute.filter(nw.col("started_on") <= nw.col("month")), "with_destitute_support")]
    for other, reason in barring_kinds(context, kind).items():
        found.append((paid.join(_other(context, other), on=_MONTH, how="inner"), f"with_{reason}"))
    for other, wins_ties in rivals(context, kind).items():
        both = paid.join(_other(context, other), on=_MONTH, how="inner")
        found.append((both.filter(higher("other_fen", "amount_fen", wins_ties=wins_ties)), "lower_of_two"))
    return [frame.select(*columns, nw.lit(kind).alias("kind"), nw.lit(basis).alias("basis")) for frame, basis in found]


def _evaluate(context: RuleContext) -> Frame:
    parts = [frame for kind in ALLOWANCE_KINDS for frame in _conflicts(context, kind)]
    latest = latest_of(
        nw.concat(parts, how="vertical"), ["person_key", "kind", "basis"], ["month", "amount_fen", *SOURCE_COLUMNS]
    )
    return as_hits(
        latest.join(people(context), on="person_key", how="inner"),
        _RULE_ID,
        basis=nw.col("basis"),
        evidence_on="month",
        evidence_fen="amount_fen",
        evidence_key=nw.concat_str(nw.col("kind"), nw.lit(":"), nw.col("basis")),
    )


RULE = Rule(
    id=_RULE_ID,
    title="不应同时享受的补贴",
    title_en="An allowance paid together with what excludes it",
    kind="verify",
    legal_basis="国发〔2015〕52号（不享受和择高的规定）；社会救助暂行办法（国务院令第649号） 第三章",
    evaluate=_evaluate,
    reads=("members", "spells", "allowances"),
    bases={
        "with_destitute_support": "特困供养期间仍发放该项补贴",
        "with_work_injury_care": "与工伤保险生活护理费同月发放",
        "with_orphan": "与孤儿基本生活费同月发放",
        "lower_of_two": "两项待遇只能择高享受，较低的一项同月也在发放",
    },
    parameters=PARAMETERS,
    question="请核实：两项待遇是否确为同月发放，本人是否知情，应当保留哪一项？",
    same_fact="同一人同一项补贴、同一排除情形为同一事实；另一项补贴或另一情形重新提示。",
)
